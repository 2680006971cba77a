/**
 * The story of a webhook automation: whose events it tells and where to → what its scope supplies and reviewers let
 * through → what happened since it looked last, written down → what is due, sent in order → reported. `key` is
 * `namespace/name`.
 */

import {
  givenUpBy,
  queueIn,
  replayed,
  replayWish,
  retryForMs,
  toldIn,
  withEvents,
} from '../../automate/delivery-queue.ts';
import { dueEvents } from '../../automate/due-events.ts';
import { MAX_WAITING } from '../../model/kinds/automation-status-schema.ts';
import type { AutomationStatus } from '../../model/kinds/webhook-automation.ts';
import type { Finding } from '../../report/conditions.ts';
import type { AutomationView } from '../../watch/views.ts';
import { AUTOMATION_HOLDER } from '../../watch/wake-up.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import type { Deps, ReconcileResult } from '../deps.ts';
import { nextLook } from '../next-look.ts';
import { type Automated, automatedScope, type Sendable, sendable } from './automated-scope.ts';
import { type Passage, passageFor } from './automation-plan.ts';
import { type AutomationState, isKept, shownReplay, writeAhead, writeState } from './automation-status.ts';
import { type RunValues, readValues, wipeAll } from './automation-values.ts';
import { lookAt } from './look-at-scope.ts';
import { isDue, sendDue, waitFor } from './send-due.ts';
import { isNewest } from './still-decided.ts';
import { begunTest, isTestDue, testDelivery, unsentTest } from './test-delivery.ts';

const UNREAD_MS = 60_000;

export async function reconcileAutomation(
  key: string,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const automation = deps.world.automations.get(key);
  if (!automation || automation.deleting) {
    deps.interests.replace(`${AUTOMATION_HOLDER}${key}`, []);
    return { kind: 'done' };
  }
  const found = automatedScope(automation, deps);
  if (found.kind === 'unknown') return stop(remembered(automation, deps), found.finding, deps, signal);
  const { automated } = found;
  const may = sendable(automated, deps);
  const passage = await passageFor(automated, may, deps, signal);
  if (passage === 'again') return { kind: 'retry' };
  return tellAndSend(automated, may, passage, deps, signal);
}

/** What its status says, as far as it can be read: it is output, and nobody gets more by altering it. */
function remembered(automation: AutomationView, deps: Deps): AutomationState {
  const status = deps.statuses.known(automation);
  const { lastDelivery, test, lastHandledReplay, request } = (status ?? {}) as AutomationStatus;
  const shared = { lastDelivery, test, lastHandledReplay, request };
  return { ...shared, automation, findings: [], dangling: [], queue: queueIn(status), told: toldIn(status) };
}

async function stop(
  state: AutomationState,
  finding: Finding,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const test = unsentTest(state.automation, state.test, finding, deps) ?? state.test;
  const told = { ...state, findings: [finding], request: undefined, test };
  const outcome = await writeState(told, deps, signal);
  return outcome === 'stale' ? { kind: 'retry' } : nextLook([finding.reason], deps, undefined);
}

async function tellAndSend(
  automated: Automated,
  may: Sendable,
  passage: Passage,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { automation } = automated;
  const noted = note(automated, passage, deps);
  const isTest = isTestDue(automation, noted.test, deps);
  const begun = isTest ? { ...noted, test: begunTest(noted.test, deps) } : noted;
  // before anything is sent: whoever takes over finds it, with the id that it has from now on
  const ahead = await writeAhead(begun, deps, signal);
  if (ahead === 'gone') return { kind: 'done' };
  if (ahead === 'stale' || !(await passage.report(signal))) return { kind: 'retry' };
  const { lines } = passage;
  const isNeeded = isDue(noted.queue, deps) || isTest;
  // what a view shows as waiting may have been sent since; what was just written cannot have been, nor can a test
  if (isNeeded && lines && ahead === 'unchanged' && !(await isNewest(automation, deps, signal)))
    return { kind: 'retry' };
  const run = lines && isNeeded ? await readValues(automated, lines, deps, signal) : undefined;
  try {
    return await send(automated, may, passage, noted, run, deps, signal);
  } finally {
    if (run?.kind === 'read') wipeAll(run.values);
  }
}

/** What happened since it looked last, and what was asked for again by hand. */
function note(automated: Automated, passage: Passage, deps: Deps): AutomationState {
  const { automation, wish } = automated;
  const before = remembered(automation, deps);
  const which =
    automation.replay === before.lastHandledReplay ? undefined : replayWish(automation.replay ?? '');
  const asked = which === undefined ? before.queue : replayed(before.queue, which);
  const now = nowOf(deps);
  // what cannot be sent now and was tried for long enough has had its time; whoever suspends a scope wants it to go on
  const isHeld = passage.findings.some(({ reason }) => reason === 'Suspended');
  const queue = passage.lines || isHeld ? asked : givenUpBy(asked, now, retryForMs(wish));
  const listener = {
    uid: automation.metadata.uid,
    createdAt: Date.parse(automation.createdAt),
    events: wish.events,
    filter: wish.filter,
  };
  const room = MAX_WAITING - queue.waiting.length;
  const { events, told } = dueEvents(lookAt(automated, deps), before.told, listener, { now, room });
  const { findings, dangling, request } = passage;
  return {
    ...before,
    findings,
    dangling,
    request,
    queue: withEvents(queue, events, now),
    told,
    lastHandledReplay:
      automation.replay === undefined ? before.lastHandledReplay : shownReplay(automation.replay),
  };
}

/** `run`: the values, where they were needed and may be sent. */
async function send(
  automated: Automated,
  may: Sendable,
  passage: Passage,
  noted: AutomationState,
  run: RunValues | undefined,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const values = run?.kind === 'read' ? run.values : undefined;
  const tested = await testDelivery(automated, may, values, noted.test, deps, signal);
  const unread = run?.kind === 'failed' ? run.findings : [];
  const state = {
    ...noted,
    findings: [...noted.findings, ...unread],
    ...(tested.kind === 'done' && { test: tested.result }),
  };
  // a test that was sent is not sent once more, whatever becomes of what follows it
  if (tested.kind === 'done' && !isKept(await writeState(state, deps, signal))) return { kind: 'retry' };
  const canSend = may.kind === 'sendable' && values !== undefined;
  const sent = canSend
    ? await sendDue(automated, may.webhook, values, state, deps, signal)
    : ({ kind: 'rests', state, againMs: undefined } as const);
  if (sent.kind === 'stale') return { kind: 'retry' };
  if ((await writeState(sent.state, deps, signal)) === 'stale') return { kind: 'retry' };
  const isOpen = passage.lines !== undefined && unread.length === 0;
  const next = canSend ? sent.againMs : isOpen ? waitFor(sent.state.queue, deps) : undefined;
  // of a value that is refused nobody hears that it may be had again
  const unheard = unread.length > 0 ? UNREAD_MS : undefined;
  // what found no room while the queue was full wakes nobody by itself
  const untold = isFull(noted) && !isFull(sent.state) ? 0 : undefined;
  const later = tested.kind === 'later' ? tested.againMs : undefined;
  const waits = [next, unheard, untold, passage.againMs, later];
  return nextLook(
    sent.state.findings.map(({ reason }) => reason),
    deps,
    soonest(waits),
  );
}

function isFull({ queue }: AutomationState): boolean {
  return queue.waiting.length >= MAX_WAITING;
}

function soonest(waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((wait) => wait !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}
