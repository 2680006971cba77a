/** What somebody may try who may make, change and delete claims, and what goes wrong at the worst moment. */
import { describe, expect, it } from 'vitest';
import { NAMESPACES, SCOPES } from '../../watch/resources.ts';
import { entry, SCOPE } from '../approval/approval-fixture.ts';
import { Killed } from '../approval/memory-api.fixture.ts';
import { CLAIM, ClaimOperator, PROTECTED } from './claim-fixture.ts';

describe('a claim that is deleted and made again', () => {
  it('does not keep under protection what the one before was released', async () => {
    const op = await new ClaimOperator(PROTECTED).claim({ ttl: '1h' }).approved();
    expect(op.held()).toEqual({ A: 'one' });
    await op.pass(60);
    await op.unclaim().claim({ ttl: '1h' }).settle();
    expect(op.told()).toBe('AwaitingApproval AwaitingApproval');
    expect(op.held()).toBeUndefined();
  });

  it('leaves nothing behind under another secretName', async () => {
    const op = await new ClaimOperator().claim().settle();
    await op.unclaim().claim({ secretName: 'other' }).settle();
    expect(op.held('ci/other')).toEqual({ A: 'one' });
    expect(op.held()).toBeUndefined();
  });

  it('takes its Secret up again where nobody guards the scope', async () => {
    const op = await new ClaimOperator().claim().settle();
    await op
      .unclaim()
      .claim({ include: ['A', 'B'] })
      .settle();
    expect(op.held()).toEqual({ A: 'one', B: 'two' });
    expect(op.told()).toBe('Delivered Materialized');
  });

  it('as a Snapshot makes a Secret of its own, immutable and owned', async () => {
    const op = await new ClaimOperator().claim().settle();
    await op.unclaim().claim({ mode: 'Snapshot' }).settle();
    expect(op.small.secrets.stored.get(CLAIM)).toMatchObject({
      immutable: true,
      metadata: { ownerReferences: [{ kind: 'SecretClaim', uid: op.stored()?.metadata.uid }] },
    });
  });
});

describe('a claim that is being deleted, and that a finalizer keeps', () => {
  it('holds nothing', async () => {
    const op = await new ClaimOperator().claim().settle();
    op.claim({}, CLAIM, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/y'] } as object);
    await op.settle();
    expect(op.held()).toBeUndefined();
  });
  it('keeps its Secret while the kind or the namespace goes', async () => {
    const op = await new ClaimOperator().claim().settle();
    op.claim({}, CLAIM, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/y'] } as object);
    op.api.put(NAMESPACES, { metadata: { name: 'ci', deletionTimestamp: '2026-01-01T00:00:00Z' } as never });
    await op.settle();
    expect(op.held()).toEqual({ A: 'one' });
    expect(op.result).toMatchObject({ kind: 'requeueAfter' });
  });
  it('asks for nothing any more', async () => {
    const op = await new ClaimOperator(PROTECTED).claim().settle();
    op.claim({}, CLAIM, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/y'] } as object);
    await op.settle();
    expect(op.states).toEqual(['web-prod-job-1 Superseded']);
  });
});

describe('a scope that is edited while its claim is looked at', () => {
  it('is not released on what it said before', async () => {
    const op = await new ClaimOperator(PROTECTED).claim().settle();
    op.cast('Approve', 'ana');
    op.look();
    op.watching = false;
    // the watch shows the edit after the facts were taken, and before the last look
    op.api.before.set('review ana', () => {
      op.api.before.clear();
      op.edit({ consumers: [] });
      op.look();
    });
    await op.lookAt();
    expect(op.held()).toBeUndefined();
    expect(op.states).toEqual(['web-prod-job-1 Waiting']);
  });

  it('nor while it is looked at what it holds', async () => {
    const op = await new ClaimOperator(PROTECTED).claim().settle();
    op.cast('Approve', 'ana');
    op.look();
    op.watching = false;
    const { targets } = op.deps;
    const by: typeof targets.by = (...key) => {
      op.edit({ consumers: [] }).look();
      return targets.by(...key);
    };
    op.deps = { ...op.deps, targets: { ...targets, by } };
    await op.lookAt();
    expect(op.states).toEqual(['web-prod-job-1 Waiting']);
  });
});

describe('a claim that is edited while it is released', () => {
  it('is not released as it was', async () => {
    const op = await new ClaimOperator(PROTECTED).claim().settle();
    op.cast('Approve', 'ana');
    op.look();
    op.watching = false;
    op.api.before.set('review ana', () => {
      op.api.before.clear();
      op.claim({ include: ['B'] });
    });
    await op.lookAt();
    expect(op.states).toEqual(['web-prod-job-1 Waiting']);
  });
});

describe('a claim whose scope no longer admits it', () => {
  it('loses its Secret, and what it asked for is closed', async () => {
    const op = await new ClaimOperator(PROTECTED).claim().settle();
    op.labelled('ci', { team: 'none' });
    await op.settle();
    expect(op.told()).toBe('Waiting NotAvailable');
    expect(op.states).toEqual(['web-prod-job-1 Superseded']);
  });
});

describe('votes on the request of a claim', () => {
  it('are not told to change nothing by a scope that looks first', async () => {
    const op = await new ClaimOperator(PROTECTED).claim().approved();
    const vote = op.cast('Revoke', 'ben');
    await op.reconcile(SCOPE);
    expect(op.api.writes.join()).not.toContain(vote.metadata.name);
    await op.settle();
    expect(op.told()).toBe('Waiting Revoked');
    expect(op.held()).toBeUndefined();
  });
});

describe('a Snapshot whose own scope loses a version after the release', () => {
  it('ends as VersionGone, for its own namespace too', async () => {
    const op = new ClaimOperator(PROTECTED).claim({ mode: 'Snapshot' }, 'prod/job');
    await op.settle(['prod/job']);
    op.small.sources.held.delete('a');
    op.cast('Approve', 'ana');
    await op.settle(['prod/job']);
    expect(op.told('prod/job')).toBe('Ended VersionGone');
  });
});

describe('a Snapshot that the watch shows no more', () => {
  it('is not looked at for ever once its label is gone', async () => {
    const op = await new ClaimOperator().claim({ mode: 'Snapshot' }).settle();
    const secret = op.small.secrets.stored.get(CLAIM);
    if (!secret) throw new Error('none');
    op.small.secrets.put({ ...secret, metadata: { ...secret.metadata, labels: {} } });
    await op.settle();
    expect(op.told()).toBe('Ended SnapshotStale');
  });
  it('says that its namespace is not enrolled any more', async () => {
    const op = await new ClaimOperator().claim({ mode: 'Snapshot' }).settle();
    op.small.secrets.stored.delete(CLAIM);
    op.small.enrolments.set('ci', 'notEnrolled');
    await op.settle();
    expect(op.told()).toBe('Waiting NamespaceNotEnrolled');
  });
});

describe('a ttl', () => {
  it('holds for what was delivered before the scope was guarded', async () => {
    const op = await new ClaimOperator().claim({ ttl: '10m' }).settle();
    await op.protect().settle();
    expect(op.held()).toEqual({ A: 'one' });
    await op.pass(700);
    await op.settle();
    expect(op.told()).toBe('Expired Expired');
    expect(op.held()).toBeUndefined();
  });
  it('holds although the scope is gone or cannot be used', async () => {
    const op = await new ClaimOperator().claim({ ttl: '10m' }).settle();
    op.api.remove(SCOPES, SCOPE);
    await op.lookAt();
    await op.lookAt();
    expect(op.claimStatus().expires).toBeDefined();
    await op.pass(700);
    await op.lookAt();
    expect(op.held()).toBeUndefined();
  });
});

describe('a ttl that was made longer while the scope cannot be used', () => {
  it('is not the old one', async () => {
    const op = await new ClaimOperator().claim({ ttl: '10m' }).settle();
    op.api.remove(SCOPES, SCOPE);
    await op.claim({ ttl: '2h' }).lookAt();
    await op.pass(700);
    await op.lookAt();
    expect(op.held()).toEqual({ A: 'one' });
  });
});

describe('a request that the watch does not show yet', () => {
  it('still says what a Snapshot is of', async () => {
    const op = await new ClaimOperator(PROTECTED)
      .editRepository({ secrets: [entry('R', 'other')], consumers: [{ namespaces: {} }] })
      .claim({ mode: 'Snapshot', include: ['R'] })
      .settle();
    op.small.source('other', 'rotated');
    await op.pass(10);
    op.look();
    op.small.world.requests.delete('prod/web-prod-job-1');
    op.watching = false;
    await op.lookAt();
    expect(op.states).toEqual(['web-prod-job-1 Waiting']);
  });
});

describe('a parent that is not known', () => {
  it('lets nothing new through to a namespace that it may distrust', async () => {
    const op = new ClaimOperator();
    op.editRepository({ children: [{ namespaces: {}, visibility: 'Private' }] });
    const repository = op.api.at(SCOPES, 'team/web');
    op.api.put(SCOPES, {
      metadata: {
        ...repository?.metadata,
        name: 'web',
        namespace: 'team',
        deletionTimestamp: '2026-01-01T00:00:00Z',
      } as never,
    });
    await op.claim().settle();
    expect(op.held()).toBeUndefined();
  });
});

describe('a leader whose watch of claims is behind', () => {
  it('does not end what was released to a claim that it has not seen yet', async () => {
    const op = await new ClaimOperator(PROTECTED).claim().approved();
    op.restart().look();
    op.small.world.claims.delete(CLAIM);
    op.watching = false;
    await op.reconcile(SCOPE);
    expect(op.states).toEqual(['web-prod-job-1 Released']);
  });
});

describe('jobs that come and go', () => {
  it('do not make a claim ask again that was revoked', async () => {
    const op = await new ClaimOperator(PROTECTED).claim().approved();
    op.cast('Revoke', 'ben');
    await op.settle();
    for (let job = 0; job < 33; job++) {
      const place = `ci/run-${job}`;
      await op.claim({}, place).lookAt(place);
      op.unclaim(place);
      await op.reconcile(SCOPE);
    }
    await op.settle();
    expect(op.told()).toBe('Waiting Revoked');
  });
});

describe('an operator that is killed', () => {
  const endings = async (op: ClaimOperator) => ({
    told: (await op.settle()).told(),
    held: op.held(),
    states: op.states,
    shown: op.shown,
  });
  const kill = () => {
    throw new Killed('killed');
  };
  const writes = [
    'create secretrequests',
    'create scopeledgers',
    'replace scopeledgers',
    'status secretrequests',
    'status secretclaims',
  ];
  const moments = writes.flatMap((write) => [['before', write] as const, ['after', write] as const]);

  it.each(moments)('%s %s while it asks and releases ends in the same state', async (when, where) => {
    const op = new ClaimOperator(PROTECTED).claim({ mode: 'Snapshot' });
    const dies = async () => {
      op.api[when].set(where, kill);
      for (let round = 0; round < 3; round++) await op.lookAt().catch(() => undefined);
      op.restart();
    };
    await dies();
    await op.settle();
    expect(op.states).toEqual(['web-prod-job-1 Waiting']);
    op.cast('Approve', 'ana');
    await dies();
    expect(await endings(op)).toEqual({
      told: 'Delivered Materialized',
      held: { A: 'one' },
      states: ['web-prod-job-1 Released'],
      shown: ['web-prod-job-1 Released'],
    });
  });

  it.each(moments)('%s %s while a ttl ends, ends in the same state', async (when, where) => {
    const op = await new ClaimOperator(PROTECTED).claim({ ttl: '10m' }).approved();
    await op.pass(700);
    op.api[when].set(where, kill);
    await op.lookAt().catch(() => undefined);
    expect(await endings(op.restart())).toEqual({
      told: 'Expired Expired',
      held: undefined,
      states: ['web-prod-job-1 Expired'],
      shown: ['web-prod-job-1 Expired'],
    });
  });
});
