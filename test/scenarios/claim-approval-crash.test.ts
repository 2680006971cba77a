/** Claims on environments that reviewers guard, when what was decided is lost, or whoever carries it out. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { type ClaimWorld, claimWorld } from '../scenarios-support/claim-world.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import { scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { ledgerThing, PROD, reviewedBy } from '../scenarios-support/protected-world.ts';
import { lines, OPERATOR, writesOf } from '../scenarios-support/requests.ts';

const BY_ANA = reviewedBy('ana');
const SNAPSHOT = { mode: 'Snapshot' };
const BOTH = { include: ['PASSWORD', 'TOKEN'] };
const IDLE_MS = 2_000;
// the operator asks again after five seconds at the earliest
const ASKED_MS = 7_000;

const ROUNDS = 3;
// a release takes about a tenth of a second on an idle machine
const LATEST_KILL_MS = 250;

let claims: ClaimWorld;

beforeAll(async () => {
  claims = await claimWorld('claim-crash');
  await claims.sharedAbove();
}, 120_000);

afterAll(() => claims?.stop());

const rotate = (scope: string, value: string) =>
  claims.world.cluster.have(secretThing(PROD, `${scope}-source`, { PASSWORD: value }));

/** As etcd would lose it: policies let nobody but the operator delete what was decided. */
async function lost(thing: Thing): Promise<void> {
  const { status, message } = await (await claims.world.asOperator()).remove(thing);
  if (status >= 400) throw new Error(`${status} ${message}`);
}

/** Claimed under protection, approved by ana and delivered. */
async function released(name: string, spec: object = {}, scope = name): Promise<void> {
  await claims.claimable(scope, BY_ANA);
  await claims.claim(name, scope, spec);
  await claims.approved(scope, name);
}

describe.concurrent('a request that is lost', () => {
  const requestThing = (name: string) => ({
    apiVersion: API_VERSION,
    kind: 'SecretRequest',
    metadata: { name, namespace: PROD },
  });

  it('while it waits: the claim asks again', async () => {
    await claims.claimable('unasked', BY_ANA);
    await claims.claim('unasked', 'unasked');
    const first = await claims.untilRequest('unasked', 'unasked');
    await lost(requestThing(first.metadata.name));
    await until(async () => {
      const second = await claims.untilRequest('unasked', 'unasked');
      expect(second.metadata.uid).not.toBe(first.metadata.uid);
    }, 30_000);
    expect(await claims.writesOf('unasked')).toEqual([]);
    await claims.approved('unasked', 'unasked');
  });

  it('after it was released: nothing is taken away, and nothing new is delivered unasked', async () => {
    await released('forgotten');
    const first = await claims.untilRequest('forgotten', 'forgotten', 'Released');
    await lost(requestThing(first.metadata.name));
    await claims.claim('forgotten', 'forgotten', BOTH);
    await pause(ASKED_MS);
    await claims.untilHas('forgotten', { PASSWORD: 'value of forgotten' });
    await claims.approved('forgotten', 'forgotten');
    await claims.untilHas('forgotten', { PASSWORD: 'value of forgotten', TOKEN: 'of the repository' });
  });
});

describe.concurrent('a scope that is deleted', () => {
  it('while claims wait and are delivered: nothing is delivered, nothing goes at once; made again they ask', async () => {
    await released('lost');
    await claims.claim('lost-waits', 'lost');
    const first = await claims.untilRequest('lost', 'lost-waits');
    await claims.world.cluster.gone(scopeThing('lost', PROD, {}));
    for (const name of ['lost', 'lost-waits']) await claims.untilState(name, 'Waiting NotAvailable');
    await claims.world.vote(await claims.world.person('ana'), 'ana', 'Approve', first);
    await pause(IDLE_MS);
    await claims.untilHas('lost', { PASSWORD: 'value of lost' });
    expect(await claims.writesOf('lost-waits')).toEqual([]);
    await claims.claimable('lost', BY_ANA);
    for (const name of ['lost', 'lost-waits']) {
      const request = await until(async () => {
        const own = await claims.untilRequest('lost', name);
        expect(own.metadata.uid).not.toBe(first.metadata.uid);
        return own;
      }, 30_000);
      expect(request.spec.scopeRef.uid).not.toBe(first.spec.scopeRef.uid);
    }
    await claims.approved('lost', 'lost-waits');
  });
});

describe.concurrent('the ledger of a scope is lost', () => {
  it('claims ask again; nothing is released and nothing is deleted', async () => {
    await released('lapsed');
    await claims.claim('lapsed-waits', 'lapsed');
    const { spec } = await claims.untilRequest('lapsed', 'lapsed-waits');
    await lost(ledgerThing(spec.scopeRef.uid));
    await claims.untilState('lapsed', 'AwaitingApproval AwaitingApproval');
    await rotate('lapsed', 'rotated');
    await pause(ASKED_MS);
    await claims.untilHas('lapsed', { PASSWORD: 'value of lapsed' });
    expect(await claims.secret('lapsed-waits')).toBeUndefined();
    await claims.approved('lapsed', 'lapsed');
    await claims.untilHas('lapsed', { PASSWORD: 'rotated' });
    await claims.approved('lapsed', 'lapsed-waits');
  });
});

describe('the operator is killed and started again', () => {
  const STATES = {
    'killed-waits': 'AwaitingApproval AwaitingApproval',
    'killed-live': 'Delivered Materialized',
    'killed-once': 'Delivered Materialized',
    'killed-no': 'Waiting Rejected',
    'killed-taken': 'Waiting Revoked',
  };

  it('in every state: the same is true afterwards, and nothing is written', async () => {
    await claims.claimable('killed', BY_ANA);
    for (const name of Object.keys(STATES)) {
      await claims.claim(name, 'killed', name === 'killed-once' ? SNAPSHOT : {});
      await claims.untilRequest('killed', name);
    }
    for (const name of ['killed-live', 'killed-once', 'killed-taken']) await claims.approved('killed', name);
    await claims.decided('killed', 'killed-no', 'Reject');
    await claims.decided('killed', 'killed-taken', 'Revoke', 'ana', 'Released');
    for (const [name, state] of Object.entries(STATES)) await claims.untilState(name, state);
    await pause(IDLE_MS);
    await crash();
    const mark = await claims.world.cluster.audit.mark();
    await claims.world.restart();
    await pause(ASKED_MS);
    const written = writesOf(await claims.world.cluster.audit.since(mark));
    expect(lines(written).filter((line) => !line.includes('/events'))).toEqual([]);
    for (const [name, state] of Object.entries(STATES)) expect(await claims.state(name), name).toBe(state);
    expect(Object.keys((await claims.secret('killed-live'))?.data ?? {})).toEqual(['PASSWORD']);
    expect(await claims.secret('killed-taken')).toBeUndefined();
  });

  it('what is approved while nobody runs is delivered afterwards; of what is deleted the Secret goes', async () => {
    const request = await claims.untilRequest('killed', 'killed-waits');
    await crash();
    await claims.world.cast('ana', 'Approve', request);
    await claims.remove('killed-live');
    await claims.remove('killed-once');
    await claims.world.restart();
    await claims.untilHas('killed-waits', { PASSWORD: 'value of killed' });
    await claims.untilState('killed-waits', 'Delivered Materialized');
    await claims.untilStates('killed', 'killed-live', 'Superseded');
    await claims.untilGone('killed-once');
  });

  it('right after the vote, at a moment that nobody chose: each is released once and written once', async () => {
    const kills: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const names = [`vote-${round}`, `vote-${round}-once`] as const;
      await claims.claimable(names[0], BY_ANA);
      await claims.claim(names[0], names[0]);
      await claims.claim(names[1], names[0], SNAPSHOT);
      const requests = await Promise.all(names.map((name) => claims.untilRequest(names[0], name)));
      await Promise.all(requests.map((request) => claims.world.cast('ana', 'Approve', request)));
      const afterMs = Math.floor(Math.random() * LATEST_KILL_MS);
      kills.push(afterMs);
      await pause(afterMs);
      await crash();
      await claims.world.restart();
      for (const name of names) {
        await claims.untilHas(name, { PASSWORD: `value of ${names[0]}` });
        await claims.untilState(name, 'Delivered Materialized');
        await claims.untilStates(names[0], name, 'Released');
        expect(await claims.writesOf(name), `killed after ${afterMs} ms`).toEqual([`${OPERATOR} create`]);
      }
    }
    console.log(`killed ${kills.join(', ')} ms after the vote`);
  });

  /** Started again without waiting until the dead process' Lease has run out. */
  async function crash(): Promise<void> {
    await claims.world.cluster.operator.kill();
    await claims.world.cluster.gone({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'secretscope', namespace: OPERATOR_NAMESPACE },
    });
  }
});

it('nothing of this was done by system:masters', async () => {
  expect(await claims.world.cluster.requestsByMasters()).toEqual([]);
});
