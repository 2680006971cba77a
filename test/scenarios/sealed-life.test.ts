/** What lasts: restarts, deaths at any moment, other sealing keys, scopes that go; and nothing that is ever told of a value. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findLeaks } from '../scenarios-support/canaries.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import { LOCAL, READER, scopeThing, until } from '../scenarios-support/operated-cluster.ts';
import { lines, writesOf } from '../scenarios-support/requests.ts';
import {
  entry,
  LAB,
  ORG,
  type SealedWorld,
  sealedWorld,
  sealThing,
  WEB,
} from '../scenarios-support/sealed-world.ts';

const PATIENT_MS = 60_000;
const ROUNDS = 4;
// from the first look at a box to its status takes about a tenth of a second on an idle machine
const LATEST_KILL_MS = 200;
const CANARY = 'Canary9f2e51c07b34';

let world: SealedWorld;

beforeAll(async () => {
  world = await sealedWorld('sealed-life');
  await world.set({ namespace: WEB, scope: 'web' }, 'DATABASE_URL', `${CANARY}-web`);
  await world.set({ namespace: ORG, scope: 'acme' }, 'ORG_TOKEN', `${CANARY}-org`);
  await world.cluster.untilData(WEB, 'web', delivered(), PATIENT_MS);
  await world.set({ namespace: WEB, scope: 'web', as: 'old' }, 'DATABASE_URL', 'old', { created: 1_000_000 });
  await world.untilState(WEB, 'old', 'Refused Outdated', PATIENT_MS);
  await world.set({ namespace: WEB, scope: 'web' }, 'SPARE', 'spare');
  await world.untilState(WEB, 'spare', 'Stored Stored', PATIENT_MS);
  await world.destroy(WEB, 'web', 'SPARE');
  await world.untilState(WEB, 'spare-gone', 'Deleted Destroyed', PATIENT_MS);
}, 180_000);

afterAll(() => world?.stop());

const delivered = () => ({ DATABASE_URL: `${CANARY}-web`, ORG_TOKEN: `${CANARY}-org` });
const says = (as: string, expected: string, namespace = WEB) =>
  world.untilState(namespace, as, expected, PATIENT_MS);
const isSource = (user: string) => user.endsWith(`:${READER}`);

async function crash(afterMs: number): Promise<void> {
  await pause(afterMs);
  await world.cluster.operator.kill();
  await world.cluster.gone({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'secretscope', namespace: OPERATOR_NAMESPACE },
  });
  await world.cluster.restartOperator();
}

const keysSecret = (more: object) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'secretscope-keys', namespace: OPERATOR_NAMESPACE },
  ...more,
});

describe('a restart', { timeout: 120_000 }, () => {
  it('writes nothing, and reads and writes no value, when nothing changed', async () => {
    await world.cluster.operator.stop();
    const mark = await world.cluster.audit.mark();
    await world.cluster.restartOperator();
    await world.cluster.operator.untilLeading();
    await until(
      async () => expect(await world.cluster.operator.metrics()).toMatch(/kind="sealed"/),
      PATIENT_MS,
    );
    await pause(4_000);
    const entries = await world.cluster.audit.since(mark);
    expect(lines(writesOf(entries))).toEqual([]);
    const values = entries.filter(
      ({ user, verb, resource, code }) =>
        isSource(user) && resource === 'secrets' && code < 400 && verb !== 'watch' && verb !== 'list',
    );
    expect(lines(values)).toEqual([]);
  });

  it(`killed ${ROUNDS} times while a value is stored: it is there, once more at most, and nothing older`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const mark = await world.cluster.audit.mark();
      const value = `round ${round}`;
      await world.set({ namespace: LAB, scope: 'lab' }, 'SPARE', value);
      const afterMs = Math.floor(Math.random() * LATEST_KILL_MS);
      await crash(afterMs);
      await says('spare', 'Stored Stored', LAB);
      expect(
        (await world.cluster.secret(LAB, 'source-spare'))?.data['value'],
        `killed after ${afterMs} ms`,
      ).toBe(value);
      const puts = (await world.cluster.audit.since(mark)).filter(
        ({ user, verb, resource, code }) =>
          isSource(user) &&
          resource === 'secrets' &&
          code < 400 &&
          (verb === 'patch' || verb === 'create' || verb === 'update'),
      );
      expect(puts.length, `killed after ${afterMs} ms`).toBeLessThanOrEqual(2);
      const writes = (await world.ledger(LAB, 'lab'))?.writes ?? [];
      expect(writes.filter(({ name }) => name === 'SPARE')).toMatchObject([{ action: 'Set', done: true }]);
    }
  });
});

describe('another sealing key', { timeout: 120_000 }, () => {
  it('of the next epoch is published, and boxes for the one before are still opened', async () => {
    const before = await world.publicKey(WEB, 'web');
    await world.cluster.have(
      keysSecret({
        metadata: { ...keysSecret({}).metadata, annotations: { 'secretscope.dev/sealing-epoch': '2' } },
      }),
    );
    await until(
      async () => expect((await world.publicKey(WEB, 'web')).keyID).not.toBe(before.keyID),
      PATIENT_MS,
    );
    await world.set({ namespace: WEB, scope: 'web', as: 'overlap' }, 'SPARE', 'overlap', { key: before });
    await says('overlap', 'Stored Stored');
    await world.cluster.have(
      keysSecret({
        metadata: { ...keysSecret({}).metadata, annotations: { 'secretscope.dev/sealing-epoch': '3' } },
      }),
    );
    await world.set({ namespace: WEB, scope: 'web', as: 'late' }, 'SPARE', 'late', { key: before });
    await says('late', 'Refused SealKeyUnknown');
  });

  it('is made where it was lost: what is stored stays, and only sealing again helps the rest', async () => {
    const before = await world.publicKey(WEB, 'web');
    const patch = [{ op: 'remove', path: '/data/sealing' }];
    const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/secrets/secretscope-keys`;
    const { status, message } = await world.cluster.guarded.admin.call(
      'PATCH',
      path,
      patch,
      'json-patch+json',
    );
    expect(`${status} ${message}`).toMatch(/^200/);
    await until(
      async () => expect((await world.publicKey(WEB, 'web')).keyID).not.toBe(before.keyID),
      PATIENT_MS,
    );
    await world.set({ namespace: WEB, scope: 'web', as: 'lost' }, 'SPARE', 'lost', { key: before });
    await says('lost', 'Refused SealKeyUnknown');
    await world.set({ namespace: WEB, scope: 'web', as: 'found' }, 'SPARE', 'found');
    await says('found', 'Stored Stored');
    expect((await world.cluster.secret(WEB, 'web'))?.data).toEqual(delivered());
  });
});

describe('a scope that goes', { timeout: 120_000 }, () => {
  it('leaves what waits for it waiting, and made again opens no box of before', async () => {
    const scope = (secrets: readonly object[]) =>
      scopeThing('passing', WEB, { level: 'Repository', backendRef: LOCAL, secrets });
    await world.cluster.have(scope([]));
    const spec = await world.sealed(WEB, 'passing', 'PASSING', 'of before');
    await world.cluster.have(sealThing('passing', WEB, spec));
    await says('passing', 'Waiting EntryMissing');
    await world.cluster.gone(scope([]));
    await says('passing', 'Waiting ScopeMissing');
    await world.cluster.have(scope([entry('PASSING')]));
    await says('passing', 'Refused SealKeyUnknown');
    expect(await world.cluster.secret(WEB, 'source-passing')).toBeUndefined();
  });
});

describe('whoever looks everywhere', () => {
  it('finds no value and no hash of one in logs, events, statuses, ledgers or the audit log', async () => {
    const read = async (path: string) =>
      JSON.stringify((await world.cluster.platform.call('GET', path)).body);
    const kinds = ['sealedvalues', 'secretscopes', 'scopeledgers', 'secretbackends'];
    const channels = new Map([
      ['log', world.cluster.operator.output],
      ['events', await read('/apis/events.k8s.io/v1/events')],
      ['audit', lines(await world.cluster.audit.since(world.cluster.ready)).join('\n')],
      ['metrics', await world.cluster.operator.metrics()],
    ]);
    for (const kind of kinds) channels.set(kind, await read(`/apis/secretscope.dev/v1alpha1/${kind}`));
    expect(findLeaks([`${CANARY}-web`, `${CANARY}-org`, CANARY], channels)).toEqual([]);
  });
});
