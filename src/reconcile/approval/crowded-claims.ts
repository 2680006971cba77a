/** Owns: how many claims and automations of a scope may be undecided, and how many count at all. Used by: asking.ts. */
import type { LedgerEntry } from '../../model/approval.ts';
import { MAX_CLAIM_REQUESTS } from '../../model/kinds/scope-ledger.ts';
import type { Finding } from '../../report/conditions.ts';
import type { ScopeView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import type { ConsumerPlan } from './consumers.ts';
import { stillCounts } from './ledger-memory.ts';

// THREATS 18: reviewers must be able to find what they are asked
const MAX_UNDECIDED = 20;

/** Why a claim cannot ask now; the scope's own targets have room of their own in the ledger. */
export function crowdedBy(
  { consumer }: ConsumerPlan,
  entries: readonly LedgerEntry[],
  { metadata }: ScopeView,
): Finding | undefined {
  if (consumer.kind === 'Target') return undefined;
  const { kind, namespace, name } = consumer;
  const others = entries.filter(
    ({ subject: { consumer: other } }) =>
      other.kind !== 'Target' &&
      (other.kind !== kind || other.namespace !== namespace || other.name !== name),
  );
  const undecided = others.filter(
    ({ state, subject }) => state === 'Waiting' && subject.consumer.namespace === namespace,
  );
  const scope = keyOf(metadata);
  const next = 'this one asks by itself as soon as there is room';
  if (undecided.length >= MAX_UNDECIDED) {
    const message = `${MAX_UNDECIDED} claims and webhook automations of namespace ${namespace} wait for a decision on SecretScope ${scope}, and no more can; ${next}: have some decided, or delete some`;
    return { reason: 'LimitExceeded', message };
  }
  if (others.filter(stillCounts).length >= MAX_CLAIM_REQUESTS) {
    const message = `SecretScope ${scope} has ${MAX_CLAIM_REQUESTS} claims and webhook automations that wait, are released or were rejected, and takes no more; ${next}: delete claims that are done, or give them a ttl`;
    return { reason: 'LimitExceeded', message };
  }
  return undefined;
}
