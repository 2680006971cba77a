import { beforeEach, describe, expect, it } from 'vitest';
import { BACKENDS, NAMESPACES, REQUESTS, REVIEWS, SCOPES } from '../../watch/resources.ts';
import { entry, ProtectedOperator, user } from './approval-fixture.ts';

let operator: ProtectedOperator;
beforeEach(async () => {
  operator = new ProtectedOperator();
  await operator.settle();
  operator.cast('Approve', 'ana');
  operator.look();
});

const unseen = () => {
  operator.watching = false;
};
const going = (type: typeof SCOPES, name: string, namespace?: string) => () =>
  operator.api.put(type, {
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      deletionTimestamp: '2026-01-01T00:00:00Z',
    },
  });
const again = (type: typeof SCOPES, place: string) => () => {
  const old = operator.api.at(type, place);
  if (!old) throw new Error(`${place} is not there`);
  operator.api.put(type, { ...old, metadata: { ...old.metadata, uid: 'uid-made-again' } });
};
const edited = (type: typeof SCOPES, place: string, change: object) => () => {
  const old = operator.api.at(type, place);
  if (!old) throw new Error(`${place} is not there`);
  const { name, namespace } = old.metadata;
  operator.api.put(type, {
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { ...old.spec, ...change },
  });
};
const OTHER_PLAN = 'v1:sha256:'.padEnd(74, '0');

/** Everything that a release rests on, moved by itself. */
const MOVES: readonly (readonly [string, () => unknown])[] = [
  ['the scope was edited', () => operator.edit({ secrets: [entry('A', 'other')] })],
  ['its protection was tightened', () => operator.edit({ protection: { requiredReviewers: [user('ben')] } })],
  ['the scope was made again', again(SCOPES, 'prod/web-prod')],
  ['the scope is being deleted', going(SCOPES, 'web-prod', 'prod')],
  ['a level above was edited', edited(SCOPES, 'team/web', { secrets: [entry('B')] })],
  ['a level above was made again', again(SCOPES, 'team/web')],
  ['a level above is gone', () => operator.api.remove(SCOPES, 'team/web')],
  ['its namespace has another label', () => operator.namespace('prod', { tier: 'low' })],
  ['its namespace is being deleted', going(NAMESPACES, 'prod')],
  ['the namespace of a level above has another label', () => operator.namespace('team', { tier: 'low' })],
  [
    'its backend was edited',
    edited(BACKENDS, 'prod/vault', { kubernetes: { auth: { serviceAccountRef: { name: 'x' } } } }),
  ],
  ['its backend was made again', again(BACKENDS, 'prod/vault')],
  ['its backend is gone', () => operator.api.remove(BACKENDS, 'prod/vault')],
  [
    'a backend above was edited',
    edited(BACKENDS, 'team/vault', { kubernetes: { auth: { serviceAccountRef: { name: 'x' } } } }),
  ],
  ['somebody else voted', () => operator.cast('Reject', 'ben')],
  ['a vote is gone', () => operator.api.remove(REVIEWS, 'prod/vote-1')],
  ['a vote is being deleted', going(REVIEWS, 'vote-1', 'prod')],
  ['the request is gone', () => operator.api.remove(REQUESTS, 'prod/web-prod-app-1')],
  ['the request is being deleted', going(REQUESTS, 'web-prod-app-1', 'prod')],
  ['the request was made again', again(REQUESTS, 'prod/web-prod-app-1')],
  ['the request is about another plan', edited(REQUESTS, 'prod/web-prod-app-1', { pin: 'Version' })],
];

describe('just before a release', () => {
  it.each(MOVES)('if %s and the watch has not shown it, nothing is released', async (_, move) => {
    unseen();
    move();
    const result = await operator.reconcile();
    expect([result, operator.isThere, operator.states, operator.api.writes]).toEqual([
      { kind: 'retry' },
      false,
      ['web-prod-app-1 Waiting'],
      [],
    ]);
  });

  it('if only the lines say the same, the digest that votes name is not looked at', async () => {
    unseen();
    edited(REQUESTS, 'prod/web-prod-app-1', { subject: OTHER_PLAN })();
    await operator.reconcile();
    expect(operator.states).toEqual(['web-prod-app-1 Released']);
  });

  it('if nothing moved, it is released', async () => {
    unseen();
    await operator.reconcile();
    expect([operator.data, operator.states]).toEqual([{ A: 'one' }, ['web-prod-app-1 Released']]);
  });

  it('if something else moved, it is released: a status, an annotation, a vote on another request', async () => {
    unseen();
    operator.api.put(SCOPES, {
      metadata: { name: 'web-prod', namespace: 'prod', annotations: { a: 'b' } },
      status: { x: 1 },
    });
    operator.cast('Reject', 'ben', { change: { requestRef: { name: 'other-1', uid: 'uid-other' } } });
    await operator.reconcile();
    expect(operator.states).toEqual(['web-prod-app-1 Released']);
  });

  it('reads the votes to the last page', async () => {
    operator.api.pageSize = 1;
    operator.cast('Approve', 'ben');
    operator.look();
    unseen();
    operator.cast('Reject', 'carl');
    await operator.reconcile();
    expect(operator.states).toEqual(['web-prod-app-1 Waiting']);
    expect(operator.api.reads.filter((call) => call.startsWith('list'))).toHaveLength(3);
  });

  it('if the release before was lost, its votes hinder nobody: nothing is taken over from it', async () => {
    await operator.reconcile();
    operator.api.remove(REQUESTS, 'prod/web-prod-app-1');
    operator.edit({ secrets: [entry('A', 'other')] });
    await operator.pass(60);
    await operator.settle();
    operator.cast('Approve', 'ana');
    operator.look();
    await operator.reconcile();
    expect(operator.states.at(-1)).toBe('web-prod-app-2 Released');
  });

  it('if the API server does not answer, nothing is released, and it is tried again', async () => {
    const { apiError } = await import('./memory-api.fixture.ts');
    operator.api.before.set('get secretrequests', () => {
      throw apiError('timeout', REQUESTS);
    });
    await expect(operator.reconcile()).rejects.toThrow('timeout');
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-1 Waiting']]);
  });

  it('if somebody writes the status of the request in between, nothing is released', async () => {
    operator.api.before.set('status secretrequests', () => {
      operator.api.put(REQUESTS, { metadata: { name: 'web-prod-app-1', namespace: 'prod' }, status: {} });
    });
    await operator.reconcile();
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-1 Waiting']]);
  });

  it('if the request goes between the look and the write, nothing is released', async () => {
    operator.api.before.set('status secretrequests', () =>
      operator.api.remove(REQUESTS, 'prod/web-prod-app-1'),
    );
    await operator.reconcile();
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-1 Waiting']]);
  });

  it('if another leader wrote the ledger meanwhile, its decision holds', async () => {
    operator.api.before.set('replace scopeledgers', () => {
      operator.api.before.clear();
      const { metadata, spec } = operator.api.all({ plural: 'scopeledgers' } as typeof SCOPES)[0] ?? {};
      const { name = '', namespace = '' } = metadata ?? {};
      operator.api.put({ plural: 'scopeledgers', kind: 'ScopeLedger' } as typeof SCOPES, {
        metadata: { name, namespace },
        spec: { ...spec, authors: ['eve'] },
      });
    });
    const result = await operator.reconcile();
    expect([result, operator.isThere, operator.ledger.authors]).toEqual([{ kind: 'retry' }, false, ['eve']]);
  });
});

describe('if the watch shows a move while it is being decided', () => {
  it.each(
    MOVES.filter(([what]) =>
      /^(the scope was|its protection|a level above was|its backend was|a backend above|its namespace has|the namespace of)/.test(
        what,
      ),
    ),
  )('%s, and nothing is released on what was known before', async (_, move) => {
    unseen();
    operator.api.before.set('review ana', () => {
      operator.api.before.clear();
      move();
      operator.look();
    });
    await operator.reconcile();
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-1 Waiting']]);
  });
});
