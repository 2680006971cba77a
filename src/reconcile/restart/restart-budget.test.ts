import { expect, it } from 'vitest';
import { limitOf } from '../../resolve/decide-restart.ts';
import { RestartBudget } from './restart-budget.ts';

const HOUR = 3_600_000;
const mark = (at: number) => ({ at, changes: [`change-${at}`] });

it('a hundred restarts within an hour are all that an organization has, and one more an hour after the first', () => {
  const budget = new RestartBudget();
  for (let n = 0; n < 100; n++) {
    expect(limitOf(budget.others('acme', 'w', 1_000 + n), 1_000 + n)).toBeUndefined();
    budget.note('acme', `w${n}`, [mark(1_000 + n)], true);
  }
  expect(limitOf(budget.others('acme', 'w', 2_000), 2_000)).toEqual({ kind: 'limited', until: 1_000 + HOUR });
  expect(limitOf(budget.others('other', 'w', 2_000), 2_000)).toBeUndefined();
  expect(limitOf(budget.others('acme', 'w', 1_000 + HOUR), 1_000 + HOUR)).toBeUndefined();
});

it('a restart that was not written takes no place', () => {
  const budget = new RestartBudget();
  budget.note('acme', 'w', [mark(1)], false);
  budget.giveBack('acme', 'w', mark(1));
  expect([budget.others('acme', 'x', 2), budget.marksOf('acme', 'w')]).toEqual([
    { restarts: [], rollouts: 0 },
    [],
  ]);
});

it('an hour after its last restart a workload is forgotten', () => {
  const budget = new RestartBudget();
  budget.note('acme', 'w', [mark(1)], true);
  budget.others('other', 'x', HOUR + 1);
  expect(budget.marksOf('acme', 'w')).toEqual([]);
});
