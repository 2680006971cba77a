import { MANAGED_LABEL } from '../model/marks.ts';
import type { KeyPlan, PlanLine, TargetPlan } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import type { LineVersion } from '../model/value-answer.ts';
import { type KeyRecord, sourceDigest } from './delivery-record.ts';
import type { ObservedTarget } from './observed-target.ts';

export type DeliverPlan = Extract<KeyPlan, { kind: 'deliver' }>;

/** A data key whose bytes have to be read anew. */
export interface Refresh {
  readonly plan: DeliverPlan;
  readonly source: string;
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
}

export function compareTarget(input: CompareInput): TargetDiff {
  const { plan, observed } = input;
  const records = observed?.record?.keys ?? {};
  const decided = plan.keys.map((key) => decideKey(input, key, records));
  const planned = new Set(plan.keys.map((key) => key.dataKey));
  const unplanned = Object.keys(records).filter((key) => !planned.has(key));
  const unsure = unplanned.filter((key) => supplierUnknown(plan, records[key]));
  const present = (key: string) => observed?.keys.has(key) === true;
  const foreign = [...(observed?.keys ?? [])]
    .filter(([key, state]) => state === 'foreign' && !planned.has(key))
    .map(([key]) => key);
  return {
    refresh: decided.flatMap((item) => (item.kind === 'refresh' ? [item.refresh] : [])),
    current: decided.flatMap((item) =>
      item.kind === 'current' ? [{ plan: item.plan, record: item.record }] : [],
    ),
    kept: [
      ...decided.flatMap((item) => (item.kind === 'kept' ? [item.kept] : [])),
      ...unsure.map((key) => keptForUncertainty(plan, key)),
    ],
    withdraw: decided.flatMap((item) =>
      item.kind === 'withdraw' && present(item.dataKey) && Object.hasOwn(records, item.dataKey)
        ? [item.dataKey]
        : [],
    ),
    drop: unplanned.filter((key) => !unsure.includes(key)),
    foreign,
    metadataDiffers: observed !== undefined && metadataDiffers(plan, observed, input.holderUid),
    mustReplace: mustReplace(plan, observed),
  };
}

type Decided =
  | { readonly kind: 'refresh'; readonly refresh: Refresh }
  | { readonly kind: 'current'; readonly plan: DeliverPlan; readonly record: KeyRecord }
  | { readonly kind: 'kept'; readonly kept: Kept }
  | { readonly kind: 'withdraw'; readonly dataKey: string };

function decideKey(input: CompareInput, key: KeyPlan, records: Readonly<Record<string, KeyRecord>>): Decided {
  const record = Object.hasOwn(records, key.dataKey) ? records[key.dataKey] : undefined;
  if (key.kind === 'withdraw') return { kind: 'withdraw', dataKey: key.dataKey };
  if (key.kind === 'keep') {
    if (key.uncertain && record && !supplierUnknown(input.plan, record))
      return { kind: 'withdraw', dataKey: key.dataKey };
    return { kind: 'kept', kept: { dataKey: key.dataKey, reason: key.reason, message: key.message } };
  }
  return decideDelivery(input, key, record);
}

function decideDelivery(input: CompareInput, plan: DeliverPlan, record: KeyRecord | undefined): Decided {
  const answers = plan.lines.map((line) => input.versions.get(line));
  const failed = answers.find((answer) => answer?.kind !== 'known');
  if (failed?.kind === 'failed')
    return { kind: 'kept', kept: { dataKey: plan.dataKey, reason: failed.reason, message: failed.message } };
  const versions = answers.map((answer) => (answer?.kind === 'known' ? answer.version : ''));
  const source = sourceDigest(plan, versions);
  const stays = record?.source === source && input.observed?.keys.get(plan.dataKey) === 'intact';
  // a Secret that has to be replaced needs every value once more
  if (stays && !mustReplace(input.plan, input.observed)) return { kind: 'current', plan, record };
  if (input.suspended) {
    const message = `${plan.dataKey} has a newer value, which waits because spec.suspend is true`;
    return { kind: 'kept', kept: { dataKey: plan.dataKey, reason: 'Suspended', message } };
  }
  return { kind: 'refresh', refresh: { plan, source, versions } };
}

function mustReplace(plan: TargetPlan, observed: ObservedTarget | undefined): boolean {
  return observed !== undefined && (observed.type !== plan.type || observed.immutable);
}

/** Whether a delivered key's supplier is not known now: then its absence from the plan proves nothing. */
function supplierUnknown(plan: TargetPlan, record: KeyRecord | undefined): boolean {
  const known = plan.uncertain?.known;
  if (!known || !record) return false;
  return record.suppliers.some((supplier) => {
    const discovered = supplier.endsWith('?');
    const knowledge = known.get(discovered ? supplier.slice(0, -1) : supplier);
    return knowledge === undefined || (discovered && knowledge === 'explicitOnly');
  });
}

function keptForUncertainty(plan: TargetPlan, dataKey: string): Kept {
  return {
    dataKey,
    reason: plan.uncertain?.reason ?? 'ParentUnknown',
    message: plan.uncertain?.message ?? '',
  };
}

/** The labels that every target carries besides the ones its spec asks for. */
export function labelsOf(plan: TargetPlan): Record<string, string> {
  return { ...plan.labels, [MANAGED_LABEL]: 'true', 'app.kubernetes.io/managed-by': 'secretscope' };
}

function metadataDiffers(plan: TargetPlan, observed: ObservedTarget, holderUid: string): boolean {
  const { record } = observed;
  if (observed.proof !== 'proven' || !record || record.holder.uid !== holderUid) return true;
  if (record.deletionPolicy !== plan.deletionPolicy || record.subject !== plan.subject) return true;
  if (
    observed.orphanedSince !== undefined ||
    observed.holderText !== `${record.holder.namespace}/${record.holder.name}`
  )
    return true;
  return !contains(observed.labels, labelsOf(plan)) || !contains(observed.annotations, plan.annotations);
}

function contains(
  actual: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => actual[key] === value);
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
