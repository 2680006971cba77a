/** What is deleted above a protected environment, or with it, and what is started again: nothing moves that need not. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { eventually, namespace, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { LOCAL, scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import type { Answer, Thing } from '../scenarios-support/person.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
  TEAM,
  voteThing,
} from '../scenarios-support/protected-world.ts';

const PATIENT_MS = 30_000;
const SETTLE = { extra: ['--policy-settle', '1s'] };

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('attacks-fleet');
}, 120_000);

afterAll(() => world?.stop());

function admitted({ status, message }: Answer): void {
  if (status >= 400) throw new Error(`${status} ${message}`);
}

describe('THREATS 19: what would take the fleet down takes nothing', () => {
  it('the repository is deleted: targets keep what they have, and nothing is asked or written', async () => {
    const shared = { targets: [{ secretName: 'fleet-target', include: ['PASSWORD', 'TOKEN'] }] };
    await world.environment('fleet', reviewedBy('ana'), shared);
    await world.cast('ana', 'Approve', await world.untilRequest('fleet', 'Waiting', PATIENT_MS));
    const data = { PASSWORD: 'value of fleet', TOKEN: 'of the repository' };
    await world.untilHas('fleet-target', data, PATIENT_MS);
    const web = (await world.cluster.platform.get(scopeThing('web', TEAM, {}))).body as Thing & {
      spec: object;
    };
    const writes = (await world.writesOf('fleet-target')).length;
    await world.cluster.gone(scopeThing('web', TEAM, {}));
    await world.cluster.untilReady(PROD, 'fleet', 'False', undefined, PATIENT_MS);
    await world.cluster.restartOperator(SETTLE);
    await pause(5_000);
    expect((await world.cluster.secret(PROD, 'fleet-target'))?.data).toEqual(data);
    expect(await world.writesOf('fleet-target')).toHaveLength(writes);
    expect(await world.states('fleet')).toEqual(['Released']);
    await world.cluster.have(scopeThing('web', TEAM, web.spec));
  });

  it('the operator is started again: nothing is asked for and nothing is written', async () => {
    await world.environment('calm', reviewedBy('ana'));
    await world.cast('ana', 'Approve', await world.untilRequest('calm', 'Waiting', PATIENT_MS));
    await world.untilSecret('calm-target', 'value of calm');
    await world.untilRequest('calm', 'Released');
    await world.cluster.untilReady(PROD, 'calm', 'True');
    await pause(3_000);
    await world.cluster.operator.stop();
    const mark = await world.cluster.audit.mark();
    await world.cluster.restartOperator(SETTLE);
    await pause(6_000);
    const writes = (await world.cluster.audit.since(mark)).filter(
      ({ user, verb, resource, apiGroup }) =>
        user === 'system:serviceaccount:secretscope-system:secretscope' &&
        ['create', 'update', 'patch', 'delete'].includes(verb) &&
        (resource === 'secrets' ||
          (apiGroup === 'secretscope.dev' &&
            ['secretrequests', 'requestreviews', 'scopeledgers', 'secretscopes'].includes(resource ?? ''))),
    );
    expect(
      writes.filter(({ name }) => name?.startsWith('calm')).map(({ verb, uri }) => `${verb} ${uri}`),
    ).toEqual([]);
    expect(writes.filter(({ verb, resource }) => verb === 'create' && resource === 'secretrequests')).toEqual(
      [],
    );
  });
});

describe('API-REVIEW 14: what has to go goes', () => {
  it('a namespace with requests, votes and a Secret ends, and its ledger with it', async () => {
    const PLACE = 'team-doomed';
    await world.cluster.team(PLACE);
    await world.cluster.have(secretThing(PLACE, 'source', { PASSWORD: 'x' }));
    const spec = {
      level: 'Environment',
      parentRef: { namespace: TEAM, name: 'web' },
      backendRef: LOCAL,
      secrets: [{ name: 'PASSWORD', from: { key: 'source', property: 'PASSWORD' } }],
      targets: [{ secretName: 'doomed-target', include: ['PASSWORD'] }],
      protection: { ...reviewedBy('ana', 'bob'), minApprovals: 2 },
    };
    await world.cluster.have(
      scopeThing('doomed', PLACE, spec),
      roleBinding('ana', 'secretscope-reviewer', PLACE),
    );
    const web = (await world.cluster.platform.get(scopeThing('web', TEAM, {}))).body as {
      spec: { children: object[] };
    };
    const children = [
      ...web.spec.children,
      {
        namespaces: { matchLabels: { 'kubernetes.io/metadata.name': PLACE } },
        visibility: 'Private',
        trusted: true,
      },
    ];
    admitted(await world.cluster.platform.merge(scopeThing('web', TEAM, {}), { spec: { children } }));
    const requests = `/apis/${API_VERSION}/namespaces/${PLACE}/secretrequests`;
    const asked = await until(async () => {
      const { body } = await world.cluster.platform.call('GET', requests);
      const [first] = (body as { items: SeenRequest[] }).items;
      if (!first) throw new Error('nothing is asked yet');
      return first;
    }, PATIENT_MS);
    const vote = voteThing('ana', 'Approve', asked);
    await eventually(async () =>
      (await world.person('ana')).create({ ...vote, metadata: { ...vote.metadata, namespace: PLACE } }),
    );
    await world.cluster.gone(namespace(PLACE));
    await until(async () => {
      expect((await world.cluster.platform.get(namespace(PLACE))).status).toBe(404);
    }, 60_000);
    await until(async () => expect(await world.ledger(asked.spec.scopeRef.uid)).toEqual([]), 60_000);
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await world.cluster.requestsByMasters()).toEqual([]);
});
