/** A reviewer takes a release back: nothing may be in the way of that. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { READER, scopeThing, secretThing } from '../scenarios-support/operated-cluster.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  TEAM,
} from '../scenarios-support/protected-world.ts';

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('approval-life-revoke');
}, 120_000);

afterAll(() => world?.stop());

const BY_ANA = reviewedBy('ana');
const IDLE_MS = 2_000;
const secretOf = (name: string) => world.cluster.secret(PROD, `${name}-target`);
const revoke = async (name: string) =>
  world.cast('ana', 'Revoke', await world.untilRequest(name, 'Released'));
const password = (name: string) => ({
  name: 'PASSWORD',
  from: { key: `${name}-source`, property: 'PASSWORD' },
});

describe('API-REVIEW 7: onRevoke', () => {
  it('Retain keeps the Secret as it was, and its source is not followed', async () => {
    const { name, source } = await world.released('kept', { ...BY_ANA, onRevoke: 'Retain' });
    await revoke(name);
    await world.untilRequest(name, 'Revoked');
    await world.cluster.untilReady(PROD, name, 'False', 'Revoked');
    const reads = (await world.readsOf(source)).length;
    await world.cluster.have(secretThing(PROD, source, { PASSWORD: 'rotated' }));
    await pause(IDLE_MS);
    expect((await secretOf(name))?.data).toEqual({ PASSWORD: 'value of kept' });
    expect(await world.readsOf(source)).toHaveLength(reads);
  });

  it('as it is at that moment: what was retained is not deleted by a change afterwards', async () => {
    const name = 'kept';
    await world.change(name, { ...BY_ANA, onRevoke: 'Delete' });
    await world.untilLookedAt(name);
    await pause(IDLE_MS);
    expect((await secretOf(name))?.data).toEqual({ PASSWORD: 'value of kept' });
  });

  it('THREATS 6: a name that is taken out of what was retained leaves at once', async () => {
    const name = 'kept-less';
    const protection = { ...BY_ANA, onRevoke: 'Retain' };
    const more = await world.source('EXTRA', 'kept-less-more', 'extra');
    await world.released(name, protection, { secrets: [password(name), more] });
    await revoke(name);
    await world.untilRequest(name, 'Revoked');
    await world.change(name, protection, { secrets: [password(name)] });
    await world.untilHas(`${name}-target`, { PASSWORD: 'value of kept-less' });
  });
});

describe('THREATS 10: what is in the way of everything else is not in the way of a revocation', () => {
  it('suspend', async () => {
    const { name, target } = await world.released('suspended');
    await world.change(name, BY_ANA, { suspend: true });
    await world.untilLookedAt(name);
    await revoke(name);
    await world.untilGone(target);
    await world.cluster.untilReady(PROD, name, 'False', 'Revoked');
  });

  it('a scope that is refused as a whole', async () => {
    const { name, target } = await world.released('refused');
    await world.change(name, BY_ANA, { discover: [{ prefix: 'refused/' }] });
    await world.cluster.untilReady(PROD, name, 'False', 'SpecInvalid');
    expect((await secretOf(name))?.data).toEqual({ PASSWORD: 'value of refused' });
    await revoke(name);
    await world.untilGone(target);
  });

  it('a target that contradicts itself', async () => {
    const { name, target } = await world.released('contradicts');
    const more = await world.source('EXTRA', 'contradicts-more', 'extra');
    await world.change(name, BY_ANA, {
      secrets: [password(name), more],
      targets: [{ secretName: target, includeAll: true, keys: { EXTRA: 'PASSWORD' } }],
    });
    await world.cluster.untilReady(PROD, name, 'False', 'KeyCollision');
    expect((await secretOf(name))?.data).toEqual({ PASSWORD: 'value of contradicts' });
    await revoke(name);
    await world.untilGone(target);
  });

  it('another change that waits', async () => {
    const { name, target } = await world.released('changing');
    const released = await world.untilRequest(name, 'Released');
    const more = await world.source('EXTRA', 'changing-more', 'extra');
    await world.change(name, BY_ANA, { secrets: [password(name), more] });
    const waiting = await world.untilRequest(name);
    await world.cast('ana', 'Revoke', released);
    await world.untilGone(target);
    // the plan that waits was not revoked, and may be approved
    await world.cast('ana', 'Approve', waiting);
    await world.untilHas(target, { PASSWORD: 'value of changing', EXTRA: 'extra' });
  });

  it('a level above that is gone', async () => {
    await world.cluster.have(
      scopeThing('passing', TEAM, {
        level: 'Repository',
        children: [
          {
            namespaces: { matchLabels: { 'kubernetes.io/metadata.name': PROD } },
            visibility: 'Private',
            trusted: true,
          },
        ],
      }),
    );
    const parentRef = { namespace: TEAM, name: 'passing' };
    const { name, target } = await world.released('orphaned', BY_ANA, { parentRef });
    await world.cluster.gone(scopeThing('passing', TEAM, {}));
    await world.cluster.untilReady(PROD, name, 'False');
    expect((await secretOf(name))?.data).toEqual({ PASSWORD: 'value of orphaned' });
    await revoke(name);
    await world.untilGone(target);
  });

  it('a backend that may not read any more', async () => {
    const { name, target } = await world.released('broken');
    const rights = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' };
    await world.cluster.gone({ ...rights, metadata: { name: READER, namespace: PROD } });
    await world.cluster.have(secretThing(PROD, 'broken-source', { PASSWORD: 'rotated' }));
    await pause(IDLE_MS);
    expect((await secretOf(name))?.data).toEqual({ PASSWORD: 'value of broken' });
    await revoke(name);
    await world.untilGone(target);
    await world.cluster.have({
      ...rights,
      metadata: { name: READER, namespace: PROD },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: READER },
      subjects: [{ kind: 'ServiceAccount', name: READER, namespace: PROD }],
    });
  });
});

describe('API-REVIEW 11, THREATS 19: after a revocation', () => {
  it('nothing is asked by itself, by suspend and back, or by another field', async () => {
    const { name } = await world.released('again');
    await revoke(name);
    await world.untilGone('again-target');
    await world.change(name, BY_ANA, { suspend: true });
    await world.untilLookedAt(name);
    await world.change(name, { ...BY_ANA, pendingTTL: '1h' });
    await world.untilLookedAt(name);
    await pause(IDLE_MS);
    expect(await world.states(name)).toEqual(['Revoked']);
    expect(await secretOf(name)).toBeUndefined();
  });

  it('the annotation asks once more; the old approval does not count; a new one delivers', async () => {
    const name = 'again';
    await world.askAgain(name, 'rotated, may go on');
    await world.untilStates(name, 'Revoked', 'Waiting');
    await pause(IDLE_MS);
    expect(await secretOf(name)).toBeUndefined();
    await world.cast('ana', 'Approve', await world.untilRequest(name));
    await world.untilSecret('again-target', 'value of again');
    await world.cluster.untilReady(PROD, name, 'True', 'Materialized');
  });

  it('deleting the Secret by hand is no revocation: it comes back', async () => {
    await world.cluster.gone(secretThing(PROD, 'again-target'));
    await world.untilSecret('again-target', 'value of again');
  });

  it('GX3: a Reject that lands after the release is a revocation', async () => {
    const { name, target } = await world.released('late', reviewedBy('ana', 'bob'));
    await world.cast('bob', 'Reject', await world.untilRequest(name, 'Released'));
    await world.untilGone(target);
    await world.untilRequest(name, 'Revoked');
  });
});
