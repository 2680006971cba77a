import { beforeEach, describe, expect, it } from 'vitest';
import type { Discovery } from '../model/facts.ts';
import { OWN, SHARED, under } from '../watch/world-fixture.ts';
import { withDiscoveries } from './discover.ts';
import { knownFacts } from './known-facts.ts';
import { SmallOperator } from './reconcile-fixture.ts';

const listed = (...keys: string[]): Discovery => ({ kind: 'listed', keys, truncated: false });
const prefixes = (...names: string[]) => ({ discover: names.map((prefix) => ({ prefix })) });

let operator: SmallOperator;
beforeEach(() => {
  operator = new SmallOperator();
  operator.world
    .clusterBackend('shared', { grants: [{ namespaces: {}, keys: [{ prefix: 'open.' }] }] })
    .backend('team/vault')
    .scope('acme/acme', { level: 'Organization', ...SHARED, ...prefixes('open.', 'closed.') })
    .scope('team/web', { ...under('acme/acme'), ...OWN, ...prefixes('own.') });
  operator.sources.listings
    .set('open.', listed('open.a'))
    .set('closed.', listed('closed.canary'))
    .set('own.', listed('own.b'));
});

async function discoveries() {
  const view = operator.world.scopes.get('team/web') ?? expect.fail();
  const known = knownFacts(operator.world, view) ?? expect.fail();
  const facts = await withDiscoveries(known, operator.deps, new AbortController().signal);
  const above = facts.parent.kind === 'found' ? facts.parent.scope.discovered : new Map<string, Discovery>();
  return { own: facts.scope.discovered, above, known, facts };
}

describe('what the prefixes of a scope and of the levels above yield', () => {
  it('is listed with the backend of each level', async () => {
    const { own, above } = await discoveries();
    expect(own).toEqual(new Map([['own.', listed('own.b')]]));
    expect(above.get('open.')).toEqual(listed('open.a'));
  });

  it('THREATS 17: holds no key that the backend does not grant: nobody learns that it exists', async () => {
    const { above } = await discoveries();
    expect(above.get('closed.')).toEqual(listed());
    expect(operator.sources.asked).toHaveLength(2);
    const protectedBy = { namespace: 'prod', name: 'web-prod' };
    operator.world.clusterBackend('shared', {
      grants: [{ namespaces: {}, keys: [{ prefix: 'open.' }], protectedBy }],
    });
    expect((await discoveries()).above.get('open.')).toEqual(listed());
  });

  it('THREATS 19: is unknown, never empty, while it cannot be listed', async () => {
    operator.sources.listings.delete('own.');
    expect((await discoveries()).own.get('own.')).toEqual({ kind: 'unknown' });
  });

  it('DESIGN 4.6: is unknown, never empty, where it was found once, is delivered, and nothing is listed any more', async () => {
    operator.world.scope('team/web', {
      ...OWN,
      ...prefixes('own.', 'never.'),
      targets: [{ secretName: 'app', include: ['OWN_B'] }],
    });
    operator.sources.held.set('own.b', 'value');
    operator.sources.listings.set('never.', listed());
    await operator.reconcile('team/web');
    expect((await discoveries()).own.get('never.')).toEqual(listed());
    operator.sources.listings.set('own.', listed());
    expect((await discoveries()).own.get('own.')).toMatchObject({
      kind: 'unknown',
      why: { reason: 'DiscoveryEmpty' },
    });
    await operator.reconcile('team/web');
    expect(operator.ready('team/web')).toBe('False DiscoveryEmpty');
    expect(operator.data('team/app')).toEqual({ OWN_B: 'value' });
    // another prefix that lists something is taken at its word
    operator.sources.listings.set('own.', listed('own.other')).set('never.', listed('never.a'));
    await operator.reconcile('team/web');
    expect(operator.data('team/app')).toEqual({});
  });

  it('costs nothing where there are no prefixes, or no backend to list', async () => {
    operator.world.scope('acme/acme', { level: 'Organization', ...SHARED });
    operator.world.backends.delete('team/vault');
    const { own } = await discoveries();
    expect([own.size, operator.sources.asked]).toEqual([0, []]);
  });
});
