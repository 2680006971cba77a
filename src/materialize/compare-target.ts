import type { KeyPlan, PlanLine, TargetPlan, Uncertain } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import type { LineVersion } from '../model/value-answer.ts';
import {
  deliveredNames,
  isLost,
  type KeyRecord,
  type MayStay,
  sourceDigest,
  supplierOf,
} from './delivery-record.ts';
import type { ObservedTarget } from './observed-target.ts';
import { metadataDiffers } from './target-metadata.ts';

export type DeliverPlan = Extract<KeyPlan, { kind: 'deliver' }>;

/** A data key whose bytes have to be read anew. */
export interface Refresh {
  readonly plan: DeliverPlan;
  readonly versions: readonly string[];
}

/** A data key that keeps the bytes it has, and why it has no newer ones. */
export interface Kept {
  readonly dataKey: string;
  readonly reason: Reason;
  readonly message: string;
}

/** What one target Secret needs. Decided from versions alone. */
export interface TargetDiff {
  readonly refresh: readonly Refresh[];
  /** Delivered, with the bytes and versions that the plan wants. */
  readonly current: readonly { readonly plan: DeliverPlan; readonly record: KeyRecord }[];
  readonly kept: readonly Kept[];
  /** Data keys that authority takes away: leave at once, whatever else is wrong. */
  readonly withdraw: readonly string[];
  /** Data keys that the target no longer asks for: leave with the next write. */
  readonly drop: readonly string[];
  readonly foreign: readonly string[];
  /** Labels, annotations, holder or record differ from what the plan wants. */
  readonly metadataDiffers: boolean;
  /** The Secret cannot be changed into what the plan wants: it has to be replaced. */
  readonly mustReplace: boolean;
}

export interface CompareInput {
  readonly plan: TargetPlan;
  readonly versions: ReadonlyMap<PlanLine, LineVersion>;
  readonly observed: ObservedTarget | undefined;
  readonly holderUid: string;
  /** Suspended scopes take no new values; withdrawal goes on. */
  readonly suspended: boolean;
  /** Whether authority still lets a name stay that was delivered earlier. */
  readonly mayStay: MayStay;
  /** Of a Snapshot, which is immutable from its first write on. */
  readonly once?: boolean;
}

export function compareTarget(input: CompareInput): TargetDiff {
  const { plan, observed } = input;
  const decided = [...plan.keys.map((key) => decidePlanned(input, key)), ...unplannedKeys(input)];
  const current = decided.flatMap((item) => (item.kind === 'current' ? [item] : []));
  const planned = new Set(plan.keys.map((key) => key.dataKey));
  const keptKeys = decided.flatMap((item) => (item.kind === 'kept' ? [item.kept] : []));
  return {
    refresh: decided.flatMap((item) => (item.kind === 'refresh' ? [item.refresh] : [])),
    current: current.map(({ plan: keyPlan, record }) => ({ plan: keyPlan, record })),
    kept: keptKeys,
    withdraw: decided.flatMap((item) => (item.kind === 'withdraw' ? [item.dataKey] : [])),
    drop: decided.flatMap((item) => (item.kind === 'drop' ? [item.dataKey] : [])),
    foreign: [...(observed?.keys ?? [])]
      .filter(([key, state]) => state === 'foreign' && !planned.has(key))
      .map(([key]) => key),
    metadataDiffers:
      observed !== undefined &&
      (current.some((item) => item.recordDiffers) ||
        subjectDiffers(plan, observed, keptKeys) ||
        metadataDiffers(plan, observed, input.holderUid)),
    mustReplace: mustReplace(input),
  };
}

type Decided =
  | { readonly kind: 'refresh'; readonly refresh: Refresh }
  | {
      readonly kind: 'current';
      readonly plan: DeliverPlan;
      readonly record: KeyRecord;
      readonly recordDiffers: boolean;
    }
  | { readonly kind: 'kept'; readonly kept: Kept }
  | { readonly kind: 'withdraw' | 'drop'; readonly dataKey: string }
  | { readonly kind: 'nothing' };

function decidePlanned(input: CompareInput, key: KeyPlan): Decided {
  const { dataKey } = key;
  const record = presentRecord(input.observed, dataKey);
  // also where a replacement is planned: it may be long in coming, or never come
  if (record && (key.kind === 'withdraw' || isLost(record, input.mayStay)))
    return { kind: 'withdraw', dataKey };
  if (key.kind === 'withdraw') return { kind: 'nothing' };
  if (key.kind === 'keep') return kept(dataKey, key);
  const doubt = record && lockInDoubt(input.plan, record);
  return doubt ? kept(dataKey, doubt) : decideDelivery(input, key, record);
}

/**
 * A locked value whose level is not known now: while the lock may still hold, no entry below may take its place,
 * or deleting and restoring an organization would flip the values of everybody below it.
 */
function lockInDoubt({ uncertain }: TargetPlan, record: KeyRecord): Uncertain | undefined {
  if (!uncertain?.levelsMissing) return undefined;
  const inDoubt = deliveredNames(record).some(
    ({ locked, supplier }) => locked && !uncertain.known.has(supplier),
  );
  return inDoubt ? uncertain : undefined;
}

/** What was delivered under a data key that is still there; somebody else's key has no record. */
function presentRecord(observed: ObservedTarget | undefined, dataKey: string): KeyRecord | undefined {
  const records = observed?.record?.keys;
  if (!records || !observed.keys.has(dataKey)) return undefined;
  return Object.hasOwn(records, dataKey) ? records[dataKey] : undefined;
}

function decideDelivery(input: CompareInput, plan: DeliverPlan, record: KeyRecord | undefined): Decided {
  const { dataKey } = plan;
  const answers = plan.lines.map((line) => input.versions.get(line) ?? notAsked(line));
  const failed = answers.find((answer) => answer.kind === 'failed');
  if (failed) return kept(dataKey, failed);
  const versions = answers.map((answer) => (answer.kind === 'known' ? answer.version : ''));
  const stays =
    record?.source === sourceDigest(plan, versions) && input.observed?.keys.get(dataKey) === 'intact';
  // a Secret that has to be replaced needs every value once more
  if (stays && !mustReplace(input)) return current(plan, record);
  if (input.suspended) {
    const message = `${dataKey} has a newer value, which waits because spec.suspend is true`;
    return kept(dataKey, { reason: 'Suspended', message });
  }
  return { kind: 'refresh', refresh: { plan, versions } };
}

function notAsked(line: PlanLine): LineVersion {
  const message = `the version of ${line.name} was not asked for; the operator tries again`;
  return { kind: 'failed', reason: 'InternalError', message };
}

/** The bytes are right; who supplies them may be written down differently by now. */
function current(plan: DeliverPlan, record: KeyRecord): Decided {
  const suppliers = plan.lines.map(supplierOf);
  const recordDiffers = suppliers.join() !== record.suppliers.join();
  return { kind: 'current', plan, record: { ...record, suppliers }, recordDiffers };
}

function kept(dataKey: string, { reason, message }: { reason: Reason; message: string }): Decided {
  return { kind: 'kept', kept: { dataKey, reason, message } };
}

/** Data keys that were delivered and are not in the plan. */
function unplannedKeys(input: CompareInput): Decided[] {
  const planned = new Set(input.plan.keys.map((key) => key.dataKey));
  const records = Object.entries(input.observed?.record?.keys ?? {});
  return records
    .filter(([dataKey]) => !planned.has(dataKey))
    .map(([dataKey, record]) => decideUnplanned(input, dataKey, record));
}

function decideUnplanned(input: CompareInput, dataKey: string, record: KeyRecord): Decided {
  const { offeredBy, uncertain, frozen } = input.plan;
  // without the bytes there is only a record left to drop
  if (!input.observed?.keys.has(dataKey)) return { kind: 'drop', dataKey };
  if (isLost(record, input.mayStay)) return { kind: 'withdraw', dataKey };
  if (frozen) return kept(dataKey, frozen);
  const offered = deliveredNames(record).every(({ name, supplier }) => offeredBy.get(name)?.has(supplier));
  if (offered || !uncertain) return { kind: 'drop', dataKey };
  // its supplier is not known now, so that nobody asks for it proves nothing
  return kept(dataKey, uncertain);
}

function mustReplace({ plan, observed, once = false }: CompareInput): boolean {
  return observed !== undefined && (once || observed.type !== plan.type || observed.immutable);
}

/** The subject of a plan in which keys are missing is that of the moment: whoever comes back would be written twice. */
function subjectDiffers(plan: TargetPlan, observed: ObservedTarget, keptKeys: readonly Kept[]): boolean {
  return keptKeys.length === 0 && observed.record?.subject !== plan.subject;
}

/** Whether anything is left to do. Foreign keys alone are not: they belong to somebody else. */
export function inSync(diff: TargetDiff): boolean {
  return (
    diff.refresh.length === 0 &&
    diff.withdraw.length === 0 &&
    diff.drop.length === 0 &&
    !diff.metadataDiffers &&
    !diff.mustReplace
  );
}
