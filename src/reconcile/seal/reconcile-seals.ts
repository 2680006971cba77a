/**
 * The story of the values that are written into one scope: for each SealedValue that names it, one after the other, what
 * became of it, told, and cleared away where it asked for that. `key` is `namespace/name` of the scope. One scope is one
 * key of the queue, so that of two values for one entry the older cannot be stored after the newer.
 */
import { setImmediate } from 'node:timers/promises';
import { isKubeError } from '../../kube/kube-error.ts';
import type { SealedSpec, SealedStatus } from '../../model/kinds/sealed-value.ts';
import { type Reason, reasonPolicy } from '../../model/reasons.ts';
import { shownMessage } from '../../report/conditions.ts';
import { SEALED_VALUES } from '../../watch/resources.ts';
import type { ScopeView } from '../../watch/views.ts';
import type { SealedView } from '../../watch/writing-views.ts';
import { BY_SEALED_SCOPE } from '../../watch/writing-watches.ts';
import { apiTrouble } from '../api-trouble.ts';
import { unreadableLedger } from '../approval/ledger-keeper.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import type { Deps, ReconcileResult } from '../deps.ts';
import { nextLook } from '../next-look.ts';
import { deleteValue } from './delete-value.ts';
import { refused, type SealOutcome, waits } from './seal-outcome.ts';
import { findingOf, sealStatus, type Told } from './seal-status.ts';
import { storeValue } from './store-value.ts';

export async function reconcileSeals(key: string, deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  const seals = deps.world.sealed
    .by(BY_SEALED_SCOPE, key)
    .filter(({ deleting }) => !deleting)
    .toSorted((a, b) => Number(hasWaited(a)) - Number(hasWaited(b)) || byName(a, b));
  const end = deps.clock.monotonic() + SLICE_MS;
  const reasons: Reason[] = [];
  let againMs: number | undefined;
  let isStale = false;
  for (const [index, shown] of seals.entries()) {
    signal.throwIfAborted();
    if (index % BREATH === BREATH - 1) await setImmediate();
    if (deps.clock.monotonic() > end) return { kind: 'requeueAfter', ms: 0 };
    const seal = { ...shown, status: deps.statuses.known(shown) };
    const outcome = await outcomeOf(seal, deps.world.scopes.get(key), deps, signal);
    const told = outcome.kind === 'stale' ? undefined : await tell(seal, outcome, deps, signal);
    if (!told || outcome.kind === 'stale') {
      isStale = true;
      continue;
    }
    if (outcome.kind === 'done' && outcome.unconfirmed === true) {
      isStale = true;
      continue;
    }
    if (outcome.kind !== 'done') reasons.push(findingOf(outcome).reason);
    const leftMs = await lookAgain(seal, outcome, deps, signal);
    againMs = leftMs === undefined ? againMs : Math.min(leftMs, againMs ?? leftMs);
  }
  return isStale ? { kind: 'retry' } : nextLook(reasons, deps, againMs);
}

// an operator that is told to end waits for what runs; whatever is left over is taken up again
const SLICE_MS = 10_000;
// a tenant with thousands of them, of which each costs some 50 µs to pass over, must not hold up the others
const BREATH = 100;

/** What waits for somebody else holds up no box that has just come. */
function hasWaited({ status, generation }: SealedView): boolean {
  const { state, observedGeneration } = (status ?? {}) as Partial<SealedStatus>;
  return observedGeneration === generation && (state === 'Waiting' || state === 'InUse');
}

function byName(a: SealedView, b: SealedView): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

async function outcomeOf(
  seal: SealedView,
  scope: ScopeView | undefined,
  deps: Deps,
  signal: AbortSignal,
): Promise<SealOutcome> {
  if (seal.spec.kind !== 'ok')
    return refused('SpecInvalid', `spec cannot be used: ${seal.spec.faults.slice(0, 5).join('; ')}`);
  const before = refusedBefore(seal);
  if (before) return before;
  const wish = seal.spec.value;
  if (!scope || scope.deleting)
    return waits(
      'ScopeMissing',
      `SecretScope ${wish.scopeRef.name} is not there, or is being deleted; create it, or correct spec.scopeRef`,
    );
  const known = deps.world.approvalsKnown();
  if (known !== 'known')
    return waits('Progressing', `what was written before is not known: ${known.missing}`);
  const { uid } = scope.metadata;
  if (deps.world.ledgers.get(uid)?.spec.kind === 'invalid')
    return waits('Progressing', unreadableLedger(uid));
  try {
    return await write(seal, wish, scope, deps, signal);
  } catch (error) {
    if (!isKubeError(error)) throw error;
    const place = `${seal.metadata.namespace}/${seal.metadata.name}`;
    const { reason } = apiTrouble(error, place);
    return waits(
      reason,
      `SealedValue ${place} could not be carried out: ${error.message}; it is tried again by itself`,
    );
  }
}

function write(
  seal: SealedView,
  wish: Omit<SealedSpec, 'sealed'>,
  scope: ScopeView,
  deps: Deps,
  signal: AbortSignal,
): Promise<SealOutcome> {
  return wish.action === 'Delete'
    ? deleteValue(seal, wish, scope, deps, signal)
    : storeValue(seal, scope, deps, signal);
}

/** What lies in the box and cannot change: it is not opened again and again. */
const FINAL: ReadonlySet<string> = new Set<Reason>(['Outdated', 'SealMismatch', 'SealUnreadable']);

function refusedBefore({ status, generation }: SealedView): SealOutcome | undefined {
  const { conditions = [] } = (status ?? {}) as { conditions?: SealedView['conditions'] };
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (!ready || ready.observedGeneration !== generation || !FINAL.has(ready.reason)) return undefined;
  return refused(ready.reason as Reason, ready.message);
}

/** False: another version of it is there by now. */
async function tell(seal: SealedView, outcome: Told, deps: Deps, signal: AbortSignal): Promise<boolean> {
  const now = new Date(nowOf(deps)).toISOString().replace(/\.\d+Z$/, 'Z');
  const written = await deps.statuses.write(SEALED_VALUES, seal, sealStatus(seal, outcome, now), signal);
  if (written === 'written') announce(seal, outcome, deps);
  return written !== 'stale';
}

/** Once for each state: what was said before, also before a restart, is not said again. */
function announce(seal: SealedView, outcome: Told, deps: Deps): void {
  const { reason, message: note } = findingOf(outcome);
  const { conditions = [] } = (seal.status ?? {}) as { conditions?: SealedView['conditions'] };
  const before = conditions.find(({ type }) => type === 'Ready');
  if (before?.reason === reason && before.message === shownMessage(note)) return;
  const { event, log } = reasonPolicy(reason);
  deps.log[log]({ sealed: `${seal.metadata.namespace}/${seal.metadata.name}`, reason }, note);
  if (event !== 'None') deps.emit({ regarding: seal, type: event, reason, action: 'Store', note });
}

// a sealing key is made, or its Secret read, within seconds, and not every way there wakes anybody
const SOON_MS = 5_000;

/** In how many milliseconds, where nothing else wakes it. */
async function lookAgain(
  seal: SealedView,
  outcome: Told,
  deps: Deps,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (outcome.kind === 'waits' && outcome.reason === 'SealKeyUnknown') return SOON_MS;
  return clearAway(seal, outcome, deps, signal);
}

/** What the command line made goes when it is done. Answers in how many milliseconds that is. */
async function clearAway(
  seal: SealedView,
  outcome: Told,
  deps: Deps,
  signal: AbortSignal,
): Promise<number | undefined> {
  const seconds = seal.spec.kind === 'ok' ? seal.spec.value.ttlSecondsAfterStored : undefined;
  const at = outcome.kind === 'done' ? outcome.stored.at : undefined;
  if (seconds === undefined || at === undefined) return undefined;
  const leftMs = Date.parse(at) + seconds * 1_000 - nowOf(deps);
  if (leftMs > 0) return leftMs;
  try {
    deps.fence();
    await deps.kube.delete(SEALED_VALUES, seal.metadata, { uid: seal.metadata.uid, signal });
  } catch (error) {
    if (!isKubeError(error, 'notFound', 'conflict')) throw error;
  }
  return undefined;
}
