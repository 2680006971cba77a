import { expect, it } from 'vitest';
import { entry, ProtectedOperator } from './approval-fixture.ts';

const restart = { workloads: [{ kind: 'Deployment', name: 'web' }] };
const targets = [{ secretName: 'app', includeAll: true, restart }];

it('a list of workloads asks nobody, and what was released restarts them, not what waits', async () => {
  const operator = await ProtectedOperator.released();
  const { workloads } = operator.small;
  workloads.put('Deployment', 'prod/web');
  const rolls = () => workloads.rolls('Deployment', 'prod/web');
  const rested = async () => {
    await operator.settle();
    await operator.pass(10);
    await operator.settle();
    await operator.pass(10);
    await operator.settle();
  };

  operator.edit({ targets });
  await rested();
  expect([operator.states, operator.shown, rolls()]).toEqual([
    ['web-prod-app-1 Released'],
    ['web-prod-app-1 Released'],
    0,
  ]);

  operator.small.source('a', 'rotated');
  await rested();
  expect([operator.data, rolls()]).toEqual([{ A: 'rotated' }, 1]);

  operator.edit({ secrets: [entry('A'), entry('B')] });
  await rested();
  expect([operator.data, rolls(), operator.requests]).toEqual([{ A: 'rotated' }, 1, expect.any(Array)]);
  expect(operator.states.at(-1)).toMatch(/ Waiting$/);

  operator.cast('Approve', 'ana');
  await rested();
  expect([operator.data, rolls()]).toEqual([{ A: 'rotated', B: 'two' }, 2]);
});
