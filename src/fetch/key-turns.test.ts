import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SteppedClock, settled } from '../../test/contract/stepped-clock.ts';
import { sleep } from '../kube/clock.ts';
import { KeyTurns } from './key-turns.ts';

const never = new AbortController().signal;

describe('turns at a key', () => {
  it('come in the order asked, one at a time for each key, however long each takes and whoever leaves', async () => {
    const write = fc.record({
      key: fc.constantFrom('a', 'b'),
      ms: fc.integer({ min: 0, max: 30 }),
      afterMs: fc.integer({ min: 0, max: 20 }),
      leavesAfterMs: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
      fails: fc.boolean(),
    });
    const run = fc.asyncProperty(fc.array(write, { maxLength: 25 }), async (writes) => {
      const clock = new SteppedClock();
      const turns = new KeyTurns();
      const began = new Map<string, number[]>();
      const busy = new Set<string>();
      const ended: Promise<unknown>[] = [];
      for (const [index, { key, ms, afterMs, leavesAfterMs, fails }] of writes.entries()) {
        await clock.pass(afterMs);
        const leaving = new AbortController();
        if (leavesAfterMs !== undefined) clock.after(leavesAfterMs, () => leaving.abort());
        const work = async () => {
          expect(busy.has(key)).toBe(false);
          busy.add(key);
          began.set(key, [...(began.get(key) ?? []), index]);
          await sleep(clock, ms, never);
          busy.delete(key);
          if (fails) throw new Error('planted');
          return index;
        };
        ended.push(turns.take(key, leaving.signal, work).catch((error: Error) => error.message));
      }
      await clock.pass(5_000);
      const results = await Promise.all(ended);
      for (const order of began.values()) expect(order).toEqual([...order].sort((one, other) => one - other));
      const ran = [...began.values()].flat().sort((one, other) => one - other);
      expect(ran).toEqual(writes.flatMap((_, index) => (results[index] === undefined ? [] : [index])));
    });
    await fc.assert(run, { numRuns: 200 });
  });

  it('are over at once for who leaves, and whoever comes next still waits for those before', async () => {
    const turns = new KeyTurns();
    const first = Promise.withResolvers<string>();
    const leaving = new AbortController();
    const one = turns.take('a', never, () => first.promise);
    const two = turns.take('a', leaving.signal, async () => 'two');
    let isThreeDone = false;
    const three = turns.take('a', never, async () => {
      isThreeDone = true;
      return 'three';
    });
    leaving.abort();
    expect(await two).toBeUndefined();
    await settled();
    expect(isThreeDone).toBe(false);
    first.resolve('one');
    expect(await Promise.all([one, three])).toEqual(['one', 'three']);
  });
});
