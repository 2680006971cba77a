/** Edits of a protected scope: what waits, what goes on, what leaves at once, and who is asked. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretThing, until } from '../scenarios-support/operated-cluster.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
} from '../scenarios-support/protected-world.ts';

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('approval-life-changes');
}, 120_000);

afterAll(() => world?.stop());

const BY_ANA = reviewedBy('ana');
/** Longer than the operator takes to do what it must not do. */
const IDLE_MS = 2_000;
const password = (name: string) => ({
  name: 'PASSWORD',
  from: { key: `${name}-source`, property: 'PASSWORD' },
});
const pending = (name: string) => world.cluster.condition(PROD, name, 'ChangesPending');

describe.concurrent('API-REVIEW 8: a plan that grows', () => {
  it('an added name waits, the released ones go on and follow their source, and nothing new is read', async () => {
    const { name, target } = await world.released('added');
    const more = await world.source('EXTRA', 'added-more', 'extra');
    await world.change(name, BY_ANA, { secrets: [password(name), more] });
    const request = await world.untilRequest(name);
    expect(request.spec.secrets).toMatchObject([
      { name: 'EXTRA', change: 'Added', key: 'added-more' },
      { name: 'PASSWORD', change: 'Unchanged' },
    ]);
    await world.cluster.untilReady(PROD, name, 'True', 'Materialized');
    const waits = { status: 'True', reason: 'AwaitingApproval' };
    const { message } = await world.cluster.untilCondition(PROD, name, 'ChangesPending', waits);
    expect(message).toContain(request.metadata.name);
    await world.cluster.have(secretThing(PROD, 'added-source', { PASSWORD: 'rotated meanwhile' }));
    await world.untilHas(target, { PASSWORD: 'rotated meanwhile' });
    expect(await world.readsOf('added-more')).toEqual([]);
    await world.cast('ana', 'Approve', request);
    await world.untilHas(target, { PASSWORD: 'rotated meanwhile', EXTRA: 'extra' });
    await world.untilStates(name, 'Superseded', 'Released');
    await until(async () => expect(await pending(name)).toBeUndefined());
  });

  it('a changed key goes on from the old one until it is approved', async () => {
    const { name, target } = await world.released('changed');
    const other = await world.source('PASSWORD', 'changed-other', 'of the new key');
    await world.change(name, BY_ANA, { secrets: [other] });
    const request = await world.untilRequest(name);
    expect(request.spec.secrets).toMatchObject([
      { name: 'PASSWORD', change: 'Changed', key: 'changed-other' },
    ]);
    await pause(IDLE_MS);
    await world.untilHas(target, { PASSWORD: 'value of changed' });
    expect(await world.readsOf('changed-other')).toEqual([]);
    await world.cast('ana', 'Approve', request);
    await world.untilHas(target, { PASSWORD: 'of the new key' });
  });

  it('a changed key follows the old one until it is approved', async () => {
    const { name, target } = await world.released('follows');
    const other = await world.source('PASSWORD', 'follows-other', 'of the new key');
    await world.change(name, BY_ANA, { secrets: [other] });
    await world.untilRequest(name);
    await pause(IDLE_MS);
    await world.cluster.have(secretThing(PROD, 'follows-source', { PASSWORD: 'rotated at the old key' }));
    await world.untilHas(target, { PASSWORD: 'rotated at the old key' });
  });

  it('a Secret of another type waits as a whole; the one that was released goes on', async () => {
    const { name, target } = await world.released('typed');
    const data = { username: 'ana', password: 'value of typed' };
    const login = await world.source('USERNAME', 'typed-more', 'ana');
    const keys = { USERNAME: 'username', PASSWORD: 'password' };
    await world.change(name, BY_ANA, {
      secrets: [password(name), login],
      targets: [{ secretName: target, includeAll: true, type: 'kubernetes.io/basic-auth' }],
    });
    await world.untilRequest(name);
    await world.cluster.have(secretThing(PROD, 'typed-source', { PASSWORD: 'rotated' }));
    expect(await world.untilHas(target, { PASSWORD: 'rotated' })).toMatchObject({ type: 'Opaque' });
    await world.cluster.have(secretThing(PROD, 'typed-source', { PASSWORD: data.password }));
    await world.change(name, BY_ANA, {
      secrets: [password(name), login],
      targets: [{ secretName: target, includeAll: true, type: 'kubernetes.io/basic-auth', keys }],
    });
    await world.untilStates(name, 'Released', 'Superseded', 'Waiting');
    await world.cast('ana', 'Approve', await world.untilRequest(name));
    expect(await world.untilHas(target, data)).toMatchObject({ type: 'kubernetes.io/basic-auth' });
  });

  it('another name of a data key waits, and the old one leaves at once', async () => {
    const { name, target } = await world.released('renamed');
    await world.change(name, BY_ANA, {
      targets: [{ secretName: target, includeAll: true, keys: { PASSWORD: 'db-password' } }],
    });
    const request = await world.untilRequest(name);
    // the old data key is one that nobody asks for any more: it leaves at once
    await world.untilHas(target, {});
    await world.cast('ana', 'Approve', request);
    await world.untilHas(target, { 'db-password': 'value of renamed' });
  });
});

describe.concurrent('THREATS 6: a plan that shrinks', () => {
  it('a removed name leaves at once and nobody is asked; adding it back asks', async () => {
    const name = 'removed';
    const more = await world.source('EXTRA', 'removed-more', 'extra');
    const both = { secrets: [{ ...password(name) }, more] };
    const { target } = await world.released(name, BY_ANA, both);
    await world.untilHas(target, { PASSWORD: 'value of removed', EXTRA: 'extra' });
    const reads = (await world.readsOf('removed-more')).length;
    await world.change(name, BY_ANA);
    await world.untilHas(target, { PASSWORD: 'value of removed' });
    await world.untilStates(name, 'Superseded', 'Released');
    const carried = await world.untilRequest(name, 'Released');
    expect(carried.status?.release).toMatchObject({ by: 'carry', votes: [{ username: 'ana' }] });
    expect(await world.votes(carried)).toEqual([]);
    await world.cluster.untilReady(PROD, name, 'True', 'Materialized');
    await world.change(name, BY_ANA, both);
    const again = await world.untilRequest(name, 'Waiting');
    expect(again.spec.secrets).toMatchObject([{ change: 'Added' }, { change: 'Unchanged' }]);
    await pause(IDLE_MS);
    await world.untilHas(target, { PASSWORD: 'value of removed' });
    expect(await world.readsOf('removed-more')).toHaveLength(reads);
  });

  // it leaves before anything is decided; until the ledger knows of it, what comes back is what was approved
  it('a name that left is asked for when it comes back, as soon as that was written down', async () => {
    const name = 'flicker';
    const more = await world.source('EXTRA', 'flicker-more', 'extra');
    const both = { secrets: [password(name), more] };
    const { target } = await world.released(name, BY_ANA, both);
    await world.change(name, BY_ANA);
    await world.untilHas(target, { PASSWORD: 'value of flicker' });
    await world.untilStates(name, 'Superseded', 'Released');
    await world.change(name, BY_ANA, both);
    await pause(IDLE_MS);
    await world.untilHas(target, { PASSWORD: 'value of flicker' }, 1_000);
  });

  it('a removed name leaves at once although another change waits', async () => {
    const name = 'mixed';
    const more = await world.source('EXTRA', 'mixed-more', 'extra');
    const later = await world.source('LATER', 'mixed-later', 'later');
    const { target } = await world.released(name, BY_ANA, { secrets: [password(name), more] });
    await world.change(name, BY_ANA, { secrets: [password(name), later] });
    await world.untilHas(target, { PASSWORD: 'value of mixed' });
    const { spec } = await world.untilRequest(name);
    expect(spec.secrets).toMatchObject([
      { name: 'LATER', change: 'Added' },
      { name: 'PASSWORD', change: 'Unchanged' },
      { name: 'EXTRA', change: 'Removed' },
    ]);
  });

  it('a target that is taken out takes its Secret along, and nobody is asked', async () => {
    const { name, target } = await world.released('untargeted');
    await world.change(name, BY_ANA, { targets: [] });
    await world.untilGone(target);
    await world.untilStates(name, 'Superseded');
  });
});

describe('API-REVIEW 8: an edit that changes no line asks nobody', () => {
  it.each([
    ['suspend', { suspend: true }],
    [
      'labels of the Secret',
      { targets: [{ secretName: 'silent-1-target', includeAll: true, labels: { a: 'b' } }] },
    ],
    ['who may approve', { protection: { ...reviewedBy('ana', 'bob'), pendingTTL: '1h' } }],
  ])('%s', async (what, change) => {
    const name = `silent-${['suspend', 'labels of the Secret', 'who may approve'].indexOf(what)}`;
    const { target } = await world.released(name);
    await world.change(name, BY_ANA, change);
    await world.untilLookedAt(name);
    await pause(IDLE_MS);
    expect(await world.states(name)).toEqual(['Released']);
    expect(await world.cluster.secret(PROD, target)).toMatchObject({
      data: { PASSWORD: `value of ${name}` },
    });
    expect(await pending(name)).toBeUndefined();
  });
});

describe('a scope that is edited while it waits', () => {
  it('GX16: has a new request; votes on the old one count for nothing', async () => {
    const { name, target } = await world.environment('edited', BY_ANA);
    const old = await world.untilRequest(name);
    const more = await world.source('EXTRA', 'edited-more', 'extra');
    await world.change(name, BY_ANA, { secrets: [password(name), more] });
    await world.untilStates(name, 'Superseded', 'Waiting');
    await world.cast('ana', 'Approve', old);
    await pause(IDLE_MS);
    expect(await world.cluster.secret(PROD, target)).toBeUndefined();
    expect(await world.states(name)).toEqual(['Superseded', 'Waiting']);
    expect(await world.readsOf('edited-source')).toEqual([]);
    await world.cast('ana', 'Approve', await world.untilRequest(name));
    await world.untilHas(target, { PASSWORD: 'value of edited', EXTRA: 'extra' });
  });

  it('asked for as it was, is asked for once more; the vote on the first request does not come back', async () => {
    const { name, target } = await world.environment('back', BY_ANA);
    const first = await world.untilRequest(name);
    const more = await world.source('EXTRA', 'back-more', 'extra');
    await world.change(name, BY_ANA, { secrets: [password(name), more] });
    await world.untilStates(name, 'Superseded', 'Waiting');
    await world.cast('ana', 'Approve', first);
    await world.change(name, BY_ANA);
    await world.untilStates(name, 'Superseded', 'Superseded', 'Waiting');
    await pause(IDLE_MS);
    expect(await world.cluster.secret(PROD, target)).toBeUndefined();
  });

  it('THREATS 18: ten edits in a row make a few requests, and the last edit counts', async () => {
    const { name, target } = await world.released('hasty');
    for (let edit = 1; edit <= 10; edit++) {
      const entry = await world.source('PASSWORD', `hasty-${edit}`, `edit ${edit}`);
      await world.change(name, BY_ANA, { secrets: [entry] });
    }
    await pause(6_000);
    const request = await world.untilRequest(name);
    expect(request.spec.secrets).toMatchObject([{ key: 'hasty-10' }]);
    expect((await world.requests(name)).length).toBeLessThanOrEqual(4);
    await world.untilHas(target, { PASSWORD: 'value of hasty' });
    await world.cast('ana', 'Approve', request);
    await world.untilHas(target, { PASSWORD: 'edit 10' });
  });

  it('THREATS 18: five seconds after a request the next one is made, give or take three', async () => {
    for (const name of ['prompt-1', 'prompt-2', 'prompt-3', 'prompt-4']) {
      await world.environment(name, BY_ANA);
      const first = await world.untilRequest(name);
      const more = await world.source('EXTRA', `${name}-more`, 'extra');
      await world.change(name, BY_ANA, { secrets: [password(name), more] });
      await world.untilStates(name, 'Superseded', 'Waiting');
      const second = await world.untilRequest(name);
      const ms = Date.parse(second.metadata.creationTimestamp) - Date.parse(first.metadata.creationTimestamp);
      expect(ms).toBeLessThanOrEqual(8_000);
    }
  });
});
