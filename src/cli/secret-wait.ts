/**
 * Owns: sending a SealedValue, waiting for what becomes of it, and taking it away. Used by: secret-set.ts, secret-delete.ts.
 * It looks again and again instead of watching: that needs the right to read one object, not to list all of them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeDraft, KubeObject } from '../kube/kube-objects.ts';
import { SEALED_VALUES } from '../watch/resources.ts';
import type { Place } from './review-cluster.ts';
import { outcomeOf, type SealedOutcome } from './secret-outcome.ts';
import { missingRight } from './secret-rights.ts';
import { FIELD_MANAGER } from './secret-scope-patch.ts';
import { EXIT, ExitError } from './usage-error.ts';

export interface SecretPace {
  /** Between two looks: at first, and at most. A tenth of what was waited lies between. */
  readonly leastMs: number;
  readonly mostMs: number;
}

export interface SendTools {
  readonly pace: SecretPace;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Told once for each thing that is waited for. */
  readonly tell: (text: string) => void;
}

export type Settled = Exclude<SealedOutcome, { kind: 'unseen' | 'waiting' }>;

/** Whether it would be let through; nothing is stored. */
export async function trySealed(kube: KubeClient, draft: KubeDraft): Promise<void> {
  await createSealed(kube, draft, true);
}

/** What became of it. It is gone then, unless it still waits, which throws. */
export async function sendSealed(kube: KubeClient, draft: KubeDraft, tools: SendTools): Promise<Settled> {
  tools.signal.throwIfAborted();
  const made = await createSealed(kube, draft, false);
  const place = { namespace: made.metadata.namespace ?? '', name: made.metadata.name };
  const settled = await settle(kube, made, place, tools);
  await takeAway(kube, made, place);
  return settled;
}

async function createSealed(kube: KubeClient, draft: KubeDraft, dryRun: boolean): Promise<KubeObject> {
  const { namespace = '' } = draft.metadata;
  try {
    return await kube.create(SEALED_VALUES, draft, { fieldManager: FIELD_MANAGER, dryRun });
  } catch (error) {
    if (isKubeError(error, 'forbidden')) {
      const right = { verb: 'create', resource: 'sealedvalues', namespace, role: WRITER } as const;
      throw await missingRight(kube, error, 'no value can be changed', right);
    }
    if (isKubeError(error, 'notFound'))
      throw new ExitError(
        EXIT.notFound,
        "this cluster knows no SealedValues; have the cluster's admin install this version of SecretScope, with its CRDs",
      );
    throw error;
  }
}

const WRITER = 'secretscope-value-writer';

async function settle(
  kube: KubeClient,
  made: KubeObject,
  place: Place,
  { pace, timeoutMs, signal, tell }: SendTools,
): Promise<Settled> {
  const begun = performance.now();
  for (let sealed = made, told = ''; ; ) {
    const outcome = outcomeOf(sealed);
    if (outcome.kind !== 'unseen' && outcome.kind !== 'waiting') return outcome;
    const text = outcome.kind === 'waiting' ? outcome.why : '';
    if (text !== told) tell(`waiting: ${text}`);
    told = text;
    const waited = performance.now() - begun;
    if (waited >= timeoutMs) throw timeIsOver(outcome, place, timeoutMs);
    const pause = Math.min(Math.max(waited / 10, pace.leastMs), pace.mostMs, timeoutMs - waited + 1);
    await sleep(pause, undefined, { signal });
    sealed = await look(kube, place, sealed, signal);
  }
}

/** An API server that is away for a while ends no waiting. */
async function look(
  kube: KubeClient,
  place: Place,
  last: KubeObject,
  signal: AbortSignal,
): Promise<KubeObject> {
  try {
    return await kube.get(SEALED_VALUES, place, { signal, deadlineMs: 10_000 });
  } catch (error) {
    if (isKubeError(error, 'network', 'timeout', 'server', 'throttled')) return last;
    if (isKubeError(error, 'notFound'))
      throw new ExitError(
        EXIT.notFound,
        `SealedValue ${place.namespace}/${place.name} was deleted meanwhile, so what became of it is not known; run this again`,
      );
    if (!isKubeError(error, 'forbidden')) throw error;
    const right = {
      verb: 'get',
      resource: 'sealedvalues',
      namespace: place.namespace,
      role: WRITER,
    } as const;
    throw await missingRight(kube, error, 'the value was sent, and what becomes of it cannot be read', right);
  }
}

function timeIsOver(outcome: SealedOutcome, { namespace, name }: Place, timeoutMs: number): ExitError {
  const stays = `it stays, and is carried out once that is possible; to take it back: kubectl delete sealedvalue ${name} -n ${namespace}`;
  if (outcome.kind === 'waiting')
    return new ExitError(EXIT.timedOut, `not done within ${timeoutMs / 1000} s: ${outcome.why}; ${stays}`);
  return new ExitError(
    EXIT.operatorSilent,
    `no operator has looked at SealedValue ${namespace}/${name} within ${timeoutMs / 1000} s; find out why: secretscope doctor; ${stays}`,
  );
}

/** Its ttlSecondsAfterStored does the same, later. */
async function takeAway(kube: KubeClient, { metadata: { uid } }: KubeObject, place: Place): Promise<void> {
  try {
    await kube.delete(SEALED_VALUES, place, { uid });
  } catch (error) {
    if (!isKubeError(error)) throw error;
  }
}
