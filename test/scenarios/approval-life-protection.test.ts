/** Protection that comes and goes, one Secret in many namespaces, and what a scope says of itself meanwhile. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
} from '../scenarios-support/protected-world.ts';

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('approval-life-protection');
}, 120_000);

afterAll(() => world?.stop());

const BY_ANA = reviewedBy('ana');
const IDLE_MS = 2_000;
/** Without protection includeAll takes what is inherited, too. */
const own = (name: string, ...more: string[]) => ({
  targets: [{ secretName: `${name}-target`, include: ['PASSWORD', ...more] }],
});

describe('protection that is put on a scope that delivers', () => {
  it('freezes what is there and deletes nothing, until somebody approves', async () => {
    const { name, target, source } = await world.environment('running', undefined, own('running'));
    const before = await world.untilSecret(target, 'value of running');
    await world.change(name, BY_ANA, own(name));
    const request = await world.untilRequest(name);
    await world.cluster.untilReady(PROD, name, 'False', 'AwaitingApproval');
    await world.cluster.have(secretThing(PROD, source, { PASSWORD: 'rotated' }));
    await pause(IDLE_MS);
    expect(await world.cluster.secret(PROD, target)).toMatchObject({ uid: before.uid, data: before.data });
    await world.cast('ana', 'Approve', request);
    expect(await world.untilSecret(target, 'rotated')).toMatchObject({ uid: before.uid });
    await world.cluster.untilReady(PROD, name, 'True', 'Materialized');
  });

  it('does not take away what includeAll had inherited', async () => {
    const { name, target } = await world.environment('running-all', undefined);
    const inherited = { PASSWORD: 'value of running-all', TOKEN: 'of the repository' };
    await world.untilHas(target, inherited);
    await world.change(name, BY_ANA);
    await world.untilRequest(name);
    await pause(IDLE_MS);
    expect((await world.cluster.secret(PROD, target))?.data).toEqual(inherited);
  });

  it('a name that is taken out of it leaves at once all the same', async () => {
    const name = 'running-less';
    const more = await world.source('EXTRA', 'running-less-more', 'extra');
    const entry = { name: 'PASSWORD', from: { key: `${name}-source`, property: 'PASSWORD' } };
    const both = { secrets: [entry, more], ...own(name, 'EXTRA') };
    const { target } = await world.environment(name, undefined, both);
    await world.untilHas(target, { PASSWORD: 'value of running-less', EXTRA: 'extra' });
    await world.change(name, BY_ANA, both);
    await world.untilRequest(name);
    await world.change(name, BY_ANA, own(name));
    await world.untilHas(target, { PASSWORD: 'value of running-less' });
  });

  it('by a wait timer alone is protection, too', async () => {
    const { name, target, source } = await world.environment('timed', undefined, own('timed'));
    await world.untilSecret(target, 'value of timed');
    await world.change(name, { waitTimerMinutes: 60 }, own(name));
    await world.cluster.untilReady(PROD, name, 'False', 'WaitTimerRunning');
    await world.cluster.have(secretThing(PROD, source, { PASSWORD: 'rotated' }));
    await pause(IDLE_MS);
    expect(await world.cluster.secret(PROD, target)).toMatchObject({ data: { PASSWORD: 'value of timed' } });
  });
});

describe('GX10, GX13: protection that is lifted', () => {
  it('by who may: what waited is delivered, and asked for again when it comes back', async () => {
    const { name, target } = await world.environment('lifted', BY_ANA);
    await world.untilRequest(name);
    await world.change(name, undefined, own(name));
    await world.untilSecret(target, 'value of lifted');
    await world.untilStates(name, 'Superseded');
    await world.change(name, BY_ANA);
    await world.untilStates(name, 'Superseded', 'Waiting');
    await world.cluster.untilReady(PROD, name, 'False', 'AwaitingApproval');
  });

  it('what was released before is not released when protection comes back', async () => {
    const { name, target, source } = await world.released('lifted-later');
    await world.change(name, undefined, own(name));
    await world.untilStates(name, 'Superseded');
    await world.change(name, BY_ANA, own(name));
    await world.untilStates(name, 'Superseded', 'Waiting');
    await world.cluster.have(secretThing(PROD, source, { PASSWORD: 'rotated' }));
    await pause(IDLE_MS);
    expect(await world.cluster.secret(PROD, target)).toMatchObject({
      data: { PASSWORD: 'value of lifted-later' },
    });
  });

  it('by an editor of the namespace it is not lifted', async () => {
    const { name, target } = await world.environment('guarded', BY_ANA);
    await world.untilRequest(name);
    const eve = await world.person('eve');
    const edited = await eve.merge(scopeThing(name, PROD, {}), { spec: { protection: null } });
    expect(edited).toMatchObject({ status: 403, message: expect.stringContaining('may not remove') });
    expect(await eve.remove(scopeThing(name, PROD, {}))).toMatchObject({ status: 403 });
    expect(await world.cluster.secret(PROD, target)).toBeUndefined();
  });
});

describe('API-REVIEW 3: one Secret in many namespaces', () => {
  const giving = (name: string) => ({
    consumers: [{ namespaces: { matchLabels: { gets: name } } }],
    targets: [
      { secretName: `${name}-target`, includeAll: true, namespaces: { matchLabels: { gets: name } } },
    ],
  });
  const untilIn = (namespace: string, name: string, value: string) =>
    world.cluster.untilData(namespace, `${name}-target`, { PASSWORD: value }, 20_000);

  it('each namespace is a line; one that is added waits while the others go on; one that leaves loses it at once', async () => {
    const name = 'spread';
    await world.cluster.team('spread-1', { gets: name });
    await world.environment(name, BY_ANA, giving(name));
    // the operator may see the scope before the namespace: then another request takes the place of the first
    const request = await until(async () => {
      const latest = await world.untilRequest(name, 'Waiting', 0);
      expect(latest.spec.namespaces).toMatchObject([{ name: 'spread-1' }, { name: PROD }]);
      return latest;
    });
    expect(await world.cluster.secret('spread-1', 'spread-target')).toBeUndefined();
    await world.cast('ana', 'Approve', request);
    await untilIn('spread-1', name, 'value of spread');
    await untilIn(PROD, name, 'value of spread');
    await world.cluster.team('spread-2', { gets: name });
    const more = await world.untilNewer(name, request);
    expect(more.spec.namespaces).toMatchObject([
      { name: 'spread-1', change: 'Unchanged' },
      { name: 'spread-2', change: 'Added' },
      { name: PROD, change: 'Unchanged' },
    ]);
    await world.cluster.untilCondition(PROD, name, 'ChangesPending', { status: 'True' });
    await world.cluster.untilReady(PROD, name, 'True', 'Materialized');
    await world.cluster.have(secretThing(PROD, 'spread-source', { PASSWORD: 'rotated' }));
    await untilIn('spread-1', name, 'rotated');
    await untilIn(PROD, name, 'rotated');
    expect(await world.cluster.secret('spread-2', 'spread-target')).toBeUndefined();
    await world.cast('ana', 'Approve', more);
    await untilIn('spread-2', name, 'rotated');
    await world.cluster.platform.merge(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'spread-1' } },
      { metadata: { labels: { gets: null } } },
    );
    await until(async () => expect(await world.cluster.secret('spread-1', 'spread-target')).toBeUndefined());
    const kept = await world.untilNewer(name, more, 'Released');
    const before = (await world.states(name)).slice(0, -1);
    expect(before.every((state) => state === 'Superseded')).toBe(true);
    expect(kept.spec.namespaces).toMatchObject([
      { name: 'spread-2', change: 'Unchanged' },
      { name: PROD, change: 'Unchanged' },
      { name: 'spread-1', change: 'Removed' },
    ]);
    await untilIn('spread-2', name, 'rotated');
  });

  it('a revocation takes it away everywhere', async () => {
    const name = 'spread';
    await world.cast('ana', 'Revoke', await world.untilRequest(name, 'Released'));
    for (const namespace of [PROD, 'spread-2'])
      await until(
        async () => expect(await world.cluster.secret(namespace, 'spread-target')).toBeUndefined(),
        20_000,
      );
  });
});
