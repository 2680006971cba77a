/** Whatever changes, crashes and is looked at, in whatever order: the last change is restarted for, none is twice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KubeError } from '../../kube/kube-error.ts';
import type { RestartMark } from '../../model/restart-marks.ts';
import { WISH_ANNOTATION } from '../../model/restart-wish.ts';
import { OWN } from '../../watch/world-fixture.ts';
import { SmallOperator } from '../reconcile-fixture.ts';

const HOUR = 3_600_000;
const RUNS = 100;

type Step =
  | { readonly kind: 'change' | 'look' | 'restart' | 'relabel' | 'touched' }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'die'; readonly at: 'secret' | 'secretAfter' | 'before' | 'after' };

const only = <const K extends Step['kind']>(kind: K) => fc.constant({ kind });
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: only('change') },
  { weight: 5, arbitrary: only('look') },
  only('restart'),
  only('relabel'),
  only('touched'),
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, 5, 10, 15, 60, 600),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('die' as const),
      at: fc.constantFrom('secret', 'secretAfter', 'before', 'after'),
    }),
  },
);

class Run {
  readonly operator = new SmallOperator().source('own', 'value 0');
  readonly restarts: RestartMark[] = [];
  /** of the data that the Secret has */
  changedAt: number | undefined;
  changes = 0;
  #labels = 0;

  async start(): Promise<this> {
    this.operator.world.backend('team/vault');
    this.#scope();
    this.operator.workloads.put('Deployment', 'team/web');
    await this.look();
    await this.operator.clock.advance(60_000);
    this.#calm();
    return this;
  }

  async step(step: Step): Promise<void> {
    const { operator } = this;
    switch (step.kind) {
      case 'change':
        operator.source('own', `value ${++this.changes}`);
        return;
      case 'look':
        return this.look();
      case 'restart':
        operator.restart();
        return;
      case 'relabel':
        this.#labels++;
        this.#scope();
        return;
      case 'touched':
        operator.workloads.of('Deployment', 'team/web').resourceVersion++;
        return;
      case 'wait':
        return operator.clock.advance(step.seconds * 1_000);
      case 'die':
        return this.#die(step.at);
      default:
        throw new Error(`no such step: ${step satisfies never}`);
    }
  }

  /** Until nothing is left to wait for. */
  async settle(): Promise<void> {
    for (let looks = 0; looks < 60; looks++) {
      const result = await this.operator.reconcile('team/web');
      this.#see();
      if (result.kind === 'done') return;
      await this.operator.clock.advance(result.kind === 'requeueAfter' ? result.ms : 1_000);
    }
    throw new Error('it never settles');
  }

  async look(): Promise<void> {
    await this.operator.reconcile('team/web').catch((error: unknown) => {
      if (!(error instanceof KubeError)) throw error;
      this.operator.restart();
    });
    this.#see();
    this.#calm();
  }

  async #die(at: Extract<Step, { kind: 'die' }>['at']): Promise<void> {
    const dies = () => {
      const call = { verb: '', resource: '', target: '', sensitive: true };
      throw new KubeError({ kind: 'network', call });
    };
    const { secrets, workloads } = this.operator;
    if (at === 'before') workloads.beforePatch = dies;
    else if (at === 'after')
      workloads.afterPatch = () => {
        this.#note();
        dies();
      };
    else if (at === 'secretAfter')
      secrets.answering = (call) => (call.startsWith('patch') ? dies() : undefined);
    else
      secrets.errors.set(
        'patch',
        new KubeError({ kind: 'network', call: { verb: '', resource: '', target: '', sensitive: true } }),
      );
    await this.look();
  }

  #calm(): void {
    const { secrets, workloads } = this.operator;
    secrets.errors.clear();
    secrets.answering = () => undefined;
    workloads.beforePatch = () => undefined;
    workloads.afterPatch = () => this.#note();
  }

  #note(): void {
    const [newest] = this.operator.workloads.marks('Deployment', 'team/web');
    if (newest) this.restarts.push(newest);
  }

  #value = 'value 0';
  #see(): void {
    const { OWN: value = '' } = this.operator.data('team/app');
    if (value === this.#value) return;
    this.#value = value;
    this.changedAt = this.operator.clock.now();
  }

  #scope(): void {
    const restart = { workloads: [{ kind: 'Deployment', name: 'web' }] };
    this.operator.world.scope('team/web', {
      ...OWN,
      secrets: [{ name: 'OWN', from: { key: 'own' } }],
      targets: [{ secretName: 'app', includeAll: true, labels: { n: `${this.#labels}` }, restart }],
    });
  }
}

describe('for any story', () => {
  it('the last change is followed by a restart, no change by two, and no hour has more than six', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 60 }), async (story) => {
        const run = await new Run().start();
        for (const step of story) await run.step(step);
        await run.settle();
        const { operator, restarts, changedAt } = run;
        expect(operator.data('team/app')).toEqual({ OWN: `value ${run.changes}` });
        expect(
          operator.secrets.stored.get('team/app')?.metadata.annotations?.[WISH_ANNOTATION],
        ).toBeUndefined();
        const times = restarts.map(({ at }) => at);
        if (changedAt === undefined) expect(times).toEqual([]);
        else expect(times.at(-1)).toBeGreaterThanOrEqual(changedAt);
        expect(operator.workloads.rolls('Deployment', 'team/web')).toBe(restarts.length);
        const named = restarts.flatMap(({ changes }) => changes);
        expect(new Set(named).size).toBe(named.length);
        expect(restarts.length).toBeLessThanOrEqual(run.changes);
        for (const at of times) {
          const inTheHour = times.filter((other) => other <= at && at - other < HOUR);
          expect(inTheHour.length).toBeLessThanOrEqual(6);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
