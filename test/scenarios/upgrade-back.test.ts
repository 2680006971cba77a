/**
 * An operator that is older than what it meets: a record on a Secret, a ledger and a spec with members that it does not know.
 * It refuses to touch them, says so, and goes on where the newer one, or its own form, is back.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DELIVERY_ANNOTATION,
  type DeliveryRecord,
  encodeRecord,
} from '../../src/materialize/delivery-record.ts';
import { keyringFrom } from '../../src/materialize/keyring.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import { LOCAL, scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import {
  ledgerThing,
  PROD,
  type ProtectedWorld,
  protectedWorld,
  TEAM,
} from '../scenarios-support/protected-world.ts';

const PATIENT_MS = 30_000;
const IDLE_MS = 2_000;
const SPEC = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/later';

const app = (more: object = {}) =>
  scopeThing('app', TEAM, {
    level: 'Repository',
    backendRef: LOCAL,
    secrets: [{ name: 'VALUE', from: { key: 'plain', property: 'value' } }],
    targets: [{ secretName: 'app', include: ['VALUE'] }],
    ...more,
  });
const plain = (value: string) => secretThing(TEAM, 'plain', { value });

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('upgrade-back');
  await world.cluster.have(plain('first'), app());
  await world.released('prod');
  await world.cluster.untilReady(TEAM, 'app', 'True');
}, 90_000);
afterAll(() => world?.stop());

const merge = async (thing: Thing, patch: object): Promise<void> => {
  const { status, message } = await world.cluster.platform.merge(thing, patch);
  expect([status, message]).toEqual([200, '']);
};

/** As the definition of a later version has it. */
async function learns(plural: string): Promise<void> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.secretscope.dev`;
  const patch = [{ op: 'add', path: SPEC, value: { type: 'string' } }];
  expect((await world.cluster.platform.call('PATCH', path, patch, 'json-patch+json')).status).toBe(200);
}

describe('a record of a later version', () => {
  const recordOn = async () =>
    (await world.cluster.secret(TEAM, 'app'))?.annotations[DELIVERY_ANNOTATION] ?? '';
  let original: string;

  it('stops every write to its Secret, and says which version is needed', async () => {
    const { body } = await world.cluster.platform.get(secretThing(OPERATOR_NAMESPACE, 'secretscope-keys'));
    const { data } = body as { data: { hmac: string } };
    original = await recordOn();
    const { record } = JSON.parse(original) as { record: DeliveryRecord };
    const later = { ...record, later: { restarts: 3 } } as DeliveryRecord;
    const keyring = keyringFrom(Buffer.from(data.hmac, 'base64'));
    const text = encodeRecord(later, { namespace: TEAM, name: 'app' }, keyring);
    await merge(secretThing(TEAM, 'app'), { metadata: { annotations: { [DELIVERY_ANNOTATION]: text } } });
    const { message } = await world.cluster.untilReady(TEAM, 'app', 'False', 'TargetConflict', PATIENT_MS);
    expect(message).toContain('written by a newer version of SecretScope');
    const kept = await world.cluster.secret(TEAM, 'app');
    await world.cluster.have(plain('second'));
    await world.restart();
    await world.cluster.untilReady(TEAM, 'app', 'False', 'TargetConflict', PATIENT_MS);
    await pause(IDLE_MS);
    expect(await world.cluster.secret(TEAM, 'app')).toEqual(kept);
  });

  it('nor is it deleted with its scope; in a form that is known it is taken up again', async () => {
    await world.cluster.gone(app());
    await pause(IDLE_MS);
    expect((await world.cluster.secret(TEAM, 'app'))?.data).toEqual({ VALUE: 'first' });
    await world.cluster.have(app());
    await merge(secretThing(TEAM, 'app'), { metadata: { annotations: { [DELIVERY_ANNOTATION]: original } } });
    await world.cluster.untilData(TEAM, 'app', { VALUE: 'second' }, PATIENT_MS);
    await world.cluster.untilReady(TEAM, 'app', 'True');
  });
});

describe('a ledger of a later version', () => {
  it('is not written over: what is delivered stays, nothing new comes, and it is said why', async () => {
    for (const plural of ['scopeledgers', 'secretscopes']) await learns(plural);
    const [request] = await world.requests('prod');
    const ledger = ledgerThing(request?.spec.scopeRef.uid ?? '');
    const operator = await world.asOperator();
    const change = async (later: string | null) => {
      // a definition that was just changed is served a moment later
      await until(async () => {
        const { body } = await operator.merge(ledger, { spec: { later } });
        expect((body as { spec?: { later?: string } }).spec?.later).toBe(later ?? undefined);
      }, PATIENT_MS);
      return (await operator.get(ledger)).body;
    };
    const kept = await change('form');
    // what watched before goes on being shown objects by the older definition
    await world.restart();
    await world.cluster.have(secretThing(PROD, 'prod-source', { PASSWORD: 'rotated' }));
    await until(async () => {
      const ready = await world.cluster.condition(PROD, 'prod');
      expect(ready?.message).toContain('cannot be read by this version of SecretScope');
    }, PATIENT_MS);
    await pause(IDLE_MS);
    await world.untilSecret('prod-target', 'value of prod');
    expect((await operator.get(ledger)).body).toEqual(kept);
    await change(null);
    await operator.close();
    await world.untilSecret('prod-target', 'rotated', PATIENT_MS);
    expect(await world.states('prod')).toEqual(['Released']);
  });
});

describe('a spec of a later version', () => {
  it('is not acted on: what was delivered stays', async () => {
    const before = await world.cluster.secret(TEAM, 'app');
    await until(async () => {
      await world.cluster.have(app({ later: 'form', targets: [] }));
      const { body } = await world.cluster.platform.get(app());
      expect((body as { spec: { later?: string } }).spec.later).toBe('form');
    }, PATIENT_MS);
    await world.cluster.untilReady(TEAM, 'app', 'False', 'SpecInvalid', PATIENT_MS);
    await pause(IDLE_MS);
    expect(await world.cluster.secret(TEAM, 'app')).toEqual(before);
  });
});
