/**
 * Oracle: a protected target is written because reviewers said so, and for no other reason: nothing before a vote to
 * approve, nothing before the ledger holds the release, nothing after a vote against it, and no release without votes.
 */
import { protectedTargets } from '../fault-scenario.ts';
import type { SeenRequest } from '../proxy/fault-proxy.ts';
import { labelOf } from '../trace.ts';
import { isTargetWrite, wasStored } from './lawful-writes.ts';
import type { Evidence, Oracle } from './oracle.ts';

// a vote reaches an operator at work well within this time
const HEARD_MS = 5_000;

export const approvedWrites: Oracle = (evidence) => {
  const targets = protectedTargets(evidence.scenario);
  if (targets.size === 0) return [];
  const deliveries = evidence.seen.filter(
    (request) =>
      isTargetWrite(request, evidence.scenario) &&
      request.method !== 'DELETE' &&
      targets.has(`${request.namespace}/${request.name}`),
  );
  return [...deliveries.flatMap((request) => judge(request, evidence)), ...releasesWithoutVotes(evidence)];
};

function judge(request: SeenRequest, { votes, seen, times }: Evidence): string[] {
  const yes = votes.find(({ decision }) => decision === 'Approve');
  if (!yes || request.at < yes.sentAt) return [`${labelOf(request)} was sent before anybody approved`];
  const no = votes.find(({ decision }) => decision !== 'Approve');
  if (no && request.at > no.storedAt + HEARD_MS)
    return [
      `${labelOf(request)} was sent ${Math.round(request.at - no.storedAt)} ms after a vote against it`,
    ];
  // what was approved before the plan began was written down before it, too
  const held = yes.sentAt < times.begun || seen.some((other) => other.at < request.at && isRelease(other));
  return held ? [] : [`${labelOf(request)} was sent before the ledger held the release`];
}

interface Ledger {
  readonly spec?: { readonly requests?: readonly { readonly state: string }[] };
}

function isRelease(request: SeenRequest): boolean {
  const { spec } = (request.body ?? {}) as Ledger;
  const released = spec?.requests?.some(({ state }) => state === 'Released') === true;
  return request.resource === 'scopeledgers' && released && wasStored(request);
}

interface Told {
  readonly status?: {
    readonly state?: string;
    readonly release?: { readonly votes?: readonly { readonly decision: string }[] };
  };
}

/** In what was sent, and in what is there at the end. */
function releasesWithoutVotes({ seen, requests }: Evidence): string[] {
  const sent = seen.filter(({ kind, resource }) => kind === 'write' && resource === 'secretrequests');
  const told = [...sent.map(({ body }) => (body ?? {}) as Told), ...(requests as readonly Told[])];
  return told.flatMap(({ status: { state = '', release } = {} }) => {
    if (!release && !/^Releas/.test(state)) return [];
    const approved = release?.votes?.some(({ decision }) => decision === 'Approve') === true;
    return approved ? [] : [`a request is ${state} and names no vote to approve`];
  });
}
