import type { Reason } from '../model/reasons.ts';
import { changeWish } from './changed-data.ts';
import type { SeenGenerations } from './delivery-record.ts';
import type { Keyring } from './keyring.ts';
import type { ObservedTarget } from './observed-target.ts';
import { withdrawBody } from './target-body.ts';
import { requiredKeysMissing } from './target-type.ts';
import type { PatchOutcome, TargetWriter } from './target-writer.ts';

/** The keys that authority takes away from one Secret. */
export interface Withdrawal {
  readonly observed: ObservedTarget;
  readonly keys: readonly string[];
  /** What that was decided on. */
  readonly seen: SeenGenerations;
  /** As in Delivery. */
  readonly restartAt?: number | undefined;
}

/** `observed` is undefined when the Secret went as a whole. */
export type Withdrawn =
  | Exclude<PatchOutcome, { kind: 'written' }>
  | { readonly kind: 'written'; readonly observed: ObservedTarget | undefined };

interface WithdrawDeps {
  readonly writer: TargetWriter;
  readonly keyring: Keyring;
  readonly signal: AbortSignal;
}

/**
 * Takes keys out of a Secret and changes nothing else of it: no plan is needed, nothing is read, nothing is waited
 * for. A Secret that cannot be edited, or cannot exist without the keys, goes as a whole.
 */
export async function withdrawKeys(withdrawal: Withdrawal, deps: WithdrawDeps): Promise<Withdrawn> {
  const { observed, keys, seen, restartAt } = withdrawal;
  const { record } = observed;
  if (!record) return { kind: 'stale' };
  const left = new Set([...observed.keys.keys()].filter((key) => !keys.includes(key)));
  if (observed.immutable || requiredKeysMissing(observed.type, left)) return deleteWhole(observed, deps);
  const restart = changeWish(observed, restartAt, deps.keyring);
  const body = withdrawBody(observed, record, keys, seen, deps.keyring, restart);
  const outcome = await deps.writer.patch(body, observed, deps.signal);
  return outcome.kind === 'refused' ? pending(outcome) : outcome;
}

async function deleteWhole(observed: ObservedTarget, { writer, signal }: WithdrawDeps): Promise<Withdrawn> {
  const where = `Secret ${observed.namespace}/${observed.name} holds keys that have to go`;
  const command = `kubectl delete secret ${observed.name} -n ${observed.namespace}`;
  if (observed.proof !== 'proven')
    return pending({
      message: `${where}, and cannot be proven to be this operator's; delete it: ${command}`,
    });
  switch (await writer.delete(observed, signal)) {
    case 'deleted':
      return { kind: 'written', observed: undefined };
    case 'stale':
      return { kind: 'stale' };
    case 'denied':
      return pending({ message: `${where}, and may not be deleted by this operator; delete it: ${command}` });
    default:
      throw new Error('a delete has no other outcome');
  }
}

/** A value that should be gone and is not: graver than a value that could not be brought. */
function pending({ reason, message }: { reason?: Reason; message: string }): Withdrawn {
  const kept = reason === 'NamespaceTerminating' ? reason : 'WithdrawalPending';
  return { kind: 'refused', reason: kept, message };
}
