import type { Secret } from '../kube/kube-objects.ts';
import { MANAGED_LABEL } from '../model/marks.ts';
import { parseWish, type RestartWish, WISH_ANNOTATION } from '../model/restart-wish.ts';
import {
  ADOPT_ANNOTATION,
  DELIVERY_ANNOTATION,
  type DeliveryRecord,
  decodeRecord,
  HOLDER_ANNOTATION,
  ORPHANED_ANNOTATION,
  type Proof,
  valueMac,
} from './delivery-record.ts';
import { type Keyring, macEquals } from './keyring.ts';

/**
 * What is kept of a target Secret between reconciles: everything but its values. Whether a value is still the
 * one that was delivered is decided here, on arrival, and only the answer stays.
 */
export interface ObservedTarget {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Milliseconds since 1970, by the API server's clock. */
  readonly createdAt: number;
  readonly type: string;
  readonly immutable: boolean;
  readonly deleting: boolean;
  readonly managed: boolean;
  readonly holderText: string;
  readonly adopt: string | undefined;
  readonly orphanedSince: string | undefined;
  /** Set while workloads have to be restarted for a change of its data. */
  readonly restart: RestartWish | undefined;
  readonly hasOwner: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Only those that the target's spec asked for: others may hold copies of values, as kubectl's last-applied does. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What was delivered. Undefined where the annotation is missing, edited or forged. */
  readonly record: DeliveryRecord | undefined;
  readonly proof: Proof | 'none';
  /** The record is what this process saw before; the one on the Secret was edited and has to be written again. */
  readonly recordEdited: boolean;
  /** Every data key, and whether its bytes are those of the record. */
  readonly keys: ReadonlyMap<string, 'intact' | 'changed' | 'foreign'>;
  /** Bytes of each data key, for the limit on the whole; never shown. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * `before` is what was last seen under that name. An edit of our annotations does not take a Secret from whom it
 * was proven to belong to: as long as it is the same object, what was proven stays.
 */
export function observeTarget(secret: Secret, keyring: Keyring, before?: ObservedTarget): ObservedTarget {
  const { metadata } = secret;
  const place = { namespace: metadata.namespace ?? '', name: metadata.name };
  const annotations = metadata.annotations ?? {};
  const decoded = decodeRecord(annotations[DELIVERY_ANNOTATION] ?? '', place, keyring);
  const remembered =
    decoded?.proof !== 'proven' &&
    decoded?.proof !== 'newer' &&
    before?.uid === metadata.uid &&
    before.proof === 'proven'
      ? before.record
      : undefined;
  const record = remembered ?? (decoded?.proof === 'invalid' ? undefined : decoded?.record);
  const proof = remembered ? 'proven' : (decoded?.proof ?? 'none');
  return {
    ...place,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    createdAt: Date.parse(metadata.creationTimestamp ?? '1970-01-01'),
    type: secret.type ?? 'Opaque',
    immutable: secret.immutable === true,
    deleting: metadata.deletionTimestamp !== undefined,
    managed: metadata.labels?.[MANAGED_LABEL] === 'true',
    holderText: annotations[HOLDER_ANNOTATION] ?? '',
    adopt: annotations[ADOPT_ANNOTATION],
    orphanedSince: annotations[ORPHANED_ANNOTATION],
    restart: parseWish(annotations[WISH_ANNOTATION]),
    hasOwner: (metadata.ownerReferences ?? []).length > 0,
    labels: metadata.labels ?? {},
    annotations: ofKeys(annotations, proof === 'proven' ? (record?.annotations ?? []) : []),
    record,
    proof,
    recordEdited: remembered !== undefined,
    keys: judgeKeys(secret, place, record, keyring),
    sizes: new Map(
      Object.entries(secret.data ?? {}).map(([key, base64]) => [key, Buffer.byteLength(base64, 'base64')]),
    ),
  };
}

function judgeKeys(
  secret: Secret,
  place: { namespace: string; name: string },
  record: DeliveryRecord | undefined,
  keyring: Keyring,
): Map<string, 'intact' | 'changed' | 'foreign'> {
  const judged = new Map<string, 'intact' | 'changed' | 'foreign'>();
  for (const [dataKey, base64] of Object.entries(secret.data ?? {})) {
    const known = record && Object.hasOwn(record.keys, dataKey) ? record.keys[dataKey] : undefined;
    if (!known) {
      judged.set(dataKey, 'foreign');
      continue;
    }
    const mac = valueMac(keyring, place, dataKey, known.source, Buffer.from(base64, 'base64'));
    judged.set(dataKey, macEquals(mac, known.mac) ? 'intact' : 'changed');
  }
  return judged;
}

function ofKeys(map: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.flatMap((key) => (Object.hasOwn(map, key) ? [[key, map[key] ?? '']] : [])));
}
