/** Owns: what the gate of a protected scope waits for. Used by: explain-verb.ts, and render for the rules alone. */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { listPages } from '../kube/list-pages.ts';
import type { Protection } from '../model/kinds/protection.ts';
import type { SecretRequest } from '../model/kinds/secret-request.ts';
import { parseRequest } from '../model/validate.ts';
import { REQUESTS } from '../watch/resources.ts';
import type { ScopeView } from '../watch/views.ts';
import { conditionOf, consumerText, reviewerText, statusText } from './review-wording.ts';

/** The rules of a gate, as `-o json` prints them. */
export interface GateRules {
  readonly reviewers: readonly string[];
  readonly minApprovals: number;
  readonly preventSelfReview: boolean;
  readonly waitTimerMinutes: number;
  readonly pin: string;
  readonly allowBypass: boolean;
}

export interface GateRequest {
  readonly request: string;
  readonly for: string;
  /** These and what follows are what the operator says of it. */
  readonly state?: string;
  readonly approvals?: string;
  readonly expires?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly since?: string;
  /** `NAME: Added`; what stays as it is is left out. */
  readonly changes: readonly { readonly name: string; readonly change: string }[];
}

export interface Gate extends GateRules {
  /** Those that wait, and the last of each consumer. */
  readonly requests: readonly GateRequest[];
}

export function gateRules(protection: Protection): GateRules {
  const { requiredReviewers = [], minApprovals = 1, preventSelfReview = false } = protection;
  return {
    reviewers: requiredReviewers.map(reviewerText),
    minApprovals,
    preventSelfReview,
    waitTimerMinutes: protection.waitTimerMinutes ?? 0,
    pin: protection.pin ?? 'Access',
    allowBypass: protection.allowBypass ?? false,
  };
}

/** `1 approval of Group web-leads, …; then 30 minutes pass`. */
export function gateText(rules: GateRules): string {
  const { reviewers, minApprovals, waitTimerMinutes } = rules;
  const parts = [
    ...(reviewers.length > 0
      ? [`${minApprovals} approval${minApprovals === 1 ? '' : 's'} of ${reviewers.join(', ')}`]
      : []),
    ...(waitTimerMinutes > 0 ? [`${waitTimerMinutes} minutes after it was asked`] : []),
    ...(rules.preventSelfReview ? ['nobody approves what they changed themselves'] : []),
    ...(rules.pin === 'Version' ? ['each version by itself'] : []),
    ...(rules.allowBypass ? ['holders of the right bypass need nobody'] : []),
  ];
  return parts.length === 0 ? 'no reviewers and no timer: nothing waits' : parts.join('; ');
}

export interface SeenGate {
  readonly requests: readonly GateRequest[];
  readonly notes: readonly string[];
}

/** What waits, with the caller's own rights. */
export async function seeRequests(kube: KubeClient, scope: ScopeView): Promise<SeenGate> {
  const { namespace, uid } = scope.metadata;
  try {
    const found = await requestsOf(kube, scope);
    const own = found.items.filter(({ spec }) => spec.scopeRef.uid === uid);
    return { requests: current(own).map(shownRequest), notes: found.notes };
  } catch (error) {
    if (!isKubeError(error, 'forbidden', 'notFound')) throw error;
    const note = `you may not list SecretRequests in namespace ${namespace}: what reviewers are asked is not told`;
    return {
      requests: [],
      notes: [error.kind === 'forbidden' ? note : 'this cluster knows no SecretRequests'],
    };
  }
}

async function requestsOf(
  kube: KubeClient,
  { metadata }: ScopeView,
  selected = true,
): Promise<{ items: SecretRequest[]; notes: string[] }> {
  const items: SecretRequest[] = [];
  const notes: string[] = [];
  const fieldSelector = selected ? `spec.scopeRef.name=${metadata.name}` : undefined;
  try {
    for await (const page of listPages(kube, REQUESTS, { namespace: metadata.namespace, fieldSelector })) {
      for (const raw of page.items) {
        const parsed = parseRequest(raw);
        if (parsed.kind === 'ok') items.push(parsed.value);
        else
          notes.push(
            `SecretRequest ${metadata.namespace}/${raw.metadata.name} cannot be read by this version`,
          );
      }
    }
  } catch (error) {
    // API servers before 1.31 select fields of our kinds only where somebody turned that on
    if (selected && isKubeError(error, 'invalid')) return requestsOf(kube, { metadata } as ScopeView, false);
    throw error;
  }
  return { items, notes };
}

const OPEN = ['Waiting', 'Releasing', 'Released'];

/** Newest first: whatever is open, and what was decided last for each consumer. */
function current(requests: readonly SecretRequest[]): SecretRequest[] {
  const created = ({ metadata }: SecretRequest) => metadata.creationTimestamp ?? '';
  const newestFirst = [...requests].sort((a, b) => (created(a) < created(b) ? 1 : -1));
  const seen = new Set<string>();
  return newestFirst.filter((request) => {
    const consumer = consumerText(request.spec.consumer);
    const isLast = !seen.has(consumer);
    seen.add(consumer);
    return isLast || OPEN.includes(request.status?.state ?? 'Waiting');
  });
}

function shownRequest(request: SecretRequest): GateRequest {
  const { metadata, spec, status } = request;
  const [state, approvals, expires] = [status?.state, status?.approvals, status?.expires].map(statusText);
  const ready = conditionOf(request, 'Ready');
  return {
    request: `${metadata.namespace ?? ''}/${metadata.name}`,
    for: consumerText(spec.consumer),
    ...(state !== undefined && { state }),
    ...(approvals !== undefined && { approvals }),
    ...(expires !== undefined && { expires }),
    ...(ready && { reason: ready.reason, message: ready.message, since: ready.lastTransitionTime }),
    changes: spec.secrets
      .filter(({ change }) => change !== 'Unchanged')
      .map(({ name, change }) => ({ name, change })),
  };
}

const AGAINST: Readonly<Record<string, string>> = {
  Rejected: 'Rejected',
  RejectionWithdrawn: 'Rejected',
  Revoked: 'Revoked',
  RequestExpired: 'Expired',
};

/** The requests that a name was refused in, where the scope still says so: of what was asked again, nothing. */
export function refusedIn(
  name: string,
  requests: readonly GateRequest[],
  { conditions }: Pick<ScopeView, 'conditions'>,
): GateRequest[] {
  const said = conditions
    .filter(({ type, status }) => status === (type === 'Ready' ? 'False' : 'True'))
    .map(({ reason }) => AGAINST[reason]);
  return requests.filter(
    ({ state, changes }) =>
      state !== undefined && said.includes(state) && changes.some((one) => one.name === name),
  );
}

/** The requests that a name waits in. */
export function waitingFor(name: string, requests: readonly GateRequest[]): GateRequest[] {
  return requests.filter(
    ({ state = 'Waiting', changes }) =>
      state === 'Waiting' && changes.some((one) => one.name === name && one.change !== 'Removed'),
  );
}
