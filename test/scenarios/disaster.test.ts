/** What is lost, in a cluster that runs: the keys, every ledger, the operator's namespace, the kinds. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { loadManifests } from '../cluster/manifests.ts';
import {
  APP,
  type DisasterWorld,
  disasterWorld,
  KEYS,
  SNAPSHOT,
} from '../scenarios-support/disaster-world.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import { backendIn, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import { personOf } from '../scenarios-support/person.ts';
import { PROD, TEAM } from '../scenarios-support/protected-world.ts';

const PATIENT_MS = 30_000;
const LEDGERS = `/apis/${API_VERSION}/namespaces/${OPERATOR_NAMESPACE}/scopeledgers`;

let world: DisasterWorld;

beforeAll(async () => {
  world = await disasterWorld('disaster');
}, 120_000);
afterAll(() => world?.stop());

const uids = async () => [...(await world.delivered()).values()].map(({ uid }) => uid);

describe('the Secret with the keys is deleted while the operator runs', () => {
  it('another is made and public keys follow; what is delivered is not touched', async () => {
    const before = await world.delivered();
    const old = await world.sealed.publicKey(TEAM, 'app');
    await world.cluster.gone(KEYS);
    await until(async () => {
      const key = await world.sealed.publicKey(TEAM, 'app');
      expect(key.keyID).not.toBe(old.keyID);
    }, PATIENT_MS);
    expect(world.cluster.operator.output).toContain('have to be sealed again');
    await world.sealed.set({ namespace: TEAM, scope: 'app' }, 'SPARE', 'too late', { key: old });
    await world.sealed.untilState(TEAM, 'spare', 'Refused SealKeyUnknown');
    expect(await world.sealed.message(TEAM, 'spare')).toContain('seal the value again');
    await world.sealed.set({ namespace: TEAM, scope: 'app' }, 'SPARE', 'sealed anew');
    await world.sealed.untilState(TEAM, 'spare', 'Stored Stored');
    expect(await world.delivered()).toEqual(before);
  });

  it('the next start writes a new stamp on each Secret; nobody is asked again and no data change', async () => {
    const before = { uids: await uids(), requests: await world.requests() };
    const [old] = await world.keysOfRecords();
    await world.restart();
    await until(async () => {
      const kids = await world.keysOfRecords();
      expect(kids.size).toBe(1);
      expect(kids).not.toContain(old);
    }, PATIENT_MS);
    expect(await uids()).toEqual(before.uids);
    const { prod, asked } = await world.requests();
    expect([prod?.metadata.uid, asked?.metadata.uid]).toEqual([
      before.requests.prod?.metadata.uid,
      before.requests.asked?.metadata.uid,
    ]);
    await world.claims.untilState('once', 'Delivered Materialized');
  });
});

describe('every ledger is lost', () => {
  it('what is protected asks again and keeps its last value; nothing is deleted or stored once more', async () => {
    const before = { uids: await uids(), requests: await world.requests() };
    const stored = await world.sealed.writesOf(TEAM, 'sealed');
    await world.cluster.operator.stop();
    const operator = await personOf(world.cluster.operatorKubeconfig);
    const { body } = await operator.call('GET', LEDGERS);
    const { items } = body as { items: { metadata: { name: string } }[] };
    expect(items.length).toBeGreaterThanOrEqual(3);
    for (const { metadata } of items)
      expect((await operator.call('DELETE', `${LEDGERS}/${metadata.name}`)).status).toBe(200);
    await operator.close();
    await world.restart();
    await world.untilAskedAgain(before.requests);
    expect(await uids()).toEqual(before.uids);
    await world.sealed.untilState(TEAM, 'sealed', 'Stored Stored');
    expect(await world.sealed.writesOf(TEAM, 'sealed')).toBe(stored);
  });

  it('and delivers nothing new before it was approved', async () => {
    const before = await world.cluster.secret(PROD, 'prod-target');
    await world.cluster.have(secretThing(PROD, 'prod-source', { PASSWORD: 'rotated' }));
    await world.cluster.have(secretThing(TEAM, 'plain', { value: 'rotated' }));
    await world.cluster.untilData(TEAM, 'app', { VALUE: 'rotated', SEALED: 'sealed' }, PATIENT_MS);
    expect(await world.cluster.secret(PROD, 'prod-target')).toEqual(before);
    await world.cluster.have(
      secretThing(PROD, 'prod-source', { PASSWORD: 'value of prod' }),
      secretThing(TEAM, 'plain', { value: 'plain' }),
    );
    await world.cluster.untilData(TEAM, 'app', { VALUE: 'plain', SEALED: 'sealed' }, PATIENT_MS);
    await world.delivered();
    await world.approveBoth();
    await world.delivered();
  });
});

describe('the operator’s namespace is deleted, and it is installed again', () => {
  const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATOR_NAMESPACE } };

  it('every Secret stays, is taken up again, and what is protected asks again', async () => {
    const before = { uids: await uids(), requests: await world.requests() };
    await world.cluster.gone(NAMESPACE);
    await until(
      async () => expect((await world.cluster.platform.get(NAMESPACE)).status).toBe(404),
      PATIENT_MS,
    );
    await world.cluster.operator.kill();
    expect(await uids()).toEqual(before.uids);
    await world.install();
    await world.start();
    await world.untilAskedAgain(before.requests);
    await world.cluster.untilReady(TEAM, 'app', 'True', 'Materialized', PATIENT_MS);
    await until(async () => expect((await world.keysOfRecords()).size).toBe(1), PATIENT_MS);
    expect(await uids()).toEqual(before.uids);
    await world.approveBoth();
  });
});

describe('all kinds are deleted by accident, while the operator runs', () => {
  const nameOf = ({ metadata }: { metadata: { name: string } }) => metadata.name;

  it('no Secret goes but those of Snapshots, which belong to their claims; made again, all is taken up', async () => {
    const crds = await loadManifests('crds');
    const before = await world.delivered();
    await Promise.all(
      crds.map(({ apiVersion, kind, metadata: { name } }) =>
        world.cluster.gone({ apiVersion, kind, metadata: { name } }),
      ),
    );
    for (const crd of crds)
      await until(
        async () =>
          expect([nameOf(crd), (await world.cluster.platform.get(crd)).status]).toEqual([nameOf(crd), 404]),
        PATIENT_MS,
      );
    await pause(2_000);
    const left: string[] = [];
    for (const [place, { uid }] of before) {
      const [namespace = '', name = ''] = place.split('/');
      if ((await world.cluster.secret(namespace, name))?.uid === uid) left.push(place);
    }
    expect(left).toEqual([...before.keys()].filter((place) => place !== SNAPSHOT));

    await world.install();
    await world.cluster.have(backendIn(TEAM), APP);
    await world.cluster.untilReady(TEAM, 'app', 'True', 'Materialized', 40_000);
    const after = await world.cluster.secret(TEAM, 'app');
    expect([after?.uid, after?.annotations['secretscope.dev/orphaned-since']]).toEqual([
      before.get(`${TEAM}/app`)?.uid,
      undefined,
    ]);
  });
});
