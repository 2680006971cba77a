/**
 * What happens at the moment of release. The operator talks to the API server through a proxy that holds back what it
 * would have seen: it believes what was, and everybody else has moved on.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FaultProxy, type SeenRequest as ProxiedRequest } from '../faults/proxy/fault-proxy.ts';
import { scopeThing, until } from '../scenarios-support/operated-cluster.ts';
import { OperatorProcess } from '../scenarios-support/operator-process.ts';
import type { Answer } from '../scenarios-support/person.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
  TEAM,
  voteThing,
} from '../scenarios-support/protected-world.ts';

const BOTH = reviewedBy('ana', 'bob');
const SETTLE = { extra: ['--policy-settle', '1s'] };
const PATIENT_MS = 40_000;

let world: ProtectedWorld;
let proxy: FaultProxy;
let throughProxy: string;

beforeAll(async () => {
  world = await protectedWorld('attacks-races');
  proxy = await FaultProxy.start(world.cluster.guarded.control);
  throughProxy = await proxy.kubeconfig(world.cluster.operatorKubeconfig);
  await world.cluster.operator.stop();
  world.cluster.operator = await OperatorProcess.start(throughProxy, SETTLE);
}, 120_000);

afterEach(() => proxy.clear());
afterAll(async () => {
  proxy?.clear();
  await world?.stop();
  await proxy?.stop();
});

function admitted({ status, message }: Answer): void {
  if (status >= 400) throw new Error(`${status} ${message}`);
}

async function waiting(name: string, protection: object = BOTH, change: object = {}): Promise<SeenRequest> {
  await world.environment(name, protection, change);
  return world.untilRequest(name, 'Waiting', PATIENT_MS);
}

/** From now on the operator hears nothing new of objects of that kind and name, until the proxy is cleared. */
function hide(kind: string, name: string): void {
  proxy.onWatch({
    match: ({ resource }) => resource === kind,
    event: ({ object }) => object.metadata.name === name,
    fault: { kind: 'hold' },
    times: Number.POSITIVE_INFINITY,
  });
}

/** As hide, for events that never come. */
function lose(kind: string, name: string): void {
  proxy.onWatch({
    match: ({ resource }) => resource === kind,
    event: ({ object }) => object.metadata.name === name,
    fault: { kind: 'drop' },
    times: Number.POSITIVE_INFINITY,
  });
}

const seen = (match: (request: ProxiedRequest) => boolean) => proxy.seen.filter(match);
const isCast = (request: SeenRequest) => (one: ProxiedRequest) =>
  one.kind === 'write' && one.resource === 'secretrequests' && one.name === request.metadata.name;
const isLookAtVotes = ({ kind, resource, url }: ProxiedRequest) =>
  kind === 'list' && resource === 'requestreviews' && url.includes('fieldSelector');

/** The operator saw the approval, looked once more, and found that something else is true now. */
async function untilLookedAgain(request: SeenRequest): Promise<void> {
  await until(() => {
    const said = world.cluster.operator.logs.filter((line) => line['request'] === request.metadata.name);
    expect(said.map(({ message }) => String(message)).join()).toContain('changed meanwhile; deciding again');
  }, PATIENT_MS);
}

describe('attack 19: access is taken away right before the release', () => {
  it('by the level above: the operator still believes in it, reads live and releases nothing', async () => {
    const name = 'revoked-above';
    const request = await waiting(name, BOTH, {
      targets: [{ secretName: `${name}-target`, include: ['TOKEN'] }],
    });
    expect(request.spec.secrets).toMatchObject([{ name: 'TOKEN', level: 'Repository' }]);
    hide('secretscopes', 'web');
    const web = (await world.cluster.platform.get(scopeThing('web', TEAM, {}))).body as {
      spec: { secrets: { name: string }[] };
    };
    const secrets = web.spec.secrets.filter((one) => one.name !== 'TOKEN');
    admitted(await world.cluster.platform.merge(scopeThing('web', TEAM, {}), { spec: { secrets } }));
    await world.cast('ana', 'Approve', request);
    await untilLookedAgain(request);
    await pause(3_000);
    expect(seen(isCast(request)).filter(({ body }) => JSON.stringify(body).includes('Releasing'))).toEqual(
      [],
    );
    expect(await world.writesOf(`${name}-target`)).toEqual([]);
    proxy.clear();
    await until(async () => {
      const states = await world.states(name);
      expect(states).not.toContain('Released');
      expect(states[0]).toBe('Superseded');
    }, PATIENT_MS);
    expect(await world.writesOf(`${name}-target`)).toEqual([]);
    admitted(
      await world.cluster.platform.merge(scopeThing('web', TEAM, {}), {
        spec: { secrets: web.spec.secrets },
      }),
    );
  });
});

describe('attack 20: the scope moves between plan and write', () => {
  it('an edit that the operator has not heard of: what was approved before it is not released', async () => {
    const request = await waiting('moved');
    hide('secretscopes', 'moved');
    const secrets = [{ name: 'PASSWORD', from: { key: 'loot', property: 'PASSWORD' } }];
    admitted(await world.cluster.platform.merge(scopeThing('moved', PROD, {}), { spec: { secrets } }));
    await world.cast('ana', 'Approve', request);
    await untilLookedAgain(request);
    await pause(3_000);
    expect(await world.writesOf('moved-target')).toEqual([]);
    proxy.clear();
    const second = await world.untilNewer('moved', request);
    expect(second.status?.approvals).toBe('0/1');
    expect(await world.writesOf('moved-target')).toEqual([]);
  });

  it('protection that was tightened meanwhile holds', async () => {
    const request = await waiting('tightened', reviewedBy('ana'));
    hide('secretscopes', 'tightened');
    await world.change('tightened', { ...BOTH, minApprovals: 2 });
    await world.cast('ana', 'Approve', request);
    await pause(4_000);
    expect(await world.writesOf('tightened-target')).toEqual([]);
    proxy.clear();
    await world.untilVotes(request, 'ana Approve True VoteCounted');
    expect((await world.untilRequest('tightened')).status?.approvals).toBe('1/2');
    expect(await world.writesOf('tightened-target')).toEqual([]);
  });
});

describe('THREATS 21: what lands while the release is being checked', () => {
  it('a Reject that no watch has shown is seen by the last look, and wins', async () => {
    const request = await waiting('unseen');
    const rejection = voteThing('bob', 'Reject', request);
    lose('requestreviews', rejection.metadata.name);
    admitted(await (await world.person('bob')).create(rejection));
    await world.cast('ana', 'Approve', request);
    await untilLookedAgain(request);
    await pause(3_000);
    expect(await world.writesOf('unseen-target')).toEqual([]);
    proxy.clear();
    await world.cluster.operator.kill();
    world.cluster.operator = await OperatorProcess.start(throughProxy, SETTLE);
    await world.untilRequest('unseen', 'Rejected', PATIENT_MS);
    expect(await world.writesOf('unseen-target')).toEqual([]);
  });

  it('a Reject that is cast while the votes are being looked at wins', async () => {
    const request = await waiting('looking');
    const met = proxy.onRequest({
      match: isLookAtVotes,
      fault: { kind: 'forward-late', until: () => world.cast('bob', 'Reject', request) },
    });
    await world.cast('ana', 'Approve', request);
    await met.whenHit();
    await world.untilRequest('looking', 'Rejected', PATIENT_MS);
    expect(await world.writesOf('looking-target')).toEqual([]);
  });

  it('API-REVIEW 15: a Reject after the look and before the word Releasing ends the release within seconds', async () => {
    const request = await waiting('between');
    const met = proxy.onRequest({
      match: (one) => isCast(request)(one) && JSON.stringify(one.body).includes('Releasing'),
      fault: { kind: 'forward-late', until: () => world.cast('bob', 'Reject', request) },
    });
    await world.cast('ana', 'Approve', request);
    await met.whenHit();
    await until(async () => {
      const state = (await world.requests('between')).at(-1)?.status?.state;
      expect(['Rejected', 'Revoked']).toContain(state);
    }, PATIENT_MS);
    await world.untilGone('between-target');
    await pause(2_000);
    expect(await world.cluster.secret(PROD, 'between-target')).toBeUndefined();
  });

  it('an operator that is started again between vote and decision decides the same', async () => {
    const request = await waiting('restarted', { ...BOTH, minApprovals: 2 });
    await world.cast('ana', 'Approve', request);
    await world.untilVotes(request, 'ana Approve True VoteCounted');
    await world.cluster.operator.kill();
    await world.cast('bob', 'Approve', request);
    world.cluster.operator = await OperatorProcess.start(throughProxy, SETTLE);
    await world.untilSecret('restarted-target', 'value of restarted', PATIENT_MS);
    expect(await world.requests('restarted')).toHaveLength(1);
  });

  it('an operator that was down for approve and reject hears both, and the rejection wins', async () => {
    const request = await waiting('both');
    await world.cluster.operator.kill();
    await world.cast('ana', 'Approve', request);
    await world.cast('bob', 'Reject', request);
    world.cluster.operator = await OperatorProcess.start(throughProxy, SETTLE);
    await world.untilRequest('both', 'Rejected', PATIENT_MS);
    expect(await world.writesOf('both-target')).toEqual([]);
  });
});

describe('attack 35: approve and reject at the same moment', () => {
  it('reject wins in every round, whichever the operator hears of first', async () => {
    const names = Array.from({ length: 12 }, (_, round) => `round-${round}`);
    await Promise.all(names.map((name) => world.environment(name, BOTH)));
    const requests = await Promise.all(names.map((name) => world.untilRequest(name, 'Waiting', PATIENT_MS)));
    await Promise.all(
      requests.flatMap((request, round) => {
        const votes = [
          () => world.cast('ana', 'Approve', request),
          () => world.cast('bob', 'Reject', request),
        ];
        return (round % 2 === 0 ? votes : votes.reverse()).map((vote) => vote());
      }),
    );
    for (const name of names) {
      await until(async () => {
        const state = (await world.requests(name)).at(-1)?.status?.state;
        expect(['Rejected', 'Revoked']).toContain(state);
      }, PATIENT_MS);
      await world.untilGone(`${name}-target`);
    }
  });

  it('an operator that was paused while both came has released nothing', async () => {
    const request = await waiting('paused');
    world.cluster.operator.signal('SIGSTOP');
    await world.cast('ana', 'Approve', request);
    await world.cast('bob', 'Reject', request);
    world.cluster.operator.signal('SIGCONT');
    await world.untilRequest('paused', 'Rejected', PATIENT_MS);
    expect(await world.writesOf('paused-target')).toEqual([]);
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await world.cluster.requestsByMasters()).toEqual([]);
});
