/** Owns: what the status of a SealedValue says to whoever waits for it. Used by: secret-wait.ts. Pure. */
import type { KubeObject } from '../kube/kube-objects.ts';
import type { SealedState, SealedStatus } from '../model/kinds/sealed-value.ts';
import { SEALED_STATES } from '../model/kinds/sealed-value.ts';
import { escapeText } from './terminal.ts';

export type SealedOutcome =
  /** No operator has looked at it. */
  | { readonly kind: 'unseen' }
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'stored' }
  | { readonly kind: 'deleted' }
  /** The provider keeps it for some days. */
  | { readonly kind: 'softDeleted'; readonly why: string }
  | { readonly kind: 'inUse'; readonly why: string; readonly usedBy: readonly string[] }
  | { readonly kind: 'refused'; readonly why: string };

export function outcomeOf(sealed: KubeObject): SealedOutcome {
  const { state, usedBy, conditions, observedGeneration = -1 } = statusOf(sealed);
  const known = SEALED_STATES.find((one) => one === state);
  if (known === undefined || observedGeneration < (sealed.metadata.generation ?? 0))
    return { kind: 'unseen' };
  const ready = conditions?.find(({ type }) => type === 'Ready');
  const why = escapeText([ready?.reason, ready?.message].filter(Boolean).join(': '));
  return outcome(known, why, usedBy ?? []);
}

function outcome(state: SealedState, why: string, usedBy: readonly string[]): SealedOutcome {
  switch (state) {
    case 'Waiting':
      return { kind: 'waiting', why };
    case 'Stored':
      return { kind: 'stored' };
    case 'Deleted':
      return { kind: 'deleted' };
    case 'SoftDeleted':
      return { kind: 'softDeleted', why };
    case 'InUse':
      return { kind: 'inUse', why, usedBy: usedBy.map(escapeText) };
    case 'Refused':
      return { kind: 'refused', why };
    default:
      throw new Error(`unknown state ${JSON.stringify(state satisfies never)}`);
  }
}

/** Its shape is the API server's word, which checks it. */
function statusOf(sealed: KubeObject): SealedStatus {
  const status = 'status' in sealed ? sealed.status : undefined;
  return typeof status === 'object' && status !== null ? (status as SealedStatus) : { conditions: [] };
}
