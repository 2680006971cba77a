/** What guards a key: who takes the guard away, walks round it, or takes away what is above it. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { eventually, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { READER, scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import type { Answer, Person, Thing } from '../scenarios-support/person.ts';
import {
  environmentSpec,
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  TEAM,
} from '../scenarios-support/protected-world.ts';

const VAULT = 'vault';
const PATIENT_MS = 30_000;
const ALL = { namespaces: {}, keys: [{ prefix: 'prod.' }] };

let world: ProtectedWorld;
/** admin of the namespace of the environments, who may make environments there, and has no right to protection */
let mallory: Person;

beforeAll(async () => {
  world = await protectedWorld('attacks-policy');
  await world.cluster.team(VAULT);
  await world.cluster.have(
    ...(['admin', 'secretscope-environment-owner', 'secretscope-repository-owner'] as const).map((role) =>
      roleBinding('mallory', role, PROD),
    ),
  );
  mallory = await world.person('mallory');
  await eventually(() => mallory.call('GET', `/api/v1/namespaces/${PROD}/secrets`));
}, 120_000);

afterAll(() => world?.stop());

function admitted({ status, message }: Answer): void {
  if (status >= 400) throw new Error(`${status} ${message}`);
}

const refused = (message: string) => [403, expect.stringContaining(message)];

/** A shared backend whose keys `prod.*` are kept for one environment. */
const reserved = (
  name: string,
  by: string,
  grants: object[] = [{ ...ALL, protectedBy: { namespace: PROD, name: by } }],
): Thing => ({
  apiVersion: API_VERSION,
  kind: 'ClusterSecretBackend',
  metadata: { name },
  spec: { kubernetes: { namespace: VAULT, auth: { serviceAccountRef: { name: READER } } }, grants },
});

/** Reads that key of that backend, and delivers it by name, so that the scope says what becomes of it. */
const through = (backend: string, key: string, name = backend) => ({
  targets: [{ secretName: `${name}-target`, include: ['PASSWORD'] }],
  backendRef: { kind: 'ClusterSecretBackend', name: backend },
  secrets: [{ name: 'PASSWORD', from: { key, property: 'PASSWORD' } }],
});

async function guarded(name: string, protection: object = reviewedBy('ana')) {
  const key = `prod.${name}`;
  await world.cluster.have(reserved(name, name), secretThing(VAULT, key, { PASSWORD: `value of ${name}` }));
  await world.environment(name, protection, through(name, key));
  const request = await world.untilRequest(name, 'Waiting', PATIENT_MS);
  return { key, request };
}

async function guardedAndReleased(name: string) {
  const made = await guarded(name);
  await world.cast('ana', 'Approve', made.request);
  await world.untilSecret(`${name}-target`, `value of ${name}`, PATIENT_MS);
  return made;
}

/** The scope has that among what it says of itself. */
const untilSaid = (name: string, words: string) =>
  until(async () => {
    const { message = '', status } = (await world.cluster.condition(PROD, name)) ?? {};
    expect([status, message]).toEqual(['False', expect.stringContaining(words)]);
  }, PATIENT_MS);

const readsOf = async (key: string) =>
  (await world.cluster.audit.since(world.cluster.ready)).filter(
    ({ resource, verb, name, user }) =>
      resource === 'secrets' && verb === 'get' && name === key && user.endsWith(`:${READER}`),
  );

describe('THREATS 5: the key is guarded, not the object', () => {
  it('the same key through a scope without protection is KeyProtected, at every level, and is not read', async () => {
    const { key } = await guarded('kept');
    for (const [name, place, level] of [
      ['beside', PROD, { level: 'Environment', parentRef: { namespace: TEAM, name: 'web' } }],
      ['below', PROD, { level: 'Repository' }],
      ['above', TEAM, { level: 'Repository' }],
    ] as const) {
      const thing = scopeThing(name, place, { ...level, ...through('kept', key, name) });
      admitted(await (place === PROD ? mallory : world.cluster.platform).apply(thing, { force: true }));
      const { message } = await world.cluster.untilReady(place, name, 'False', 'KeyProtected', PATIENT_MS);
      expect(message).toContain(`${PROD}/kept`);
      expect((await world.cluster.secret(place, `${name}-target`))?.data ?? {}).toEqual({});
    }
    expect(await readsOf(key)).toEqual([]);
  });

  it('nor through a protected one that is not the one it is kept for', async () => {
    const { key } = await guarded('mine');
    await world.environment('yours', reviewedBy('ana'), through('mine', key, 'yours'));
    await untilSaid('yours', 'is delivered only through the environment team-web-prod/mine');
    await world.cluster.untilReady(PROD, 'yours', 'False', 'KeyProtected', PATIENT_MS);
    // nobody is asked to approve that nothing is delivered
    expect(await world.requests('yours')).toEqual([]);
    expect((await world.cluster.secret(PROD, 'yours-target'))?.data ?? {}).toEqual({});
    expect(await readsOf(key)).toEqual([]);
  });

  it('API-REVIEW 1: who may not change protection takes nothing away, weakens nothing and adds nothing', async () => {
    await guarded('firm');
    const thing = scopeThing('firm', PROD, {});
    const weaker = { ...reviewedBy('mallory') };
    const bare = environmentSpec('firm', undefined, through('firm', 'prod.firm'));
    const { body } = await mallory.get(thing);
    const { status: _, ...whole } = body as Thing & { status: object; spec: object };
    const { protection: __, ...unprotected } = whole.spec as { protection?: object };
    const path = `/apis/${API_VERSION}/namespaces/${PROD}/secretscopes`;
    const attempts: [string, Promise<Answer>][] = [
      ['may not remove', mallory.merge(thing, { spec: { protection: null } })],
      ['may not change', mallory.merge(thing, { spec: { protection: weaker } })],
      ['may not change', mallory.merge(thing, { spec: { protection: { allowBypass: true } } })],
      [
        'may not change',
        mallory.merge(thing, { spec: { protection: { requiredReviewers: null, waitTimerMinutes: 1 } } }),
      ],
      ['may not remove', mallory.call('PUT', `${path}/firm`, { ...whole, spec: unprotected })],
      [
        'may not change',
        mallory.apply(scopeThing('firm', PROD, { ...bare, protection: weaker }), { force: true }),
      ],
      ['may not delete the protected scope', mallory.remove(thing)],
      ['may not add', mallory.create(scopeThing('fresh', PROD, { ...bare, protection: weaker }))],
    ];
    for (const [message, attempt] of attempts) {
      const answer = await attempt;
      expect([answer.status, answer.message]).toEqual(refused(`mallory ${message}`));
    }
    const all = await mallory.call('DELETE', path);
    expect([all.status, all.message]).toEqual(refused('mallory may not delete the protected scope'));
    expect((await world.cluster.condition(PROD, 'firm'))?.reason).toBe('AwaitingApproval');
  });

  it('a scope that was deleted and made again without protection gets nothing', async () => {
    const { key } = await guardedAndReleased('reborn');
    const before = (await readsOf(key)).length;
    await world.cluster.gone(scopeThing('reborn', PROD, {}));
    await until(async () => {
      expect((await world.cluster.platform.get(scopeThing('reborn', PROD, {}))).status).toBe(404);
    }, PATIENT_MS);
    const thing = scopeThing('reborn', PROD, environmentSpec('reborn', undefined, through('reborn', key)));
    admitted(await mallory.create(thing));
    await world.cluster.have(secretThing(VAULT, key, { PASSWORD: 'rotated' }));
    await world.cluster.untilReady(PROD, 'reborn', 'False', 'KeyProtected', PATIENT_MS);
    await pause(2_000);
    expect((await world.cluster.secret(PROD, 'reborn-target'))?.data['PASSWORD']).not.toBe('rotated');
    expect(await readsOf(key)).toHaveLength(before);
  });
});

describe('attack 16: what guards is taken away, and it fails closed', () => {
  it('protection removed by who may: the key that is kept for protected ones is delivered no more', async () => {
    const { key } = await guardedAndReleased('bared');
    await world.change('bared', undefined, through('bared', key));
    await world.cluster.untilReady(PROD, 'bared', 'False', 'KeyProtected', PATIENT_MS);
    const before = (await readsOf(key)).length;
    await world.cluster.have(secretThing(VAULT, key, { PASSWORD: 'rotated' }));
    await pause(3_000);
    expect((await world.cluster.secret(PROD, 'bared-target'))?.data['PASSWORD']).toBeUndefined();
    expect(await readsOf(key)).toHaveLength(before);
  });

  it('reviewers removed and a timer left: nobody reviews, so the key is not delivered', async () => {
    const { key } = await guarded('timed');
    await world.change('timed', { waitTimerMinutes: 1 }, through('timed', key));
    await untilSaid('timed', 'is delivered only through the environment team-web-prod/timed');
    expect(await readsOf(key)).toEqual([]);
  });

  it('the grant taken away after the approval: what was delivered leaves, while a change waits, too', async () => {
    const { key, request } = await guardedAndReleased('granted');
    const more = { name: 'EXTRA', from: { key: 'prod.more', property: 'PASSWORD' } };
    const targets = [{ secretName: 'granted-target', include: ['PASSWORD', 'EXTRA'] }];
    const spec = { secrets: [...through('granted', key).secrets, more], targets };
    admitted(await world.cluster.platform.merge(scopeThing('granted', PROD, {}), { spec }));
    await world.untilNewer('granted', request);
    await world.cluster.have(reserved('granted', 'granted', []));
    await until(async () => {
      expect((await world.cluster.secret(PROD, 'granted-target'))?.data ?? {}).toEqual({});
    }, PATIENT_MS);
  });

  it('the backend taken away: nothing new, what was delivered stays', async () => {
    await guardedAndReleased('emptied');
    await world.cluster.gone(reserved('emptied', 'emptied'));
    await world.cluster.untilReady(PROD, 'emptied', 'False', undefined, PATIENT_MS);
    await pause(2_000);
    const secret = await world.cluster.secret(PROD, 'emptied-target');
    expect([undefined, 'value of emptied']).toContain(secret?.data['PASSWORD']);
    expect(await world.states('emptied')).not.toContain('Waiting');
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await world.cluster.requestsByMasters()).toEqual([]);
});
