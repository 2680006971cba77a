import { describe, expect, it } from 'vitest';
import { BACKENDS, NAMESPACES, REQUESTS } from '../../watch/resources.ts';
import { entry, ProtectedOperator, user } from './approval-fixture.ts';
import { apiError } from './memory-api.fixture.ts';

const toShop = { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } };
const reviewers = { requiredReviewers: [user('ana'), user('ben')] };

/** Looks again and again, with time for whatever waits in between. */
async function later(operator: ProtectedOperator, looks = 4): Promise<ProtectedOperator> {
  for (let look = 0; look < looks; look++) {
    await operator.reconcile();
    await operator.pass(10);
  }
  return operator;
}

describe('a release that cannot go through, of one target', () => {
  const ending = async () => {
    const app = { secretName: 'app', include: ['A'] };
    const operator = await ProtectedOperator.released({
      secrets: [entry('A'), entry('B')],
      consumers: [{ namespaces: toShop }],
      targets: [app],
    });
    const { request } = operator.namespace('shop');
    operator.edit({ targets: [app, { secretName: 'two', include: ['B'], namespaces: toShop }] });
    await operator.settle();
    const shop = operator.api.at(NAMESPACES, 'shop');
    const terminating = { ...shop?.metadata, name: 'shop', deletionTimestamp: '2026-01-01T00:01:00Z' };
    return { operator, request, end: () => operator.api.put(NAMESPACES, { metadata: terminating }) };
  };

  it('since its namespace ends for ever and the watch never says so, keeps no revocation of another', async () => {
    const { operator, request, end } = await ending();
    operator.cast('Approve', 'ana');
    operator.cast('Revoke', 'ben', { request });
    operator.look().watching = false;
    end();
    await operator.reconcile();
    expect([operator.isThere, operator.states]).toEqual([
      false,
      ['web-prod-app-1 Revoked', 'web-prod-two-1 Waiting'],
    ]);
  });

  it('keeps no revocation whichever of the two comes first', async () => {
    const { operator, request, end } = await ending();
    const [app, two] = operator.scope.spec['targets'] as object[];
    operator.edit({ targets: [two, app] });
    operator.cast('Approve', 'ana');
    operator.cast('Revoke', 'ben', { request });
    operator.look().watching = false;
    end();
    await operator.reconcile();
    expect([operator.isThere, operator.states]).toEqual([
      false,
      ['web-prod-app-1 Revoked', 'web-prod-two-1 Waiting'],
    ]);
  });

  it('since its namespace is ending: nobody is asked for that one, and the others are delivered', async () => {
    const { operator, request, end } = await ending();
    end();
    operator.cast('Revoke', 'ben', { request });
    await operator.pass(10);
    await operator.settle();
    expect(operator.plan.namespaces?.map(({ name }) => name)).toEqual(['prod']);
    operator.cast('Approve', 'ana');
    await operator.settle();
    expect([operator.isThere, operator.small.data('prod/two'), operator.small.data('shop/two')]).toEqual([
      false,
      { B: 'two' },
      {},
    ]);
  });
});

describe('under pin: Version, a plan that only takes a line out', () => {
  it('is carried once, and asked for no more', async () => {
    const operator = new ProtectedOperator({
      secrets: [entry('A'), entry('B')],
      protection: { ...reviewers, pin: 'Version' },
    });
    operator.api.put(BACKENDS, {
      metadata: { name: 'vault', namespace: 'prod' },
      spec: { aws: { region: 'eu-west-1', auth: { secretRef: { name: 'keys' } } } },
    });
    await operator.settle();
    operator.cast('Approve', 'ana');
    await operator.settle();
    await operator.pass(60);
    expect(operator.data).toEqual({ A: 'one', B: 'two' });
    operator.edit({ secrets: [entry('A')] });
    await later(operator, 12);
    expect([operator.data, operator.states, operator.requests.length]).toEqual([
      { A: 'one' },
      ['web-prod-app-1 Superseded', 'web-prod-app-2 Released'],
      2,
    ]);
    expect(operator.ledger.requests?.[1]?.grant).toMatchObject({ by: 'carry', votes: [{ username: 'ana' }] });
    await operator.reconcile();
    expect(operator.done).toEqual([]);
  });
});

describe('a release that ends by its time', () => {
  it('ends no later for a line that was taken out meanwhile', async () => {
    const operator = await ProtectedOperator.released({
      secrets: [entry('A'), entry('B')],
      protection: { ...reviewers, grantTTL: '1h', onExpiry: 'Delete' },
    });
    const { expiresAt } = operator.ledger.requests?.[0]?.grant ?? {};
    await operator.pass(1_800);
    await operator.edit({ secrets: [entry('A')] }).settle();
    expect(operator.ledger.requests?.[1]?.grant).toMatchObject({ by: 'carry', expiresAt });
    await operator.pass(1_800);
    await operator.settle();
    expect([operator.isThere, operator.states]).toEqual([
      false,
      ['web-prod-app-1 Superseded', 'web-prod-app-2 Expired'],
    ]);
  });
});

describe('a request that the ledger names, and the watch does not show yet', () => {
  const REQUEST = 'prod/web-prod-app-1';
  const unseen = (operator: ProtectedOperator) => {
    operator.look().watching = false;
    operator.small.world.requests.delete(REQUEST);
  };

  it('while it waits is read live, and neither replaced nor made again', async () => {
    const operator = await new ProtectedOperator().settle();
    await operator.pass(10);
    unseen(operator);
    await operator.reconcile();
    expect([operator.states, operator.requests.length, operator.api.reads]).toEqual([
      ['web-prod-app-1 Waiting'],
      1,
      [`get secretrequests ${REQUEST}`],
    ]);
  });

  it('if it was approved is released', async () => {
    const operator = await new ProtectedOperator().settle();
    operator.cast('Approve', 'ana');
    unseen(operator);
    await operator.reconcile();
    expect([operator.data, operator.states]).toEqual([{ A: 'one' }, ['web-prod-app-1 Released']]);
  });

  it('if it was released goes on, and is not asked for again', async () => {
    const operator = await ProtectedOperator.released();
    unseen(operator);
    operator.small.source('a', 'rotated');
    await operator.reconcile();
    expect([operator.data, operator.states, operator.requests.length]).toEqual([
      { A: 'rotated' },
      ['web-prod-app-1 Released'],
      1,
    ]);
  });

  it.each<[string, (operator: ProtectedOperator) => unknown]>([
    ['is gone', ({ api }) => api.remove(REQUESTS, REQUEST)],
    [
      'is another one of its name',
      ({ api }) => {
        const { metadata, ...rest } = api.at(REQUESTS, REQUEST) ?? { metadata: { name: 'web-prod-app-1' } };
        api.remove(REQUESTS, REQUEST);
        api.put(REQUESTS, { ...rest, metadata: { name: metadata.name, namespace: 'prod' } });
      },
    ],
  ])(
    'and that %s while it waits: its plan is asked for anew, and no vote on it counts',
    async (_, happens) => {
      const operator = await new ProtectedOperator().settle();
      operator.cast('Approve', 'ana');
      await operator.pass(10);
      happens(operator);
      await operator.settle();
      expect([operator.isThere, operator.states]).toEqual([
        false,
        ['web-prod-app-1 Superseded', 'web-prod-app-2 Waiting'],
      ]);
    },
  );
});

describe('a target whose request the API server refuses as invalid', () => {
  const targets = [
    { secretName: 'huge', includeAll: true },
    { secretName: 'app', includeAll: true },
    { secretName: 'more', include: ['A'] },
  ];
  const refused = async () => {
    const operator = await ProtectedOperator.released();
    operator.api.before.set('create secretrequests prod/web-prod-huge', () => {
      throw apiError('invalid', REQUESTS);
    });
    return operator.edit({ targets });
  };

  it('keeps no other from following its source, and from being asked for', async () => {
    const operator = await refused();
    operator.small.source('a', 'rotated');
    await later(operator);
    expect([operator.data, operator.states, operator.small.secrets.stored.has('prod/huge')]).toEqual([
      { A: 'rotated' },
      ['web-prod-app-1 Released', 'web-prod-more-1 Waiting'],
      false,
    ]);
  });

  it('keeps no release and no revocation of another', async () => {
    const operator = await refused();
    const { request } = operator;
    await later(operator);
    operator.cast('Approve', 'ana');
    operator.cast('Revoke', 'ben', { request });
    await later(operator);
    expect([operator.isThere, operator.small.data('prod/more'), operator.states]).toEqual([
      false,
      { A: 'one' },
      ['web-prod-app-1 Revoked', 'web-prod-more-1 Released'],
    ]);
  });
});
