/**
 * Owns: what a target Secret's metadata tells of what was delivered into it. Used by: explain and diff.
 * Nothing is decided from it: whoever may edit a Secret may write these annotations, and only the operator has the key
 * that proves them.
 */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { type KubeObject, SECRETS } from '../kube/kube-objects.ts';
import { isRecord } from './offline-read.ts';

export const HOLDER = 'secretscope.dev/holder';
export const DELIVERY = 'secretscope.dev/delivery';
/** Under which name the operator owns fields. */
const MANAGER = 'secretscope';

export interface TargetRecord {
  /** `namespace/name` of the Secret. */
  readonly secret: string;
  /** `namespace/name` of a scope, `SecretClaim/namespace/name`, or empty: not one of ours. */
  readonly holder: string;
  readonly keys: ReadonlyMap<string, readonly DeliveredName[]>;
  /** When the operator last wrote it: what is in it is there since then at the latest. */
  readonly writtenAt: string | undefined;
}

export interface DeliveredName {
  readonly name: string;
  readonly version: string;
  /** UID of the scope that supplied it. */
  readonly supplier: string;
}

export type TargetLook =
  | { readonly kind: 'found'; readonly record: TargetRecord }
  | { readonly kind: 'absent' | 'forbidden' };

/** Reads metadata alone: the answer of the API server holds no data. */
export async function lookAtTarget(kube: KubeClient, namespace: string, name: string): Promise<TargetLook> {
  try {
    return { kind: 'found', record: recordOf(await kube.getMetadata(SECRETS, { namespace, name })) };
  } catch (error) {
    if (isKubeError(error, 'notFound')) return { kind: 'absent' };
    if (isKubeError(error, 'forbidden')) return { kind: 'forbidden' };
    throw error;
  }
}

export function recordOf({ metadata }: KubeObject): TargetRecord {
  const { namespace = '', name, annotations = {}, managedFields = [] } = metadata;
  const envelope = parsed(annotations[DELIVERY] ?? '');
  const record = isRecord(envelope) && isRecord(envelope['record']) ? envelope['record'] : {};
  const keys = isRecord(record['keys']) ? Object.entries(record['keys']) : [];
  return {
    secret: `${namespace}/${name}`,
    holder: annotations[HOLDER] ?? '',
    keys: new Map(keys.map(([dataKey, item]) => [dataKey, namesIn(item)])),
    writtenAt: latest(managedFields),
  };
}

function namesIn(item: unknown): DeliveredName[] {
  if (!isRecord(item)) return [];
  const { names, suppliers } = item;
  if (!Array.isArray(names) || !Array.isArray(suppliers)) return [];
  return names.flatMap((named: unknown, index) => {
    const at = typeof named === 'string' ? named.indexOf('@') : -1;
    if (typeof named !== 'string' || at < 0) return [];
    // marks behind it: a discovered entry, a locked one
    const supplier = String(suppliers[index] ?? '').replace(/[?!]+$/, '');
    return [{ name: named.slice(0, at), version: named.slice(at + 1), supplier }];
  });
}

function latest(managedFields: readonly unknown[]): string | undefined {
  const times = managedFields.flatMap((field) =>
    isRecord(field) && field['manager'] === MANAGER && typeof field['time'] === 'string'
      ? [field['time']]
      : [],
  );
  return times.sort().at(-1);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
