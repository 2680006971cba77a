/**
 * Owns: the one delivery that somebody asks for to try an automation. What is told of it is its status code and its time:
 * an answer might repeat what it was sent (THREATS 7). Used by: reconcile-automation.ts.
 */
import { parseWebhook } from '../../automate/parse-webhook.ts';
import { placeholders } from '../../automate/render-webhook.ts';
import { sampleOccasion, type TestWish, testWish } from '../../automate/test-wish.ts';
import type { AutomationStatus } from '../../model/kinds/webhook-automation.ts';
import type { SecretValue } from '../../model/secret-value.ts';
import type { Told } from '../../model/verdict.ts';
import { shownMessage } from '../../report/conditions.ts';
import type { AutomationView } from '../../watch/views.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import type { Deps } from '../deps.ts';
import type { Automated, Sendable } from './automated-scope.ts';
import { timeText } from './automation-status.ts';
import { placeOf } from './look-at-scope.ts';
import { sendOnce } from './send-due.ts';
import { isStillDecided } from './still-decided.ts';

// whoever tries a receiver by hand is not quicker, and a receiver that is tried out has peace (THREATS 7)
const INTERVAL_MS = 10_000;
const SOON_MS = 1_000;
const MAX_MESSAGE = 1_024;

type Result = NonNullable<AutomationStatus['test']>;

export type Tested =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'later'; readonly againMs: number }
  | { readonly kind: 'done'; readonly result: Result };

/** Whether a test is asked for whose time has come. */
export function isTestDue({ test }: AutomationView, last: AutomationStatus['test'], deps: Deps): boolean {
  const wish = testWish(test);
  return wish !== undefined && !('kind' in wish) && wish.id !== last?.id && waitAfter(last, deps) === 0;
}

/**
 * What is written before a test is sent: the last one, dated now. Where its result finds no place, since another was asked
 * for meanwhile, that one still waits its time.
 */
export function begunTest(last: AutomationStatus['test'], deps: Deps): Result {
  return { ...(last ?? { id: '', milliseconds: 0, placeholders: true }), at: timeText(nowOf(deps)) };
}

/** Nothing can be told of its scope: whoever asked for a test hears that, and does not wait. Undefined: nobody asked. */
export function unsentTest(
  { test }: AutomationView,
  last: AutomationStatus['test'],
  { message }: Told,
  deps: Deps,
): Result | undefined {
  const wish = testWish(test);
  if (!wish || 'kind' in wish || wish.id === last?.id) return undefined;
  return notSent(wish, timeText(nowOf(deps)), message);
}

function notSent({ id }: TestWish, at: string, message: string): Result {
  return { id, at, milliseconds: 0, placeholders: true, message: shownText(message) };
}

/** `values`: what may be sent; undefined: nothing was released, so that placeholders are. */
export async function testDelivery(
  automated: Automated,
  sendable: Sendable,
  values: ReadonlyMap<string, SecretValue> | undefined,
  last: AutomationStatus['test'],
  deps: Deps,
  signal: AbortSignal,
): Promise<Tested> {
  const wish = testWish(automated.automation.test);
  if (!wish) return { kind: 'nothing' };
  const at = timeText(nowOf(deps));
  if ('kind' in wish) return invalidWish(wish.fault, last, at);
  if (wish.id === last?.id) return { kind: 'nothing' };
  const againMs = waitAfter(last, deps);
  if (againMs > 0) return { kind: 'later', againMs };
  const unsent = (text: string): Tested => ({ kind: 'done', result: notSent(wish, at, text) });
  // whoever names a level that is not there must not reach a host that nobody listed
  if (sendable.kind === 'refused' || sendable.kind === 'unknown') return unsent(sendable.finding.message);
  const parsed = wish.payload
    ? parseWebhook({ ...automated.wish, payload: { ...wish.payload } })
    : { kind: 'ok' as const, webhook: sendable.webhook };
  if (parsed.kind === 'invalid') return unsent(parsed.faults.slice(0, 5).join('; '));
  // nobody approved a payload of the test's own
  const released = wish.payload ? undefined : values;
  const { budget } = deps.webhooks;
  if (!isStillDecided(automated, released !== undefined, deps)) return { kind: 'later', againMs: SOON_MS };
  if (!budget.take(automated.automation.metadata.namespace))
    return { kind: 'later', againMs: budget.againMs };
  const result = await send(automated, parsed.webhook, wish, released, deps, signal);
  return { kind: 'done', result: { ...result, id: wish.id, at } };
}

/** Until another may be sent; a last one that is in the future was dated by a clock that ran ahead. */
function waitAfter(last: AutomationStatus['test'], deps: Deps): number {
  const wait = last ? Date.parse(last.at) + INTERVAL_MS - nowOf(deps) : 0;
  return wait > INTERVAL_MS ? 0 : Math.max(0, wait);
}

/** As the status holds it: one that is too long would make every status one that the API server refuses. */
function shownText(message: string): string {
  return shownMessage(message).slice(0, MAX_MESSAGE).toWellFormed();
}

function invalidWish(fault: string, last: AutomationStatus['test'], at: string): Tested {
  if (last?.message === fault) return { kind: 'nothing' };
  return { kind: 'done', result: { id: '', at, milliseconds: 0, placeholders: true, message: fault } };
}

async function send(
  automated: Automated,
  webhook: Parameters<typeof sendOnce>[1],
  wish: TestWish,
  released: ReadonlyMap<string, SecretValue> | undefined,
  deps: Deps,
  signal: AbortSignal,
): Promise<Omit<Result, 'id' | 'at'>> {
  const stand = released ?? placeholders(webhook);
  const shared = { placeholders: released === undefined };
  try {
    const occasion = sampleOccasion(wish.event, wish.id, placeOf(automated), nowOf(deps));
    const attempt = await sendOnce(automated, webhook, occasion, stand, deps, signal);
    if (attempt.kind === 'unsent')
      return { ...shared, milliseconds: 0, message: shownText(attempt.finding.message) };
    const { outcome } = attempt;
    const { milliseconds } = outcome;
    if (outcome.kind === 'failed') return { ...shared, milliseconds, outcome: outcome.outcome };
    return { ...shared, milliseconds, outcome: 'Answered', code: outcome.code };
  } finally {
    if (!released) for (const value of stand.values()) value.wipe();
  }
}
