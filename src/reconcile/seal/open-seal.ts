/** Owns: opening a box, and what has to be true of it before its value is written anywhere. */
import { isKubeError } from '../../kube/kube-error.ts';
import type { KubeObject } from '../../kube/kube-objects.ts';
import { digestOf } from '../../model/box-digest.ts';
import { decodeEnvelope, type Envelope } from '../../seal/envelope.ts';
import { openingPairs } from '../../seal/scope-keys.ts';
import { open } from '../../seal/sealed-box.ts';
import { SEALED_VALUES } from '../../watch/resources.ts';
import type { ScopeView } from '../../watch/views.ts';
import { KEYS_SECRET, type SealedView } from '../../watch/writing-views.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import type { Deps } from '../deps.ts';
import { refused, type SealOutcome, waits } from './seal-outcome.ts';

export type OpenedSeal = { readonly kind: 'opened'; readonly envelope: Envelope } | SealOutcome;

const RESEAL = 'seal the value again: secretscope secret set, with --manifest for Git';
// clocks of the machines that seal; more would let one box from the future keep every later one out
export const MAX_SKEW_MS = 300_000;

/** The caller wipes the value. */
export async function openSeal(
  seal: SealedView,
  scope: ScopeView,
  deps: Deps,
  signal: AbortSignal,
): Promise<OpenedSeal> {
  if (seal.spec.kind !== 'ok') throw new Error('a sealed value that cannot be read is not opened');
  const { keyID } = seal.spec.value;
  const sealing = deps.world.sealingKey();
  if (sealing.kind !== 'there') return waits('SealKeyUnknown', `no key opens it yet: ${whyNoKey(sealing)}`);
  const pair = openingPairs(sealing.key, scope.metadata.uid).find((one) => one.keyID === keyID);
  if (!pair)
    return refused(
      'SealKeyUnknown',
      `no key of scope ${scope.metadata.name} has the ID ${keyID}: it was sealed for another scope, for one that was deleted and made again, or before the keys were changed; ${RESEAL}`,
    );
  const box = await readBox(seal, deps, signal);
  if (!box) return { kind: 'stale' };
  const plain = await open(box, pair);
  const envelope = plain && decodeEnvelope(plain);
  plain?.fill(0);
  if (!envelope)
    return refused('SealUnreadable', `the box cannot be opened, or does not hold what it should: ${RESEAL}`);
  const fault = mismatch(envelope, seal, scope) ?? fromTheFuture(envelope.created, deps);
  if (!fault) return { kind: 'opened', envelope };
  envelope.value.wipe();
  return fault;
}

function whyNoKey(state: Exclude<ReturnType<Deps['world']['sealingKey']>, { kind: 'there' }>): string {
  if (state.kind === 'unknown')
    return `${state.why}; if that lasts, apply again what you installed with (secretscope doctor has the command)`;
  if (state.secret) return 'the installation has none; the operator makes one';
  return `Secret ${KEYS_SECRET} is gone; the operator makes another, and the values have to be sealed again`;
}

/** The box itself is not kept in memory. Undefined: it is another one by now, or gone. */
async function readBox(seal: SealedView, deps: Deps, signal: AbortSignal): Promise<Buffer | undefined> {
  try {
    const live = await deps.kube.get<KubeObject & { readonly spec?: { readonly sealed?: unknown } }>(
      SEALED_VALUES,
      seal.metadata,
      { signal },
    );
    if (live.metadata.uid !== seal.metadata.uid || typeof live.spec?.sealed !== 'string') return undefined;
    const box = Buffer.from(live.spec.sealed, 'base64');
    return digestOf(box) === seal.digest ? box : undefined;
  } catch (error) {
    if (isKubeError(error, 'notFound')) return undefined;
    throw error;
  }
}

/** The key alone proves little: a box can be copied from Git under another name (THREATS 14). */
function mismatch({ scopeUID, name }: Envelope, seal: SealedView, scope: ScopeView): SealOutcome | undefined {
  const wanted = seal.spec.kind === 'ok' ? seal.spec.value.name : '';
  if (scopeUID === scope.metadata.uid && name === wanted) return undefined;
  const what = scopeUID === scope.metadata.uid ? 'for another name' : 'for another scope';
  return refused('SealMismatch', `the box was sealed ${what} than spec says: ${RESEAL}`);
}

export function fromTheFuture(created: number, deps: Deps): SealOutcome | undefined {
  const aheadMs = created - nowOf(deps);
  if (aheadMs <= MAX_SKEW_MS) return undefined;
  return refused(
    'ClockSkew',
    `it is from ${new Date(created).toISOString()}, which is ${Math.round(aheadMs / 60_000)} minutes ahead of the API server's clock; set the clock of the machine that made it right, and make it again`,
  );
}
