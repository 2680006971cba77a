/** Claims on environments that reviewers guard, while claim, scope, request and operator change. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { CI, type ClaimWorld, claimThing, claimWorld } from '../scenarios-support/claim-world.ts';
import { secretThing, until } from '../scenarios-support/operated-cluster.ts';
import { PROD, reviewedBy } from '../scenarios-support/protected-world.ts';

const BY_ANA = reviewedBy('ana');
const SNAPSHOT = { mode: 'Snapshot' };
const BOTH = { include: ['PASSWORD', 'TOKEN'] };
const IDLE_MS = 2_000;
// the operator asks again after five seconds at the earliest
const ASKED_MS = 7_000;

let claims: ClaimWorld;

beforeAll(async () => {
  claims = await claimWorld('claim-changes');
  await claims.sharedAbove();
}, 120_000);

afterAll(() => claims?.stop());

const rotate = (scope: string, value: string) =>
  claims.world.cluster.have(secretThing(PROD, `${scope}-source`, { PASSWORD: value }));

/** Claimed under protection, approved by ana and delivered. */
async function released(name: string, spec: object = {}, scope = name): Promise<void> {
  await claims.claimable(scope, BY_ANA);
  await claims.claim(name, scope, spec);
  await claims.approved(scope, name);
}

describe('API-REVIEW 9: a Live claim that is edited', () => {
  it('keeps its Secret; what is approved goes on, and what is new waits', async () => {
    await released('edited');
    const before = await claims.secret('edited');
    await claims.claim('edited', 'edited', BOTH);
    const request = await claims.untilRequest('edited', 'edited');
    expect(request.spec.secrets).toMatchObject([
      { name: 'PASSWORD', change: 'Unchanged' },
      { name: 'TOKEN', change: 'Added' },
    ]);
    // told a moment after the request was made
    await until(async () =>
      expect(await claims.message('edited', 'ChangesPending')).toContain(request.metadata.name),
    );
    await claims.untilState('edited', 'Delivered Materialized');
    await rotate('edited', 'rotated');
    await claims.untilHas('edited', { PASSWORD: 'rotated' });
    await claims.world.cast('ana', 'Approve', request);
    await claims.untilHas('edited', { PASSWORD: 'rotated', TOKEN: 'of the repository' });
    expect((await claims.secret('edited'))?.metadata.uid).toBe(before?.metadata.uid);
    await until(async () => expect(await claims.message('edited', 'ChangesPending')).toBe(''));
  });

  it('a name that is taken out leaves at once, and nobody has to approve that', async () => {
    await claims.claim('edited', 'edited');
    await claims.untilHas('edited', { PASSWORD: 'rotated' });
    await claims.untilStates('edited', 'edited', 'Superseded', 'Superseded', 'Released');
  });

  it('API-REVIEW 11: and is asked for when it comes back', async () => {
    await claims.claim('edited', 'edited', BOTH);
    await claims.untilStates('edited', 'edited', 'Superseded', 'Superseded', 'Released', 'Waiting');
    await claims.untilHas('edited', { PASSWORD: 'rotated' });
  });

  it('whose change is rejected keeps what it had', async () => {
    await claims.decided('edited', 'edited', 'Reject');
    await claims.untilStates('edited', 'edited', 'Superseded', 'Superseded', 'Released', 'Rejected');
    await rotate('edited', 'once more');
    await claims.untilHas('edited', { PASSWORD: 'once more' });
    await until(async () => expect(await claims.message('edited', 'ChangesPending')).toContain('rejected'));
  });
});

describe.concurrent('a Live claim that is edited, besides', () => {
  it('API-REVIEW 11: A, B and A again before anybody decided: A is asked for anew, under another name', async () => {
    await claims.claimable('there-and-back', BY_ANA);
    await claims.claim('there-and-back', 'there-and-back');
    const first = await claims.untilRequest('there-and-back', 'there-and-back');
    await claims.claim('there-and-back', 'there-and-back', BOTH);
    await claims.untilStates('there-and-back', 'there-and-back', 'Superseded', 'Waiting');
    await claims.claim('there-and-back', 'there-and-back');
    await claims.untilStates('there-and-back', 'there-and-back', 'Superseded', 'Superseded', 'Waiting');
    await claims.world.vote(await claims.world.person('ana'), 'ana', 'Approve', first);
    await pause(IDLE_MS);
    expect(await claims.secret('there-and-back')).toBeUndefined();
    await claims.approved('there-and-back', 'there-and-back');
  });

  it('a ttl alone is no new plan: nobody is asked', async () => {
    await released('longer', { ttl: '1h' });
    await claims.claim('longer', 'longer', { ttl: '2h' });
    await claims.untilState('longer', 'Delivered Materialized');
    await pause(ASKED_MS);
    expect(await claims.states('longer', 'longer')).toEqual(['Released']);
    const { status } = await claims.untilRequest('longer', 'longer', 'Released');
    const lastsMs = async () =>
      Date.parse((await claims.seen('longer'))?.status?.expires ?? '') -
      Date.parse(status?.release?.at ?? '');
    // nobody has approved more than what was asked for then
    expect(await lastsMs()).toBe(3_600_000);
    await claims.claim('longer', 'longer', { ttl: '30m' });
    await until(async () => expect(await lastsMs()).toBe(1_800_000));
  });
});

describe.concurrent('a claim that is deleted', () => {
  it('while it waits: its request is closed, and an approval afterwards delivers nothing', async () => {
    await claims.claimable('dropped', BY_ANA);
    await claims.claim('dropped', 'dropped');
    const request = await claims.untilRequest('dropped', 'dropped');
    await claims.remove('dropped');
    await claims.untilStates('dropped', 'dropped', 'Superseded');
    await claims.world.vote(await claims.world.person('ana'), 'ana', 'Approve', request);
    await pause(IDLE_MS);
    expect(await claims.states('dropped', 'dropped')).toEqual(['Superseded']);
    expect(await claims.writesOf('dropped')).toEqual([]);
    expect(await claims.world.readsOf('dropped-source')).toEqual([]);
  });

  it('and made again while it waits: it asks anew, and what was said of the other does not count', async () => {
    await claims.claimable('twin', BY_ANA);
    await claims.claim('twin', 'twin');
    const first = await claims.untilRequest('twin', 'twin');
    await claims.remove('twin');
    await claims.claim('twin', 'twin');
    await claims.world.vote(await claims.world.person('ana'), 'ana', 'Approve', first);
    await claims.untilStates('twin', 'twin', 'Superseded', 'Waiting');
    await pause(IDLE_MS);
    expect(await claims.writesOf('twin')).toEqual([]);
    await claims.approved('twin', 'twin');
  });

  it('and made again while it is released: the Secret of the one before goes, and the new one asks', async () => {
    const kinds = [
      ['reborn', {}],
      ['reborn-once', SNAPSHOT],
    ] as const;
    await Promise.all(kinds.map(([name, spec]) => reborn(name, spec)));

    async function reborn(name: string, spec: object): Promise<void> {
      await released(name, spec);
      const before = await claims.secret(name);
      await claims.remove(name);
      await claims.claim(name, name, spec);
      await claims.untilStates(name, name, 'Superseded', 'Waiting');
      await claims.untilGone(name);
      await claims.approved(name, name);
      await claims.untilHas(name, { PASSWORD: `value of ${name}` });
      expect((await claims.secret(name))?.metadata.uid).not.toBe(before?.metadata.uid);
    }
  });
});

describe('protection that comes and goes', () => {
  it('put on a scope that delivers: claims are frozen and keep their Secrets, until they are approved', async () => {
    await claims.claimable('frozen', undefined);
    await claims.claim('frozen', 'frozen');
    await claims.claim('frozen-once', 'frozen', SNAPSHOT);
    await claims.untilHas('frozen', { PASSWORD: 'value of frozen' });
    await claims.untilHas('frozen-once', { PASSWORD: 'value of frozen' });
    const uid = (await claims.secret('frozen'))?.metadata.uid;
    await claims.claimable('frozen', BY_ANA);
    const request = await claims.untilRequest('frozen', 'frozen');
    await claims.untilState('frozen', 'AwaitingApproval AwaitingApproval');
    await rotate('frozen', 'rotated');
    await pause(IDLE_MS);
    await claims.untilHas('frozen', { PASSWORD: 'value of frozen' });
    await claims.untilHas('frozen-once', { PASSWORD: 'value of frozen' });
    await claims.world.cast('ana', 'Approve', request);
    await claims.untilHas('frozen', { PASSWORD: 'rotated' });
    await claims.untilState('frozen', 'Delivered Materialized');
    expect((await claims.secret('frozen'))?.metadata.uid).toBe(uid);
  });

  it('what was taken once under no protection is not asked for', async () => {
    expect(await claims.states('frozen', 'frozen-once')).toEqual([]);
    expect(await claims.state('frozen-once')).toBe('Delivered Materialized');
  });

  it('taken off: what waits is delivered, and its request is closed', async () => {
    await claims.claimable('freed', BY_ANA);
    await claims.claim('freed', 'freed');
    await claims.claim('freed-once', 'freed', SNAPSHOT);
    await claims.untilRequest('freed', 'freed');
    await claims.untilRequest('freed', 'freed-once');
    await claims.claimable('freed', undefined);
    for (const name of ['freed', 'freed-once']) {
      await claims.untilHas(name, { PASSWORD: 'value of freed' });
      await claims.untilStates('freed', name, 'Superseded');
      await claims.untilState(name, 'Delivered Materialized');
    }
  });

  it('and put on again: what was released before is asked for', async () => {
    await claims.claimable('freed', BY_ANA);
    await claims.untilStates('freed', 'freed', 'Superseded', 'Waiting');
    await claims.untilHas('freed', { PASSWORD: 'value of freed' });
  });
});

describe.concurrent('access that is taken away and given back', () => {
  it('the Secret goes at once, and what was approved before is asked for when the scope admits it again', async () => {
    await released('shut');
    await claims.claimable('shut', BY_ANA, { consumers: [] });
    await claims.untilGone('shut');
    await claims.untilState('shut', 'Waiting NotAvailable');
    await claims.claimable('shut', BY_ANA);
    // where the scope forgets its authors meanwhile, one more may have been made of which the ledger knows nothing
    await until(async () => {
      const states = await claims.states('shut', 'shut');
      expect(states.filter((state) => state !== undefined)).toEqual(['Superseded', 'Waiting']);
    });
    await pause(IDLE_MS);
    expect(await claims.secret('shut')).toBeUndefined();
    await claims.approved('shut', 'shut');
  });

  it('while it waits, its request is closed', async () => {
    await claims.claimable('shut-early', BY_ANA);
    await claims.claim('shut-early', 'shut-early');
    const request = await claims.untilRequest('shut-early', 'shut-early');
    await claims.claimable('shut-early', BY_ANA, { consumers: [] });
    await claims.untilState('shut-early', 'Waiting NotAvailable');
    await claims.world.vote(await claims.world.person('ana'), 'ana', 'Approve', request);
    await claims.untilStates('shut-early', 'shut-early', 'Superseded');
    expect(await claims.writesOf('shut-early')).toEqual([]);
  });
});

describe.concurrent('a claim that asks another scope when it is made again', () => {
  it('gives back what it had, and is asked for there', async () => {
    await released('hop', {}, 'hop-from');
    await claims.claimable('hop-to', BY_ANA);
    await claims.remove('hop');
    await claims.claim('hop', 'hop-to');
    await claims.untilStates('hop-from', 'hop', 'Superseded');
    await claims.untilGone('hop');
    await claims.approved('hop-to', 'hop');
    await claims.untilHas('hop', { PASSWORD: 'value of hop-to' });
  });
});

describe.concurrent('targets and claims of one scope', () => {
  it('are released each by itself', async () => {
    const targets = [{ secretName: 'side-target', include: ['PASSWORD'] }];
    await claims.claimable('side', BY_ANA, { targets });
    await claims.claim('side', 'side');
    const own = await claims.untilRequest('side', 'side');
    await claims.world.cast('ana', 'Approve', own);
    await claims.untilHas('side', { PASSWORD: 'value of side' });
    await pause(IDLE_MS);
    expect(await claims.world.cluster.secret(PROD, 'side-target')).toBeUndefined();
    await claims.claim('side-other', 'side');
    const other = await claims.untilRequest('side', 'side-other');
    const target = (await claims.world.requests('side')).find(
      ({ metadata: { uid } }) => uid !== own.metadata.uid && uid !== other.metadata.uid,
    );
    if (!target) throw new Error('the target asks for nothing');
    await claims.world.cast('ana', 'Approve', target);
    await claims.world.untilSecret('side-target', 'value of side');
    await pause(IDLE_MS);
    expect(await claims.secret('side-other')).toBeUndefined();
    await claims.world.cast('ana', 'Revoke', own);
    await claims.untilGone('side');
    expect(await claims.world.cluster.secret(PROD, 'side-target')).toBeDefined();
  });
});

it('what the claims of this file became is known of each of them', async () => {
  const path = `/apis/${API_VERSION}/namespaces/${CI}/secretclaims`;
  const { body } = await claims.builder.call('GET', path);
  const { items } = body as { items: { metadata: { name: string }; status?: { state?: string } }[] };
  expect(items.filter(({ status }) => status?.state === undefined)).toEqual([]);
  expect((await claims.builder.get(claimThing('dropped', 'any'))).status).toBe(404);
  expect(await claims.world.cluster.requestsByMasters()).toEqual([]);
});
