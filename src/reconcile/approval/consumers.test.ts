import { describe, expect, it } from 'vitest';
import { SCOPES } from '../../watch/resources.ts';
import { entry, ProtectedOperator } from './approval-fixture.ts';

/**
 * The environment delivers to `prod` and to `prod-b`. A is its own and locked above, and what comes from above does not
 * reach prod-b: there the two names that claim one data key are one.
 */
function twoNamespaces(): ProtectedOperator {
  const operator = new ProtectedOperator({
    consumers: [{ namespaces: { matchLabels: { tier: 'prod' } } }],
    targets: [{ secretName: 'app', include: ['A'], namespaces: { matchLabels: { tier: 'prod' } } }],
  });
  const web = operator.api.at(SCOPES, 'team/web');
  operator.api.put(SCOPES, {
    metadata: { name: 'web', namespace: 'team' },
    spec: { ...web?.spec, secrets: [{ ...entry('B', 'other'), locked: true }] },
  });
  operator.namespace('prod-b', { tier: 'prod' });
  return operator;
}
const contradiction = {
  secrets: [entry('A'), entry('B', 'b'), entry('C', 'b')],
  targets: [
    {
      secretName: 'app',
      includeAll: true,
      keys: { B: 'X', C: 'X' },
      namespaces: { matchLabels: { tier: 'prod' } },
    },
  ],
};
const there = (operator: ProtectedOperator) => [
  operator.small.data('prod/app'),
  operator.small.data('prod-b/app'),
];

describe('a target in several namespaces', () => {
  it('is one request, and released for all of them at once', async () => {
    const operator = await twoNamespaces().settle();
    expect(operator.plan.namespaces?.map(({ name }) => name)).toEqual(['prod', 'prod-b']);
    expect(there(operator)).toEqual([{}, {}]);
    operator.cast('Approve', 'ana');
    await operator.settle();
    expect(there(operator)).toEqual([{ A: 'one' }, { A: 'one' }]);
  });

  it('if another namespace is selected later, it waits for its own approval', async () => {
    const operator = twoNamespaces();
    await operator.settle();
    operator.cast('Approve', 'ana');
    await operator.settle();
    await operator.pass(60);
    operator.namespace('prod-c', { tier: 'prod' });
    await operator.settle();
    expect([...there(operator), operator.small.secrets.stored.has('prod-c/app')]).toEqual([
      { A: 'one' },
      { A: 'one' },
      false,
    ]);
    expect(operator.plan.namespaces).toMatchObject([
      { name: 'prod', change: 'Unchanged' },
      { name: 'prod-b', change: 'Unchanged' },
      { name: 'prod-c', change: 'Added' },
    ]);
  });

  it('if it contradicts itself in one of them, that one is not written', async () => {
    const operator = twoNamespaces();
    operator.edit(contradiction);
    await operator.reconcile();
    expect(operator.small.secrets.stored.has('prod/app')).toBe(false);
  });

  it('if it contradicts itself in one of them, the others still wait for approval', async () => {
    const operator = twoNamespaces();
    operator.edit(contradiction);
    await operator.reconcile();
    expect([operator.small.data('prod-b/app'), operator.requests]).toEqual([{}, []]);
  });

  it('if it contradicts itself in one of them, the others keep what was released', async () => {
    const operator = twoNamespaces();
    await operator.settle();
    operator.cast('Approve', 'ana');
    await operator.settle();
    await operator.pass(60);
    operator.edit(contradiction);
    await operator.reconcile();
    expect(operator.small.data('prod-b/app')).toEqual({ A: 'one' });
  });
});
