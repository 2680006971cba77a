/** Owns: what plans need of providers: which lines, at which versions, and whose changes matter. */
import type { Facts } from '../model/facts.ts';
import type { PlanLine, TargetPlan } from '../model/plan.ts';
import type { LineVersion } from '../model/value-answer.ts';
import { listingThing, sourceThing, targetThing } from '../watch/interests.ts';
import { levelsOf } from './approval/basis.ts';
import type { Deps, FetchContext } from './deps.ts';
import type { ToldFailures } from './told-failure.ts';

type Plans = readonly TargetPlan[];

function linesOf(plans: Plans): PlanLine[] {
  return plans.flatMap((plan) => plan.keys.flatMap((key) => (key.kind === 'deliver' ? key.lines : [])));
}

/** What else than its own chain a scope or claim has to hear of. */
export function interestsOf(facts: Facts, plans: Plans): string[] {
  const sources = linesOf(plans).map((line) => sourceThing(line.backend.id.uid, line.key));
  const targets = plans.map((plan) => targetThing(plan.namespace, plan.secretName));
  const listings = levelsOf(facts).flatMap(({ spec, backend }) =>
    spec.discover?.length && backend.kind === 'found' ? [listingThing(backend.id.uid)] : [],
  );
  return [...new Set([...sources, ...targets, ...listings])];
}

/** Of lines in `willRead` the value is going to be read anyway; behind a gate none may be, not even for its version. */
export async function versionsOf(
  plans: Plans,
  willRead: ReadonlySet<PlanLine> | 'mayNotRead',
  told: ToldFailures,
  deps: Deps,
  context: FetchContext,
): Promise<Map<PlanLine, LineVersion>> {
  const lines = [...new Set(linesOf(plans))];
  const mayRead = willRead !== 'mayNotRead';
  const isRead = (line: PlanLine) => willRead !== 'mayNotRead' && willRead.has(line);
  const answers = lines.length === 0 ? [] : await deps.fetch.versions(lines, context, isRead, () => mayRead);
  return new Map(
    lines.flatMap((line, index) => (answers[index] ? [[line, told.of(line, answers[index])] as const] : [])),
  );
}
