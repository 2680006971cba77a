import { MAX_TARGET_BYTES } from '../model/names.ts';
import type { Reason } from '../model/reasons.ts';
import type { Kept, TargetDiff } from './compare-target.ts';
import type { Delivery, DeliveryOutcome } from './delivery.ts';
import type { FreshKeys } from './fresh-keys.ts';
import type { ObservedTarget } from './observed-target.ts';
import { missingForType } from './target-type.ts';

type Stopped = Extract<DeliveryOutcome, { kind: 'stopped' }>;

/** Everything that is known when the values were read and nothing is written yet. */
interface Situation {
  readonly delivery: Delivery;
  readonly diff: TargetDiff;
  readonly observed: ObservedTarget | undefined;
  readonly made: FreshKeys;
  readonly kept: readonly Kept[];
  /** `Secret namespace/name`, for messages. */
  readonly where: string;
}

/** What forbids the write although values were read; the old Secret then stays as it is. */
export function obstacleTo(
  delivery: Delivery,
  diff: TargetDiff,
  observed: ObservedTarget | undefined,
  made: FreshKeys,
): Stopped | undefined {
  const { namespace, secretName } = delivery.plan;
  const kept = [...diff.kept, ...made.failed];
  const situation = { delivery, diff, observed, made, kept, where: `Secret ${namespace}/${secretName}` };
  for (const obstacle of [incomplete, notReplaceable, tooLarge, lacksForType, nothingToCreate]) {
    const stopped = obstacle(situation);
    if (stopped) return stopped;
  }
  return undefined;
}

function incomplete({ delivery, diff, observed, kept, where }: Situation): Stopped | undefined {
  const first = kept[0] ?? delivery.plan.missing[0];
  if (!delivery.plan.atomic || !first) return undefined;
  // labels and the record may still be mended: no data changes by that
  if (observed && diff.refresh.length === 0) return undefined;
  return stopped(
    first.reason,
    `${where} is atomic and waits until every key can be delivered: ${first.message}`,
    kept,
  );
}

function notReplaceable({ diff, kept, where }: Situation): Stopped | undefined {
  const [first] = kept;
  if (!diff.mustReplace || !first) return undefined;
  const message = `${where} has to be replaced (its type changed, or it is immutable) and waits until every key can be read: ${first.message}`;
  return stopped(first.reason, message, kept);
}

function tooLarge({ diff, observed, made, kept, where }: Situation): Stopped | undefined {
  if (bytesAfter(diff, observed, made) <= MAX_TARGET_BYTES) return undefined;
  return stopped(
    'TargetTooLarge',
    `${where} would hold more than 1 MiB; deliver fewer names, or split the target`,
    kept,
  );
}

function bytesAfter(diff: TargetDiff, observed: ObservedTarget | undefined, made: FreshKeys): number {
  const sizes = new Map(diff.mustReplace ? [] : observed?.sizes);
  for (const key of [...diff.drop, ...diff.withdraw]) sizes.delete(key);
  for (const { dataKey, value } of made.fresh) sizes.set(dataKey, value.byteLength);
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function lacksForType({ delivery, diff, observed, made, kept, where }: Situation): Stopped | undefined {
  const { plan } = delivery;
  const gone = new Set([...diff.drop, ...diff.withdraw]);
  const stay = [...(observed?.keys.keys() ?? [])].filter((key) => !gone.has(key));
  const lacking = missingForType(plan.type, new Set([...stay, ...made.fresh.map((key) => key.dataKey)]));
  if (lacking.length === 0) return undefined;
  const cause = kept[0] ?? plan.missing[0];
  const why = cause?.message ?? 'name them in spec.targets[].keys';
  return stopped(
    cause?.reason ?? 'TargetRefused',
    `${where} of type ${plan.type} needs ${lacking.join(', ')}: ${why}`,
    kept,
  );
}

/** A Secret that would be empty because nothing could be had is not made: its absence says so to a Pod. */
function nothingToCreate({ delivery, observed, made, kept }: Situation): Stopped | undefined {
  if (observed || made.fresh.length > 0) return undefined;
  if (delivery.suspended) return stopped('Suspended', 'spec.suspend is true; nothing new is delivered', kept);
  const first = kept[0] ?? delivery.plan.missing[0];
  return first && stopped(first.reason, first.message, kept);
}

function stopped(reason: Reason, message: string, kept: readonly Kept[]): Stopped {
  return { kind: 'stopped', reason, message, kept };
}
