/**
 * The story of public keys: the installation has a sealing key → each scope that reads a backend has a pair derived from
 * it → its public half is in the ConfigMap where those who seal look. `name` is that of one of sixteen ConfigMaps.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { isKubeError } from '../../kube/kube-error.ts';
import { createInstallationKey } from '../../materialize/installation-key.ts';
import { canonicalJson } from '../../model/canonical-json.ts';
import { publicKeyMap } from '../../model/public-key-map.ts';
import { PUBLIC_KEYS_LABEL, publishedKey } from '../../seal/public-keys.ts';
import { type SealingKey, scopeKeyPair } from '../../seal/scope-keys.ts';
import { CONFIG_MAPS, SECRETS } from '../../watch/resources.ts';
import { BY_KEY_MAP } from '../../watch/world.ts';
import {
  KEYS_SECRET,
  type KeyMapView,
  ORIGIN_ANNOTATION,
  SEALING_FIELD,
  type SealingKeyView,
} from '../../watch/writing-views.ts';
import { hasKey } from '../../watch/writing-wake-up.ts';
import type { Deps, ReconcileResult } from '../deps.ts';

const SOON_MS = 5_000;

export async function reconcilePublicKeys(
  name: string,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const sealing = deps.world.sealingKey();
  if (!deps.world.keyMapsKnown() || sealing.kind === 'unknown') return { kind: 'requeueAfter', ms: SOON_MS };
  // the watch shows it and wakes this again
  if (sealing.kind === 'missing') {
    await makeSealingKey(sealing.secret, deps, signal);
    return { kind: 'requeueAfter', ms: SOON_MS };
  }
  const shown = deps.world.keyMaps.get(name);
  const isOurs = shown !== undefined && shown.origin === originOf(name, sealing.key, shown.data);
  const data = keysOf(name, sealing.key, isOurs ? shown.data : {}, deps);
  const origin = originOf(name, sealing.key, data);
  if (shown?.origin === origin && sameData(shown.data, data)) return { kind: 'done' };
  if (!shown && Object.keys(data).length === 0) return { kind: 'done' };
  return publish(name, shown, data, origin, deps, signal);
}

function keysOf(
  name: string,
  key: SealingKey,
  known: Readonly<Record<string, string>>,
  { world }: Deps,
): Record<string, string> {
  const scopes = world.scopes.by(BY_KEY_MAP, name).filter((scope) => hasKey(scope) && !scope.deleting);
  const entries = scopes.map(({ metadata: { uid } }) => [
    uid,
    known[uid] ?? publishedKey(scopeKeyPair(key, uid)),
  ]);
  return Object.fromEntries(entries.filter(([uid = '']) => publicKeyMap(uid) === name));
}

/**
 * Proves that the keys were derived by an operator with this sealing key and epoch, so that they need not be derived again.
 * Keys that somebody else wrote are not taken over: whoever slips one in reads the next value that is sealed (THREATS 14).
 */
function originOf(
  name: string,
  { master, epoch }: SealingKey,
  data: Readonly<Record<string, string>>,
): string {
  const text = `secretscope public keys ${name} ${epoch} ${canonicalJson(data)}`;
  return `${epoch}.${createHmac('sha256', master).update(text).digest('hex').slice(0, 32)}`;
}

function sameData(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

async function publish(
  name: string,
  shown: KeyMapView | undefined,
  data: Readonly<Record<string, string>>,
  origin: string,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const labels = { 'app.kubernetes.io/part-of': 'secretscope', [PUBLIC_KEYS_LABEL]: 'true' };
  const base = {
    name,
    namespace: deps.operatorNamespace,
    labels,
    annotations: { [ORIGIN_ANNOTATION]: origin },
  };
  const draft = { apiVersion: 'v1', kind: 'ConfigMap', data };
  try {
    deps.fence();
    if (!shown) await deps.kube.create(CONFIG_MAPS, { ...draft, metadata: base }, { signal });
    else {
      const { uid, resourceVersion } = shown;
      await deps.kube.replace(
        CONFIG_MAPS,
        { ...draft, metadata: { ...base, uid, resourceVersion } },
        { signal },
      );
    }
    return { kind: 'done' };
  } catch (error) {
    if (isKubeError(error, 'conflict', 'alreadyExists', 'notFound')) return { kind: 'retry' };
    throw error;
  }
}

/** Two replicas may start at once: the version decides. */
async function makeSealingKey(
  secret: SealingKeyView | undefined,
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  if (!secret) return makeKeysAnew(deps, signal);
  const { uid, resourceVersion } = secret;
  const key = randomBytes(32);
  try {
    deps.fence();
    const patch = {
      metadata: { uid, resourceVersion },
      data: { [SEALING_FIELD]: key.toString('base64') },
    };
    await deps.kube.mergePatch(SECRETS, { namespace: deps.operatorNamespace, name: KEYS_SECRET }, patch, {
      signal,
    });
    deps.log.info({}, 'made the key that values are sealed with');
  } catch (error) {
    if (!isKubeError(error, 'conflict', 'notFound')) throw error;
  } finally {
    key.fill(0);
  }
}

/** Without the Secret no operator starts, so it was deleted since. What is stamped until the next start is stamped anew then. */
async function makeKeysAnew(
  { kube, operatorNamespace, fence, log }: Deps,
  signal: AbortSignal,
): Promise<void> {
  fence();
  await createInstallationKey(kube, operatorNamespace, signal);
  log.warn(
    { secret: `${operatorNamespace}/${KEYS_SECRET}` },
    'the Secret with the keys of the installation was deleted and is made anew: sealed values that were not stored yet have to be sealed again, and each delivered Secret gets a new stamp when the operator starts next; to have the old keys back, restore the Secret from a backup and restart the operator',
  );
}
