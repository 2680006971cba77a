import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../kube/testing/fake-clock.ts';
import { DeliveryBudget } from './delivery-budget.ts';

describe('the budget of a namespace', () => {
  let clock: FakeClock;
  let budget: DeliveryBudget;
  beforeEach(() => {
    clock = new FakeClock();
    budget = new DeliveryBudget(clock);
  });

  const taken = (namespace: string, tries: number): number =>
    Array.from({ length: tries }, () => budget.take(namespace)).filter(Boolean).length;

  it('is a hundred at once, and then one for each 50 ms', async () => {
    expect(taken('prod', 300)).toBe(100);
    await clock.advance(1_000);
    expect(taken('prod', 300)).toBe(20);
  });

  it('is its own: whoever floods leaves the others theirs', () => {
    taken('loud', 300);
    expect(taken('quiet', 300)).toBe(100);
  });

  it('is kept for the 10,000 namespaces that sent last', () => {
    taken('first', 100);
    for (let number = 0; number < 9_999; number++) budget.take(`ns-${number}`);
    expect(budget.take('first')).toBe(false);
    for (let number = 0; number < 10_000; number++) budget.take(`new-${number}`);
    expect(budget.take('first')).toBe(true);
  });
});
