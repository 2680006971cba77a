/**
 * Owns: sending what is due of one automation, in order, and what becomes of each attempt. Used by: reconcile-automation.ts.
 * Every delivery stands in the status before it is sent, and stays there until its attempt is written down: whoever ends in
 * between sends it once more, under the same id.
 */
import {
  afterAttempt,
  type DeliveryQueue,
  dueAt,
  MAX_RETRY_AFTER_MS,
  retryForMs,
} from '../../automate/delivery-queue.ts';
import type { ParsedWebhook } from '../../automate/parse-webhook.ts';
import { type Occasion, renderWebhook } from '../../automate/render-webhook.ts';
import type { SecretValue } from '../../model/secret-value.ts';
import type { PostOutcome } from '../../model/webhook.ts';
import type { Finding } from '../../report/conditions.ts';
import { keyOf } from '../../watch/world.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import type { Deps } from '../deps.ts';
import type { Automated } from './automated-scope.ts';
import { type AutomationState, isKept, timeText, writeState } from './automation-status.ts';
import { isStillDecided } from './still-decided.ts';

// then everything is looked at again, what happened meanwhile among it
const MAX_RUN_MS = 5_000;

export type Sent =
  | { readonly kind: 'rests'; readonly state: AutomationState; readonly againMs: number | undefined }
  /** The status, or what was decided on, was changed by somebody else meanwhile: look again. */
  | { readonly kind: 'stale' };

export async function sendDue(
  automated: Automated,
  webhook: ParsedWebhook,
  values: ReadonlyMap<string, SecretValue>,
  first: AutomationState,
  deps: Deps,
  signal: AbortSignal,
): Promise<Sent> {
  const started = deps.clock.monotonic();
  let state = first;
  while (isDue(state.queue, deps)) {
    if (deps.clock.monotonic() - started > MAX_RUN_MS) return { kind: 'rests', state, againMs: 0 };
    if (!isStillDecided(automated, webhook.names.length > 0, deps)) return { kind: 'stale' };
    const attempt = await attemptHead(automated, webhook, values, state.queue, deps, signal);
    if (attempt.kind === 'later') return { kind: 'rests', state, againMs: attempt.againMs };
    if (attempt.kind === 'unsent') {
      const blocked = { ...state, findings: [...state.findings, attempt.finding] };
      // its value or its text has to change first; what was found says when to look again
      return { kind: 'rests', state: blocked, againMs: undefined };
    }
    state = after(automated, state, attempt.outcome, deps);
    if (!isKept(await writeState(state, deps, signal))) return { kind: 'stale' };
  }
  return rests(state, deps);
}

function rests(state: AutomationState, deps: Deps): Sent {
  return { kind: 'rests', state, againMs: waitFor(state.queue, deps) };
}

export function isDue(queue: DeliveryQueue, deps: Deps): boolean {
  return dueIn(queue, deps) === 0;
}

/** Until the head may be sent; undefined: nothing waits. */
export function waitFor(queue: DeliveryQueue, deps: Deps): number | undefined {
  const ms = dueIn(queue, deps);
  return ms === undefined ? undefined : ms + 50;
}

/** Nothing waits longer than that: a time further away was set by a clock that ran ahead. */
function dueIn(queue: DeliveryQueue, deps: Deps): number | undefined {
  const at = dueAt(queue);
  if (at === undefined) return undefined;
  const ms = Math.max(0, at - runningTime(deps));
  return ms > MAX_RETRY_AFTER_MS ? 0 : ms;
}

/** As nowOf, but it goes on by itself: where nothing is written and no Lease is renewed, no answer tells the time. */
function runningTime({ kube, clock }: Deps): number {
  const time = kube.serverTime();
  return time ? time.at + time.ageMs : clock.now();
}

type Attempt =
  | { readonly kind: 'sent'; readonly outcome: PostOutcome }
  | { readonly kind: 'unsent'; readonly finding: Finding };

/** Its namespace has sent enough for now, or enough of it is being tried again. */
type Later = { readonly kind: 'later'; readonly againMs: number };
const FREE = { leave: () => undefined };

async function attemptHead(
  automated: Automated,
  webhook: ParsedWebhook,
  values: ReadonlyMap<string, SecretValue>,
  { waiting: [head] }: DeliveryQueue,
  deps: Deps,
  signal: AbortSignal,
): Promise<Attempt | Later> {
  if (!head) throw new Error('nothing waits to be sent');
  const { namespace } = automated.automation.metadata;
  const { budget, retries } = deps.webhooks;
  const slot = head.attempts === 0 ? FREE : retries.enter(namespace);
  if (!slot) return { kind: 'later', againMs: retries.againMs * (0.5 + deps.random()) };
  try {
    if (!budget.take(namespace)) return { kind: 'later', againMs: budget.againMs };
    return await sendOnce(automated, webhook, { ...head }, values, deps, signal);
  } finally {
    slot.leave();
  }
}

/** One request, once; its boxes are gone afterwards. */
export async function sendOnce(
  { automation }: Automated,
  webhook: ParsedWebhook,
  occasion: Occasion,
  values: ReadonlyMap<string, SecretValue>,
  deps: Deps,
  signal: AbortSignal,
): Promise<Attempt> {
  const rendered = renderWebhook(webhook, occasion, values, deps.webhooks.version);
  if (rendered.kind === 'failed') return { kind: 'unsent', finding: rendered };
  const { request } = rendered;
  try {
    deps.fence();
    const outcome = await deps.webhooks.post(request, signal);
    const code = outcome.kind === 'answered' ? outcome.code : undefined;
    const { id, event } = occasion;
    const { milliseconds } = outcome;
    deps.log.info(
      { automation: keyOf(automation.metadata), delivery: id, event, code, milliseconds },
      'sent',
    );
    return { kind: 'sent', outcome };
  } finally {
    request.body.wipe();
    for (const { value } of request.headers) value.wipe();
  }
}

function after(
  { wish }: Automated,
  state: AutomationState,
  outcome: PostOutcome,
  deps: Deps,
): AutomationState {
  const [head] = state.queue.waiting;
  const now = nowOf(deps);
  const at = { now, retryForMs: retryForMs(wish), random: deps.random() };
  const { queue, ended } = afterAttempt(state.queue, outcome, at);
  deps.metrics.webhookAttempt(ended, outcome.milliseconds / 1000);
  if (ended !== 'delivered' || outcome.kind !== 'answered' || !head) return { ...state, queue };
  const { id, event } = head;
  const { code, milliseconds } = outcome;
  return { ...state, queue, lastDelivery: { id, event, at: timeText(now), code, milliseconds } };
}
