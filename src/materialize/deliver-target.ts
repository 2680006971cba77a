import type { PlanLine } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import type { LineValue } from '../model/value-answer.ts';
import { compareTarget, inSync, type Kept, type TargetDiff } from './compare-target.ts';
import type { Delivered, Delivery, DeliveryDeps, DeliveryOutcome } from './delivery.ts';
import { obstacleTo } from './delivery-obstacles.ts';
import { sourceDigest } from './delivery-record.ts';
import { composeKeys, type FreshKey, type FreshKeys } from './fresh-keys.ts';
import type { ObservedTarget } from './observed-target.ts';
import { recordsAfter, type TargetChange } from './target-body.ts';
import { type Contest, contestFor } from './target-contest.ts';
import { missingForType } from './target-type.ts';
import type { WriteOutcome } from './target-writer.ts';

/**
 * Brings one Secret to its plan: first what has to leave leaves, whatever else is wrong; then what has to be
 * read is read and written in one request. When nothing differs, nothing is read and nothing is written.
 */
export async function deliverTarget(delivery: Delivery, deps: DeliveryDeps): Promise<DeliveryOutcome> {
  const contest = await contestFor(delivery, deps.writer, deps.signal);
  if (contest.kind !== 'ours' && contest.kind !== 'free') return contestLost(contest);
  const observed = contest.kind === 'ours' ? contest.observed : undefined;
  if (delivery.plan.violation)
    return stopped(delivery.plan.violation.reason, delivery.plan.violation.message);
  const diff = diffOf(delivery, observed);
  const repaired = [...(observed?.keys.values() ?? [])].includes('changed');
  if (observed && diff.withdraw.length > 0) {
    const withdrawn = await withdraw(delivery, diff, observed, deps);
    if (withdrawn.kind !== 'written') return notWritten(withdrawn, diff.kept);
    const rest = await materialize(delivery, diffOf(delivery, withdrawn.observed), withdrawn.observed, deps);
    return rest.kind === 'delivered'
      ? { ...rest, repaired, removed: [...diff.withdraw, ...rest.removed] }
      : rest;
  }
  const outcome = await materialize(delivery, diff, observed, deps);
  return outcome.kind === 'delivered' ? { ...outcome, repaired } : outcome;
}

function diffOf(delivery: Delivery, observed: ObservedTarget | undefined): TargetDiff {
  const { plan, versions, holder, suspended } = delivery;
  return compareTarget({ plan, versions, observed, holderUid: holder.uid, suspended });
}

/** Takes keys away without reading anything. A Secret that cannot be edited, or exist without them, goes as a whole. */
async function withdraw(
  delivery: Delivery,
  diff: TargetDiff,
  observed: ObservedTarget,
  deps: DeliveryDeps,
): Promise<WriteOutcome> {
  const left = new Set([...observed.keys.keys()].filter((key) => !diff.withdraw.includes(key)));
  if (observed.immutable || missingForType(delivery.plan.type, left).length > 0) {
    const deleted = await deps.writer.delete(observed, deps.signal);
    return deleted === 'stale'
      ? { kind: 'stale' }
      : { kind: 'written', observed: { ...observed, keys: new Map(), record: undefined } };
  }
  const before = { ...diff, current: [], refresh: [] };
  const change = changeOf(delivery, before, observed, [], diff.withdraw);
  return deps.writer.patch(change, observed, deps.signal);
}

async function materialize(
  delivery: Delivery,
  diff: TargetDiff,
  observed: ObservedTarget | undefined,
  deps: DeliveryDeps,
): Promise<DeliveryOutcome> {
  if (observed && inSync(diff)) return done(observed, diff, { fresh: [], failed: [] });
  const made = await readAndCompose(delivery, diff, deps);
  try {
    const obstacle = obstacleTo(delivery, diff, observed, made);
    if (obstacle) return obstacle;
    const outcome = await write(delivery, diff, observed, made.fresh, deps);
    if (outcome.kind !== 'written') return notWritten(outcome, [...diff.kept, ...made.failed]);
    const result = done(outcome.observed, diff, made);
    return { ...result, created: observed === undefined, replaced: diff.mustReplace };
  } finally {
    for (const { value } of made.fresh) value.wipe();
  }
}

/** Values exist from here until the write is done; each box is wiped by whoever made it. */
async function readAndCompose(delivery: Delivery, diff: TargetDiff, deps: DeliveryDeps): Promise<FreshKeys> {
  if (diff.refresh.length === 0) return { fresh: [], failed: [] };
  const wanted = new Map<PlanLine, string>();
  for (const { plan, versions } of diff.refresh) {
    for (const [index, line] of plan.lines.entries()) wanted.set(line, versions[index] ?? '');
  }
  const lines = [...wanted].map(([line, version]) => ({ line, version }));
  const answers = lines.length > 0 ? await deps.read(lines) : [];
  try {
    const reads = new Map(lines.map(({ line }, index) => [line, answers[index] ?? notAnswered(line)]));
    const place = { namespace: delivery.plan.namespace, name: delivery.plan.secretName };
    return composeKeys(
      place,
      diff.refresh,
      reads,
      (item, versions) => sourceDigest(item.plan, versions),
      deps.keyring,
    );
  } finally {
    for (const answer of answers) if (answer.kind === 'value') answer.value.wipe();
  }
}

function notAnswered(line: PlanLine): LineValue {
  return {
    kind: 'failed',
    reason: 'InternalError',
    message: `${line.name} got no answer; the operator tries again`,
  };
}

async function write(
  delivery: Delivery,
  diff: TargetDiff,
  observed: ObservedTarget | undefined,
  fresh: readonly FreshKey[],
  deps: DeliveryDeps,
): Promise<WriteOutcome> {
  const remove = [...diff.drop, ...diff.withdraw];
  const change = changeOf(delivery, diff, observed, fresh, remove);
  if (!observed) return deps.writer.create(change, deps.signal);
  if (!diff.mustReplace) return deps.writer.patch(change, observed, deps.signal);
  // type and immutable Secrets cannot be edited: the only way is another object under the same name
  if ((await deps.writer.delete(observed, deps.signal)) === 'stale') return { kind: 'stale' };
  return deps.writer.create(
    { ...change, records: recordsAfter(undefined, diff, fresh, remove) },
    deps.signal,
  );
}

function changeOf(
  delivery: Delivery,
  diff: TargetDiff,
  observed: ObservedTarget | undefined,
  fresh: readonly FreshKey[],
  remove: readonly string[],
): TargetChange {
  return {
    plan: delivery.plan,
    holder: delivery.holder,
    fresh,
    remove,
    records: recordsAfter(observed, diff, fresh, remove),
  };
}

function done(observed: ObservedTarget, diff: TargetDiff, made: FreshKeys): Delivered {
  return {
    kind: 'delivered',
    observed,
    written: made.fresh.map((key) => key.dataKey),
    removed: diff.drop,
    kept: [...diff.kept, ...made.failed],
    foreign: diff.foreign,
    created: false,
    replaced: false,
    repaired: false,
  };
}

function notWritten(
  outcome: Exclude<WriteOutcome, { kind: 'written' }>,
  kept: readonly Kept[],
): DeliveryOutcome {
  if (outcome.kind === 'refused')
    return { kind: 'stopped', reason: outcome.reason, message: outcome.message, kept };
  return { kind: 'stale' };
}

function contestLost(contest: Exclude<Contest, { kind: 'ours' | 'free' }>): DeliveryOutcome {
  return contest.kind === 'stale' ? { kind: 'stale' } : stopped('TargetConflict', contest.message);
}

function stopped(reason: Reason, message: string): DeliveryOutcome {
  return { kind: 'stopped', reason, message, kept: [] };
}
