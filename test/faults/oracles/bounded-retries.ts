/**
 * Oracle: whatever fails is tried again, but not as fast as it can be, and not before the server wants it.
 * The sum: the back-off starts at about a second and doubles, a watch starts over at once after its first failure, and
 * full lists may be asked for every few seconds. So beyond what the clean run sends, one request a second is enough.
 */
import type { SeenRequest } from '../proxy/seen-request.ts';
import { labelOf } from '../trace.ts';
import type { Evidence, Oracle } from './oracle.ts';

const MORE_TRIES = 12;
// each process of a plan lists and asks for everything once
const PER_START = 3;
// plans answer 429 with Retry-After: 1; clocks and timers are not exact
const RETRY_AFTER_MS = 900;

export const boundedRetries: Oracle = (evidence) => {
  const { begun, settled } = evidence.times;
  const allowed = MORE_TRIES + (settled - begun) / 1000;
  const byLabel = Map.groupBy(evidence.seen.filter(isJudged), retryLabel);
  return [...byLabel].flatMap(([label, requests]) => {
    const most = Math.round((evidence.cleanCounts.get(label) ?? 0) * PER_START + allowed);
    const tooMany =
      requests.length > most ? [`${label} was sent ${requests.length} times, which is over ${most}`] : [];
    return [
      ...tooMany,
      ...requests.flatMap((request, index) => tooEarly(label, requests[index - 1], request)),
    ];
  });
};

/** Requests of one kind to one object; a Lease is asked for all the time. */
export function countByLabel(seen: Evidence['seen']): Map<string, number> {
  const groups = Map.groupBy(seen.filter(isJudged), retryLabel);
  return new Map([...groups].map(([label, requests]) => [label, requests.length]));
}

const isJudged = ({ resource }: SeenRequest) => resource !== 'leases';

function retryLabel(request: SeenRequest): string {
  return `${request.kind === 'watch' ? 'watch-' : ''}${labelOf(request)}`;
}

function tooEarly(label: string, before: SeenRequest | undefined, request: SeenRequest): string[] {
  if (before?.answered?.code !== 429) return [];
  const waited = request.at - before.answered.at;
  return waited >= RETRY_AFTER_MS
    ? []
    : [`${label} was sent again ${Math.round(waited)} ms after a 429 with Retry-After`];
}
