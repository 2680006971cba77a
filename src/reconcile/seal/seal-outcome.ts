/** Owns: what became of one sealed value. Used by: everything in this folder. */
import type { SealedState, SealedStatus } from '../../model/kinds/sealed-value.ts';
import type { Reason } from '../../model/reasons.ts';

export type Stored = NonNullable<SealedStatus['stored']>;

export type SealOutcome =
  /** Carried out, now or earlier. */
  | {
      readonly kind: 'done';
      readonly state: Extract<SealedState, 'Stored' | 'Deleted' | 'SoftDeleted'>;
      readonly message: string;
      readonly stored: Stored;
      /** The ledger does not say so yet; until it does, the object has to stay, since it is all that tells. */
      readonly unconfirmed?: boolean;
    }
  /** Not yet: something that is not in the sealed value itself has to change first. */
  | { readonly kind: 'waits'; readonly reason: Reason; readonly message: string }
  | { readonly kind: 'inUse'; readonly message: string; readonly usedBy: readonly string[] }
  /** Never, as it is: it would have to say something else. */
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string }
  /** Somebody wrote in between: look again. */
  | { readonly kind: 'stale' };

export const waits = (reason: Reason, message: string): SealOutcome => ({ kind: 'waits', reason, message });
export const refused = (reason: Reason, message: string): SealOutcome => ({
  kind: 'refused',
  reason,
  message,
});
