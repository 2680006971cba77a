import { MAX_TARGET_BYTES } from '../model/names.ts';
import { gravest, type Reason } from '../model/reasons.ts';
import type { Kept, TargetDiff } from './compare-target.ts';
import type { Delivery, Stopped } from './delivery.ts';
import type { FreshKeys } from './fresh-keys.ts';
import type { ObservedTarget } from './observed-target.ts';
import { missingForType } from './target-type.ts';

/** What is known when a write is about to be made. */
interface Situation {
  readonly delivery: Delivery;
  readonly diff: TargetDiff;
  readonly observed: ObservedTarget | undefined;
  readonly made: FreshKeys;
  /** Data keys that this write brings, as far as it is known. */
  readonly coming: readonly string[];
  readonly kept: readonly Kept[];
  /** `Secret namespace/name`, for messages. */
  readonly where: string;
}

type Obstacle = (situation: Situation) => Stopped | undefined;

/** What forbids the write so surely that no value has to be read to know it. */
export function obstacleToReading(
  delivery: Delivery,
  diff: TargetDiff,
  observed: ObservedTarget | undefined,
): Stopped | undefined {
  const situation = situationOf(delivery, diff, observed, { fresh: [], failed: [] });
  const coming = diff.refresh.map(({ plan }) => plan.dataKey);
  return firstOf([incomplete, notReplaceable, lacksForType], { ...situation, coming });
}

/** What forbids the write although values were read; the old Secret then stays as it is. */
export function obstacleToWriting(
  delivery: Delivery,
  diff: TargetDiff,
  observed: ObservedTarget | undefined,
  made: FreshKeys,
): Stopped | undefined {
  const obstacles = [incomplete, notReplaceable, tooLarge, lacksForType, nothingToCreate];
  return firstOf(obstacles, situationOf(delivery, diff, observed, made));
}

function situationOf(
  delivery: Delivery,
  diff: TargetDiff,
  observed: ObservedTarget | undefined,
  made: FreshKeys,
): Situation {
  const { namespace, secretName } = delivery.plan;
  const kept = [...diff.kept, ...made.failed];
  const coming = made.fresh.map((key) => key.dataKey);
  return { delivery, diff, observed, made, coming, kept, where: `Secret ${namespace}/${secretName}` };
}

function firstOf(obstacles: readonly Obstacle[], situation: Situation): Stopped | undefined {
  for (const obstacle of obstacles) {
    const stopped = obstacle(situation);
    if (stopped) return stopped;
  }
  return undefined;
}

function incomplete(situation: Situation): Stopped | undefined {
  const { delivery, diff, observed, where } = situation;
  const first = worstOf(situation);
  if (!delivery.plan.atomic || !first) return undefined;
  // labels and the record may still be mended: no data changes by that
  if (observed && diff.refresh.length === 0) return undefined;
  const message = `${where} is atomic and waits until every key can be delivered: ${first.message}`;
  return stopped(situation, first.reason, message);
}

function notReplaceable(situation: Situation): Stopped | undefined {
  const { diff, observed, kept, where } = situation;
  if (!diff.mustReplace || !observed) return undefined;
  const why = `${where} has another type, or is immutable, so it would have to be replaced`;
  if (observed.proof !== 'proven') {
    const command = `kubectl delete secret ${observed.name} -n ${observed.namespace}`;
    const message = `${why}; this operator deletes only what it provably made; delete it yourself: ${command}`;
    return stopped(situation, 'TargetConflict', message);
  }
  const [first] = kept;
  return (
    first &&
    stopped(situation, first.reason, `${why}, and waits until every key can be read: ${first.message}`)
  );
}

function tooLarge(situation: Situation): Stopped | undefined {
  const { diff, observed, made, where } = situation;
  if (bytesAfter(diff, observed, made) <= MAX_TARGET_BYTES) return undefined;
  const message = `${where} would hold more than 1 MiB; deliver fewer names, or split the target`;
  return stopped(situation, 'TargetTooLarge', message);
}

function bytesAfter(diff: TargetDiff, observed: ObservedTarget | undefined, made: FreshKeys): number {
  const sizes = new Map(diff.mustReplace ? [] : observed?.sizes);
  for (const key of [...diff.drop, ...diff.withdraw]) sizes.delete(key);
  for (const { dataKey, value } of made.fresh) sizes.set(dataKey, value.byteLength);
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function lacksForType(situation: Situation): Stopped | undefined {
  const { delivery, diff, observed, coming, where } = situation;
  const { plan } = delivery;
  const gone = new Set([...diff.drop, ...diff.withdraw]);
  const before = diff.mustReplace ? [] : [...(observed?.keys.keys() ?? [])];
  const keys = [...before.filter((key) => !gone.has(key)), ...coming];
  const lacking = missingForType(plan.type, new Set(keys));
  if (lacking.length === 0) return undefined;
  const cause = worstOf(situation);
  const why = cause?.message ?? 'name them in spec.targets[].keys';
  const message = `${where} of type ${plan.type} needs ${lacking.join(', ')}: ${why}`;
  return stopped(situation, cause?.reason ?? 'TargetRefused', message);
}

/** A Secret that would be empty is not made: its absence says so to a Pod, which waits for it. */
function nothingToCreate(situation: Situation): Stopped | undefined {
  const { delivery, observed, made, where } = situation;
  if (observed || made.fresh.length > 0) return undefined;
  if (delivery.suspended)
    return stopped(situation, 'Suspended', 'spec.suspend is true; nothing new is delivered');
  const first = worstOf(situation);
  if (first) return stopped(situation, first.reason, first.message);
  return stopped(situation, 'Resolved', `${where} is made as soon as there is something to put into it`);
}

/**
 * The gravest thing that is wrong, whichever list it is in: a name above that is not there is kept, one that is
 * refused is only missing, and the two must read the same.
 */
function worstOf({ delivery, kept }: Situation): { reason: Reason; message: string } | undefined {
  return gravest([...kept, ...delivery.plan.missing]);
}

function stopped({ observed, kept }: Situation, reason: Reason, message: string): Stopped {
  return { kind: 'stopped', reason, message, observed, removed: [], kept };
}
