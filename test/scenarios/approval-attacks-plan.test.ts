/** An approval is for one plan: whatever is put in its place afterwards waits, and is not even read. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrollmentManifests } from '../../src/model/enrollment.ts';
import { OPERATOR_NAMESPACE, RBAC } from '../scenarios-support/guarded-cluster.ts';
import { backendIn, READER, scopeThing, secretThing } from '../scenarios-support/operated-cluster.ts';
import type { Answer, Thing } from '../scenarios-support/person.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
} from '../scenarios-support/protected-world.ts';

const BOTH = reviewedBy('ana', 'bob');
const OTHER = 'other-reader';
const PATIENT_MS = 30_000;
// whatever would have happened by itself has happened
const QUIET_MS = 7_000;

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('attacks-plan');
  await world.cluster.have(...accountLikeReader(OTHER), secretThing(PROD, 'loot', { PASSWORD: 'looted' }));
}, 120_000);

afterAll(() => world?.stop());

function admitted({ status, message }: Answer): void {
  if (status >= 400) throw new Error(`${status} ${message}`);
}

const entry = (name: string, key: string) => ({ name, from: { key, property: 'PASSWORD' } });

async function set(name: string, ...secrets: object[]): Promise<void> {
  admitted(await world.cluster.platform.merge(scopeThing(name, PROD, {}), { spec: { secrets } }));
}

async function released(name: string, protection: object = BOTH, change: object = {}): Promise<SeenRequest> {
  await world.environment(name, protection, change);
  const request = await world.untilRequest(name, 'Waiting', PATIENT_MS);
  await world.cast('ana', 'Approve', request);
  await world.untilSecret(`${name}-target`, `value of ${name}`);
  return world.untilRequest(name, 'Released');
}

const readsBy = async (account: string, source: string) => {
  const entries = await world.cluster.audit.since(world.cluster.ready);
  const user = `system:serviceaccount:${PROD}:${account}`;
  return entries.filter((one) => one.user === user && one.name === source && one.verb === 'get');
};

describe('attack 28: the scope is changed after it was approved', () => {
  it('before the decision, votes on the old plan count for nothing', async () => {
    await world.environment('swapped', { ...BOTH, minApprovals: 2 });
    const first = await world.untilRequest('swapped');
    await world.cast('ana', 'Approve', first);
    await world.untilVotes(first, 'ana Approve True VoteCounted');
    await set('swapped', entry('PASSWORD', 'loot'));
    const second = await world.untilNewer('swapped', first);
    await world.cast('bob', 'Approve', second);
    await world.cast('bob', 'Approve', first);
    await world.untilVotes(second, 'bob Approve True VoteCounted');
    expect((await world.untilRequest('swapped')).status?.approvals).toBe('1/2');
    expect(await world.writesOf('swapped-target')).toEqual([]);
    expect(await readsBy(READER, 'loot')).toEqual([]);
  });

  it('API-REVIEW 22: after the release, what was released goes on and is Ready, and the change waits', async () => {
    const first = await released('grown');
    await set('grown', entry('PASSWORD', 'grown-source'), entry('EXTRA', 'loot'));
    const second = await world.untilNewer('grown', first);
    await world.cluster.have(secretThing(PROD, 'grown-source', { PASSWORD: 'rotated' }));
    await world.untilSecret('grown-target', 'rotated', PATIENT_MS);
    const waits = { status: 'True', reason: 'AwaitingApproval' };
    const pending = await world.cluster.untilCondition(PROD, 'grown', 'ChangesPending', waits);
    expect(pending.message).toContain(second.metadata.name);
    await world.cluster.untilReady(PROD, 'grown', 'True');
    expect(await readsBy(READER, 'loot')).toEqual([]);
  });

  it('after the release, a line that means something else keeps its last value', async () => {
    const first = await released('bent');
    await set('bent', entry('PASSWORD', 'loot'));
    await world.untilNewer('bent', first);
    await world.cluster.have(secretThing(PROD, 'bent-source', { PASSWORD: 'rotated' }));
    await pause(QUIET_MS);
    expect((await world.cluster.secret(PROD, 'bent-target'))?.data['PASSWORD']).not.toBe('looted');
    expect(await readsBy(READER, 'loot')).toEqual([]);
  });
});

describe('attack 29: the value is swapped under pin: Version', () => {
  const pinned = { ...reviewedBy('ana'), pin: 'Version' };
  const why = 'needs a backend that can read an older version, and Kubernetes keeps none';

  it('where no older version can be read it is refused, and nothing is asked or read', async () => {
    await world.environment('pinned', pinned);
    const { message } = await world.cluster.untilReady(PROD, 'pinned', 'False', 'SpecInvalid', PATIENT_MS);
    expect(message).toContain(why);
    expect(await world.requests('pinned')).toEqual([]);
    expect(await readsBy(READER, 'pinned-source')).toEqual([]);
  });

  it('set on what is released already, it hands out no other value, and a revocation does not wait', async () => {
    const first = await released('late', reviewedBy('ana'));
    await world.change('late', pinned);
    await world.cluster.untilReady(PROD, 'late', 'False', 'SpecInvalid', PATIENT_MS);
    await world.cluster.have(secretThing(PROD, 'late-source', { PASSWORD: 'swapped' }));
    await pause(QUIET_MS);
    await world.untilSecret('late-target', 'value of late');
    await world.cast('ana', 'Revoke', first);
    await world.untilGone('late-target', PATIENT_MS);
  });
});

describe('attack 30: the mapping is swapped', () => {
  const through = (name: string) => ({ backendRef: { kind: 'SecretBackend', name } });

  it('a backend that acts as another account asks again; the other account reads nothing, the old one goes on', async () => {
    await world.cluster.have(backendNamed('mapped', READER));
    const first = await released('mapped', BOTH, through('mapped'));
    await world.cluster.have(backendNamed('mapped', OTHER));
    const second = await world.untilNewer('mapped', first);
    await world.cluster.have(secretThing(PROD, 'mapped-source', { PASSWORD: 'rotated' }));
    await world.untilSecret('mapped-target', 'rotated', PATIENT_MS);
    await pause(QUIET_MS);
    expect(await readsBy(OTHER, 'mapped-source')).toEqual([]);
    await world.cast('ana', 'Approve', second);
    await world.cluster.have(secretThing(PROD, 'mapped-source', { PASSWORD: 'again' }));
    await world.untilSecret('mapped-target', 'again', PATIENT_MS);
    expect(await readsBy(OTHER, 'mapped-source')).not.toEqual([]);
  });

  it('a backend that was deleted and made again is another one', async () => {
    await world.cluster.have(backendNamed('reborn', READER));
    const first = await released('reborn', BOTH, through('reborn'));
    await world.cluster.gone(backendNamed('reborn', READER));
    await pause(1_000);
    await world.untilSecret('reborn-target', 'value of reborn');
    await world.cluster.have(backendNamed('reborn', READER));
    await world.untilNewer('reborn', first);
    await world.cluster.have(secretThing(PROD, 'reborn-source', { PASSWORD: 'rotated' }));
    await pause(QUIET_MS);
    await world.untilSecret('reborn-target', 'value of reborn');
  });

  it('before the decision: the votes were for the mapping that they saw', async () => {
    await world.cluster.have(backendNamed('early', READER));
    await world.environment('early', { ...BOTH, minApprovals: 2 }, through('early'));
    const first = await world.untilRequest('early');
    await world.cast('ana', 'Approve', first);
    await world.untilVotes(first, 'ana Approve True VoteCounted');
    await world.cluster.have(backendNamed('early', OTHER));
    const second = await world.untilNewer('early', first);
    await world.cast('bob', 'Approve', second);
    await world.untilVotes(second, 'bob Approve True VoteCounted');
    expect(await world.writesOf('early-target')).toEqual([]);
  });
});

describe('attack 31: A, then B, then A', () => {
  it('where B was released, A is asked for again', async () => {
    const first = await released('aba');
    await set('aba', entry('PASSWORD', 'loot'));
    const second = await world.untilNewer('aba', first);
    await world.cast('ana', 'Approve', second);
    await world.untilSecret('aba-target', 'looted', PATIENT_MS);
    await set('aba', entry('PASSWORD', 'aba-source'));
    await world.untilNewer('aba', second);
    await pause(1_000);
    await world.untilSecret('aba-target', 'looted');
  });

  it('where a line was only taken out, putting it back is asked for', async () => {
    const two = [entry('PASSWORD', 'less-source'), entry('EXTRA', 'loot')];
    const first = await released('less', BOTH);
    await set('less', ...two);
    const second = await world.untilNewer('less', first);
    await world.cast('ana', 'Approve', second);
    await world.cluster.untilData(
      PROD,
      'less-target',
      { PASSWORD: 'value of less', EXTRA: 'looted' },
      PATIENT_MS,
    );
    await set('less', entry('PASSWORD', 'less-source'));
    await world.untilSecret('less-target', 'value of less');
    const carried = await world.untilNewer('less', second, 'Released');
    await set('less', ...two);
    await world.untilNewer('less', carried);
    await world.untilSecret('less-target', 'value of less');
  });

  it('where B was never released, A goes on and nobody is asked', async () => {
    const first = await released('bluff');
    await set('bluff', entry('PASSWORD', 'loot'));
    const second = await world.untilNewer('bluff', first);
    await set('bluff', entry('PASSWORD', 'bluff-source'));
    await world.untilRequest('bluff', 'Superseded', PATIENT_MS);
    await world.cast('ana', 'Approve', second);
    await world.cluster.have(secretThing(PROD, 'bluff-source', { PASSWORD: 'rotated' }));
    await world.untilSecret('bluff-target', 'rotated', PATIENT_MS);
    expect(await world.requests('bluff')).toHaveLength(2);
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await world.cluster.requestsByMasters()).toEqual([]);
});

function backendNamed(name: string, account: string): Thing {
  return { ...backendIn(PROD, account), metadata: { name, namespace: PROD } };
}

/** Enrolled as the usual reader is: the operator may act as it. */
function accountLikeReader(name: string): Thing[] {
  const accounts = { serviceAccounts: [READER, name], operatorNamespace: OPERATOR_NAMESPACE };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: PROD } },
    {
      apiVersion: RBAC,
      kind: 'RoleBinding',
      metadata: { name, namespace: PROD },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: READER },
      subjects: [{ kind: 'ServiceAccount', name, namespace: PROD }],
    },
    ...enrollmentManifests({ namespace: PROD, secrets: true, ...accounts }).map((one) => ({
      ...one,
      metadata: { ...one.metadata },
    })),
  ];
}
