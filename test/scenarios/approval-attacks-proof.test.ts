/** While the policies that prove who did what are away or changed, things are forged for real; none of it counts. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { clusterRole, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { until } from '../scenarios-support/operated-cluster.ts';
import { OperatorProcess } from '../scenarios-support/operator-process.ts';
import type { Answer, Person, Thing } from '../scenarios-support/person.ts';
import {
  ledgerThing,
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
  voteThing,
} from '../scenarios-support/protected-world.ts';

const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
const IDENTITY = 'review-identity.secretscope.dev';
const RECORDS = 'approval-records.secretscope.dev';
const REVIEWS = `/apis/${API_VERSION}/namespaces/${PROD}/requestreviews`;
const SETTLE = { extra: ['--policy-settle', '1s'] };
// --policy-settle, and by how much clocks may differ, each rounded up to the second
const SETTLED_MS = 6_000;
const PATIENT_MS = 30_000;

let world: ProtectedWorld;
/** every verb on every kind in the namespace of the environments, and no right to vote */
let eve: Person;

beforeAll(async () => {
  world = await protectedWorld('attacks-proof');
  const resources = ['secretscopes', 'secretrequests', 'requestreviews', 'secretrequests/status'];
  await world.cluster.have(
    clusterRole('every-kind', [{ apiGroups: ['secretscope.dev'], resources, verbs: ['*'] }]),
    roleBinding('eve', 'every-kind', PROD),
  );
  eve = await world.person('eve');
}, 120_000);

afterAll(() => world?.stop());

function admitted({ status, message }: Answer): void {
  if (status >= 400) throw new Error(`${status} ${message}`);
}

async function waiting(name: string, protection: object = reviewedBy('ana', 'bob')): Promise<SeenRequest> {
  await world.environment(name, protection);
  return world.untilRequest(name, 'Waiting', PATIENT_MS);
}

/** Takes a policy or binding away, or changes it; answers what puts it right again. */
type Gap = () => Promise<() => Promise<void>>;

function removed(path: string): Gap {
  return async () => {
    const { body } = await world.cluster.platform.call('GET', path);
    admitted(await world.cluster.platform.call('DELETE', path));
    const { metadata, ...rest } = body as Thing;
    const again = { ...rest, metadata: { name: metadata.name, labels: metadata['labels'] } };
    return async () =>
      admitted(await world.cluster.platform.call('POST', path.slice(0, path.lastIndexOf('/')), again));
  };
}

function edited(path: string, wrong: object, right: object): Gap {
  const patch = async (spec: object) =>
    admitted(await world.cluster.platform.call('PATCH', path, { spec }, 'merge-patch+json'));
  return async () => {
    await patch(wrong);
    return () => patch(right);
  };
}

const notForEve = [{ name: 'not-eve', expression: "request.userInfo.username != 'eve'" }];
const GAPS: [string, Gap][] = [
  ['removed', removed(`${BINDINGS}/${IDENTITY}`)],
  [
    'set to Audit',
    edited(`${BINDINGS}/${IDENTITY}`, { validationActions: ['Audit'] }, { validationActions: ['Deny'] }),
  ],
  [
    'given a matchCondition',
    edited(`${POLICIES}/${IDENTITY}`, { matchConditions: notForEve }, { matchConditions: null }),
  ],
];

/** Eve's vote in the name of ana, byte for byte like one of hers; as soon as it is let in. */
async function forge(request: SeenRequest): Promise<void> {
  await until(async () => admitted(await eve.create(voteThing('ana', 'Approve', request))), PATIENT_MS);
}

/** The API server refuses forged votes again. */
async function untilInForce(request: SeenRequest): Promise<void> {
  await until(async () => {
    const { message } = await eve.call('POST', `${REVIEWS}?dryRun=All`, voteThing('ana', 'Approve', request));
    expect(message).toContain('eve may not vote in the name of ana');
  }, PATIENT_MS);
  await pause(SETTLED_MS);
}

async function expectNothing(name: string): Promise<void> {
  expect(await world.writesOf(`${name}-target`)).toEqual([]);
  expect(await world.readsOf(`${name}-source`)).toEqual([]);
}

const requestThing = (name: string): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SecretRequest',
  metadata: { name, namespace: PROD },
});

const nameOf = (what: string) => what.replaceAll(' ', '-').toLowerCase();

describe('THREATS 9, API-REVIEW 13: a vote counts if it was proven when it was cast', () => {
  it.each(GAPS)('while the policy was %s', async (what, open) => {
    const name = nameOf(what);
    const request = await waiting(name);
    const close = await open();
    await world.cluster.untilReady(PROD, name, 'False', 'PolicyNotInForce', PATIENT_MS);
    await forge(request);
    await world.cast('bob', 'Approve', request);
    await pause(1_000);
    expect((await world.cluster.condition(PROD, name))?.reason).toBe('PolicyNotInForce');
    await close();
    await untilInForce(request);
    await world.untilVotes(request, 'ana Approve False VoteUnproven', 'bob Approve False VoteUnproven');
    await expectNothing(name);
    await world.cast('bob', 'Approve', request);
    await world.untilSecret(`${name}-target`, `value of ${name}`);
    const released = await world.untilRequest(name, 'Released');
    expect(released.status?.release?.votes).toMatchObject([{ username: 'bob' }]);
  });

  it.each(GAPS)('while the operator was down and the policy was %s', async (what, open) => {
    const name = `down-${nameOf(what)}`;
    const request = await waiting(name);
    await world.cluster.operator.stop();
    const close = await open();
    await forge(request);
    await close();
    await until(async () => {
      const { message } = await eve.create(voteThing('ana', 'Approve', request));
      expect(message).toContain('eve may not vote in the name of ana');
    }, PATIENT_MS);
    world.cluster.operator = await OperatorProcess.start(world.cluster.operatorKubeconfig, SETTLE);
    await until(async () => {
      const votes = await world.votes(request);
      expect(new Set(votes)).toEqual(new Set(['ana Approve False VoteUnproven']));
    }, PATIENT_MS);
    await expectNothing(name);
  });

  it('what was released stays while the policy is away, and a revocation waits for it', async () => {
    const request = await waiting('standing', reviewedBy('ana'));
    await untilInForce(request);
    await world.cast('ana', 'Approve', request);
    await world.untilSecret('standing-target', 'value of standing');
    const close = await removed(`${BINDINGS}/${IDENTITY}`)();
    await until(async () => admitted(await eve.create(voteThing('ana', 'Revoke', request))), PATIENT_MS);
    await pause(2_000);
    await world.untilSecret('standing-target', 'value of standing');
    await close();
    await untilInForce(request);
    await world.untilSecret('standing-target', 'value of standing');
    expect((await world.untilRequest('standing', 'Released')).metadata.uid).toBe(request.metadata.uid);
    await world.cast('ana', 'Revoke', request);
    await world.untilGone('standing-target');
  });
});

describe('THREATS 8: the records of the operator', () => {
  it('attack 23: a status that was forged while nothing looked opens nothing and is put right', async () => {
    const request = await waiting('painted', { ...reviewedBy('ana', 'bob'), minApprovals: 2 });
    await untilInForce(request);
    const close = await removed(`${BINDINGS}/status-writers.secretscope.dev`)();
    const path = `/apis/${API_VERSION}/namespaces/${PROD}/secretrequests/${request.metadata.name}/status`;
    const status = { state: 'Released', approvals: '2/2' };
    await until(
      async () => admitted(await eve.call('PATCH', path, { status }, 'merge-patch+json')),
      PATIENT_MS,
    );
    await close();
    await world.cast('bob', 'Approve', request);
    await world.untilVotes(request, 'bob Approve True VoteCounted');
    expect((await world.untilRequest('painted', 'Waiting', PATIENT_MS)).status?.approvals).toBe('1/2');
    await expectNothing('painted');
  });

  it('a request that somebody else made while nothing looked is not taken for the operator’s own', async () => {
    const request = await waiting('planted');
    const close = await removed(`${BINDINGS}/${RECORDS}`)();
    const asked = (await eve.get(requestThing(request.metadata.name))).body as Thing & {
      readonly spec: { readonly secrets: readonly object[] };
    };
    const secrets = asked.spec.secrets.map((line) => ({ ...line, change: 'Unchanged' }));
    const forged = {
      ...requestThing('planted-planted-target-9'),
      spec: { ...asked.spec, secrets, authors: ['nobody'] },
    };
    await until(async () => admitted(await eve.create(forged)), PATIENT_MS);
    const { uid } = ((await eve.get(forged)).body as Thing).metadata;
    await until(async () => admitted(await eve.remove(asked)), PATIENT_MS);
    const own = await until(async () => {
      const { body } = await world.cluster.platform.get(ledgerThing(request.spec.scopeRef.uid));
      const uids = (body as { spec: { requests: { uid: string }[] } }).spec.requests.map((one) => one.uid);
      expect(uids.length).toBeGreaterThan(1);
      return uids;
    }, PATIENT_MS);
    await close();
    expect(own).not.toContain(uid);
  });

  it('a ledger that is lost is an empty one: it asks again, releases nothing and deletes nothing', async () => {
    const kept = await waiting('kept', reviewedBy('ana'));
    const refusedBefore = await waiting('refused', reviewedBy('ana'));
    await untilInForce(kept);
    await world.cast('ana', 'Approve', kept);
    await world.untilSecret('kept-target', 'value of kept');
    await world.cast('ana', 'Reject', refusedBefore);
    await world.untilRequest('refused', 'Rejected');
    const close = await removed(`${BINDINGS}/${RECORDS}`)();
    for (const { spec } of [kept, refusedBefore])
      await until(async () => {
        const ledgers = `/apis/${API_VERSION}/namespaces/secretscope-system/scopeledgers`;
        const { status } = await world.cluster.platform.call('DELETE', `${ledgers}/${spec.scopeRef.uid}`);
        expect([200, 404]).toContain(status);
      }, PATIENT_MS);
    await close();
    const again = await world.untilNewer('kept', kept);
    await world.untilNewer('refused', refusedBefore);
    await pause(SETTLED_MS);
    await world.untilSecret('kept-target', 'value of kept');
    await expectNothing('refused');
    await world.cast('ana', 'Approve', again);
    await world.untilRequest('kept', 'Released', PATIENT_MS);
    expect(new Set(await world.writesOf('kept-target'))).not.toContain('delete');
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await world.cluster.requestsByMasters()).toEqual([]);
});
