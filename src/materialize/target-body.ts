import type { KubeDraft } from '../kube/kube-objects.ts';
import { MANAGED_LABEL } from '../model/marks.ts';
import { byName } from '../model/names.ts';
import type { TargetPlan } from '../model/plan.ts';
import { labelsOf, type TargetDiff } from './compare-target.ts';
import {
  ADOPT_ANNOTATION,
  DELIVERY_ANNOTATION,
  type DeliveryRecord,
  encodeRecord,
  HOLDER_ANNOTATION,
  type Holder,
  type KeyRecord,
  ORPHANED_ANNOTATION,
} from './delivery-record.ts';
import type { FreshKey } from './fresh-keys.ts';
import type { Keyring } from './keyring.ts';
import type { ObservedTarget } from './observed-target.ts';

/** What a write makes of a target: keys that are set, keys that leave, and the record of what is then there. */
export interface TargetChange {
  readonly plan: TargetPlan;
  readonly holder: Holder;
  readonly fresh: readonly FreshKey[];
  readonly remove: readonly string[];
  readonly records: Readonly<Record<string, KeyRecord>>;
}

/** The records of everything that will be in the Secret after a write. */
export function recordsAfter(
  observed: ObservedTarget | undefined,
  diff: TargetDiff,
  fresh: readonly FreshKey[],
  remove: readonly string[],
): Record<string, KeyRecord> {
  const before = observed?.record?.keys ?? {};
  const gone = new Set(remove);
  const entries: [string, KeyRecord][] = Object.entries(before).filter(
    ([key]) => !gone.has(key) && observed?.keys.has(key),
  );
  const after = new Map(entries);
  for (const { plan, record } of diff.current) after.set(plan.dataKey, record);
  for (const { dataKey, record } of fresh) after.set(dataKey, record);
  return Object.fromEntries([...after].sort(([a], [b]) => byName(a, b)));
}

/** The body of the first write: a create, which fails if anything of that name exists. */
export function createBody(change: TargetChange, keyring: Keyring): KubeDraft {
  const { plan } = change;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: plan.secretName,
      namespace: plan.namespace,
      labels: labelsOf(plan),
      annotations: annotationsOf(change, keyring),
    },
    type: plan.type,
    data: encoded(change.fresh),
  };
}

/**
 * The body of every later write: a merge patch that names the UID and the version it was planned for. It sets
 * and removes our own keys and leaves everybody else's alone, whoever owns the fields.
 */
export function patchBody(
  change: TargetChange,
  observed: ObservedTarget,
  keyring: Keyring,
): Record<string, unknown> {
  const removed = Object.fromEntries(change.remove.map((key) => [key, null]));
  const data = { ...removed, ...encoded(change.fresh) };
  const old = observed.record;
  return {
    metadata: {
      uid: observed.uid,
      resourceVersion: observed.resourceVersion,
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

/** The patch that lets a Secret go: it stays as it is, and is nobody's. */
export function releaseBody(observed: ObservedTarget): Record<string, unknown> {
  const annotations = { [HOLDER_ANNOTATION]: null, [DELIVERY_ANNOTATION]: null, [ORPHANED_ANNOTATION]: null };
  const labels = unset([...(observed.record?.labels ?? []), MANAGED_LABEL, 'app.kubernetes.io/managed-by']);
  return { metadata: { uid: observed.uid, resourceVersion: observed.resourceVersion, labels, annotations } };
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
    keys: change.records,
  };
  const place = { namespace: plan.namespace, name: plan.secretName };
  return {
    ...plan.annotations,
    [HOLDER_ANNOTATION]: `${holder.namespace}/${holder.name}`,
    [DELIVERY_ANNOTATION]: encodeRecord(record, place, keyring),
  };
}

function encoded(fresh: readonly FreshKey[]): Record<string, string> {
  return Object.fromEntries(fresh.map(({ dataKey, value }) => [dataKey, value.reveal().toString('base64')]));
}

function unset(keys: readonly string[] | undefined): Record<string, null> {
  return Object.fromEntries((keys ?? []).map((key) => [key, null]));
}
