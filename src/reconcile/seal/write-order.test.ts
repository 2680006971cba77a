/** Whatever the order of arrival: the backend has what was processed as the newest, and time never runs backwards there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Killed } from '../approval/memory-api.fixture.ts';
import { SealingOperator } from './sealing-fixture.ts';

const SECOND_MS = 1_000;
const RUNS = 60;

type Step =
  /** a box sealed at that second arrives in that object, perhaps one that was there before */
  | { readonly kind: 'box'; readonly second: number; readonly as: string; readonly again: boolean }
  | { readonly kind: 'delete'; readonly second: number; readonly as: string }
  | { readonly kind: 'remove'; readonly as: string }
  | { readonly kind: 'look' }
  /** the backend does not answer, until the next look but one */
  | { readonly kind: 'down' }
  | { readonly kind: 'lag' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'die'; readonly call: string };

const second = fc.integer({ min: 1, max: 30 });
const as = fc.constantFrom('one', 'two', 'three', 'four');
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('box' as const), second, as, again: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), second, as }) },
  fc.record({ kind: fc.constant('remove' as const), as }),
  { weight: 5, arbitrary: fc.constant({ kind: 'look' as const }) },
  fc.constant({ kind: 'down' as const }),
  fc.constant({ kind: 'lag' as const }),
  fc.constant({ kind: 'restart' as const }),
  fc.record({
    kind: fc.constant('die' as const),
    call: fc.constantFrom('create scopeledgers', 'replace scopeledgers', 'status sealedvalues'),
  }),
);

/** When the value that the backend has was sealed; 0 for none and for that of before. */
const sealedAt = (operator: SealingOperator): number =>
  Number(/^at (\d+)/.exec(operator.held() ?? '')?.[1] ?? 0);

class Run {
  readonly operator = new SealingOperator();
  readonly #boxes = new Map<number, Awaited<ReturnType<SealingOperator['seal']>>>();
  readonly #start = this.operator.now;
  #newest = 0;

  async step(step: Step): Promise<void> {
    const { operator } = this;
    switch (step.kind) {
      case 'box':
        return this.#box(step.second, step.as, step.again);
      case 'delete':
        operator.gone(step.as).destroy('A', { requestedAt: this.#at(step.second) }, step.as);
        return;
      case 'remove':
        operator.gone(step.as);
        return;
      case 'down':
        operator.small.sources.failing = {
          kind: 'failed',
          reason: 'BackendUnavailable',
          message: 'no answer',
        };
        return this.#look();
      case 'lag':
        operator.watching = false;
        return;
      case 'restart':
        operator.restart();
        return;
      case 'die':
        operator.api.before.set(step.call, () => {
          throw new Killed();
        });
        return this.#look();
      case 'look':
        return this.#look();
      default:
        throw new Error(`no such step: ${step satisfies never}`);
    }
  }

  /** Everything is well again. */
  async end(): Promise<void> {
    this.operator.api.before.clear();
    this.operator.small.sources.failing = undefined;
    this.operator.watching = true;
    await this.operator.settle();
    this.#check();
  }

  async #box(at: number, name: string, again: boolean): Promise<void> {
    const known = this.#boxes.get(at);
    this.operator.gone(name);
    if (known && again) {
      this.operator.copy(known, name);
      return;
    }
    const created = this.#start + at * SECOND_MS;
    this.#boxes.set(at, await this.operator.seal('A', `at ${at}`, { as: name, created }));
  }

  #at(at: number): string {
    return new Date(this.#start + at * SECOND_MS).toISOString();
  }

  async #look(): Promise<void> {
    try {
      await this.operator.reconcile();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.operator.restart();
    }
    this.operator.small.sources.failing = undefined;
    this.operator.watching = true;
    this.#check();
  }

  #check(): void {
    const now = sealedAt(this.operator);
    const [last] = this.operator.writes;
    if (now > 0) expect(now).toBeGreaterThanOrEqual(this.#newest);
    this.#newest = Math.max(this.#newest, now);
    if (last?.done !== true) return;
    const expected = last.action === 'Set' ? (Date.parse(last.created) - this.#start) / SECOND_MS : 0;
    expect(now).toBe(expected);
  }
}

describe('values of one entry', () => {
  it('never go from a newer one to an older one, and end with the newest that was processed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 14 }), async (list) => {
        const run = new Run();
        for (const step of list) await run.step(step);
        await run.end();
        await run.operator.restart().reconcile();
        expect(run.operator.api.writes).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it.each([
    ['older first', 'aaa', 'zzz'],
    ['newer first', 'zzz', 'aaa'],
  ])('two that arrive together: the newer one wins, %s', async (_what, older, newer) => {
    const operator = new SealingOperator();
    await operator.seal('A', 'older', { as: older, created: operator.now });
    await operator.seal('A', 'newer', { as: newer, created: operator.now + 1 });
    await operator.settle();
    expect(operator.held()).toBe('newer');
    expect(operator.state(newer)).toBe('Stored Stored');
  });

  it('two that were sealed in the same millisecond: one of them, and the other is told', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', 'first', { as: 'first' });
    await operator.seal('A', 'second', { as: 'second' });
    await operator.settle();
    expect([operator.state('first'), operator.state('second')]).toEqual([
      'Stored Stored',
      'Refused Outdated',
    ]);
    expect(operator.puts).toEqual(['a=first']);
  });
});
