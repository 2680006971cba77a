import type { KubeDraft } from '../kube/kube-objects.ts';
import { API_VERSION } from '../model/kinds/common.ts';
import { MANAGED_LABEL } from '../model/marks.ts';
import { byName } from '../model/names.ts';
import type { TargetPlan } from '../model/plan.ts';
import { type RestartWish, WISH_ANNOTATION, wishText } from '../model/restart-wish.ts';
import type { TargetDiff } from './compare-target.ts';
import {
  ADOPT_ANNOTATION,
  DELIVERY_ANNOTATION,
  type DeliveryRecord,
  encodeRecord,
  HOLDER_ANNOTATION,
  type Holder,
  holderText,
  type KeyRecord,
  ORPHANED_ANNOTATION,
  type SeenGenerations,
} from './delivery-record.ts';
import type { FreshKey } from './fresh-keys.ts';
import type { Keyring } from './keyring.ts';
import type { ObservedTarget } from './observed-target.ts';
import { labelsOf, MANAGED_BY_LABEL } from './target-metadata.ts';

/** What a write makes of a target: keys that are set, keys that leave, and the record of what is then there. */
export interface TargetChange {
  readonly plan: TargetPlan;
  readonly holder: Holder;
  readonly fresh: readonly FreshKey[];
  readonly remove: readonly string[];
  readonly records: Readonly<Record<string, KeyRecord>>;
  readonly seen: SeenGenerations;
  /** This write changes data that workloads are to be restarted for. */
  readonly restart?: RestartWish | undefined;
  /** Written once, of a Snapshot: it is immutable, and goes with its claim. */
  readonly once?: boolean;
}

/** The body of a create. */
export interface SecretDraft extends KubeDraft {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly [field: string]: unknown };
  readonly type: string;
  readonly immutable?: boolean;
}

/** The body of a change: there is none without the UID and the version that it was planned for. */
export interface ObservedPatch extends Readonly<Record<string, unknown>> {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly [field: string]: unknown;
  };
}

/** The records of everything that will be in the Secret after a write. */
export function recordsAfter(
  observed: ObservedTarget | undefined,
  diff: TargetDiff,
  fresh: readonly FreshKey[],
  remove: readonly string[],
): Record<string, KeyRecord> {
  const after = new Map(Object.entries(recordsWithout(observed, remove)));
  for (const { plan, record } of diff.current) after.set(plan.dataKey, record);
  for (const { dataKey, record } of fresh) after.set(dataKey, record);
  return Object.fromEntries([...after].sort(([a], [b]) => byName(a, b)));
}

/**
 * The same, taken up by a holder that was deleted and made again: what it had supplied itself it goes on supplying
 * under its new UID. Otherwise nobody would be known to offer it, as soon as the record names the new holder.
 */
export function takenUp(
  records: Readonly<Record<string, KeyRecord>>,
  before: Holder | undefined,
  holder: Holder,
): Record<string, KeyRecord> {
  const isSame = before !== undefined && holderText(before) === holderText(holder);
  const renamed = (supplier: string) =>
    isSame && supplier.replace(/[?!]+$/, '') === before.uid
      ? supplier.replace(before.uid, holder.uid)
      : supplier;
  return Object.fromEntries(
    Object.entries(records).map(([key, record]) => [
      key,
      { ...record, suppliers: record.suppliers.map(renamed) },
    ]),
  );
}

function recordsWithout(
  observed: ObservedTarget | undefined,
  remove: readonly string[],
): Record<string, KeyRecord> {
  const entries = Object.entries(observed?.record?.keys ?? {});
  return Object.fromEntries(entries.filter(([key]) => !remove.includes(key) && observed?.keys.has(key)));
}

/** The body of the first write: a create, which fails if anything of that name exists. */
export function createBody(change: TargetChange, keyring: Keyring): SecretDraft {
  const { plan } = change;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: plan.secretName,
      namespace: plan.namespace,
      labels: labelsOf(plan),
      annotations: annotationsOf(change, keyring),
      ...(change.once && { ownerReferences: [ownerOf(change.holder)] }),
    },
    type: plan.type,
    data: encoded(change.fresh),
    ...(change.once && { immutable: true }),
  };
}

/** Garbage collection takes the Secret with its claim, also while no operator runs. */
function ownerOf({ kind = 'SecretClaim', name, uid }: Holder) {
  return { apiVersion: API_VERSION, kind, name, uid };
}

/**
 * The body of every later write: a merge patch that names the UID and the version it was planned for. It sets
 * and removes our own keys and leaves everybody else's alone, whoever owns the fields.
 */
export function patchBody(change: TargetChange, observed: ObservedTarget, keyring: Keyring): ObservedPatch {
  const data = { ...unset(change.remove), ...encoded(change.fresh) };
  // what a record that is not proven says of labels and annotations may be somebody else's wish
  const old = observed.proof === 'proven' ? observed.record : undefined;
  return {
    metadata: {
      ...precondition(observed),
      labels: { ...unset(old?.labels), ...labelsOf(change.plan) },
      annotations: {
        ...unset(old?.annotations),
        ...(observed.orphanedSince === undefined ? {} : { [ORPHANED_ANNOTATION]: null }),
        ...(observed.adopt === undefined ? {} : { [ADOPT_ANNOTATION]: null }),
        ...annotationsOf(change, keyring),
      },
    },
    ...(Object.keys(data).length > 0 ? { data } : {}),
  };
}

/** The patch that only takes keys away: it needs no plan, and everything else stays as it is. */
export function withdrawBody(
  observed: ObservedTarget,
  record: DeliveryRecord,
  keys: readonly string[],
  seen: SeenGenerations,
  keyring: Keyring,
  restart?: RestartWish,
): ObservedPatch {
  const left = { ...record, seen, keys: recordsWithout(observed, keys) };
  const annotations = { [DELIVERY_ANNOTATION]: encodeRecord(left, observed, keyring), ...wishOf(restart) };
  return { metadata: { ...precondition(observed), annotations }, data: unset(keys) };
}

/** The patch that lets a Secret go: it stays as it is, and is nobody's. */
export function releaseBody(observed: ObservedTarget): ObservedPatch {
  const annotations = unset([HOLDER_ANNOTATION, DELIVERY_ANNOTATION, ORPHANED_ANNOTATION, WISH_ANNOTATION]);
  return {
    metadata: { ...precondition(observed), labels: unset([MANAGED_LABEL, MANAGED_BY_LABEL]), annotations },
  };
}

/** The patch that notes something on a Secret of ours; null takes the note off. */
export function noteBody(observed: ObservedTarget, key: string, text: string | null): ObservedPatch {
  return { metadata: { ...precondition(observed), annotations: { [key]: text } } };
}

/** Without these two a patch would hit whatever has the name by now. */
function precondition({ uid, resourceVersion }: ObservedTarget) {
  return { uid, resourceVersion };
}

function annotationsOf(change: TargetChange, keyring: Keyring): Record<string, string> {
  const { plan, holder } = change;
  const record: DeliveryRecord = {
    holder,
    target: plan.secretName,
    deletionPolicy: plan.deletionPolicy,
    subject: plan.subject,
    labels: Object.keys(plan.labels),
    annotations: Object.keys(plan.annotations),
    seen: change.seen,
    keys: change.records,
  };
  const place = { namespace: plan.namespace, name: plan.secretName };
  return {
    ...plan.annotations,
    [HOLDER_ANNOTATION]: holderText(holder),
    [DELIVERY_ANNOTATION]: encodeRecord(record, place, keyring),
    ...wishOf(change.restart),
  };
}

function wishOf(restart: RestartWish | undefined): Record<string, string> {
  return restart ? { [WISH_ANNOTATION]: wishText(restart) } : {};
}

/** As the API server has it. */
export function encoded(fresh: readonly FreshKey[]): Record<string, string> {
  return Object.fromEntries(fresh.map(({ dataKey, value }) => [dataKey, value.reveal().toString('base64')]));
}

function unset(keys: readonly string[] | undefined): Record<string, null> {
  return Object.fromEntries((keys ?? []).map((key) => [key, null]));
}
