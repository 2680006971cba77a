import { describe, expect, it } from 'vitest';
import {
  aLine,
  aPlan,
  broken,
  delivered,
  denied,
  FakeProvider,
  wanted,
} from '../materialize/delivery-fixture.ts';
import type { ObservedTarget } from '../materialize/observed-target.ts';
import { FakeSecrets } from '../materialize/secrets-fixture.ts';
import type { PlanLine, TargetPlan } from '../model/plan.ts';
import { aScopeView } from '../watch/world-fixture.ts';
import type { Deps, Enrolment } from './deps.ts';
import { newLines } from './new-lines.ts';

const VIEW = aScopeView('team/web', {}, { uid: 'uid-web' });
const A = wanted('A');
const B = wanted('B');

/** Names whose values are read whatever version they have. */
function names(
  plans: readonly TargetPlan[],
  {
    observed,
    view = VIEW,
    enrolment = 'enrolled',
  }: { observed?: ObservedTarget | undefined; view?: typeof VIEW; enrolment?: Enrolment } = {},
): string[] {
  const deps: Pick<Deps, 'enrolment' | 'targets'> = {
    enrolment: () => enrolment,
    targets: {
      get: (place) => (place === 'team/app' ? observed : undefined),
      by: () => [],
      size: 0,
    },
  };
  return [
    ...newLines(view, view.spec.kind !== 'ok' || view.spec.value.suspend === true, plans, deps as Deps),
  ].map(({ name }) => name);
}

/** As the watch shows it after a delivery. */
async function held(plan: TargetPlan): Promise<ObservedTarget | undefined> {
  return (await delivered(plan, new FakeProvider({ A: 'a', B: 'b' }))).observed;
}

describe('what is read whatever version it has', () => {
  it('is everything, if the Secret is not there', () => {
    expect(names([aPlan([A, B])])).toEqual(['A', 'B']);
  });

  it('is nothing, if the Secret holds it all: after a restart no value is read', async () => {
    const plan = aPlan([A, B]);
    expect(names([plan], { observed: await held(plan) })).toEqual([]);
  });

  it('is what the Secret does not hold yet', async () => {
    expect(names([aPlan([A, B])], { observed: await held(aPlan([A])) })).toEqual(['B']);
  });

  it('is a name that one of two Secrets does not hold yet, once', async () => {
    const line = aLine('A');
    const first = aPlan([wanted('A', { lines: [line] })]);
    const second = aPlan([wanted('A', { lines: [line] })], { secretName: 'other' });
    expect(names([first, second, second], { observed: await held(first) })).toEqual(['A']);
  });

  it('is every name of a new template', () => {
    const recipe = { kind: 'template', text: '${A}:${B}' } as const;
    const lines: PlanLine[] = [aLine('A'), aLine('B')];
    expect(names([aPlan([wanted('URL', { recipe, lines })])])).toEqual(['A', 'B']);
  });

  it('is not what cannot be read, or may not be', () => {
    expect(names([aPlan([broken('A'), denied('B')])])).toEqual([]);
  });

  it.each<Enrolment>(['starting', 'notEnrolled', 'forbidden'])(
    'is nothing in a namespace that is %s: nothing is written there',
    (enrolment) => {
      expect(names([aPlan([A])], { enrolment })).toEqual([]);
    },
  );

  it('is nothing for a Secret of another scope: it is not written', async () => {
    const observed = await held(aPlan([A]));
    const view = aScopeView('team/web', {}, { uid: 'uid-recreated' });
    expect(names([aPlan([A, B])], { observed, view })).toEqual([]);
  });

  it('is nothing for a Secret that somebody made by hand', () => {
    const secrets = new FakeSecrets();
    secrets.put({ data: { A: '' } });
    expect(names([aPlan([A])], { observed: secrets.observed })).toEqual([]);
  });

  it('is nothing while the scope is suspended, or its spec cannot be read', () => {
    const suspended = aScopeView('team/web', { suspend: true }, { uid: 'uid-web' });
    const invalid = aScopeView('team/web', { level: 'Nonsense' }, { uid: 'uid-web' });
    expect([suspended, invalid].map((view) => names([aPlan([A])], { view }))).toEqual([[], []]);
  });
});
