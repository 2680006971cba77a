import type { PlanLine } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import type { LineValue } from '../model/value-answer.ts';
import { restartFor } from './changed-data.ts';
import { compareTarget, inSync, type Kept, type TargetDiff } from './compare-target.ts';
import type { Delivered, Delivery, DeliveryDeps, DeliveryOutcome } from './delivery.ts';
import { obstacleToReading, obstacleToWriting } from './delivery-obstacles.ts';
import { composeKeys, type FreshKey, type FreshKeys, isThere } from './fresh-keys.ts';
import { isNewer } from './newer-record.ts';
import type { ObservedTarget } from './observed-target.ts';
import { createBody, patchBody, recordsAfter, type TargetChange, takenUp } from './target-body.ts';
import { contestFor } from './target-contest.ts';
import type { WriteOutcome } from './target-writer.ts';
import { withdrawKeys } from './withdraw-keys.ts';

/**
 * Brings one Secret to its plan: first what has to leave leaves, whatever else is wrong; then what has to be
 * read is read and written in one request. When nothing differs, nothing is read and nothing is written.
 */
export async function deliverTarget(delivery: Delivery, deps: DeliveryDeps): Promise<DeliveryOutcome> {
  const contest = await contestFor(delivery, deps.writer, deps.signal);
  switch (contest.kind) {
    case 'free':
      return deliverInto(delivery, undefined, deps);
    case 'ours':
      return deliverInto(delivery, contest.observed, deps);
    case 'stale':
      return { kind: 'stale', observed: undefined, removed: [], kept: [] };
    case 'going':
      return stopped('Progressing', contest.message, undefined, []);
    case 'lost':
      return stopped('TargetConflict', contest.message, undefined, []);
    default:
      return unreachable(contest);
  }
}

async function deliverInto(
  delivery: Delivery,
  observed: ObservedTarget | undefined,
  deps: DeliveryDeps,
): Promise<DeliveryOutcome> {
  // its watch may have caught up since the plan was made, and that of what it was made from not yet
  if (observed?.proof === 'proven' && isNewer(observed.record, delivery.seen))
    return { kind: 'stale', observed, removed: [], kept: [] };
  const diff = diffOf(delivery, observed);
  if (!observed || diff.withdraw.length === 0) return materialize(delivery, diff, observed, deps);
  const { seen, restartAt } = delivery;
  const withdrawn = await withdrawKeys({ observed, keys: diff.withdraw, seen, restartAt }, deps);
  if (withdrawn.kind !== 'written') return notWritten(withdrawn, observed, diff.kept);
  const left = withdrawn.observed;
  const outcome = await materialize(delivery, diffOf(delivery, left), left, deps);
  return { ...outcome, removed: [...diff.withdraw, ...outcome.removed] };
}

function diffOf(delivery: Delivery, observed: ObservedTarget | undefined): TargetDiff {
  const { plan, versions, holder, suspended, mayStay, once = false } = delivery;
  return compareTarget({ plan, versions, observed, holderUid: holder.uid, suspended, mayStay, once });
}

async function materialize(
  delivery: Delivery,
  diff: TargetDiff,
  observed: ObservedTarget | undefined,
  deps: DeliveryDeps,
): Promise<DeliveryOutcome> {
  const { violation } = delivery.plan;
  if (violation) return stopped(violation.reason, violation.message, observed, diff.kept);
  if (observed && inSync(diff)) return done(observed, diff, NOTHING);
  const obstacle = obstacleToReading(delivery, diff, observed);
  if (obstacle) return obstacle;
  const made = await readAndCompose(delivery, diff, deps);
  try {
    return await writeMade(delivery, diff, observed, made, deps);
  } finally {
    for (const { value } of made.fresh) value.wipe();
  }
}

const NOTHING: FreshKeys = { fresh: [], failed: [] };

/** Values exist from here until the write is done; each box is wiped by whoever made it. */
async function readAndCompose(delivery: Delivery, diff: TargetDiff, deps: DeliveryDeps): Promise<FreshKeys> {
  if (diff.refresh.length === 0) return NOTHING;
  const wanted = new Map<PlanLine, string>();
  for (const { plan, versions } of diff.refresh) {
    for (const [index, line] of plan.lines.entries()) wanted.set(line, versions[index] ?? '');
  }
  const lines = [...wanted].map(([line, version]) => ({ line, version }));
  const answers = lines.length > 0 ? await deps.read(lines) : [];
  try {
    const reads = new Map(lines.map(({ line }, index) => [line, answers[index] ?? notAnswered(line)]));
    const place = { namespace: delivery.plan.namespace, name: delivery.plan.secretName };
    return composeKeys(place, diff.refresh, reads, deps.keyring);
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

async function writeMade(
  delivery: Delivery,
  diff: TargetDiff,
  observed: ObservedTarget | undefined,
  made: FreshKeys,
  deps: DeliveryDeps,
): Promise<DeliveryOutcome> {
  const obstacle = obstacleToWriting(delivery, diff, observed, made);
  if (obstacle) return obstacle;
  // nothing of what was to be read is news, and nothing else differs
  if (
    observed &&
    !diff.mustReplace &&
    made.fresh.every((key) => isThere(key, observed)) &&
    inSync({ ...diff, refresh: [] })
  )
    return done(observed, diff, { fresh: [], failed: made.failed });
  const outcome = await write(delivery, diff, observed, made.fresh, deps);
  if (outcome.kind !== 'written') return notWritten(outcome, observed, [...diff.kept, ...made.failed]);
  const result = done(outcome.observed, diff, made);
  const repaired =
    observed?.proof === 'proven' && result.written.some((key) => observed.keys.get(key) === 'changed');
  return {
    ...result,
    removed: diff.drop,
    created: observed === undefined,
    replaced: diff.mustReplace,
    repaired,
  };
}

async function write(
  delivery: Delivery,
  diff: TargetDiff,
  observed: ObservedTarget | undefined,
  fresh: readonly FreshKey[],
  deps: DeliveryDeps,
): Promise<WriteOutcome> {
  const { writer, keyring, signal } = deps;
  const kept = diff.mustReplace ? undefined : observed;
  const change: TargetChange = {
    plan: delivery.plan,
    holder: delivery.holder,
    fresh,
    seen: delivery.seen,
    ...(delivery.once && { once: true }),
    remove: diff.drop,
    records: takenUp(recordsAfter(kept, diff, fresh, diff.drop), kept?.record?.holder, delivery.holder),
    restart: observed && (await restartFor(delivery, { fresh, remove: diff.drop }, observed, deps)),
  };
  if (!observed) return writer.create(createBody(change, keyring), signal);
  return diff.mustReplace
    ? writer.replace(createBody(change, keyring), observed, signal)
    : writer.patch(patchBody(change, observed, keyring), observed, signal);
}

function done(observed: ObservedTarget, diff: TargetDiff, made: FreshKeys): Delivered {
  return {
    kind: 'delivered',
    observed,
    written: made.fresh.map((key) => key.dataKey),
    removed: [],
    kept: [...diff.kept, ...made.failed],
    foreign: diff.foreign,
    created: false,
    replaced: false,
    repaired: false,
  };
}

function notWritten(
  outcome: Exclude<WriteOutcome, { kind: 'written' }>,
  observed: ObservedTarget | undefined,
  kept: readonly Kept[],
): DeliveryOutcome {
  if (outcome.kind === 'refused') return stopped(outcome.reason, outcome.message, observed, kept);
  return { kind: 'stale', observed, removed: [], kept };
}

function stopped(
  reason: Reason,
  message: string,
  observed: ObservedTarget | undefined,
  kept: readonly Kept[],
): DeliveryOutcome {
  return { kind: 'stopped', reason, message, observed, removed: [], kept };
}

function unreachable(contest: never): never {
  throw new Error(`no delivery follows from this contest: ${JSON.stringify(contest)}`);
}
