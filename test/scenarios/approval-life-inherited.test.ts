/** What a protected environment takes from the levels above, and what these may do to it without a vote. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL, scopeThing, secretThing } from '../scenarios-support/operated-cluster.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  TEAM,
} from '../scenarios-support/protected-world.ts';
import { getsOf } from '../scenarios-support/requests.ts';

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('approval-life-inherited');
}, 120_000);

afterAll(() => world?.stop());

const BY_ANA = reviewedBy('ana');
const IDLE_MS = 2_000;
const readsAbove = async () =>
  getsOf(await world.cluster.audit.since(world.cluster.ready), TEAM, 'shared-source').length;
const naming = (name: string, ...include: string[]) => ({
  targets: [{ secretName: `${name}-target`, includeAll: true, include }],
});

/** The repository of the world, with these changes to its two entries. */
function repository(password: object = {}, token: object = {}): Promise<void> {
  const entry = (name: string) => ({ name, from: { key: 'shared-source', property: name } });
  return world.cluster.have(
    scopeThing('web', TEAM, {
      level: 'Repository',
      backendRef: LOCAL,
      children: [
        {
          namespaces: { matchLabels: { 'kubernetes.io/metadata.name': PROD } },
          visibility: 'Private',
          trusted: true,
        },
      ],
      secrets: [
        { ...entry('PASSWORD'), ...password },
        { ...entry('TOKEN'), ...token },
      ],
    }),
  );
}

describe('what is inherited', () => {
  it('is taken by include alone; includeAll takes own entries', async () => {
    const { name, target } = await world.environment('own-only', BY_ANA);
    const request = await world.untilRequest(name);
    expect(request.spec.secrets).toMatchObject([{ name: 'PASSWORD', level: 'Environment' }]);
    await world.cast('ana', 'Approve', request);
    await world.untilHas(target, { PASSWORD: 'value of own-only' });
    expect(await readsAbove()).toBe(0);
  });

  it('is part of the request, and read only after the vote', async () => {
    const name = 'naming';
    const { target } = await world.environment(name, BY_ANA, naming(name, 'TOKEN'));
    const request = await world.untilRequest(name);
    expect(request.spec.secrets).toMatchObject([
      { name: 'PASSWORD', level: 'Environment', scope: { name } },
      { name: 'TOKEN', level: 'Repository', scope: { namespace: TEAM, name: 'web' } },
    ]);
    await pause(IDLE_MS);
    expect(await readsAbove()).toBe(0);
    await world.cast('ana', 'Approve', request);
    await world.untilHas(target, { PASSWORD: 'value of naming', TOKEN: 'of the repository' });
    expect(await readsAbove()).toBeGreaterThan(0);
  });

  it('under a name of its own an entry that waits is never filled from above', async () => {
    const name = 'never-less';
    const { target } = await world.released(name, BY_ANA, { ...naming(name, 'TOKEN'), secrets: [] });
    await world.untilHas(target, { TOKEN: 'of the repository' });
    await world.change(name, BY_ANA, naming(name, 'TOKEN'));
    const request = await world.untilRequest(name);
    await pause(IDLE_MS);
    await world.untilHas(target, { TOKEN: 'of the repository' });
    await world.cast('ana', 'Approve', request);
    await world.untilHas(target, { TOKEN: 'of the repository', PASSWORD: 'value of never-less' });
  });

  it('goes on under its name while an own entry of that name waits', async () => {
    const name = 'overriding';
    const { target } = await world.released(name, BY_ANA, { ...naming(name, 'PASSWORD'), secrets: [] });
    await world.untilHas(target, { PASSWORD: 'less specific' });
    await world.change(name, BY_ANA, naming(name, 'PASSWORD'));
    const request = await world.untilRequest(name);
    expect(request.spec.secrets).toMatchObject([{ change: 'Changed', level: 'Environment' }]);
    await pause(IDLE_MS);
    await world.untilHas(target, { PASSWORD: 'less specific' });
    await world.cast('ana', 'Approve', request);
    await world.untilHas(target, { PASSWORD: 'value of overriding' });
  });

  it('does not take the place of an own entry that was removed, before somebody approves that', async () => {
    const name = 'falling';
    const { target } = await world.released(name, BY_ANA, naming(name, 'PASSWORD'));
    await world.change(name, BY_ANA, { ...naming(name, 'PASSWORD'), secrets: [] });
    const request = await world.untilRequest(name);
    expect(request.spec.secrets).toMatchObject([{ change: 'Changed', level: 'Repository' }]);
    await world.untilHas(target, {});
    await pause(IDLE_MS);
    await world.untilHas(target, {});
    await world.cast('ana', 'Approve', request);
    await world.untilHas(target, { PASSWORD: 'less specific' });
  });
});

describe('THREATS 6: the levels above', () => {
  it('what they take away leaves at once; what they give back is asked for', async () => {
    const name = 'withdrawn';
    const { target } = await world.released(name, BY_ANA, naming(name, 'TOKEN'));
    await world.untilHas(target, { PASSWORD: 'value of withdrawn', TOKEN: 'of the repository' });
    await repository({}, { name: 'UNRELATED' });
    await world.untilHas(target, { PASSWORD: 'value of withdrawn' });
    await world.cluster.untilReady(PROD, name, 'False', 'NotAvailable');
    await world.untilStates(name, 'Superseded', 'Released');
    await repository();
    const request = await world.untilRequest(name);
    expect(request.spec.secrets).toMatchObject([{ change: 'Unchanged' }, { name: 'TOKEN', change: 'Added' }]);
    await pause(IDLE_MS);
    await world.untilHas(target, { PASSWORD: 'value of withdrawn' });
    await world.cast('ana', 'Approve', request);
    await world.untilHas(target, { PASSWORD: 'value of withdrawn', TOKEN: 'of the repository' });
  });

  it('another key there is a change: the old one goes on until it is approved', async () => {
    const name = 'moved-above';
    await repository();
    const { target } = await world.released(name, BY_ANA, naming(name, 'TOKEN'));
    await world.untilHas(target, { PASSWORD: 'value of moved-above', TOKEN: 'of the repository' });
    await world.cluster.have(secretThing(TEAM, 'other-source', { TOKEN: 'of another key' }));
    await repository({}, { from: { key: 'other-source', property: 'TOKEN' } });
    const request = await world.untilRequest(name);
    expect(request.spec.secrets).toMatchObject([
      { change: 'Unchanged' },
      { name: 'TOKEN', change: 'Changed' },
    ]);
    await pause(IDLE_MS);
    await world.untilHas(target, { PASSWORD: 'value of moved-above', TOKEN: 'of the repository' });
    await world.cast('ana', 'Approve', request);
    await world.untilHas(target, { PASSWORD: 'value of moved-above', TOKEN: 'of another key' });
    await repository();
  });

  it('a lock there overrules nothing here without a vote', async () => {
    const { name, target } = await world.released('locked');
    await repository({ locked: true });
    const request = await world.untilRequest(name);
    expect(request.spec.secrets).toMatchObject([
      { name: 'PASSWORD', change: 'Changed', level: 'Repository', locked: true },
    ]);
    await pause(IDLE_MS);
    await world.untilHas(target, { PASSWORD: 'value of locked' });
    await world.cast('ana', 'Approve', request);
    await world.untilHas(target, { PASSWORD: 'less specific' });
  });

  it('an entry that a lock overrules follows its source until somebody approves', async () => {
    await repository();
    const { name, target } = await world.released('locked-follows');
    await repository({ locked: true });
    await world.untilRequest(name);
    await pause(IDLE_MS);
    await world.cluster.have(secretThing(PROD, 'locked-follows-source', { PASSWORD: 'rotated meanwhile' }));
    await world.untilHas(target, { PASSWORD: 'rotated meanwhile' });
  });

  it('a lock that is taken back asks nobody: what was released is wanted again', async () => {
    await repository();
    const { name, target } = await world.released('unlocked');
    await repository({ locked: true });
    await world.untilRequest(name);
    await repository();
    await world.untilStates(name, 'Released', 'Superseded');
    await world.untilHas(target, { PASSWORD: 'value of unlocked' });
    await world.cluster.untilReady(PROD, name, 'True', 'Materialized');
  });
});
