import { canonicalJson } from '../model/canonical-json.ts';
import type { PlanLine } from '../model/plan.ts';
import { SecretValue } from '../model/secret-value.ts';
import type { LineValue } from '../model/value-answer.ts';
import type { Kept, Refresh } from './compare-target.ts';
import { composeValue } from './compose-value.ts';
import { type KeyRecord, sourceDigest, supplierOf, valueMac } from './delivery-record.ts';
import { type Keyring, macEquals } from './keyring.ts';
import type { ObservedTarget } from './observed-target.ts';

/** The bytes of one data key, ready to be written, and their record. */
export interface FreshKey {
  readonly dataKey: string;
  readonly value: SecretValue;
  readonly record: KeyRecord;
}

export interface FreshKeys {
  readonly fresh: readonly FreshKey[];
  readonly failed: readonly Kept[];
}

/** Composes every data key that has to be refreshed. A key with a name that could not be read is `failed`. */
export function composeKeys(
  place: { namespace: string; name: string },
  refresh: readonly Refresh[],
  reads: ReadonlyMap<PlanLine, LineValue>,
  keyring: Keyring,
): FreshKeys {
  const fresh: FreshKey[] = [];
  const failed: Kept[] = [];
  for (const item of refresh) {
    const result = composeKey(place, item, reads, keyring);
    if ('value' in result) fresh.push(result);
    else failed.push(result);
  }
  return { fresh, failed };
}

/**
 * Whether exactly these bytes of exactly these versions are delivered already: what was known of the source may be older
 * than the source, and older than the Secret.
 */
export function isThere(
  { dataKey, record }: FreshKey,
  { proof, keys, record: delivered }: ObservedTarget,
): boolean {
  if (proof !== 'proven' || keys.get(dataKey) !== 'intact' || !delivered) return false;
  const old = Object.hasOwn(delivered.keys, dataKey) ? delivered.keys[dataKey] : undefined;
  return old !== undefined && canonicalJson(old) === canonicalJson(record);
}

/**
 * Whether a data key gets other bytes than it was given before. `unknown`: no record that is proven tells what it was
 * given, and something is there. An edit by hand that is mended is no change: the same is delivered as before.
 */
export function comparedToDelivered(
  { dataKey, value }: FreshKey,
  { namespace, name, proof, keys, record: delivered }: ObservedTarget,
  keyring: Keyring,
): 'same' | 'other' | 'unknown' {
  const old =
    proof === 'proven' && delivered && Object.hasOwn(delivered.keys, dataKey) && delivered.keys[dataKey];
  if (!old) return keys.has(dataKey) ? 'unknown' : 'other';
  const mac = valueMac(keyring, { namespace, name }, dataKey, old.source, value.reveal());
  return macEquals(mac, old.mac) ? 'same' : 'other';
}

function composeKey(
  place: { namespace: string; name: string },
  item: Refresh,
  reads: ReadonlyMap<PlanLine, LineValue>,
  keyring: Keyring,
): FreshKey | Kept {
  const { plan } = item;
  const values = new Map<string, SecretValue>();
  const versions: string[] = [];
  for (const line of plan.lines) {
    const read = reads.get(line);
    if (read?.kind !== 'value') return keptFor(plan.dataKey, read);
    values.set(line.name, read.value);
    versions.push(read.version);
  }
  for (const name of plan.emptyNames) values.set(name, emptyValue());
  const made = composeValue(plan.dataKey, plan.recipe, values);
  if (made.kind === 'failed') return { dataKey: plan.dataKey, reason: made.reason, message: made.message };
  // the versions that were really read: the source may have moved on since it was described
  const source = sourceDigest(plan, versions);
  const mac = valueMac(keyring, place, plan.dataKey, source, made.value.reveal());
  const names = plan.lines.map((line, index) => `${line.name}@${versions[index] ?? ''}`);
  return {
    dataKey: plan.dataKey,
    value: made.value,
    record: { source, mac, names, suppliers: plan.lines.map(supplierOf) },
  };
}

function keptFor(dataKey: string, read: Exclude<LineValue, { kind: 'value' }> | undefined): Kept {
  if (!read)
    return { dataKey, reason: 'InternalError', message: `${dataKey} was not read; the operator tries again` };
  return { dataKey, reason: read.reason, message: read.message };
}

function emptyValue(): SecretValue {
  return new SecretValue(Buffer.alloc(0));
}
