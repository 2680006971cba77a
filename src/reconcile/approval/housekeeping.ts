/**
 * Owns: what is cleared away when nothing rests on it any more: requests that the ledger has forgotten, votes on requests
 * that are gone, ledgers of scopes that are gone. Nothing is decided here.
 */
import { isKubeError } from '../../kube/kube-error.ts';
import type { ResourceType } from '../../kube/kube-objects.ts';
import { whenFound } from '../../kube/when-found.ts';
import { BY_LEDGER_SCOPE, BY_VOTED_SCOPE } from '../../watch/approval-world.ts';
import { LEDGERS, REQUESTS, REVIEWS, SCOPES } from '../../watch/resources.ts';
import type { ScopeView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';
import type { GateState } from './gate-state.ts';

// an object that was just made may not be in the ledger's copy yet
const YOUNG_MS = 120_000;
// one reconcile clears away so many; the next does the rest
const MAX_CLEARED = 20;

/** Requests and votes on which no decision rests and none ever will. */
export async function clearAway(
  view: ScopeView,
  state: GateState,
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  const known = new Set(state.entries.map(({ request }) => request.uid));
  const old = ({ createdAt }: { readonly createdAt: string }) => state.now - Date.parse(createdAt) > YOUNG_MS;
  const requests = [...state.requests.values()].filter(
    (request) => !known.has(request.metadata.uid) && old(request) && !request.deleting,
  );
  const votes = deps.world.reviews
    .by(BY_VOTED_SCOPE, keyOf(view.metadata))
    .filter(
      (vote) =>
        vote.spec.kind === 'ok' &&
        !vote.deleting &&
        old(vote) &&
        !state.requests.has(vote.spec.value.requestRef.uid) &&
        !known.has(vote.spec.value.requestRef.uid),
    );
  for (const { metadata } of requests.slice(0, MAX_CLEARED)) await remove(REQUESTS, metadata, deps, signal);
  for (const { metadata } of votes.slice(0, MAX_CLEARED)) await remove(REVIEWS, metadata, deps, signal);
  const ledgers = deps.world.ledgers.by(BY_LEDGER_SCOPE, keyOf(view.metadata));
  if (ledgers.some(({ metadata }) => metadata.name !== view.metadata.uid))
    await forgetGoneScopes(keyOf(view.metadata), deps, signal);
}

/** Ledgers of scopes that had this name and are gone for certain. */
export async function forgetGoneScopes(key: string, deps: Deps, signal: AbortSignal): Promise<void> {
  const gone = deps.world.ledgers.by(BY_LEDGER_SCOPE, key);
  if (gone.length === 0) return;
  const [namespace = '', name = ''] = key.split('/');
  const live = await whenFound(() => deps.kube.getMetadata(SCOPES, { namespace, name }, { signal }));
  for (const { metadata } of gone)
    if (metadata.name !== live?.metadata.uid) await remove(LEDGERS, metadata, deps, signal);
}

async function remove(
  type: ResourceType,
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
  { kube, fence }: Deps,
  signal: AbortSignal,
): Promise<void> {
  try {
    fence();
    await kube.delete(type, { namespace, name }, { uid, signal });
  } catch (error) {
    if (!isKubeError(error, 'notFound', 'conflict')) throw error;
  }
}
