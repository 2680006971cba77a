import { expect, it } from 'vitest';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { NoticedChanges } from './noticed-changes.ts';

it('a flood of changes leaves the newest 4,096, and no more', () => {
  const noticed = new NoticedChanges(new FakeClock());
  for (let index = 0; index < 5_000; index++) noticed.changed('b', `key-${index}`);
  expect(noticed.size).toBe(4_096);
  expect(noticed.delivered('b', 'key-4999')).toBe(0);
  expect(noticed.delivered('b', 'key-0')).toBeUndefined();
});
