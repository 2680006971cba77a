/** Owns: what is told, once, of what was decided: events, log, metrics. The record is the ledger (THREATS 24). */
import type { LedgerEntry } from '../../model/approval.ts';
import { type Reason, reasonPolicy } from '../../model/reasons.ts';
import type { Step } from '../../model/verdict.ts';
import type { ScopeView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';
import { askerOf, endsWithTTL, type Party } from './party.ts';

const REASON_OF_EDGE: Readonly<Record<string, Reason>> = {
  ask: 'AwaitingApproval',
  askAgain: 'AwaitingApproval',
  approve: 'Released',
  elapse: 'Released',
  carry: 'Released',
  bypass: 'Bypassed',
  reject: 'Rejected',
  expire: 'RequestExpired',
  end: 'GrantExpired',
  revoke: 'Revoked',
  withdraw: 'RejectionWithdrawn',
  supersede: 'Superseded',
  replace: 'Superseded',
};

/** After the ledger holds it. `before`: the entries as they were. */
export function announceSteps(
  view: ScopeView,
  party: Party,
  before: readonly LedgerEntry[],
  steps: readonly Step[],
  deps: Deps,
): void {
  const asker = askerOf(party);
  const about = asker ? [view, asker] : [view];
  for (const step of steps) announce(view, about, step, reasonOf(step, party, view), before, deps);
}

function announce(
  view: ScopeView,
  about: readonly Parameters<Deps['emit']>[0]['regarding'][],
  { edge, entry }: Step,
  reason: Reason,
  before: readonly LedgerEntry[],
  deps: Deps,
): void {
  const waited = before.some(
    ({ request, state }) => request.uid === entry.request.uid && state === 'Waiting',
  );
  const at = entry.decided?.at ?? entry.createdAt;
  deps.metrics.approval(edge, waited ? Math.max(0, at - entry.createdAt) / 1000 : undefined);
  const note = noteOf(edge, entry);
  const policy = reasonPolicy(reason);
  deps.log[policy.log](
    { scope: keyOf(view.metadata), request: entry.request.name, subject: entry.subject.digest, edge },
    note,
  );
  const { name, uid } = entry.request;
  const regarding = { kind: 'SecretRequest', metadata: { name, uid, namespace: view.metadata.namespace } };
  const type = policy.event === 'Warning' ? 'Warning' : 'Normal';
  for (const one of [...about, regarding])
    deps.emit({ regarding: one, type, reason, action: 'Decide', note });
}

/** That a claim ends with its own ttl is what was asked for, and no cause for alarm. */
function reasonOf({ edge }: Step, party: Party, { spec }: ScopeView): Reason {
  const reason = REASON_OF_EDGE[edge];
  if (reason === undefined) throw new Error(`no reason is told for the edge ${edge}`);
  if (reason !== 'GrantExpired' || party.kind !== 'claim') return reason;
  const protection = spec.kind === 'ok' ? spec.value.protection : undefined;
  const ttl = party.claim.spec.kind === 'ok' ? party.claim.spec.value.ttl : undefined;
  return protection && endsWithTTL(protection, ttl) ? 'Expired' : reason;
}

function noteOf(edge: string, { request, decided, grant }: LedgerEntry): string {
  const voters = [...new Set((decided?.votes ?? grant?.votes ?? []).map(({ username }) => username))].sort();
  const by = voters.length > 0 ? ` by ${voters.join(', ')}` : '';
  const what: Readonly<Record<string, string>> = {
    ask: 'waits for approval: secretscope review show',
    askAgain: 'waits for approval, asked for once more: secretscope review show',
    approve: `was approved${by}`,
    elapse: 'was released by its wait timer',
    carry: 'was released at once: it only takes away',
    bypass: `was released without approval, by a bypass${by}`,
    reject: `was rejected${by}`,
    expire: 'expired: nobody decided in time',
    end: 'has come to the end of its release',
    revoke: `was revoked${by}`,
    withdraw: `is no longer rejected: withdrawn${by}`,
    supersede: 'was replaced before it was decided',
    replace: 'was replaced by a newer one',
  };
  const more = edge === 'ask' || edge === 'askAgain' ? ` ${request.name}` : '';
  return `SecretRequest ${request.name} ${what[edge] ?? edge}${more}`;
}
