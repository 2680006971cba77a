import { copyFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../cluster/audit-log.ts';
import { Fleet, untilReconciled } from '../scenarios-support/fleet.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import { type OperatedCluster, operatedCluster, until } from '../scenarios-support/operated-cluster.ts';
import { OperatorProcess } from '../scenarios-support/operator-process.ts';
import { lines, writesOf } from '../scenarios-support/requests.ts';

const REPOSITORIES = 20;
// what is promised; src/kube/lease-record.ts has the sum
const TAKEOVER_MS = 15_000;

interface Replica {
  readonly process: OperatorProcess;
  /** tells its requests from those of the others */
  readonly credential: string;
}

describe('three replicas', () => {
  let cluster: OperatedCluster;
  let fleet: Fleet;
  let replicas: Replica[];
  let leader: Replica;

  beforeAll(async () => {
    cluster = await operatedCluster('robust-leader');
    fleet = new Fleet(cluster, REPOSITORIES, 4);
    await fleet.build('first');
    await fleet.untilAll('first');
    await cluster.operator.stop();
    replicas = [await replica('a'), await replica('b'), await replica('c')];
    leader = await untilOneLeads(replicas);
  }, 120_000);

  afterAll(async () => {
    await Promise.all((replicas ?? []).map(({ process }) => process.kill()));
    await cluster?.stop();
  });

  async function replica(name: string): Promise<Replica> {
    const kubeconfig = `${cluster.guarded.control.dir}/replica-${name}`;
    // a new token each time, at the same path
    await copyFile(
      await cluster.guarded.control.serviceAccountKubeconfig(OPERATOR_NAMESPACE, 'secretscope'),
      kubeconfig,
    );
    const mark = await cluster.audit.mark();
    const process = await OperatorProcess.start(kubeconfig);
    const known = new Set((replicas ?? []).map(({ credential }) => credential));
    const asked = (await cluster.audit.since(mark)).filter(({ resource }) => resource === 'secretscopes');
    const credential = asked
      .map((entry) => entry.credential ?? '')
      .find((one) => one !== '' && !known.has(one));
    if (credential === undefined) throw new Error('no request of this replica is in the audit log');
    replicas = [...(replicas ?? []), { process, credential }];
    return { process, credential };
  }

  async function untilOneLeads(those: readonly Replica[]): Promise<Replica> {
    return until(async () => {
      const leading = those.filter(({ process }) => process.leads);
      if (leading.length !== 1 || !leading[0]) throw new Error(`${leading.length} replicas lead`);
      return leading[0];
    }, 40_000);
  }

  const others = (...those: Replica[]) => replicas.filter((one) => !those.includes(one));
  // Events tell of writes that were made; a late one changes nothing
  const changesIn = (entries: readonly AuditEntry[]) =>
    writesOf(entries).filter(({ resource, code }) => resource !== 'events' && code < 400);
  const writesBy = (entries: readonly AuditEntry[], { credential }: Replica) =>
    changesIn(entries).filter((entry) => entry.credential === credential);

  it('one leads, the others only look on, and they are ready too', async () => {
    const mark = await cluster.audit.mark();
    await fleet.rotate('second');
    await fleet.untilAll('second');
    const entries = await cluster.audit.since(mark);
    expect(writesBy(entries, leader).length).toBeGreaterThanOrEqual(REPOSITORIES);
    for (const follower of others(leader)) {
      expect(lines(writesBy(entries, follower))).toEqual([]);
      expect((await follower.process.health('/readyz')).status).toBe(200);
      expect(await follower.process.metrics()).toContain('secretscope_leading 0');
    }
  });

  it('a leader that is killed is replaced within 15 seconds, and only what changed is written', async () => {
    const [killed, rest] = [leader, others(leader)];
    await pause(1_000);
    const mark = await cluster.audit.mark();
    await killed.process.kill();
    const started = performance.now();
    leader = await untilOneLeads(rest);
    const ms = Math.round(performance.now() - started);
    console.log(`a killed leader was replaced after ${ms} ms`);
    expect(ms).toBeLessThanOrEqual(TAKEOVER_MS);
    await untilReconciled(leader.process, REPOSITORIES + 1);
    expect(lines(changesIn(await cluster.audit.since(mark)))).toEqual([]);
    await fleet.rotate('third');
    await fleet.untilAll('third');
    replicas = rest;
  });

  it('a leader that sleeps past its Lease wakes up, writes nothing and ends', async () => {
    const [zombie, next] = [leader, others(leader)];
    // in the middle of work, so that it wakes up with plans in its hands
    await fleet.rotate('fourth');
    await pause(50);
    zombie.process.signal('SIGSTOP');
    const started = performance.now();
    leader = await untilOneLeads(next);
    console.log(`a sleeping leader was replaced after ${Math.round(performance.now() - started)} ms`);
    await fleet.untilAll('fourth');
    await fleet.rotate('fifth');
    await fleet.untilAll('fifth');
    const mark = await cluster.audit.mark();
    zombie.process.signal('SIGCONT');
    expect(await zombie.process.untilExit()).toBe(1);
    expect(lines(writesBy(await cluster.audit.since(mark), zombie))).toEqual([]);
    expect(new Set(await fleet.values())).toEqual(new Set(['fifth']));
    replicas = next;
  });

  it('there were never two writers: the writes of one end before those of the next begin', async () => {
    const order = changesIn(await cluster.audit.since(cluster.ready))
      .toSorted((a, b) => a.timestamp.getTime() - b.timestamp.getTime())
      .map(({ credential }) => credential);
    const turns = order.filter((credential, index) => credential !== order[index - 1]);
    expect(turns).toHaveLength(new Set(turns).size);
  });

  it('asked to end, it ends with code 0 and gives the Lease away, so that the next one starts at once', async () => {
    const successor = await replica('d');
    expect(successor.process.leads).toBe(false);
    expect(await leader.process.stop()).toBe(0);
    const ms = await successor.process.untilLeading(5_000);
    console.log(`after an orderly end the next replica led within ${ms} ms`);
    expect(await successor.process.stop()).toBe(0);
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'secretscope', namespace: OPERATOR_NAMESPACE },
    };
    const { body } = await cluster.platform.get(lease);
    expect((body as { spec: { holderIdentity?: string } }).spec.holderIdentity ?? '').toBe('');
  });
});
