/** Owns: what an automation says of itself, and telling it once. Used by: reconcile-automation.ts. */
import { type DeliveryQueue, retryForMs } from '../../automate/delivery-queue.ts';
import type { Json } from '../../model/canonical-json.ts';
import type { StoredDelivery, StoredTold } from '../../model/kinds/automation-status-schema.ts';
import type { AutomationStatus } from '../../model/kinds/webhook-automation.ts';
import { gravest, reasonPolicy } from '../../model/reasons.ts';
import { conditionsFor, extraCondition, type Finding } from '../../report/conditions.ts';
import type { StatusOutcome } from '../../report/status-writer.ts';
import { AUTOMATIONS } from '../../watch/resources.ts';
import type { AutomationView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import type { Deps } from '../deps.ts';

/** What is known of an automation at one moment of its run; what is undefined is left out. */
export interface AutomationState {
  readonly automation: AutomationView;
  readonly findings: readonly Finding[];
  readonly dangling: readonly string[];
  readonly request: string | undefined;
  readonly queue: DeliveryQueue;
  readonly told: StoredTold | undefined;
  readonly lastDelivery: AutomationStatus['lastDelivery'];
  readonly test: AutomationStatus['test'];
  readonly lastHandledReplay: string | undefined;
}

/** What a status holds of an annotation; a longer one would make every status one that the API server refuses. */
const MAX_REPLAY = 128;

/** Of the value that was handled. */
export function shownReplay(annotation: string): string {
  return annotation.slice(0, MAX_REPLAY).toWellFormed();
}

export const timeText = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** Whether the API server holds it now. */
export function isKept(outcome: StatusOutcome): boolean {
  return outcome === 'written' || outcome === 'unchanged';
}

/** Writes it where it differs. `before`: the status that was known, for what is told of a change. */
export async function writeState(
  state: AutomationState,
  deps: Deps,
  signal: AbortSignal,
): Promise<StatusOutcome> {
  const { automation } = state;
  const known = deps.statuses.known(automation);
  const status = automationStatus(state, timeText(nowOf(deps)));
  const outcome = await deps.statuses.write(AUTOMATIONS, automation, status, signal);
  if (outcome !== 'written') return outcome;
  announceFailure(state, known, deps);
  announceGivenUp(state, known, deps);
  return outcome;
}

/** Only what has to be there before anything is sent: what else is to be said is not known yet. */
export async function writeAhead(
  state: AutomationState,
  deps: Deps,
  signal: AbortSignal,
): Promise<StatusOutcome> {
  const known = deps.statuses.known(state.automation);
  const kept = typeof known === 'object' && known !== null ? known : {};
  const test = state.test && withoutUndefined(state.test);
  const status = withoutUndefined({ ...kept, ...queueFields(state), test }) as Json;
  const outcome = await deps.statuses.write(AUTOMATIONS, state.automation, status, signal);
  if (outcome === 'written') announceGivenUp(state, known, deps);
  return outcome;
}

function queueFields({ queue, told, lastHandledReplay }: AutomationState) {
  const { waiting, undelivered, counts } = queue;
  return {
    waiting: waiting.length > 0 ? waiting : undefined,
    undelivered: undelivered.length > 0 ? undelivered : undefined,
    counts: { waiting: waiting.length, ...counts },
    told,
    lastHandledReplay,
  };
}

export function automationStatus(state: AutomationState, now: string): Json {
  const { automation, request, lastDelivery, test } = state;
  const status = {
    ...queueFields(state),
    observedGeneration: automation.generation,
    conditions: conditionsOf(state, now),
    request,
    lastDelivery,
    test: test && withoutUndefined(test),
    lastHandledReconcileAt: automation.requestedAt,
  };
  return withoutUndefined(status) as Json;
}

function withoutUndefined(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function conditionsOf(state: AutomationState, now: string) {
  const { automation, queue, dangling } = state;
  const { generation, conditions: before } = automation;
  const findings = allFindings(state);
  const held = findings.find(({ reason }) => reason === 'Suspended');
  const conditions = conditionsFor(findings, held ?? listening(queue), generation, before, now);
  if (dangling.length > 0)
    conditions.push(extraCondition('DanglingReference', danglingTold(dangling), generation, before, now));
  if (queue.undelivered.length > 0)
    conditions.push(extraCondition('Undelivered', undeliveredTold(state), generation, before, now));
  return conditions;
}

function allFindings({ automation, findings, queue }: AutomationState): Finding[] {
  const [head] = queue.waiting;
  return [...findings, ...(head?.last ? [failing(head, head.last, automation)] : [])];
}

function listening({ waiting, counts }: DeliveryQueue): Finding {
  const message = `${counts.delivered} delivered${waiting.length > 0 ? `, ${waiting.length} to be sent` : ''}`;
  return { reason: 'Listening', message };
}

function failing(
  { id, event, attempts, firstAttempt }: StoredDelivery,
  last: NonNullable<StoredDelivery['last']>,
  { spec }: AutomationView,
): Finding {
  const since = Date.parse(firstAttempt ?? '');
  const isKnown = spec.kind === 'ok' && Number.isFinite(since);
  const until = isKnown ? ` until ${timeText(since + retryForMs(spec.value))}` : '';
  const what = last.code === undefined ? OUTCOMES[last.outcome] : `the receiver answered HTTP ${last.code}`;
  const message = `delivery ${id} (${event}) was sent ${attempts === 1 ? 'once' : `${attempts} times`} without success: ${what}; it is tried again by itself${until}, and what came later waits for it`;
  return { reason: 'DeliveryFailing', message };
}

const OUTCOMES: Readonly<Record<NonNullable<StoredDelivery['last']>['outcome'], string>> = {
  Answered: 'the receiver answered',
  TimedOut: 'there was no answer within the time limit; look whether the receiver is up and quick to answer',
  ConnectionFailed:
    'no connection, or it broke off; look whether the receiver is up and reachable from the operator',
  NameNotResolved: 'its host name could not be resolved; look at spec.url and at the DNS of the cluster',
  AddressRefused:
    'its host name resolves to a private, local or cluster address, where nothing is sent; use a receiver with a public address',
  HostRefused: 'its host or port is not one that may be sent to; use a DNS name and port 443',
  TLSRefused: 'its certificate is not one of that host, or not of a public authority; mend the certificate',
  AnswerRefused: 'its answer was no HTTP that can be read; look at what answers there',
};

function danglingTold(names: readonly string[]): Finding {
  const message = `${names.join(', ')}: used by this automation and supplied by no level`;
  return { reason: 'DanglingReference', message };
}

function undeliveredTold({ automation: { metadata }, queue }: AutomationState): Finding {
  const count = queue.undelivered.length;
  const message = `${count} deliver${count === 1 ? 'y was' : 'ies were'} given up and kept; once the receiver works, send again: secretscope automation replay ${metadata.name} -n ${metadata.namespace} --all`;
  return { reason: 'Undelivered', message };
}

/** Once for each state: what was said before, also before a restart, is not said again. */
function announceFailure(state: AutomationState, known: unknown, deps: Deps): void {
  const { automation } = state;
  const bad = gravest(allFindings(state).filter(({ reason }) => reasonPolicy(reason).ready === 'False'));
  if (bad && readyReason(known) !== bad.reason) tell(automation, bad, deps);
}

function announceGivenUp(state: AutomationState, known: unknown, deps: Deps): void {
  const { counts } = (known ?? {}) as AutomationStatus;
  if (state.queue.counts.undelivered > (counts?.undelivered ?? 0))
    tell(state.automation, undeliveredTold(state), deps);
}

function tell(automation: AutomationView, { reason, message: note }: Finding, deps: Deps): void {
  const policy = reasonPolicy(reason);
  deps.log[policy.log]({ automation: keyOf(automation.metadata), reason }, note);
  if (policy.event === 'None') return;
  deps.emit({ regarding: automation, type: policy.event, reason, action: 'Notify', note });
}

function readyReason(status: unknown): string | undefined {
  const { conditions = [] } = (status ?? {}) as AutomationStatus;
  return conditions.find(({ type }) => type === 'Ready')?.reason;
}
