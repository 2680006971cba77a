import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../model/canonical-json.ts';
import type { KeyPlan, PlanLine } from '../model/plan.ts';
import { type Keyring, macEquals } from './keyring.ts';

export const HOLDER_ANNOTATION = 'secretscope.dev/holder';
export const DELIVERY_ANNOTATION = 'secretscope.dev/delivery';
export const ADOPT_ANNOTATION = 'secretscope.dev/adopt';
export const ORPHANED_ANNOTATION = 'secretscope.dev/orphaned-since';

/** Who holds a Secret: a scope and one of its targets. */
export type Holder = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
};

/** What was delivered under one data key: from where, with which versions, and the MAC of the bytes. */
export type KeyRecord = {
  /** Digest of the recipe and of where each value came from, versions included; no value enters it. */
  readonly source: string;
  readonly mac: string;
  /** `NAME@version` of every name in it. */
  readonly names: readonly string[];
  /** UIDs of the scopes that supplied it; a trailing `?` marks a discovered entry. */
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
  readonly keys: Readonly<Record<string, KeyRecord>>;
};

/** `proven`: ours for certain. `unknownKey`: written with a key that is lost. `invalid`: edited or forged. */
export type Proof = 'proven' | 'unknownKey' | 'invalid';

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

export function decodeRecord(
  text: string,
  secret: { namespace: string; name: string },
  keyring: Keyring,
): { record: DeliveryRecord; proof: Proof } | undefined {
  const parsed = parseJson(text);
  if (!isRecordEnvelope(parsed)) return undefined;
  const body = canonicalJson(parsed.record);
  if (parsed.kid !== keyring.keyId) return { record: parsed.record, proof: 'unknownKey' };
  const proof = macEquals(recordMac(body, secret, keyring), parsed.mac) ? 'proven' : 'invalid';
  return { record: parsed.record, proof };
}

/** The annotation is text that a tenant may have edited: anything odd is no record. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

interface Envelope {
  readonly v: 1;
  readonly kid: string;
  readonly mac: string;
  readonly record: DeliveryRecord;
}

function isRecordEnvelope(value: unknown): value is Envelope {
  if (
    !isObject(value) ||
    value['v'] !== 1 ||
    typeof value['kid'] !== 'string' ||
    typeof value['mac'] !== 'string'
  )
    return false;
  const record = value['record'];
  if (!isObject(record) || !isObject(record['holder']) || !isObject(record['keys'])) return false;
  const holder = record['holder'];
  if (!isTextList(record['labels']) || !isTextList(record['annotations'])) return false;
  const texts = [holder['namespace'], holder['name'], holder['uid'], record['target'], record['subject']];
  return texts.every((text) => typeof text === 'string') && Object.values(record['keys']).every(isKeyRecord);
}

function isKeyRecord(value: unknown): boolean {
  if (!isObject(value) || typeof value['source'] !== 'string' || typeof value['mac'] !== 'string')
    return false;
  return isTextList(value['names']) && isTextList(value['suppliers']);
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
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
  return line.explicit ? line.scope.uid : `${line.scope.uid}?`;
}
