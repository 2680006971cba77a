import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../test/contract/stepped-clock.ts';
import { boundedCall } from './bounded-call.ts';

function bounds() {
  const clock = new SteppedClock();
  const late: string[] = [];
  const controller = new AbortController();
  const tooLate = (result: string) => late.push(result);
  return { clock, late, controller, rest: { clock, deadlineMs: 1_000, signal: controller.signal, tooLate } };
}

describe('a call', () => {
  it('returns what it returns, and leaves no timer', async () => {
    const { clock, late, rest } = bounds();
    expect(await boundedCall(async () => 'x', rest)).toEqual({ kind: 'returned', result: 'x' });
    expect([clock.timers, late]).toEqual([0, []]);
  });

  it('is over at its deadline, and what comes later is taken care of', async () => {
    const { clock, late, rest } = bounds();
    const answer = Promise.withResolvers<string>();
    const outcome = boundedCall(() => answer.promise, rest);
    await clock.pass(1_000);
    expect(await outcome).toEqual({ kind: 'timedOut' });
    answer.resolve('late');
    await clock.pass(0);
    expect(late).toEqual(['late']);
  });

  it('is over when nobody waits, whether it listens to the signal or not', async () => {
    const { controller, rest } = bounds();
    const listening = boundedCall(
      (signal) =>
        new Promise<string>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')));
        }),
      rest,
    );
    const deaf = boundedCall(() => new Promise<string>(() => undefined), rest);
    controller.abort();
    expect(await Promise.all([listening, deaf])).toEqual([{ kind: 'abandoned' }, { kind: 'abandoned' }]);
  });

  it.each<[unknown, string]>([
    [new TypeError('hunter2'), 'TypeError'],
    [Object.assign(new (class hunter2$ extends Error {})(), { name: 'hunter2' }), 'Error'],
    ['hunter2', 'string'],
  ])('THREATS 16: that throws shows a class name at most', async (thrown, error) => {
    const { rest } = bounds();
    const outcome = await boundedCall(() => Promise.reject(thrown), rest);
    expect(outcome).toEqual({ kind: 'threw', error });
    expect(inspect(outcome)).not.toContain('hunter2');
  });
});
