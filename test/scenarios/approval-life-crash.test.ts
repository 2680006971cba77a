/** The operator is killed between asking, deciding, writing down and delivering, at moments that nobody chose. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../cluster/audit-log.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import { until } from '../scenarios-support/operated-cluster.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
} from '../scenarios-support/protected-world.ts';
import { writesOf } from '../scenarios-support/requests.ts';

const ROUNDS = 6;
const PATIENT_MS = 120_000;
// a release takes about a tenth of a second on an idle machine
const LATEST_KILL_MS = 250;
const BY_ANA = reviewedBy('ana');

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('approval-life-crash');
}, 120_000);

afterAll(() => world?.stop());

/** Killed, and started again without waiting until the dead process' Lease has run out. */
async function crash(afterMs: number): Promise<void> {
  await pause(afterMs);
  await world.cluster.operator.kill();
  await world.cluster.gone({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'secretscope', namespace: OPERATOR_NAMESPACE },
  });
  await world.restart();
}

const someMs = () => Math.floor(Math.random() * LATEST_KILL_MS);
const stored = (entries: readonly AuditEntry[], resource: string) =>
  writesOf(entries).filter((one) => one.resource === resource && !one.subresource && one.code < 400);

describe('API-REVIEW 10: killed right after the vote', { timeout: 480_000 }, () => {
  it(`${ROUNDS} times, each is released once, delivered once and asked for once`, async () => {
    const kills: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { name, target } = await world.environment(`vote-${round}`, BY_ANA);
      const request = await world.untilRequest(name, 'Waiting', PATIENT_MS);
      const mark = await world.cluster.audit.mark();
      await world.cast('ana', 'Approve', request);
      const afterMs = someMs();
      kills.push(afterMs);
      await crash(afterMs);
      await world.untilHas(target, { PASSWORD: `value of ${name}` }, PATIENT_MS);
      const released = await world.untilRequest(name, 'Released', PATIENT_MS);
      expect(released.metadata.uid, `killed after ${afterMs} ms`).toBe(request.metadata.uid);
      await world.cluster.untilReady(PROD, name, 'True', 'Materialized', PATIENT_MS);
      expect(await world.ledger(request.spec.scopeRef.uid)).toEqual([
        `${request.metadata.name} Released approve`,
      ]);
      expect(await world.requests(name)).toHaveLength(1);
      expect(released.status?.release?.votes).toMatchObject([{ username: 'ana', decision: 'Approve' }]);
      const entries = await world.cluster.audit.since(mark);
      expect(stored(entries, 'secrets'), `killed after ${afterMs} ms`).toHaveLength(1);
      expect(stored(entries, 'secretrequests')).toEqual([]);
    }
    console.log(`killed ${kills.join(', ')} ms after the vote`);
  });

  it('once the ledger holds the release, the vote is told that it counted', async () => {
    for (let round = 0; round < 5; round++) {
      const { name } = await world.environment(`told-${round}`, BY_ANA);
      const request = await world.untilRequest(name, 'Waiting', PATIENT_MS);
      await world.cast('ana', 'Approve', request);
      const released = [`${request.metadata.name} Released approve`];
      await until(async () => expect(await world.ledger(request.spec.scopeRef.uid)).toEqual(released), {
        timeout: 10_000,
        interval: 1,
      });
      await crash(0);
      await world.cluster.untilReady(PROD, name, 'True', 'Materialized', PATIENT_MS);
      await until(async () => expect(await world.votes(request)).toEqual(['ana Approve True VoteCounted']));
    }
  });
});

describe('FAULTS 31: killed while it asks', { timeout: 480_000 }, () => {
  it(`${ROUNDS} times, each is asked for once, and a vote on that counts`, async () => {
    const kills: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { name, target } = await world.environment(`ask-${round}`, BY_ANA);
      const afterMs = someMs();
      kills.push(afterMs);
      await crash(afterMs);
      const request = await world.untilRequest(name, 'Waiting', PATIENT_MS);
      expect(await world.requests(name), `killed after ${afterMs} ms`).toHaveLength(1);
      await world.cast('ana', 'Approve', request);
      await world.untilHas(target, { PASSWORD: `value of ${name}` }, PATIENT_MS);
      expect(await world.ledger(request.spec.scopeRef.uid)).toEqual([
        `${request.metadata.name} Released approve`,
      ]);
    }
    console.log(`killed ${kills.join(', ')} ms after the scope was made`);
  });
});

describe('API-REVIEW 15: killed right after a revocation', { timeout: 480_000 }, () => {
  it(`the Secret goes, whatever the moment, and stays away`, async () => {
    for (let round = 0; round < 5; round++) {
      const name = `vote-${round}`;
      const request = await world.untilRequest(name, 'Released');
      await world.cast('ana', 'Revoke', request);
      await crash(someMs());
      await world.untilGone(`${name}-target`, PATIENT_MS);
      await world.untilRequest(name, 'Revoked', PATIENT_MS);
      expect(await world.requests(name)).toHaveLength(1);
    }
  });
});
