/** Owns: whether a request may be made now, and making it. Used by: pass-gate.ts. */
import { covers } from '../../gate/coverage.ts';
import { isKubeError } from '../../kube/kube-error.ts';
import type { GateFacts, Instant, RequestId } from '../../model/approval.ts';
import { MAX_REQUESTS } from '../../model/kinds/scope-ledger.ts';
import type { Finding } from '../../report/conditions.ts';
import type { RequestView } from '../../watch/approval-views.ts';
import type { ScopeView } from '../../watch/views.ts';
import type { Deps } from '../deps.ts';
import type { ConsumerPlan } from './consumers.ts';
import { crowdedBy } from './crowded-claims.ts';
import { entriesFor } from './gate-facts.ts';
import type { GateState } from './gate-state.ts';
import { stillCounts } from './ledger-memory.ts';
import { makeRequest } from './request-maker.ts';

// whoever saves five times in a minute asks twelve times at most, and reviewers see the last (THREATS 18)
const DEBOUNCE_MS = 5_000;

export type AskOutcome =
  | {
      readonly kind: 'asked';
      readonly id: RequestId;
      readonly createdAt: Instant;
      readonly request: RequestView;
    }
  | { readonly kind: 'later'; readonly ms: number }
  | { readonly kind: 'full'; readonly finding: Finding }
  | { readonly kind: 'again' };

export interface AskFor {
  readonly view: ScopeView;
  readonly consumer: ConsumerPlan;
  readonly facts: GateFacts;
  readonly state: GateState;
}

export async function askFor(
  { view, consumer, facts, state }: AskFor,
  deps: Deps,
  signal: AbortSignal,
): Promise<AskOutcome> {
  const { entries, requests, now } = state;
  const last = entriesFor(consumer, entries).at(-1);
  const waitMs = last ? last.createdAt + DEBOUNCE_MS - now : 0;
  if (waitMs > 0 && !asksNobody(consumer)) return { kind: 'later', ms: waitMs };
  if (entries.filter(stillCounts).length >= MAX_REQUESTS) return { kind: 'full', finding: fullLedger(view) };
  const crowded = crowdedBy(consumer, entries, view);
  if (crowded) return { kind: 'full', finding: crowded };
  const { wanted, released, releasedEntry } = consumer;
  const asking = {
    view,
    wanted,
    released,
    replaces: released && releasedEntry?.request,
    authors: facts.ledger.authors,
    askedAgain: facts.askedAgain,
    entries,
    requests: [...requests.values()],
    now,
  };
  try {
    const made = await makeRequest(asking, deps, signal);
    return made ? { kind: 'asked', ...made } : { kind: 'again' };
  } catch (error) {
    // the other targets of the scope do not wait for one that is too large to be asked for
    if (!isKubeError(error, 'invalid', 'tooLarge')) throw error;
    return { kind: 'full', finding: notAskable(consumer) };
  }
}

/** Lines were only taken out: that has to be known before one of them comes back (decision 21). */
function asksNobody({ released, wanted }: ConsumerPlan): boolean {
  return released !== undefined && covers(released.subject, wanted.subject);
}

function notAskable({ consumer: { kind, name } }: ConsumerPlan): Finding {
  const message = `${kind === 'Target' ? 'target' : kind} ${name} cannot be asked for: a request holds at most 300 secrets, 332 data keys, 256 namespaces and 16 kB of text for a key; ask for fewer names at once`;
  return { reason: 'LimitExceeded', message };
}

function fullLedger({ metadata: { namespace, name } }: ScopeView): Finding {
  const message = `SecretScope ${namespace}/${name} has ${MAX_REQUESTS} requests that wait, are released or were rejected, and can ask for nothing more; decide on some, or split its targets between scopes`;
  return { reason: 'LimitExceeded', message };
}
