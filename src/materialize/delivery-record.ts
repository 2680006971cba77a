import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../model/canonical-json.ts';
import type { DeliveredName, KeyPlan, PlanLine } from '../model/plan.ts';
import { type Keyring, macEquals } from './keyring.ts';
import { isPlainJson } from './plain-json.ts';
import { SharedLists } from './shared-list.ts';

export const HOLDER_ANNOTATION = 'secretscope.dev/holder';
export const DELIVERY_ANNOTATION = 'secretscope.dev/delivery';
export const ADOPT_ANNOTATION = 'secretscope.dev/adopt';
export const ORPHANED_ANNOTATION = 'secretscope.dev/orphaned-since';

/** Who holds a Secret: a scope by one of its targets, or a claim. */
export type Holder = {
  /** Absent: a SecretScope. */
  readonly kind?: 'SecretClaim';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
};

/** The holder as people write it in `secretscope.dev/adopt`: `namespace/name`, or `SecretClaim/namespace/name`. */
export function holderText({ kind, namespace, name }: Holder): string {
  return `${kind === undefined ? '' : `${kind}/`}${namespace}/${name}`;
}

/** What was delivered under one data key: from where, with which versions, and the MAC of the bytes. */
export type KeyRecord = {
  /** Digest of the recipe and of where each value came from, versions included; no value enters it. */
  readonly source: string;
  readonly mac: string;
  /** `NAME@version` of every name in it. */
  readonly names: readonly string[];
  /** For each name, the UID of the scope that supplied it; a trailing `?` marks a discovered entry, a `!` a locked one. */
  readonly suppliers: readonly string[];
};

/**
 * What the operator writes beside the data it delivers, so that after a restart it neither reads a provider nor
 * writes a Secret when nothing changed. The MAC over all of it proves that this installation wrote it, for
 * exactly this Secret.
 */
export type DeliveryRecord = {
  readonly holder: Holder;
  readonly target: string;
  readonly deletionPolicy: 'Delete' | 'Retain';
  readonly subject: string;
  /** Keys of the labels and annotations that the target's spec asked for, so that they can be taken off again. */
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  /** What it was decided on; absent in records of versions that did not write it down. */
  readonly seen?: SeenGenerations;
  readonly keys: Readonly<Record<string, KeyRecord>>;
};

/** By UID: the generation of each object that a decision was made from. Whoever is shown an older one is behind. */
export type SeenGenerations = Readonly<Record<string, number>>;

// by a later version of this installation, with members that mean nothing here: `newer`
/** `proven`: ours for certain. `unknownKey`: written with a key that is lost. `invalid`: edited or forged. */
export type Proof = 'proven' | 'unknownKey' | 'invalid' | 'newer';

export function encodeRecord(
  record: DeliveryRecord,
  secret: { namespace: string; name: string },
  keyring: Keyring,
): string {
  const body = canonicalJson(record);
  return JSON.stringify({
    v: 1,
    kid: keyring.keyId,
    mac: recordMac(body, secret, keyring),
    record: JSON.parse(body) as Json,
  });
}

function recordMac(body: string, secret: { namespace: string; name: string }, keyring: Keyring): string {
  return keyring.mac(['record', secret.namespace, secret.name, body]);
}

/** Reads a record; undefined when the text is none. Never throws: whoever may write the Secret may write anything. */
export function decodeRecord(
  text: string,
  secret: { namespace: string; name: string },
  keyring: Keyring,
): { record: DeliveryRecord; proof: Proof } | undefined {
  const envelope = parseJson(text);
  if (!isObject(envelope) || envelope['v'] !== 1) return undefined;
  const { kid, mac } = envelope;
  const record = recordOf(envelope['record']);
  if (!record || typeof kid !== 'string' || typeof mac !== 'string') return undefined;
  if (kid !== keyring.keyId) return { record, proof: 'unknownKey' };
  const isMac = (of: Json) => macEquals(recordMac(canonicalJson(of), secret, keyring), mac);
  if (isMac(record)) return { record, proof: 'proven' };
  // members that were added by hand do not have the MAC of the whole
  const whole = envelope['record'];
  return { record, proof: isPlainJson(whole) && isMac(whole) ? 'newer' : 'invalid' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Takes the members that a record has, and nothing else: what is nested deeper or is no text goes no further. */
function recordOf(value: unknown): DeliveryRecord | undefined {
  if (!isObject(value)) return undefined;
  const { target, deletionPolicy, subject, labels, annotations } = value;
  const holder = holderOf(value['holder']);
  const keys = keyRecordsOf(value['keys']);
  if (!holder || !keys || typeof target !== 'string' || typeof subject !== 'string') return undefined;
  if (deletionPolicy !== 'Delete' && deletionPolicy !== 'Retain') return undefined;
  if (!isTextList(labels) || !isTextList(annotations)) return undefined;
  const seen = value['seen'];
  if (seen !== undefined && !isGenerations(seen)) return undefined;
  const whole: DeliveryRecord = { holder, target, deletionPolicy, subject, labels, annotations, keys };
  return seen === undefined ? whole : { ...whole, seen };
}

function holderOf(value: unknown): Holder | undefined {
  if (!isObject(value)) return undefined;
  const { kind, namespace, name, uid } = value;
  if (typeof namespace !== 'string' || typeof name !== 'string' || typeof uid !== 'string') return undefined;
  if (kind !== undefined && kind !== 'SecretClaim') return undefined;
  return { ...(kind && { kind }), namespace, name, uid };
}

function keyRecordsOf(value: unknown): Record<string, KeyRecord> | undefined {
  if (!isObject(value)) return undefined;
  const keys = Object.entries(value).map(([dataKey, item]) => [dataKey, keyRecordOf(item)] as const);
  const known = keys.filter((key): key is readonly [string, KeyRecord] => key[1] !== undefined);
  return known.length === keys.length ? Object.fromEntries(known) : undefined;
}

// 25 keys of a Secret are 3 kB less: records of thousands of Secrets are held
const SUPPLIERS = new SharedLists();

function keyRecordOf(value: unknown): KeyRecord | undefined {
  if (!isObject(value)) return undefined;
  const { source, mac, names, suppliers } = value;
  if (typeof source !== 'string' || typeof mac !== 'string') return undefined;
  if (!isTextList(names) || !isTextList(suppliers) || names.length !== suppliers.length) return undefined;
  return { source, mac, names, suppliers: SUPPLIERS.share(suppliers) };
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isGenerations(value: unknown): value is Record<string, number> {
  return isObject(value) && Object.values(value).every((item) => Number.isSafeInteger(item));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The MAC of one data key's bytes, bound to its Secret, key and source: an old value under a new version never passes. */
export function valueMac(
  keyring: Keyring,
  secret: { namespace: string; name: string },
  dataKey: string,
  source: string,
  bytes: Buffer,
): string {
  return keyring.mac(['value', secret.namespace, secret.name, dataKey, source, bytes]);
}

/** Digest of where a data key's bytes come from: recipe, lines and the versions they have now. */
export function sourceDigest(
  key: Extract<KeyPlan, { kind: 'deliver' }>,
  versions: readonly string[],
): string {
  const lines = key.lines.map((line, index) => [
    line.name,
    line.scope.uid,
    line.backend.id.uid,
    line.backend.identity,
    line.key,
    line.property ?? null,
    line.encoding,
    versions[index] ?? null,
  ]);
  const json = canonicalJson([key.recipe, lines as Json, key.emptyNames]);
  return createHash('sha256').update(json).digest('base64url').slice(0, 22);
}

/** The supplier of a line as a record names it. */
export function supplierOf(line: PlanLine): string {
  return `${line.scope.uid}${line.explicit ? '' : '?'}${line.locked ? '!' : ''}`;
}

/** Whether a name that was delivered earlier may stay where it is, by the authority of now. */
export type MayStay = (delivered: DeliveredName) => boolean;

/** The names that went into a data key, each with the scope that supplied it. */
export function deliveredNames(record: KeyRecord): DeliveredName[] {
  return record.names.map((named, index) => {
    const [, supplier = '', discovered, locked] =
      /^([^?!]*)(\?)?(!)?$/.exec(record.suppliers[index] ?? '') ?? [];
    const name = named.slice(0, named.indexOf('@'));
    return { name, supplier, explicit: discovered === undefined, ...(locked ? { locked: true } : {}) };
  });
}

/** Whether at least one name in a data key may not stay. */
export function isLost(record: KeyRecord, mayStay: MayStay): boolean {
  return !deliveredNames(record).every(mayStay);
}

/** The data keys in which at least one name may not stay. */
export function keysLost(records: Readonly<Record<string, KeyRecord>>, mayStay: MayStay): string[] {
  return Object.entries(records).flatMap(([dataKey, record]) => (isLost(record, mayStay) ? [dataKey] : []));
}
