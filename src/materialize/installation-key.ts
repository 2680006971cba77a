import { randomBytes } from 'node:crypto';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { SECRETS } from '../kube/kube-objects.ts';
import { type Keyring, keyringFrom } from './keyring.ts';

const KEYS_SECRET = 'secretscope-keys';
const HMAC_FIELD = 'hmac';

/**
 * The installation's key, from a Secret of the operator's own namespace; made at the first start. Losing it
 * costs one more read of every value and a new stamp on every Secret, nothing else.
 */
export async function loadInstallationKey(
  kube: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<Keyring> {
  const existing = await readKey(kube, namespace, signal);
  if (existing) return keyringFrom(existing);
  await createInstallationKey(kube, namespace, signal);
  const made = await readKey(kube, namespace, signal);
  if (!made)
    throw new Error(`Secret ${namespace}/${KEYS_SECRET} was made and is gone again; start once more`);
  return keyringFrom(made);
}

async function readKey(
  kube: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  try {
    const secret = await kube.get(SECRETS, { namespace, name: KEYS_SECRET }, { signal });
    const key = Buffer.from(secret.data?.[HMAC_FIELD] ?? '', 'base64');
    if (key.length >= 32) return key;
  } catch (error) {
    if (isKubeError(error, 'notFound')) return undefined;
    throw error;
  }
  throw new Error(
    `Secret ${namespace}/${KEYS_SECRET} has no usable field ${HMAC_FIELD}; keep the Secret, whose other field opens what was sealed, and put a new key there: printf '{"data":{"${HMAC_FIELD}":"%s"}}' "$(head -c 32 /dev/urandom | base64 | tr -d '\\n')" | kubectl patch secret ${KEYS_SECRET} -n ${namespace} --patch-file /dev/stdin`,
  );
}

/** The Secret exists afterwards, whoever made it: two replicas may start at once. */
export async function createInstallationKey(
  kube: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  const metadata = { name: KEYS_SECRET, namespace, labels: { 'app.kubernetes.io/part-of': 'secretscope' } };
  const data = { [HMAC_FIELD]: randomBytes(32).toString('base64') };
  try {
    await kube.create(
      SECRETS,
      { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data },
      { signal },
    );
  } catch (error) {
    if (!isKubeError(error, 'alreadyExists')) throw error;
  }
}
