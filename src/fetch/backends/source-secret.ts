/**
 * A Secret of the cluster as a source: what may be one, its version, its payload. Pure; called by the kubernetes
 * backend.
 */

import type { KubeObject, Secret } from '../../kube/kube-objects.ts';
import { MANAGED_LABEL } from '../../model/marks.ts';
import { SecretValue } from '../../model/secret-value.ts';
import type { NoAnswer, ReadAnswer } from '../port.ts';

/** On everything that this product delivers: reading it back would go around access and approval. */
const CREDENTIAL_TYPES = ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'];

/** For lists and watches: metadata does not tell the type, the server does. */
export const SOURCE_FIELDS = CREDENTIAL_TYPES.map((type) => `type!=${type}`).join(',');

/** A name that a Secret can have. What cannot be one is absent without a call. */
export function isSecretName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}

/** A data key that a Secret can have. */
export function isDataKey(key: string): boolean {
  return key.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(key) && key !== '.' && !key.startsWith('..');
}

/** The uid too: a Secret that was deleted and created again may reach the same resourceVersion after a restore. */
export function versionOf({ metadata }: KubeObject): string {
  return `${metadata.uid}/${metadata.resourceVersion}`;
}

/** What metadata alone can tell; the type shows when it is read. */
export function isManaged({ metadata }: KubeObject): boolean {
  return metadata.labels?.[MANAGED_LABEL] === 'true';
}

export function isSource(secret: Secret): boolean {
  return !isManaged(secret) && !CREDENTIAL_TYPES.includes(secret.type ?? '');
}

/** `pinned` is readable only while it is the current one: Kubernetes keeps no other. */
export function currentVersion(
  object: KubeObject,
  pinned: string | undefined,
): NoAnswer | { readonly version: string } {
  if (!isStored(object)) return NOT_A_SECRET;
  if (isManaged(object)) return { kind: 'sourceRefused' };
  const version = versionOf(object);
  return pinned === undefined || pinned === version ? { version } : { kind: 'versionGone' };
}

export function readAnswer(secret: Secret, pinned: string | undefined): ReadAnswer {
  const current = currentVersion(secret, pinned);
  if ('kind' in current) return current;
  if (!isSource(secret)) return { kind: 'sourceRefused' };
  const fields = decoded(secret.data ?? {});
  if (!fields) return NOT_A_SECRET;
  return { kind: 'found', version: current.version, payload: { kind: 'fields', fields } };
}

const NOT_A_SECRET: NoAnswer = { kind: 'unavailable', code: 'NotASecret' };

/** What a client hands over is whatever a server sent. */
function isStored(object: unknown): boolean {
  const { metadata } = (object ?? {}) as {
    readonly metadata?: { readonly uid?: unknown; readonly resourceVersion?: unknown };
  };
  return typeof metadata?.uid === 'string' && typeof metadata.resourceVersion === 'string';
}

function decoded(data: unknown): Map<string, SecretValue> | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  const fields = new Map<string, SecretValue>();
  for (const [key, text] of Object.entries(data)) {
    if (typeof text !== 'string' || !isDataKey(key)) return undefined;
    fields.set(key, new SecretValue(Buffer.from(text, 'base64')));
  }
  return fields;
}
