/** Checks of what people made: namespaces, backends, scopes, and the keys that are sealed with. Pure. */
import type { Condition } from '../model/kinds/common.ts';
import { needsAPerson } from '../model/needs-a-person.ts';
import { publicKeyMap } from '../model/public-key-map.ts';
import { counted, type Finding, few, type Look, ok, problem, skipped, warning } from './doctor-finding.ts';

/** What every kind of ours has. */
export interface Seen {
  readonly kind: string;
  readonly name: string;
  /** empty for what is in no namespace */
  readonly namespace: string;
  readonly uid: string;
  readonly conditions: readonly Condition[];
  /** whether the operator needs rights in its namespace for it */
  readonly needsEnrolment: boolean;
  /** an environment that is called production, without reviewers and wait timer */
  readonly isUnguarded: boolean;
  /** the SecretRequest of an automation, which may be decided */
  readonly request?: string;
}

export interface EnrolmentLooks {
  readonly objects: readonly Look<readonly Seen[]>[];
  /** namespaces with a RoleBinding that has the label */
  readonly enrolled: Look<ReadonlySet<string>>;
  /** whether the operator has its rights in every namespace */
  readonly everywhere: Look<boolean>;
}

export function checkEnrolment({ objects, enrolled, everywhere }: EnrolmentLooks): Finding {
  const check = 'enrolment';
  if (everywhere.kind === 'seen' && everywhere.value)
    return ok(check, 'the operator has its rights in every namespace');
  const hidden = [...objects, enrolled].find((look) => look.kind === 'hidden');
  if (hidden?.kind === 'hidden') return skipped(check, hidden.why);
  if (enrolled.kind !== 'seen') return skipped(check, 'this API server does not know RoleBindings');
  const needing = objects
    .flatMap((look) => (look.kind === 'seen' ? look.value : []))
    .filter(({ needsEnrolment }) => needsEnrolment);
  const namespaces = [...new Set(needing.map(({ namespace }) => namespace))].sort();
  const missing = namespaces.filter((namespace) => !enrolled.value.has(namespace));
  if (missing.length === 0)
    return ok(
      check,
      `${counted(namespaces.length, 'namespace')} with targets, claims or backends, all enrolled`,
    );
  const message = `the operator has no rights in ${few(missing)}; add --service-account NAME for an account that a backend there reads as`;
  const fix = `secretscope enroll ${missing[0] ?? ''}`;
  // it could be that a binding for the whole cluster stands in for an enrolment, and the caller may not see it
  if (
    everywhere.kind === 'hidden' &&
    !needing.some((one) => missing.includes(one.namespace) && isNotEnrolled(one))
  )
    return warning(check, `${message}, unless it has them everywhere: ${everywhere.why}`, fix);
  return problem(check, message, fix);
}

function isNotEnrolled({ conditions }: Seen): boolean {
  return conditions.some(({ reason }) => reason === 'NamespaceNotEnrolled');
}

/** Whether all of a kind are Ready, and the first few that are not, with what the operator says of them. */
export function checkReady(check: string, one: string, look: Look<readonly Seen[]>): Finding[] {
  if (look.kind === 'hidden') return [skipped(check, look.why)];
  if (look.kind === 'missing') return [skipped(check, 'the kind is not installed')];
  const troubled = look.value.filter((each) => readyOf(each)?.status !== 'True');
  if (troubled.length === 0) return [ok(check, `${counted(look.value.length, one)}, all ready`)];
  // those that wait for a person first
  const sorted = troubled.toSorted((a, b) => Number(needsSomebody(b)) - Number(needsSomebody(a)));
  const shown = sorted.slice(0, SHOWN).map((each) => troubleOf(check, each));
  const more = sorted.slice(SHOWN);
  if (more.length === 0) return shown;
  const rest = `${counted(more.length, `more ${one} is`, `more ${one}s are`)} not ready: ${few(more.map(labelOf))}`;
  const make = more.some(needsSomebody) ? problem : warning;
  return [...shown, make(check, rest, `kubectl get ${pluralOf(more[0])} -A`)];
}

const SHOWN = 5;

function troubleOf(check: string, seen: Seen): Finding {
  const ready = readyOf(seen);
  if (!ready)
    return problem(check, `${labelOf(seen)}: no operator has looked at it`, 'see whether the operator runs');
  const message = `${labelOf(seen)}: ${ready.reason}: ${ready.message}`;
  return (needsSomebody(seen) ? problem : warning)(check, message, nextCommand(seen, ready));
}

/** What it says of itself is in the message already: what reviewers would read is not. */
function nextCommand(seen: Seen, { reason }: Condition): string {
  return reason === 'AwaitingApproval' && seen.request !== undefined
    ? `secretscope review show ${seen.request} -n ${seen.namespace}`
    : describeCommand(seen);
}

/** Backends that work, and hear of changes late: nothing arrives from the queue. */
export function checkEvents(look: Look<readonly Seen[]>): Finding {
  const check = 'push';
  if (look.kind === 'hidden') return skipped(check, look.why);
  if (look.kind === 'missing') return skipped(check, 'the kind is not installed');
  const silent = look.value.filter(({ conditions }) =>
    conditions.some(({ type, status }) => type === 'EventsMissing' && status === 'True'),
  );
  const [first] = silent;
  if (!first) return ok(check, 'no backend misses its events');
  return problem(
    check,
    `no events arrive at ${few(silent.map(labelOf))}: changes are only seen by asking`,
    describeCommand(first),
  );
}

/** Automations that go on, and have given something up: nobody sends it again by itself. */
export function checkUndelivered(look: Look<readonly Seen[]>): Finding {
  const check = 'deliveries';
  if (look.kind === 'hidden') return skipped(check, look.why);
  if (look.kind === 'missing') return skipped(check, 'the kind is not installed');
  const lossy = look.value.filter(({ conditions }) =>
    conditions.some(({ type, status }) => type === 'Undelivered' && status === 'True'),
  );
  const [first] = lossy;
  if (!first) return ok(check, 'no automation has given a delivery up');
  return warning(
    check,
    `deliveries were given up at ${few(lossy.map(labelOf))}`,
    `see why, then send them again: secretscope automation replay ${first.name} -n ${first.namespace} --all`,
  );
}

/** Scopes that are delivered, and of which workloads have older data. */
export function checkRestarts(look: Look<readonly Seen[]>): Finding {
  const check = 'restarts';
  if (look.kind === 'hidden') return skipped(check, look.why);
  if (look.kind === 'missing') return skipped(check, 'the kind is not installed');
  const pending = ({ conditions }: Seen) =>
    conditions.find(({ type, status }) => type === 'RestartPending' && status === 'True');
  const held = look.value.filter((seen) => pending(seen) !== undefined);
  const [first] = held;
  if (!first) return ok(check, 'no workload waits to be restarted');
  const told = pending(first);
  const more = held.length > 1 ? `; also ${few(held.slice(1).map(labelOf))}` : '';
  const message = `${labelOf(first)}: ${told?.reason}: ${told?.message}${more}`;
  const isRight = told?.reason === 'RestartForbidden';
  const namespace = isRight ? /^\w+ ([-a-z0-9]+)\//.exec(told.message)?.[1] : undefined;
  return warning(
    check,
    message,
    namespace ? `secretscope enroll ${namespace} --restart` : describeCommand(first),
  );
}

/** GX63: works, and delivers to production whatever changes. */
export function checkProduction(look: Look<readonly Seen[]>): Finding {
  const check = 'production';
  if (look.kind === 'hidden') return skipped(check, look.why);
  if (look.kind === 'missing') return skipped(check, 'the kind is not installed');
  const unguarded = look.value.filter(({ isUnguarded }) => isUnguarded);
  const [first] = unguarded;
  if (!first)
    return ok(check, 'no environment that is called production is without reviewers and wait timer');
  return warning(
    check,
    `called production, and without reviewers or a wait timer, so that whatever changes is delivered at once: ${few(unguarded.map(labelOf))}`,
    `consider spec.protection.requiredReviewers or spec.protection.waitTimerMinutes: kubectl edit secretscope ${first.name} -n ${first.namespace}`,
  );
}

export interface KeyLooks {
  readonly scopes: Look<readonly Seen[]>;
  /** UIDs that have a key, by name of the ConfigMap; undefined where there is none */
  readonly keys: Look<ReadonlyMap<string, ReadonlySet<string> | undefined>>;
  readonly operatorNamespace: string;
}

export function checkKeys({ scopes, keys, operatorNamespace }: KeyLooks): Finding {
  const check = 'sealing keys';
  if (scopes.kind !== 'seen')
    return skipped(check, scopes.kind === 'hidden' ? scopes.why : 'the kind is not installed');
  if (keys.kind !== 'seen') return skipped(check, keys.kind === 'hidden' ? keys.why : 'no key is published');
  const without = scopes.value.filter(({ uid }) => !keys.value.get(publicKeyMap(uid))?.has(uid));
  if (without.length === 0) return ok(check, `${counted(scopes.value.length, 'scope')}, each with a key`);
  return problem(
    check,
    `no key is published for ${few(without.map(labelOf))}: nothing can be sealed for ${without.length === 1 ? 'it' : 'them'}`,
    `kubectl logs deployment/secretscope -n ${operatorNamespace}`,
  );
}

function readyOf({ conditions }: Seen): Condition | undefined {
  return conditions.find(({ type }) => type === 'Ready');
}

/** As `secretscope status` counts; a backend that cannot be read is as bad. */
function needsSomebody(seen: Seen): boolean {
  return seen.kind.endsWith('SecretBackend') || needsAPerson(readyOf(seen)?.reason ?? 'Progressing');
}

function labelOf({ kind, namespace, name }: Seen): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}

function describeCommand({ kind, namespace, name }: Seen): string {
  return `read: kubectl describe ${kind.toLowerCase()} ${name}${namespace === '' ? '' : ` -n ${namespace}`}`;
}

function pluralOf(seen: Seen | undefined): string {
  return `${seen?.kind.toLowerCase() ?? 'secretscope'}s`;
}
