/** THREATS 1, 10 and 14, FAULTS 60: what somebody tries with a box, a deletion, a key or a grant, on a real API server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SealedStatus } from '../../src/model/kinds/sealed-value.ts';
import { publicKeyMap } from '../../src/model/public-key-map.ts';
import { publishedKey, readPublishedKey } from '../../src/seal/public-keys.ts';
import { keyIDOf } from '../../src/seal/scope-keys.ts';
import { OPERATOR_NAMESPACE, RBAC } from '../scenarios-support/guarded-cluster.ts';
import { LOCAL, READER, scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import { personOf, type Thing } from '../scenarios-support/person.ts';
import {
  LAB,
  ORG,
  type SealedWorld,
  sealedWorld,
  sealThing,
  WEB,
} from '../scenarios-support/sealed-world.ts';

const PATIENT_MS = 60_000;
const MINUTE_MS = 60_000;

let world: SealedWorld;

beforeAll(async () => {
  world = await sealedWorld('sealed-attacks');
}, 180_000);

afterAll(() => world?.stop());

/** A repository of its own for each test, with A and B, whose sources begin with its name. */
async function repository(name: string, more: object = {}, namespace = WEB): Promise<string> {
  await world.cluster.have(
    scopeThing(name, namespace, {
      level: 'Repository',
      parentRef: { namespace: ORG, name: 'acme' },
      backendRef: LOCAL,
      secrets: ['A', 'B'].map((one) => ({
        name: one,
        from: { key: `${name}-${one.toLowerCase()}`, property: 'value' },
      })),
      ...more,
    }),
  );
  return name;
}

const set = (scope: string, name: string, value: string, as: string, told = {}, namespace = WEB) =>
  world.set({ namespace, scope, as }, name, value, told);
const says = (as: string, expected: string, namespace = WEB) =>
  world.untilState(namespace, as, expected, PATIENT_MS);
const storedIn = async (source: string, namespace = WEB) =>
  (await world.cluster.secret(namespace, source))?.data['value'];

describe('a box', { timeout: 180_000 }, () => {
  it.concurrent('copied under another name, or for another scope beside it, is stored nowhere', async () => {
    await repository('thief');
    await repository('victim');
    const spec = await world.sealed(WEB, 'victim', 'A', 'stolen');
    await world.cluster.have(
      sealThing('thief-name', WEB, { ...spec, name: 'B' }),
      sealThing('thief-scope', WEB, { ...spec, scopeRef: { name: 'thief' } }),
    );
    await set('thief', 'A', 'mine', 'thief-lies', {
      scopeUID: await world.uidOf(WEB, 'victim'),
    });
    await says('thief-name', 'Refused SealMismatch');
    await says('thief-scope', 'Refused SealKeyUnknown');
    await says('thief-lies', 'Refused SealMismatch');
    for (const source of ['victim-a', 'victim-b', 'thief-a', 'thief-b'])
      expect(await storedIn(source)).toBeUndefined();
  });

  it.concurrent('of last year never comes back, also when its object is made again', async () => {
    await repository('rollback');
    const old = await world.sealed(WEB, 'rollback', 'A', 'leaked');
    await world.cluster.have(sealThing('rollback-old', WEB, old));
    await says('rollback-old', 'Stored Stored');
    await set('rollback', 'A', 'rotated', 'rollback-new');
    await says('rollback-new', 'Stored Stored');
    await world.cluster.gone(sealThing('rollback-old', WEB, {}));
    await world.cluster.have(sealThing('rollback-again', WEB, old));
    await says('rollback-again', 'Refused Outdated');
    expect(await storedIn('rollback-a')).toBe('rotated');
  });

  it.concurrent('of ten that race for one name, the newest wins', async () => {
    await repository('race');
    const now = Date.now();
    const order = [3, 9, 1, 7, 0, 5, 8, 2, 6, 4];
    await Promise.all(
      order.map((age) => set('race', 'A', `age ${age}`, `race-${age}`, { created: now - age })),
    );
    await says('race-0', 'Stored Stored');
    await until(async () => {
      const all = await Promise.all(order.map((age) => world.seen(WEB, `race-${age}`)));
      const states = all.map((one) => one?.status?.state);
      expect(states.every((state) => state === 'Stored' || state === 'Refused')).toBe(true);
    }, PATIENT_MS);
    expect(await storedIn('race-a')).toBe('age 0');
  });

  it.concurrent('from the future, or changed in one bit, is stored nowhere', async () => {
    await repository('future');
    await set('future', 'A', 'tomorrow', 'future-a', { created: Date.now() + 10 * MINUTE_MS });
    const spec = await world.sealed(WEB, 'future', 'B', 'tampered');
    const box = Buffer.from(spec.sealed, 'base64');
    box[50] = (box[50] ?? 0) ^ 1;
    await world.cluster.have(sealThing('future-b', WEB, { ...spec, sealed: box.toString('base64') }));
    await says('future-a', 'Refused ClockSkew');
    await says('future-b', 'Refused SealUnreadable');
    for (const source of ['future-a', 'future-b']) expect(await storedIn(source)).toBeUndefined();
  });

  it.concurrent('goes where its entry points now: gone, pinned, back under another key', async () => {
    await repository('moved', { secrets: [] });
    await set('moved', 'A', 'waits', 'moved-a');
    await says('moved-a', 'Waiting EntryMissing');
    const from = { key: 'moved-a', property: 'value' };
    await repository('moved', { secrets: [{ name: 'A', from: { ...from, version: '1' } }] });
    await says('moved-a', 'Waiting EntryPinned');
    await repository('moved', { secrets: [{ name: 'A', from: { ...from, key: 'moved-elsewhere' } }] });
    await says('moved-a', 'Stored Stored');
    expect(await storedIn('moved-elsewhere')).toBe('waits');
    expect(await storedIn('moved-a')).toBeUndefined();
  });

  it.concurrent('into a shared backend waits for a grant of Write, and goes on by itself', async () => {
    const keys = [{ key: 'shared-a' }];
    const backend = (operations: string[]): Thing => ({
      apiVersion: 'secretscope.dev/v1alpha1',
      kind: 'ClusterSecretBackend',
      metadata: { name: 'shared' },
      spec: {
        kubernetes: { namespace: ORG, auth: { serviceAccountRef: { name: READER } } },
        grants: [{ namespaces: { matchLabels: { org: 'acme' } }, keys, operations }],
      },
    });
    await world.cluster.have(backend(['Read']));
    await repository('shared', { backendRef: { kind: 'ClusterSecretBackend', name: 'shared' } });
    await set('shared', 'A', 'granted', 'shared-a');
    await says('shared-a', 'Waiting KeyNotGranted');
    expect(await world.message(WEB, 'shared-a')).toContain('operations: [Read, Write]');
    await world.cluster.have(backend(['Read', 'Write']));
    await says('shared-a', 'Stored Stored');
    expect(await storedIn('shared-a', ORG)).toBe('granted');
  });

  it.concurrent('in a namespace that is not enrolled gets no identity', async () => {
    await world.cluster.team('outside', { org: 'acme' }, { enrolled: false });
    await repository('outside', {}, 'outside');
    await set('outside', 'A', 'nowhere', 'outside-a', {}, 'outside');
    await until(async () => {
      const { state } = (await world.seen('outside', 'outside-a'))?.status ?? ({} as SealedStatus);
      expect(state).toBe('Waiting');
    }, PATIENT_MS);
    expect(await storedIn('outside-a', 'outside')).toBeUndefined();
  });
});

describe('a deletion', { timeout: 180_000 }, () => {
  it.concurrent('withdraws from everybody at once while the backend refuses, and no new value undoes that', async () => {
    const include = ['A'];
    await repository('denied', { targets: [{ secretName: 'denied', include }] }, LAB);
    await set('denied', 'A', 'old', 'denied-a', {}, LAB);
    await world.cluster.untilData(LAB, 'denied', { A: 'old' }, PATIENT_MS);
    await world.cluster.have(labRole(['get', 'list', 'watch']));
    await world.destroy(LAB, 'denied', 'A', { force: true }, 'denied-gone');
    await says('denied-gone', 'Waiting BackendDenied', LAB);
    await until(
      async () => expect((await world.cluster.secret(LAB, 'denied'))?.data ?? {}).toEqual({}),
      PATIENT_MS,
    );
    await set('denied', 'A', 'new', 'denied-new', {}, LAB);
    await says('denied-new', 'Waiting BackendDenied', LAB);
    expect(await storedIn('denied-a', LAB)).toBe('old');
    expect((await world.cluster.secret(LAB, 'denied'))?.data ?? {}).toEqual({});
    await world.cluster.have(labRole(['get', 'list', 'watch', 'create', 'patch', 'delete']));
    await says('denied-new', 'Stored Stored', LAB);
    await world.cluster.untilData(LAB, 'denied', { A: 'new' }, PATIENT_MS);
    await says('denied-gone', 'Refused Outdated', LAB);
  });

  it.concurrent('of a shadowing value lets nothing fall through; its owner is told why, a child is not', async () => {
    const include = ['ORG_TOKEN', 'A'];
    await world.set({ namespace: ORG, scope: 'acme' }, 'ORG_TOKEN', 'of the organization');
    const own = { name: 'ORG_TOKEN', from: { key: 'fall-token', property: 'value' } };
    await repository('fall', {
      secrets: [own, { name: 'A', from: { key: 'fall-a', property: 'value' } }],
      children: [{ namespaces: { matchLabels: { org: 'acme' } }, visibility: 'Private', trusted: true }],
      targets: [{ secretName: 'fall', include }],
    });
    await world.cluster.have(
      scopeThing('fall-prod', WEB, {
        level: 'Environment',
        parentRef: { namespace: WEB, name: 'fall' },
        targets: [{ secretName: 'fall-prod', include }],
      }),
    );
    await set('fall', 'ORG_TOKEN', 'of the repository', 'fall-token');
    await set('fall', 'A', 'a', 'fall-a');
    await world.cluster.untilData(WEB, 'fall-prod', { ORG_TOKEN: 'of the repository', A: 'a' }, PATIENT_MS);
    await world.destroy(WEB, 'fall', 'ORG_TOKEN', {}, 'fall-gone');
    const seen = await says('fall-gone', 'InUse InUse');
    expect(seen.status?.usedBy?.toSorted()).toEqual([
      `target fall of SecretScope ${WEB}/fall`,
      `target fall-prod of SecretScope ${WEB}/fall-prod`,
    ]);
    await world.destroy(WEB, 'fall', 'ORG_TOKEN', { force: true }, 'fall-gone');
    await says('fall-gone', 'Deleted Destroyed');
    for (const secret of ['fall', 'fall-prod'])
      await world.cluster.untilData(WEB, secret, { A: 'a' }, PATIENT_MS);
    await world.cluster.untilReady(WEB, 'fall', 'False', 'ValueDeleted', PATIENT_MS);
    await world.cluster.untilReady(WEB, 'fall-prod', 'False', 'NotAvailable', PATIENT_MS);
  });

  it.concurrent('that is older than the value is refused, and so is one from before its scope', async () => {
    await repository('late');
    await set('late', 'A', 'kept', 'late-a');
    await says('late-a', 'Stored Stored');
    const requestedAt = new Date(Date.now() - MINUTE_MS).toISOString();
    await world.destroy(WEB, 'late', 'A', { requestedAt }, 'late-gone');
    await world.cluster.have(secretThing(WEB, 'late-b', { value: 'made by hand' }));
    await world.destroy(WEB, 'late', 'B', { requestedAt: '2020-01-01T00:00:00Z' }, 'late-git');
    await says('late-gone', 'Refused Outdated');
    await says('late-git', 'Refused Outdated');
    expect([await storedIn('late-a'), await storedIn('late-b')]).toEqual(['kept', 'made by hand']);
  });
});

describe('a public key', { timeout: 180_000 }, () => {
  it.concurrent('is published by nobody else, and one that was slipped in is put right', async () => {
    const uid = await world.uidOf(WEB, 'web');
    const { keyID } = await world.publicKey(WEB, 'web');
    const map = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: publicKeyMap(uid), namespace: OPERATOR_NAMESPACE },
    };
    const mine = Buffer.alloc(32, 5);
    const data = { [uid]: publishedKey({ keyID: keyIDOf(mine), publicKey: mine }) };
    expect((await world.cluster.platform.apply({ ...map, data }, { force: true })).status).toBe(403);
    const thief = await personOf(world.cluster.operatorKubeconfig);
    const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/configmaps/${map.metadata.name}`;
    const shown = (await world.cluster.platform.get(map)).body as object;
    const { status, message } = await thief.call('PUT', path, { ...shown, data });
    await thief.close();
    expect(`${status} ${message}`).toMatch(/^200/);
    await until(async () => {
      const { body } = await world.cluster.platform.get(map);
      const found = readPublishedKey((body as { data?: Record<string, string> }).data?.[uid]);
      expect(found?.keyID).toBe(keyID);
    }, PATIENT_MS);
  });
});

const labRole = (verbs: string[]): Thing => ({
  apiVersion: RBAC,
  kind: 'Role',
  metadata: { name: READER, namespace: LAB },
  rules: [
    { apiGroups: [''], resources: ['secrets'], verbs },
    { apiGroups: ['secretscope.dev'], resources: ['secretbackends'], verbs: ['lend'] },
  ],
});
