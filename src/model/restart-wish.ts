/**
 * Owns: what stands on a delivered Secret while workloads still have to be restarted for its last change. It is written
 * in the request that changes the data, so that neither can be there without the other (docs/decisions/0064).
 */
import type { Instant } from './approval.ts';

/** Annotation of a Secret. Taken off again once every workload was restarted. */
export const WISH_ANNOTATION = 'secretscope.dev/restart-wanted';

/** Changes within this time become one restart. A provider that changes five secrets of an app needs a few seconds. */
export const SETTLE_MS = 10_000;

export interface RestartWish {
  /** Names the last change: no two writes have the same name, and the same write has it again when it is repeated. */
  readonly change: string;
  /** When the first of the changes was that become one restart. */
  readonly since: Instant;
  /** When the last of them was. */
  readonly at: Instant;
}

const TIME = '(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z)';
const WISH = new RegExp(`^([-_A-Za-z0-9]{10}) ${TIME} ${TIME}$`);

export function wishText({ change, since, at }: RestartWish): string {
  return `${change} ${new Date(since).toISOString()} ${new Date(at).toISOString()}`;
}

/** Undefined for what no operator wrote. Whoever may edit the Secret may forge a wish, and restarts what is theirs. */
export function parseWish(text: string | undefined): RestartWish | undefined {
  const [, change, since = '', at = ''] = WISH.exec(text ?? '') ?? [];
  if (change === undefined) return undefined;
  const wish = { change, since: Date.parse(since), at: Date.parse(at) };
  return Number.isNaN(wish.since) || Number.isNaN(wish.at) ? undefined : wish;
}

/**
 * The wish after one more change. It waits no longer than the first would have: changes that never end would otherwise
 * put the restart off for ever. After two such times the first was restarted for, or is held, and this one begins anew.
 */
export function nextWish(change: string, now: Instant, before: RestartWish | undefined): RestartWish {
  const goesOn = before !== undefined && before.since <= now && now - before.since < 2 * SETTLE_MS;
  return { change, since: goesOn ? before.since : now, at: now };
}
