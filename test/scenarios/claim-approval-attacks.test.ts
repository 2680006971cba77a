/** Whoever asks through a claim gets no more than reviewers gave, at whatever moment and however often they ask. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FaultProxy, type SeenRequest as ProxiedRequest } from '../faults/proxy/fault-proxy.ts';
import {
  CI,
  type ClaimWorld,
  claimThing,
  claimWorld,
  type SeenClaim,
  toCI,
} from '../scenarios-support/claim-world.ts';
import { clusterRole, eventually, namespace, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { scopeThing, until } from '../scenarios-support/operated-cluster.ts';
import { OperatorProcess } from '../scenarios-support/operator-process.ts';
import type { Answer } from '../scenarios-support/person.ts';
import { reviewedBy, type SeenRequest, TEAM } from '../scenarios-support/protected-world.ts';

const BY_ANA = reviewedBy('ana');
const BOTH = reviewedBy('ana', 'bob');
const OTHER_CI = 'ci-other';
const IDLE_MS = 2_000;
const PATIENT_MS = 40_000;

let claims: ClaimWorld;
let proxy: FaultProxy;

beforeAll(async () => {
  claims = await claimWorld('claim-attacks');
  const { world, builder } = claims;
  await claims.sharedAbove();
  await world.cluster.team(OTHER_CI, { gets: 'claims' });
  await world.cluster.have(roleBinding('builder', 'edit', OTHER_CI));
  proxy = await FaultProxy.start(world.cluster.guarded.control);
  const throughProxy = await proxy.kubeconfig(world.cluster.operatorKubeconfig);
  await world.cluster.operator.stop();
  world.cluster.operator = await OperatorProcess.start(throughProxy, { extra: ['--policy-settle', '1s'] });
  await claims.claimable('probe');
  await eventually(() => builder.create(claimThing('probe', 'probe', {}, OTHER_CI)));
}, 180_000);

afterEach(() => proxy.clear());
afterAll(async () => {
  proxy?.clear();
  await claims?.stop();
  await proxy?.stop();
});

function admitted({ status, message }: Answer): void {
  if (status >= 400) throw new Error(`${status} ${message}`);
}

describe('THREATS 18: reviewers find what they are asked', () => {
  const MAX = 20;
  const name = (index: number) => `many-${index}`;

  it('the 21st claim of a namespace on one scope waits with LimitExceeded', async () => {
    const consumers = [...toCI.consumers, { namespaces: { matchLabels: { gets: 'claims' } } }];
    await claims.claimable('many', BY_ANA, { consumers });
    for (let index = 0; index < MAX; index++) await claims.claim(name(index), 'many');
    for (let index = 0; index < MAX; index++) await claims.untilRequest('many', name(index));
    await claims.claim('many-late', 'many');
    await claims.claim('many-later', 'many');
    for (const late of ['many-late', 'many-later']) {
      await claims.untilState(late, 'Waiting LimitExceeded');
      expect(await claims.message(late)).toContain(
        `${MAX} claims and webhook automations of namespace ${CI}`,
      );
    }
  });

  it('another namespace is not hindered', async () => {
    admitted(await claims.builder.create(claimThing('many', 'many', {}, OTHER_CI)));
    await claims.untilRequest('many', 'many');
  });

  it('it asks as soon as one of them is decided, and the next when one is deleted', async () => {
    await claims.decided('many', name(0), 'Reject');
    const asks = async () => {
      const states = await Promise.all(['many-late', 'many-later'].map((late) => claims.state(late)));
      return states.filter((state) => state === 'AwaitingApproval AwaitingApproval').length;
    };
    await until(async () => expect(await asks()).toBe(1), PATIENT_MS);
    await pause(IDLE_MS);
    expect(await asks()).toBe(1);
    await claims.remove(name(1));
    await until(async () => expect(await asks()).toBe(2), PATIENT_MS);
  });
});

describe('THREATS 21: what has changed when a claim is released', () => {
  /** From now on the operator hears nothing new of objects of that kind and name, until the proxy is cleared. */
  function hide(kind: string, name: string): void {
    proxy.onWatch({
      match: ({ resource }) => resource === kind,
      event: ({ object }) => object.metadata.name === name,
      fault: { kind: 'hold' },
      times: Number.POSITIVE_INFINITY,
    });
  }

  /** The operator saw the approval, looked once more, and found that something else is true now. */
  async function untilLookedAgain(request: SeenRequest): Promise<void> {
    await until(() => {
      const { logs } = claims.world.cluster.operator;
      const said = logs.filter((line) => line['request'] === request.metadata.name);
      expect(said.map(({ message }) => String(message)).join()).toContain(
        'changed meanwhile; deciding again',
      );
    }, PATIENT_MS);
    await pause(IDLE_MS);
  }

  async function waiting(name: string, change: object = {}): Promise<SeenRequest> {
    await claims.claimable(name, BOTH, change);
    await claims.claim(name, name);
    return claims.untilRequest(name, name);
  }

  it('the claim asks for more than was approved: nothing is written', async () => {
    const request = await waiting('moved');
    hide('secretclaims', 'moved');
    const spec = { include: ['PASSWORD', 'TOKEN'] };
    admitted(await claims.builder.merge(claimThing('moved', 'any'), { spec }));
    await claims.world.cast('ana', 'Approve', request);
    await untilLookedAgain(request);
    expect(await claims.writesOf('moved')).toEqual([]);
    proxy.clear();
    await claims.untilStates('moved', 'moved', 'Superseded', 'Waiting');
    expect(await claims.writesOf('moved')).toEqual([]);
  });

  it('the claim is gone: nothing is written', async () => {
    const request = await waiting('gone');
    hide('secretclaims', 'gone');
    await claims.remove('gone');
    await claims.world.cast('ana', 'Approve', request);
    await untilLookedAgain(request);
    expect(await claims.writesOf('gone')).toEqual([]);
    proxy.clear();
    await claims.untilStates('gone', 'gone', 'Superseded');
    expect(await claims.writesOf('gone')).toEqual([]);
  });

  it('and another is there in its place: nothing is written', async () => {
    const request = await waiting('swapped');
    hide('secretclaims', 'swapped');
    await claims.remove('swapped');
    await claims.claim('swapped', 'swapped');
    await claims.world.cast('ana', 'Approve', request);
    await untilLookedAgain(request);
    expect(await claims.writesOf('swapped')).toEqual([]);
    proxy.clear();
    await claims.untilStates('swapped', 'swapped', 'Superseded', 'Waiting');
  });

  it('the namespace is no longer one that the scope admits', async () => {
    const consumers = [{ namespaces: { matchLabels: { gets: 'claims' } } }];
    await claims.claimable('labelled', BOTH, { consumers });
    admitted(await claims.builder.create(claimThing('labelled', 'labelled', {}, OTHER_CI)));
    const request = await claims.untilRequest('labelled', 'labelled');
    hide('namespaces', OTHER_CI);
    const { platform } = claims.world.cluster;
    admitted(await platform.merge(namespace(OTHER_CI), { metadata: { labels: { gets: null } } }));
    await claims.world.cast('ana', 'Approve', request);
    await untilLookedAgain(request);
    expect(await claims.secret('labelled', OTHER_CI)).toBeUndefined();
    proxy.clear();
    await pause(IDLE_MS);
    expect(await claims.secret('labelled', OTHER_CI)).toBeUndefined();
    admitted(await platform.merge(namespace(OTHER_CI), { metadata: { labels: { gets: 'claims' } } }));
  });

  it('API-REVIEW 15: a Reject that lands right before the word Releasing ends it within seconds', async () => {
    const request = await waiting('between');
    const isCast = ({ kind, resource, name, body }: ProxiedRequest) =>
      kind === 'write' &&
      resource === 'secretrequests' &&
      name === request.metadata.name &&
      JSON.stringify(body).includes('Releasing');
    const met = proxy.onRequest({
      match: isCast,
      fault: { kind: 'forward-late', until: () => claims.world.cast('bob', 'Reject', request) },
    });
    await claims.world.cast('ana', 'Approve', request);
    await met.whenHit();
    await until(async () => {
      const [state] = await claims.states('between', 'between');
      expect(['Rejected', 'Revoked']).toContain(state);
    }, PATIENT_MS);
    await claims.untilGone('between');
    await pause(IDLE_MS);
    expect(await claims.secret('between')).toBeUndefined();
  });
});

describe('THREATS 24, 25: what a claim says', () => {
  it('THREATS 24: nobody but the operator writes its status, and nothing is released by what it says', async () => {
    await claims.claimable('forged', BY_ANA);
    await claims.claim('forged', 'forged');
    await claims.untilRequest('forged', 'forged');
    const rules = [{ apiGroups: ['secretscope.dev'], resources: ['*'], verbs: ['*'] }];
    await claims.world.cluster.have(clusterRole('all-of-it', rules), roleBinding('eve', 'all-of-it', CI));
    const eve = await claims.world.person('eve');
    const status = { state: 'Delivered', keys: 1 };
    await until(async () => {
      const answer = await eve.merge(claimThing('forged', 'any'), { status }, '/status');
      expect(answer).toMatchObject({
        status: 403,
        message: expect.stringContaining('ValidatingAdmissionPolicy'),
      });
    }, PATIENT_MS);
    expect(await claims.state('forged')).toBe('AwaitingApproval AwaitingApproval');
  });

  it('THREATS 25: of a name that is denied and of one that is not there it says the same', async () => {
    const { platform } = claims.world.cluster;
    const { spec } = (await platform.get(scopeThing('web', TEAM, {}))).body as { spec: object };
    // the repository hands nothing to this namespace, and its names read like those that nobody has
    admitted(await platform.merge(scopeThing('web', TEAM, {}), { spec: { consumers: null } }));
    await claims.claimable('quiet', BY_ANA);
    for (const [name, include] of [
      ['quiet-denied', ['TOKEN']],
      ['quiet-absent', ['NOTHING']],
    ] as const)
      await claims.claim(name, 'quiet', { include });
    for (const name of ['quiet-denied', 'quiet-absent'])
      await claims.untilState(name, 'Waiting NotAvailable');
    const said = async (name: string, word: string) =>
      JSON.stringify(withoutMoments(await claims.seen(name))).replaceAll(word, 'NAME');
    expect(await said('quiet-denied', 'TOKEN')).toBe(await said('quiet-absent', 'NOTHING'));
    expect(await claims.requestsOf('quiet', 'quiet-denied')).toEqual([]);
    expect(await claims.requestsOf('quiet', 'quiet-absent')).toEqual([]);
    admitted(await platform.merge(scopeThing('web', TEAM, {}), { spec }));
  });

  it('THREATS 25: the protection of a scope that does not admit it shows nowhere', async () => {
    await claims.claimable('walled', BY_ANA, { consumers: [] });
    await claims.claim('walled', 'walled');
    await claims.claim('nowhere', 'nowhere');
    for (const name of ['walled', 'nowhere']) await claims.untilState(name, 'Waiting NotAvailable');
    const said = async (name: string) =>
      JSON.stringify(withoutMoments(await claims.seen(name))).replaceAll(name, 'NAME');
    expect(await said('walled')).toBe(await said('nowhere'));
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await claims.world.cluster.requestsByMasters()).toEqual([]);
});

function withoutMoments(claim: SeenClaim | undefined): object {
  const { conditions = [], ...status } = claim?.status ?? {};
  return { ...status, conditions: conditions.map(({ lastTransitionTime: _, ...rest }) => rest) };
}
