import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../test/contract/stepped-clock.ts';
import { EVERYTHING_MS, GATHER_MS, HINTS_PER_SECOND, HintGate, REPEAT_MS } from './hint-flood.ts';

function gate() {
  const clock = new SteppedClock();
  const told: { readonly key: string; readonly at: number }[] = [];
  const hints = new HintGate({
    clock,
    onHint: (key) => told.push({ key: key ?? '*', at: clock.monotonic() }),
  });
  const keys = () => told.map(({ key }) => key);
  return { clock, hints, told, keys };
}

const names = (count: number, prefix = 'k') => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('hints', () => {
  it('of different keys are told at once', () => {
    const { hints, keys } = gate();
    for (const key of ['a', 'b', 'c']) hints.offer(key);
    expect(keys()).toEqual(['a', 'b', 'c']);
  });

  it('of one key within five seconds are told first and last, not in between', async () => {
    const { clock, hints, keys } = gate();
    for (let time = 0; time < 40; time++) {
      hints.offer('a');
      await clock.pass(100);
    }
    expect(keys()).toEqual(['a']);
    await clock.pass(REPEAT_MS - 4_000);
    expect(keys()).toEqual(['a', 'a']);
    await clock.pass(60_000);
    expect(keys()).toEqual(['a', 'a']);
    expect(clock.timers).toBe(0);
  });

  it('of one key that come further apart are all told', async () => {
    const { clock, hints, keys } = gate();
    for (let time = 0; time < 3; time++) {
      hints.offer('a');
      await clock.pass(REPEAT_MS);
    }
    expect(keys()).toEqual(['a', 'a', 'a']);
  });

  it('of fifty keys at once are ten, and one for all a second later', async () => {
    const { clock, hints, keys } = gate();
    for (const key of names(50)) hints.offer(key);
    await clock.pass(GATHER_MS);
    expect(keys()).toEqual([...names(HINTS_PER_SECOND), '*']);
    await clock.pass(3_600_000);
    expect(keys()).toHaveLength(HINTS_PER_SECOND + 1);
  });

  it('in a flood of a minute, a thousand a second, are ten a second and one for all each half minute', async () => {
    const { clock, hints, told } = gate();
    const began = clock.monotonic();
    for (let tick = 0; tick < 600; tick++) {
      for (const key of names(100, `k${tick}.`)) hints.offer(key);
      await clock.pass(100);
    }
    const forAll = told.filter(({ key }) => key === '*').map(({ at }) => at - began);
    expect(forAll).toEqual([GATHER_MS, GATHER_MS + EVERYTHING_MS]);
    expect(told.length - forAll.length).toBeLessThanOrEqual(HINTS_PER_SECOND * 61);
    await clock.pass(EVERYTHING_MS);
    expect(told.at(-1)?.key).toBe('*');
    expect(clock.timers).toBe(0);
  });

  it('of a flood with one key are told every five seconds', async () => {
    const { clock, hints, keys } = gate();
    for (let tick = 0; tick < 6_000; tick++) {
      hints.offer('a');
      if (tick % 100 === 0) await clock.pass(1_000);
    }
    expect(keys().length).toBeLessThanOrEqual(60 / 5 + 2);
    expect(new Set(keys())).toEqual(new Set(['a']));
  });

  it('are not told after the gate is closed, and leave no timer', async () => {
    const { clock, hints, keys } = gate();
    for (const key of [...names(50), 'k0']) hints.offer(key);
    hints.close();
    hints.offer('late');
    expect(clock.timers).toBe(0);
    await clock.pass(EVERYTHING_MS);
    expect(keys()).toEqual(names(HINTS_PER_SECOND));
  });

  it('are never lost: whatever is offered is told afterwards, within 35 seconds', async () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 40 }).map((n) => `k${n}`),
      repeat: fc.integer({ min: 1, max: 30 }),
      waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 8_000 })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, hints, told } = gate();
        const offered: { readonly key: string; readonly at: number }[] = [];
        for (const { key, repeat, waitMs } of steps) {
          for (let time = 0; time < repeat; time++) {
            offered.push({ key, at: clock.monotonic() });
            hints.offer(key);
          }
          await clock.pass(waitMs);
        }
        await clock.pass(REPEAT_MS + EVERYTHING_MS);
        for (const { key, at } of offered) {
          const after = told.find((one) => one.at >= at && (one.key === key || one.key === '*'));
          expect((after?.at ?? Number.POSITIVE_INFINITY) - at).toBeLessThanOrEqual(REPEAT_MS + EVERYTHING_MS);
        }
        expect(clock.timers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
