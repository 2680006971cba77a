/** Restarts with approvals in every state, and what is left when scopes and namespaces go. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { untilReconciled } from '../scenarios-support/fleet.ts';
import { roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import {
  environmentSpec,
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
  voteThing,
} from '../scenarios-support/protected-world.ts';
import { getsOf, lines, OPERATOR, writesOf } from '../scenarios-support/requests.ts';

const BY_ANA = reviewedBy('ana');
const IDLE_MS = 15_000;
const DOOMED = 'team-doomed';

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('approval-life-silence');
}, 120_000);

afterAll(() => world?.stop());

async function decided(name: string, decision: string, protection: object = BY_ANA): Promise<void> {
  await world.environment(name, protection);
  await world.cast('ana', decision, await world.untilRequest(name));
}

/** One environment in every state that lasts. */
async function everyState(): Promise<string[]> {
  await world.environment('waiting', BY_ANA);
  await world.environment('one-of-two', { ...reviewedBy('ana', 'bob'), minApprovals: 2 });
  await world.cast('ana', 'Approve', await world.untilRequest('one-of-two'));
  await world.environment('timed', { waitTimerMinutes: 600 });
  await world.environment('hopeless', { ...BY_ANA, minApprovals: 2 });
  await decided('rejected', 'Reject');
  for (const name of ['released', 'changing', 'revoked', 'retained']) {
    const onRevoke = name === 'retained' ? 'Retain' : 'Delete';
    await world.released(name, { ...BY_ANA, onRevoke });
  }
  for (const name of ['revoked', 'retained'])
    await world.cast('ana', 'Revoke', await world.untilRequest(name, 'Released'));
  const more = await world.source('EXTRA', 'changing-more', 'extra');
  const entry = { name: 'PASSWORD', from: { key: 'changing-source', property: 'PASSWORD' } };
  await world.change('changing', BY_ANA, { secrets: [entry, more] });
  await world.environment('expired', { ...BY_ANA, pendingTTL: '1s' });
  await world.untilRequest('changing');
  await world.untilRequest('rejected', 'Rejected');
  await world.untilRequest('revoked', 'Revoked');
  await world.untilRequest('retained', 'Revoked');
  await world.untilRequest('expired', 'Expired');
  await world.untilRequest('timed');
  await world.cluster.untilReady(PROD, 'hopeless', 'False', 'ReviewersInsufficient');
  await until(async () => expect((await world.untilRequest('one-of-two')).status?.approvals).toBe('1/2'));
  return [
    'waiting',
    'one-of-two',
    'timed',
    'hopeless',
    'rejected',
    'released',
    'changing',
    'revoked',
    'retained',
    'expired',
  ];
}

const requestsOf = async (names: readonly string[]) =>
  Promise.all(
    names.map(async (name) =>
      (await world.requests(name)).map(({ metadata, status }) => [metadata.resourceVersion, status]),
    ),
  );

describe('a restart with approvals in every state', () => {
  it('writes nothing but the Lease, and reads no value', { timeout: 180_000 }, async () => {
    const names = await everyState();
    await pause(3_000);
    await world.cluster.operator.stop();
    const before = await requestsOf(names);
    const mark = await world.cluster.audit.mark();
    await world.restart();
    await untilReconciled(world.cluster.operator, names.length + 1);
    await pause(IDLE_MS);
    const entries = await world.cluster.audit.since(mark);
    expect(lines(writesOf(entries))).toEqual([]);
    const sources = [...names.map((name) => `${name}-source`), 'changing-more'];
    expect(lines(getsOf(entries, PROD, ...sources))).toEqual([]);
    expect(await requestsOf(names)).toEqual(before);
  });
});

describe('requests that wait while nothing happens', () => {
  // every half minute each such scope is looked at, and a live read asks whether its Secret is there (contestFor)
  it('cost no request', { timeout: 90_000 }, async () => {
    const mark = await world.cluster.audit.mark();
    await pause(40_000);
    const asked = (await world.cluster.audit.since(mark)).filter(
      ({ user, resource, verb }) => user === OPERATOR && resource !== 'leases' && verb !== 'watch',
    );
    expect(lines(asked)).toEqual([]);
  });
});

describe('GX14: a protected scope that is deleted', () => {
  it.each(['released', 'waiting', 'rejected'])(
    '%s: its Secret goes, and so do its requests, votes and ledger',
    async (name) => {
      const [request] = await world.requests(name);
      if (!request) throw new Error(`${name} has no request`);
      expect(await world.ledger(request.spec.scopeRef.uid)).not.toEqual([]);
      await world.cluster.gone(scopeThing(name, PROD, {}));
      await world.untilGone(`${name}-target`);
      await until(async () => {
        expect(await world.requests(name)).toEqual([]);
        expect(await world.ledger(request.spec.scopeRef.uid)).toEqual([]);
      }, 30_000);
    },
  );

  it('made again under its name it asks again; a vote on the request before counts for nothing', async () => {
    const { target } = await world.released('remade');
    const old = await world.untilRequest('remade', 'Released');
    await world.cluster.gone(scopeThing('remade', PROD, {}));
    await world.untilGone(target);
    await world.environment('remade', BY_ANA);
    const request = await until(async () => {
      const last = await world.untilRequest('remade');
      expect(last.spec.scopeRef.uid).not.toBe(old.spec.scopeRef.uid);
      return last;
    }, 30_000);
    await world.cast('ana', 'Approve', old);
    await pause(2_000);
    expect(await world.cluster.secret(PROD, target)).toBeUndefined();
    await world.cast('ana', 'Approve', request);
    await world.untilSecret(target, 'value of remade');
  });
});

describe('FAULTS 20: a namespace that is deleted with requests and votes in it', () => {
  const there = async (kind: string) => {
    const { body } = await world.cluster.platform.call('GET', `/apis/${API_VERSION}/${kind}`);
    const { items } = body as { items: (SeenRequest & { metadata: { namespace: string } })[] };
    return items.filter(({ metadata }) => metadata.namespace === DOOMED);
  };

  it('goes within seconds, and so do the ledgers of its scopes', { timeout: 120_000 }, async () => {
    const { cluster } = world;
    await cluster.team(DOOMED);
    await cluster.have(
      roleBinding('ana', 'secretscope-reviewer', DOOMED),
      secretThing(DOOMED, 'doomed-source', { PASSWORD: 'doomed' }),
      scopeThing('repository', DOOMED, { level: 'Repository' }),
      ...['doomed', 'pending'].map((name) =>
        scopeThing(name, DOOMED, {
          ...environmentSpec(name, BY_ANA),
          parentRef: { name: 'repository' },
          secrets: [{ name: 'PASSWORD', from: { key: 'doomed-source', property: 'PASSWORD' } }],
        }),
      ),
    );
    const requests = await until(async () => {
      const found = await there('secretrequests');
      expect(found.map(({ status }) => status?.state)).toEqual(['Waiting', 'Waiting']);
      return found;
    }, 20_000);
    const released = requests.find(({ spec }) => spec.scopeRef.name === 'doomed');
    if (!released) throw new Error('no request');
    const vote = voteThing('ana', 'Approve', released);
    const ana = await world.person('ana');
    const answer = await until(async () => {
      const cast = await ana.create({ ...vote, metadata: { ...vote.metadata, namespace: DOOMED } });
      if (cast.status >= 400) throw new Error(cast.message);
      return cast;
    }, 20_000);
    expect(answer.status).toBe(201);
    await cluster.untilData(DOOMED, 'doomed-target', { PASSWORD: 'doomed' }, 20_000);
    await cluster.gone({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: DOOMED } });
    await until(async () => {
      const { status } = await cluster.platform.call('GET', `/api/v1/namespaces/${DOOMED}`);
      expect(status).toBe(404);
    }, 60_000);
    expect(await there('secretrequests')).toEqual([]);
    expect(await there('requestreviews')).toEqual([]);
    await until(async () => {
      for (const { spec } of requests) expect(await world.ledger(spec.scopeRef.uid)).toEqual([]);
    }, 40_000);
  });
});
