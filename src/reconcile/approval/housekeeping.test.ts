import { beforeEach, describe, expect, it } from 'vitest';
import { LEDGERS, REQUESTS, REVIEWS, SCOPES } from '../../watch/resources.ts';
import { OPERATOR_NAMESPACE, ProtectedOperator, SCOPE } from './approval-fixture.ts';
import { apiError } from './memory-api.fixture.ts';

const OLD = 121;

let operator: ProtectedOperator;
beforeEach(async () => {
  operator = await ProtectedOperator.released();
});

/** A request of the scope that no ledger knows. */
const stray = (name = 'web-prod-app-9', scopeUid = 'uid-web-prod') =>
  operator.api.put(REQUESTS, {
    metadata: { name, namespace: 'prod' },
    spec: { ...operator.request.spec, scopeRef: { name: 'web-prod', uid: scopeUid } },
  });
const names = (type: typeof REQUESTS) => operator.api.all(type).map(({ metadata: { name } }) => name);
const later = async () => {
  await operator.pass(OLD);
  await operator.settle();
};

describe('a request', () => {
  it('that no ledger knows is cleared away once it is old', async () => {
    stray();
    await operator.settle();
    expect(names(REQUESTS)).toEqual(['web-prod-app-1', 'web-prod-app-9']);
    await later();
    expect(names(REQUESTS)).toEqual(['web-prod-app-1']);
  });

  it('that the ledger knows stays, however old it is', async () => {
    await operator.pass(90 * 24 * 3_600);
    await operator.settle();
    expect(names(REQUESTS)).toEqual(['web-prod-app-1']);
  });

  it('of a scope that had this name is left to its owner', async () => {
    stray('web-prod-app-9', 'uid-before');
    await later();
    expect(names(REQUESTS)).toContain('web-prod-app-9');
  });

  it('that was made again meanwhile is not the one that is cleared away', async () => {
    const { metadata, spec } = stray();
    await operator.pass(OLD);
    operator.api.before.set('delete secretrequests', () => {
      operator.api.remove(REQUESTS, 'prod/web-prod-app-9');
      operator.api.put(REQUESTS, { metadata: { name: metadata.name, namespace: 'prod' }, spec });
      operator.api.before.clear();
    });
    await operator.reconcile();
    expect(names(REQUESTS)).toContain('web-prod-app-9');
  });

  it('that is gone already is none to be cleared away', async () => {
    stray();
    await operator.pass(OLD);
    operator.api.before.set('delete secretrequests', () => {
      throw apiError('notFound', REQUESTS);
    });
    expect(await operator.reconcile()).toEqual({ kind: 'done' });
  });

  it('after another is cleared away twenty at a time', async () => {
    for (let at = 0; at < 25; at++) stray(`web-prod-app-${100 + at}`);
    await operator.pass(OLD);
    await operator.reconcile();
    expect(operator.api.writes.filter((call) => call.startsWith('delete'))).toHaveLength(20);
    await operator.reconcile();
    expect(names(REQUESTS)).toEqual(['web-prod-app-1']);
  });
});

describe('a vote', () => {
  it('stays as long as its request does', async () => {
    await later();
    expect(names(REVIEWS)).toEqual(['vote-1']);
  });

  it('whose request is gone is cleared away once it is old', async () => {
    const request = stray();
    operator.cast('Approve', 'ana', { request });
    operator.api.remove(REQUESTS, 'prod/web-prod-app-9');
    await operator.settle();
    expect(names(REVIEWS)).toEqual(['vote-1', 'vote-2']);
    await later();
    expect(names(REVIEWS)).toEqual(['vote-1']);
  });

  it('whose request is gone stays where the ledger still knows that request', async () => {
    operator.api.remove(REQUESTS, 'prod/web-prod-app-1');
    operator.edit({ protection: undefined });
    await later();
    expect(names(REVIEWS)).toEqual(['vote-1']);
  });

  it('on another scope is none of ours', async () => {
    operator.cast('Approve', 'ana', {
      change: { scopeRef: { name: 'web', uid: 'uid-web' }, requestRef: { name: 'web-x-1', uid: 'uid-gone' } },
    });
    await later();
    expect(names(REVIEWS)).toContain('vote-2');
  });
});

describe('a ledger', () => {
  const ledgerOf = (uid: string, name = 'web-prod') =>
    operator.api.put(LEDGERS, {
      metadata: { name: uid, namespace: OPERATOR_NAMESPACE },
      spec: { scope: { name, namespace: 'prod', uid } },
    });

  it('of a scope that is gone is cleared away', async () => {
    operator.api.remove(SCOPES, SCOPE);
    await operator.reconcile();
    expect(names(LEDGERS)).toEqual([]);
  });

  it('of a scope that was made again is kept, and that of the one before is not', async () => {
    ledgerOf('uid-before');
    operator.look().watching = false;
    operator.small.world.scopes.delete(SCOPE);
    await operator.reconcile();
    expect(names(LEDGERS)).toEqual(['uid-web-prod']);
  });

  it('of another scope is none of ours', async () => {
    ledgerOf('uid-other', 'other');
    operator.api.remove(SCOPES, SCOPE);
    await operator.reconcile();
    expect(names(LEDGERS)).toEqual(['uid-other']);
  });

  it('is kept while nobody can tell whether its scope is gone', async () => {
    operator.api.remove(SCOPES, SCOPE);
    operator.api.before.set('look secretscopes', () => {
      throw apiError('timeout', SCOPES);
    });
    await expect(operator.reconcile()).rejects.toThrow('timeout');
    expect(names(LEDGERS)).toEqual(['uid-web-prod']);
  });
});
