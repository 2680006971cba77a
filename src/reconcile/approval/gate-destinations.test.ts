import { describe, expect, it } from 'vitest';
import { NAMESPACES, SCOPES } from '../../watch/resources.ts';
import { entry, ProtectedOperator } from './approval-fixture.ts';

type Spec = Readonly<Record<string, unknown>>;
const toShop = { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } };
const app = { secretName: 'app', includeAll: true, namespaces: toShop };

/** Delivers to `prod` and to `shop`; released, unless it is told not to be. */
async function withShop(spec: Spec = {}, approved = true): Promise<ProtectedOperator> {
  const operator = new ProtectedOperator({ consumers: [{ namespaces: toShop }], targets: [app], ...spec });
  operator.namespace('shop');
  await operator.settle();
  operator.cast('Approve', 'ana');
  if (!approved) return operator.look();
  await operator.settle();
  return operator.pass(60);
}

describe('a destination namespace that was made again, with the same labels', () => {
  const again = (operator: ProtectedOperator) => {
    operator.api.remove(NAMESPACES, 'shop');
    operator.namespace('shop');
    operator.small.secrets.stored.delete('shop/app');
  };

  it('and the watch has not shown it: receives nothing', async () => {
    const operator = await withShop({}, false);
    operator.watching = false;
    again(operator);
    expect(await operator.reconcile()).toEqual({ kind: 'retry' });
    expect([operator.states, operator.isThere, operator.small.data('shop/app')]).toEqual([
      ['web-prod-app-1 Waiting'],
      false,
      {},
    ]);
  });

  it('and one that has lost a label that nobody saw go: receives nothing', async () => {
    const operator = new ProtectedOperator({ consumers: [{ namespaces: toShop }], targets: [app] });
    await operator.namespace('shop', { tier: 'prod' }).settle();
    operator.cast('Approve', 'ana');
    operator.look().watching = false;
    operator.namespace('shop');
    await operator.reconcile();
    expect([operator.states, operator.small.data('shop/app')]).toEqual([['web-prod-app-1 Waiting'], {}]);
  });

  it('receives nothing of what was approved for the one before, which goes on elsewhere', async () => {
    const operator = await withShop();
    expect(operator.small.data('shop/app')).toEqual({ A: 'one' });
    again(operator);
    operator.small.source('a', 'rotated');
    await operator.settle();
    expect([operator.data, operator.small.data('shop/app'), operator.states]).toEqual([
      { A: 'rotated' },
      {},
      ['web-prod-app-1 Released', 'web-prod-app-2 Waiting'],
    ]);
    expect(operator.plan.namespaces).toMatchObject([
      { name: 'prod', change: 'Unchanged' },
      { name: 'shop', change: 'Changed' },
    ]);
  });
});

describe('a target that contradicts itself', () => {
  const isRead = ({ small: { sources } }: ProtectedOperator, name: string) =>
    [...sources.toBeRead, ...sources.asked].some((call) => call.split(' ').includes(name));

  /** In `prod` alone: what is locked above does not reach `shop`, where only one of the two names is there. */
  const contradictInProd = async () => {
    const operator = await withShop({ secrets: [entry('A')] });
    const { spec = {} } = operator.api.at(SCOPES, 'team/web') ?? {};
    operator.api.put(SCOPES, {
      metadata: { name: 'web', namespace: 'team' },
      spec: { ...spec, secrets: [{ ...entry('L', 'b'), locked: true }] },
    });
    return operator.edit({
      secrets: [entry('A'), entry('L', 'a'), entry('STOLEN', 'other')],
      targets: [{ ...app, keys: { A: 'X', L: 'X' } }],
    });
  };

  it('in one namespace: nothing new is delivered to another, and nobody is asked', async () => {
    const operator = await contradictInProd();
    for (let look = 0; look < 3; look++) {
      await operator.reconcile();
      expect([operator.data, operator.small.data('shop/app')]).toEqual([{ A: 'one' }, { A: 'one' }]);
      expect([isRead(operator, 'STOLEN'), operator.requests.length]).toEqual([false, 1]);
      await operator.pass(10);
    }
  });

  it('everywhere: no value of a new line is read, not even for its version', async () => {
    const operator = await ProtectedOperator.released();
    operator.edit({
      secrets: [entry('A'), entry('STOLEN', 'other')],
      targets: [{ secretName: 'app', includeAll: true, template: { bad: '${' } }],
    });
    for (let look = 0; look < 3; look++) {
      await operator.reconcile();
      expect([operator.data, isRead(operator, 'STOLEN'), operator.states]).toEqual([
        { A: 'one' },
        false,
        ['web-prod-app-1 Released'],
      ]);
      await operator.pass(10);
    }
  });
});
