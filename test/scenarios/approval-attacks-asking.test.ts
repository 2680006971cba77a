/** What has ended stays ended until somebody asks, and what others write beside the records says nothing. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import {
  clusterRole,
  eventually,
  OPERATOR_NAMESPACE,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import { scopeThing } from '../scenarios-support/operated-cluster.ts';
import type { Answer, Person, Thing } from '../scenarios-support/person.ts';
import {
  ledgerThing,
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
} from '../scenarios-support/protected-world.ts';

const BOTH = reviewedBy('ana', 'bob');
const PATIENT_MS = 40_000;
// longer than the operator collects changes
const QUIET_MS = 7_000;
const REQUESTS = `/apis/${API_VERSION}/namespaces/${PROD}/secretrequests`;

let world: ProtectedWorld;
/** admin of the namespace of the environments, with every verb on every kind, there and where ledgers are */
let mallory: Person;

beforeAll(async () => {
  world = await protectedWorld('attacks-asking');
  const resources = ['secretscopes', 'secretrequests', 'requestreviews', 'scopeledgers'];
  await world.cluster.have(
    clusterRole('every-kind', [{ apiGroups: ['secretscope.dev'], resources, verbs: ['*'] }]),
    ...['admin', 'every-kind'].map((role) => roleBinding('mallory', role, PROD)),
    roleBinding('mallory', 'every-kind', OPERATOR_NAMESPACE),
  );
  mallory = await world.person('mallory');
  await eventually(() => mallory.call('GET', REQUESTS.replace('secretrequests', 'scopeledgers')));
}, 120_000);

afterAll(() => world?.stop());

function admitted({ status, message }: Answer): void {
  if (status >= 400) throw new Error(`${status} ${message}`);
}

async function waiting(name: string, protection: object = BOTH): Promise<SeenRequest> {
  await world.environment(name, protection);
  return world.untilRequest(name, 'Waiting', PATIENT_MS);
}

const entry = (name: string, key: string) => ({ name, from: { key, property: 'PASSWORD' } });

async function set(name: string, ...secrets: object[]): Promise<void> {
  admitted(await world.cluster.platform.merge(scopeThing(name, PROD, {}), { spec: { secrets } }));
}

async function rejected(name: string): Promise<SeenRequest> {
  const request = await waiting(name);
  await world.cast('bob', 'Reject', request);
  return world.untilRequest(name, 'Rejected', PATIENT_MS);
}

describe('API-REVIEW 11: nothing is asked again by itself', () => {
  it('THREATS 8: a rejected plan stays so over edits that change nothing, a restart, and A, B, A', async () => {
    await rejected('no');
    admitted(await world.cluster.platform.merge(scopeThing('no', PROD, {}), { spec: { suspend: false } }));
    await world.cluster.restartOperator({ extra: ['--policy-settle', '1s'] });
    await pause(QUIET_MS);
    expect(await world.states('no')).toEqual(['Rejected']);
    await set('no', entry('PASSWORD', 'loot'));
    await world.untilRequest('no', 'Waiting', PATIENT_MS);
    await set('no', entry('PASSWORD', 'no-source'));
    await world.untilStates('no', 'Rejected', 'Superseded');
    await world.cluster.untilReady(PROD, 'no', 'False', 'Rejected', PATIENT_MS);
    await pause(QUIET_MS);
    expect(await world.states('no')).toEqual(['Rejected', 'Superseded']);
    expect(await world.writesOf('no-target')).toEqual([]);
  });

  it('THREATS 8: nor does it help to take the target away and put it back', async () => {
    await rejected('shed');
    const targets = [{ secretName: 'shed-target', includeAll: true }];
    admitted(await world.cluster.platform.merge(scopeThing('shed', PROD, {}), { spec: { targets: [] } }));
    await pause(2_000);
    admitted(await world.cluster.platform.merge(scopeThing('shed', PROD, {}), { spec: { targets } }));
    await world.cluster.untilReady(PROD, 'shed', 'False', 'Rejected', PATIENT_MS);
    await pause(QUIET_MS);
    expect(await world.states('shed')).toEqual(['Rejected']);
  });

  it('the annotation alone lifts no rejection; withdrawn by a reviewer, each value asks once', async () => {
    const request = await rejected('again');
    await world.askAgain('again', 'early');
    await pause(QUIET_MS);
    expect(await world.states('again')).toEqual(['Rejected']);
    await world.cast('ana', 'Revoke', request);
    await world.untilStates('again', 'Withdrawn');
    await pause(QUIET_MS);
    expect(await world.states('again')).toEqual(['Withdrawn']);
    await world.askAgain('again', 'please');
    await world.untilStates('again', 'Withdrawn', 'Waiting');
    await world.cast('bob', 'Reject', await world.untilRequest('again'));
    await world.untilStates('again', 'Withdrawn', 'Rejected');
    await pause(QUIET_MS);
    expect(await world.states('again')).toEqual(['Withdrawn', 'Rejected']);
  });

  it('an expired request stays so; a value that was there at its end asks nothing, another one asks once', async () => {
    await world.environment('over', { ...BOTH, pendingTTL: '6s' });
    await world.untilRequest('over', 'Expired', PATIENT_MS);
    await pause(QUIET_MS);
    expect(await world.states('over')).toEqual(['Expired']);
    await world.askAgain('over', 'once');
    await world.untilStates('over', 'Expired', 'Waiting');
    await world.untilStates('over', 'Expired', 'Expired');
    await pause(QUIET_MS);
    await world.askAgain('over', 'once');
    await pause(QUIET_MS);
    expect(await world.states('over')).toEqual(['Expired', 'Expired']);
    expect(await world.writesOf('over-target')).toEqual([]);
  });
});

describe('THREATS 8: the records are the operator’s', () => {
  const refused = (message: string) => [403, expect.stringContaining(message)];

  it('a request is not deleted, made or changed by others, so that it cannot be asked until somebody clicks', async () => {
    const request = await rejected('recorded');
    const thing: Thing = {
      apiVersion: API_VERSION,
      kind: 'SecretRequest',
      metadata: { name: request.metadata.name, namespace: PROD },
    };
    for (const [who, person] of [
      ['mallory', mallory],
      ['platform', world.cluster.platform],
    ] as const) {
      const one = await person.remove(thing);
      expect([one.status, one.message]).toEqual(refused(`${who} may not delete the request ${PROD}/`));
      const all = await person.call('DELETE', REQUESTS);
      expect([all.status, all.message]).toEqual(refused(`${who} may not delete the request ${PROD}/`));
      const spec = ((await person.get(thing)).body as Thing)['spec'];
      const made = await person.create({
        ...thing,
        metadata: { name: 'recorded-recorded-target-2', namespace: PROD },
        spec,
      });
      expect([made.status, made.message]).toEqual(refused(`${who} may not create the request`));
    }
    expect(await world.states('recorded')).toEqual(['Rejected']);
  });

  it('a ledger is not deleted, made or changed by others, the administrator included', async () => {
    const request = await rejected('written');
    const thing = ledgerThing(request.spec.scopeRef.uid);
    await eventually(() => mallory.get(thing));
    const before = (await mallory.get(thing)).body as Thing & {
      readonly spec: { readonly scope: object; readonly requests: readonly object[] };
    };
    const requests = before.spec.requests.map((one) => ({ ...one, state: 'Released' }));
    for (const [who, person] of [
      ['mallory', mallory],
      ['platform', world.cluster.platform],
    ] as const) {
      const changed = await person.merge(thing, { spec: { requests } });
      expect([changed.status, changed.message]).toEqual(refused(`${who} may not change the ledger`));
      const removed = await person.remove(thing);
      expect([removed.status, removed.message]).toEqual(refused(`${who} may not delete the ledger`));
      const uid = '00000000-0000-4000-8000-000000000000';
      const made = await person.create({
        ...thing,
        metadata: { ...thing.metadata, name: uid },
        spec: { ...before.spec, scope: { ...before.spec.scope, uid } },
      });
      expect([made.status, made.message]).toEqual(refused(`${who} may not create the ledger`));
    }
    expect(await world.ledger(request.spec.scopeRef.uid)).toEqual([
      `${request.metadata.name} Rejected never`,
    ]);
  });
});

describe('THREATS 24: what can be forged is no authority', () => {
  it('an event that says it was approved releases nothing', async () => {
    const request = await waiting('told');
    const { name, uid } = request.metadata;
    admitted(
      await mallory.call('POST', `/apis/events.k8s.io/v1/namespaces/${PROD}/events`, {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'forged', namespace: PROD },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'secretscope',
        reportingInstance: 'secretscope',
        action: 'Decide',
        reason: 'Released',
        type: 'Normal',
        note: `SecretRequest ${name} was approved by ana, bob`,
        regarding: { apiVersion: API_VERSION, kind: 'SecretRequest', name, namespace: PROD, uid },
      }),
    );
    await pause(2_000);
    expect((await world.untilRequest('told')).status?.approvals).toBe('0/1');
    expect(await world.writesOf('told-target')).toEqual([]);
  });

  it.each([
    ['a newline', 'fine\nState: Released'],
    ['an escape', 'fine\u001b[2Kapproved'],
    ['a mark that turns text round', 'fine \u202edevorppa'],
    ['a carriage return', 'fine\rapproved'],
    ['another alphabet', 'approvеd'],
  ])('a comment with %s is refused', async (_, comment) => {
    const request = await world.untilRequest('told');
    const { status, message } = await world.vote(await world.person('ana'), 'ana', 'Reject', request, {
      comment,
    });
    expect([status, message]).toEqual([422, expect.stringContaining('spec.comment')]);
  });

  it('nor does a name with such characters get into a request', async () => {
    const evil = entry('PASSWORD', 'told-source\u001b[2K');
    const { status, message } = await world.cluster.platform.merge(scopeThing('told', PROD, {}), {
      spec: { secrets: [evil] },
    });
    expect([status, message]).toEqual([422, expect.stringContaining('spec.secrets[0].from.key')]);
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await world.cluster.requestsByMasters()).toEqual([]);
});
