/**
 * Owns: deliveries of one automation in their order: which is sent next and when, and which are given up. The queue is
 * the status: what is here was written down before anything was sent.
 */
import { durationMs } from '../model/duration.ts';
import {
  MAX_UNDELIVERED,
  MAX_WAITING,
  type StoredDelivery,
  type StoredTold,
  storedDeliverySchema,
  storedToldSchema,
} from '../model/kinds/automation-status-schema.ts';
import type { AutomationSpec } from '../model/kinds/webhook-automation.ts';
import type { PostOutcome } from '../model/webhook.ts';
import type { DueEvent } from './due-events.ts';

export interface DeliveryQueue {
  /** In order; only the first is sent. */
  readonly waiting: readonly StoredDelivery[];
  /** Given up; the newest last. */
  readonly undelivered: readonly StoredDelivery[];
  /** Since the automation was made. */
  readonly counts: { readonly delivered: number; readonly undelivered: number };
}

const DEFAULT_RETRY_FOR = '24h';
const BASE_MS = 1_000;
const CAP_MS = 300_000;
// it stands in a header: one that no header can hold would block for ever what comes after it
const SENDABLE_ID = /^[!-~]+$/;
/** A receiver may ask for more than that, and waits no longer. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/** The queue that a status holds. A status is output: what in it is no delivery is passed over. */
export function queueIn(status: unknown): DeliveryQueue {
  const waiting = deliveriesIn(memberOf(status, 'waiting')).slice(0, MAX_WAITING);
  const ids = new Set(waiting.map(({ id }) => id));
  const undelivered = deliveriesIn(memberOf(status, 'undelivered')).filter(({ id }) => !ids.has(id));
  const counts = memberOf(status, 'counts');
  return {
    waiting,
    undelivered: undelivered.slice(-MAX_UNDELIVERED),
    counts: { delivered: countIn(counts, 'delivered'), undelivered: countIn(counts, 'undelivered') },
  };
}

/** How many a status holds, as it says: for figures, which are read often. */
export function sizesIn(status: unknown): { readonly waiting: number; readonly undelivered: number } {
  const size = (list: unknown) => (Array.isArray(list) ? list.length : 0);
  return {
    waiting: size(memberOf(status, 'waiting')),
    undelivered: size(memberOf(status, 'undelivered')),
  };
}

/** What a status says was told; undefined where it says nothing that can be read. */
export function toldIn(status: unknown): StoredTold | undefined {
  return storedToldSchema.safeParse(memberOf(status, 'told')).data;
}

/** Puts events behind what waits. Whoever found them asked for no more than there is room for. */
export function withEvents(queue: DeliveryQueue, events: readonly DueEvent[], now: number): DeliveryQueue {
  const known = new Set(queue.waiting.map(({ id }) => id));
  const at = instantOf(now);
  const fresh = events
    .filter(({ id }) => !known.has(id))
    .map(({ id, event, variables }) => ({ id, event, at, variables: { ...variables }, attempts: 0 }));
  return { ...queue, waiting: [...queue.waiting, ...fresh].slice(0, MAX_WAITING) };
}

/**
 * The queue after the first of `waiting` was sent. Only a 2xx is a delivery. Anything else is tried again, with full
 * jitter from 1 s doubling to 5 min, and not before the receiver wants it, up to 1 h; until `retryForMs` after the first
 * attempt. Then it is given up, and the next one follows. `random` from 0 to 1.
 */
export function afterAttempt(
  queue: DeliveryQueue,
  outcome: PostOutcome,
  at: { readonly now: number; readonly retryForMs: number; readonly random: number },
): { readonly queue: DeliveryQueue; readonly ended: 'delivered' | 'again' | 'givenUp' } {
  const [head, ...rest] = queue.waiting;
  if (head === undefined) throw new RangeError('nothing waits, so nothing can have been sent');
  if (outcome.kind === 'answered' && outcome.code >= 200 && outcome.code <= 299) {
    const counts = { ...queue.counts, delivered: queue.counts.delivered + 1 };
    return { queue: { ...queue, waiting: rest, counts }, ended: 'delivered' };
  }
  const tried = withAttempt(head, outcome, at.now);
  if (isOver(tried, at.now, at.retryForMs))
    return { queue: withoutHead({ ...queue, waiting: [tried, ...rest] }), ended: 'givenUp' };
  const nextAttempt = instantOf(at.now + waitMs(tried.attempts, outcome, at.random));
  return { queue: { ...queue, waiting: [{ ...tried, nextAttempt }, ...rest] }, ended: 'again' };
}

/** For how long a delivery of this automation is tried, in milliseconds. */
export function retryForMs({ retryFor = DEFAULT_RETRY_FOR }: Pick<AutomationSpec, 'retryFor'>): number {
  return durationMs(retryFor);
}

/** When the first of `waiting` may be sent, in milliseconds since 1970; undefined: nothing waits. */
export function dueAt({ waiting: [head] }: DeliveryQueue): number | undefined {
  if (head === undefined) return undefined;
  return timeOf(head.nextAttempt) ?? 0;
}

/**
 * For when nothing may be sent now: gives up what was tried before and had its time. What was never tried waits without
 * end, since reviewers take as long as they take.
 */
export function givenUpBy(queue: DeliveryQueue, now: number, retryForMs: number): DeliveryQueue {
  const [head] = queue.waiting;
  if (head === undefined || !isOver(head, now, retryForMs)) return queue;
  return givenUpBy(withoutHead(queue), now, retryForMs);
}

/** Puts one delivery that was given up, or all, behind what waits, as if never sent. What finds no room stays. */
export function replayed(queue: DeliveryQueue, which: string): DeliveryQueue {
  const wanted = queue.undelivered.filter(({ id }) => which === 'all' || id === which);
  const again = wanted.slice(0, Math.max(0, MAX_WAITING - queue.waiting.length));
  const fresh = again.map(({ id, event, at, variables }) => ({ id, event, at, variables, attempts: 0 }));
  return {
    ...queue,
    waiting: [...queue.waiting, ...fresh],
    undelivered: queue.undelivered.filter((one) => !again.includes(one)),
  };
}

/** What the annotation secretscope.dev/replay asks for, `<nonce>:<delivery id>` or `<nonce>:all`: an id, or `all`. */
export function replayWish(annotation: string): string | undefined {
  return /^[!-~]{1,80}:(all|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(annotation)?.[1];
}

function withAttempt(head: StoredDelivery, outcome: PostOutcome, now: number): StoredDelivery {
  const { nextAttempt: _, ...kept } = head;
  const ended =
    outcome.kind === 'answered'
      ? { outcome: 'Answered' as const, code: outcome.code }
      : { outcome: outcome.outcome };
  const first = timeOf(head.firstAttempt) === undefined ? instantOf(now) : head.firstAttempt;
  return {
    ...kept,
    attempts: head.attempts + 1,
    firstAttempt: first,
    last: { ...ended, at: instantOf(now) },
  };
}

function isOver({ firstAttempt }: StoredDelivery, now: number, retryForMs: number): boolean {
  const first = timeOf(firstAttempt);
  return first !== undefined && now - first >= retryForMs;
}

function waitMs(attempts: number, outcome: PostOutcome, random: number): number {
  const jitter = random * Math.min(CAP_MS, BASE_MS * 2 ** (attempts - 1));
  const asked = outcome.kind === 'answered' ? (outcome.retryAfterMs ?? 0) : 0;
  return Math.ceil(Math.max(jitter, Math.min(asked, MAX_RETRY_AFTER_MS)));
}

function withoutHead({ waiting, undelivered, counts }: DeliveryQueue): DeliveryQueue {
  const [head, ...rest] = waiting;
  if (head === undefined) throw new RangeError('nothing waits, so nothing can be given up');
  const { nextAttempt: _, ...ended } = head;
  return {
    waiting: rest,
    undelivered: [...undelivered, ended].slice(-MAX_UNDELIVERED),
    counts: { ...counts, undelivered: counts.undelivered + 1 },
  };
}

function deliveriesIn(list: unknown): StoredDelivery[] {
  if (!Array.isArray(list)) return [];
  const found = new Map<string, StoredDelivery>();
  for (const one of list) {
    const { data } = storedDeliverySchema.safeParse(one);
    if (data && SENDABLE_ID.test(data.id) && !found.has(data.id)) found.set(data.id, data);
  }
  return [...found.values()];
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const members: Readonly<Record<string, unknown>> = { ...value };
  return members[name];
}

function countIn(counts: unknown, name: string): number {
  const count = memberOf(counts, name);
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : 0;
}

/** Undefined for what is no instant, too. */
function timeOf(instant: string | undefined): number | undefined {
  const time = Date.parse(instant ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}
