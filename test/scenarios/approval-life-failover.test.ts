/** Two replicas, and the one that leads ends or sleeps between a vote and the Secret. */
import { copyFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import { until } from '../scenarios-support/operated-cluster.ts';
import { OperatorProcess } from '../scenarios-support/operator-process.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
} from '../scenarios-support/protected-world.ts';
import { writesOf } from '../scenarios-support/requests.ts';

const ENVIRONMENTS = 12;
// 13 s for the Lease, 2 s to look at everything; a busy machine may take as long again
const PATIENT_MS = 40_000;

describe('API-REVIEW 10: two replicas, and one ends between a vote and the Secret', {
  timeout: 180_000,
}, () => {
  let world: ProtectedWorld;
  let leader: OperatorProcess;
  let next: OperatorProcess;
  let made = 0;

  beforeAll(async () => {
    world = await protectedWorld('approval-life-failover');
    await world.cluster.operator.stop();
    leader = await replica();
    await leader.untilLeading();
    next = await replica();
  }, 120_000);

  afterAll(async () => {
    await Promise.all([leader?.kill(), next?.kill()]);
    await world?.stop();
  });

  /** With a token of its own, by which the audit log tells it from the other. */
  async function replica(): Promise<OperatorProcess> {
    const { control } = world.cluster.guarded;
    const kubeconfig = `${control.dir}/replica-${made++}`;
    await copyFile(await control.serviceAccountKubeconfig(OPERATOR_NAMESPACE, 'secretscope'), kubeconfig);
    return OperatorProcess.start(kubeconfig, { workers: 1, extra: ['--policy-settle', '1s'] });
  }

  const names = (prefix: string) => Array.from({ length: ENVIRONMENTS }, (_, index) => `${prefix}-${index}`);

  async function waiting(prefix: string): Promise<SeenRequest[]> {
    for (const name of names(prefix)) await world.environment(name, reviewedBy('ana'));
    return Promise.all(names(prefix).map((name) => world.untilRequest(name)));
  }

  /** Resolves in the middle: some Secrets are there, others are not. */
  async function approveHalf(prefix: string, requests: readonly SeenRequest[]): Promise<void> {
    for (const request of requests) await world.cast('ana', 'Approve', request);
    const some = async () => {
      const there = (await delivered(prefix)).length;
      if (there < 2) throw new Error(`${there} Secrets are there`);
    };
    await until(some, { timeout: 20_000, interval: 5 });
  }

  async function delivered(prefix: string): Promise<string[]> {
    const found = await Promise.all(
      names(prefix).map(async (name) => ((await world.cluster.secret(PROD, `${name}-target`)) ? [name] : [])),
    );
    return found.flat();
  }

  async function expectReleasedOnce(prefix: string, requests: readonly SeenRequest[]): Promise<void> {
    for (const [index, name] of names(prefix).entries()) {
      await world.untilHas(`${name}-target`, { PASSWORD: `value of ${name}` }, PATIENT_MS);
      const released = await world.untilRequest(name, 'Released', PATIENT_MS);
      expect(released.metadata.uid).toBe(requests[index]?.metadata.uid);
      expect(await world.ledger(released.spec.scopeRef.uid)).toEqual([
        `${released.metadata.name} Released approve`,
      ]);
      await world.cluster.untilReady(PROD, name, 'True', 'Materialized', PATIENT_MS);
    }
  }

  const secretsMade = async (mark: Parameters<ProtectedWorld['cluster']['audit']['since']>[0]) =>
    writesOf(await world.cluster.audit.since(mark)).filter(
      ({ resource, code }) => resource === 'secrets' && code < 400,
    );

  it('killed: the other releases what was voted for, each once, and writes each Secret once', async () => {
    const requests = await waiting('killed');
    const mark = await world.cluster.audit.mark();
    await approveHalf('killed', requests);
    await leader.kill();
    const before = (await delivered('killed')).length;
    await next.untilLeading();
    console.log(`killed when ${before} of ${ENVIRONMENTS} Secrets were there`);
    await expectReleasedOnce('killed', requests);
    expect(await secretsMade(mark)).toHaveLength(ENVIRONMENTS);
    [leader, next] = [next, await replica()];
  });

  it('THREATS 21: asleep past its Lease, with a release in its hands: it wakes up and writes nothing', async () => {
    const requests = await waiting('asleep');
    const mark = await world.cluster.audit.mark();
    await approveHalf('asleep', requests);
    leader.signal('SIGSTOP');
    await next.untilLeading();
    await expectReleasedOnce('asleep', requests);
    // what the one that sleeps would have delivered is forbidden by now
    for (const request of requests) await world.cast('ana', 'Revoke', request);
    for (const name of names('asleep')) await world.untilGone(`${name}-target`);
    leader.signal('SIGCONT');
    expect(await leader.untilExit()).toBe(1);
    await pause(1_000);
    expect(await delivered('asleep')).toEqual([]);
    const made = (await secretsMade(mark)).filter(({ verb }) => verb === 'create');
    expect(made).toHaveLength(ENVIRONMENTS);
  });
});
