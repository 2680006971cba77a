/** Owns: what the status of a claim means for whoever waits for it. Used by: claim-wait.ts. Pure. */
import type { KubeObject } from '../kube/kube-objects.ts';
import { NAMESPACE_PATTERN, OBJECT_NAME_PATTERN, type Resource } from '../model/kinds/common.ts';
import { askedAgain } from '../model/kinds/request-parts.ts';
import type { Reason } from '../model/reasons.ts';
import { REQUEST_ANNOTATION } from '../watch/views.ts';
import { conditionOf, statusText } from './review-wording.ts';
import { EXIT } from './usage-error.ts';

export type Standing =
  /** The operator has not looked at this generation. */
  | { readonly kind: 'unseen' }
  | { readonly kind: 'waiting'; readonly text: string }
  | { readonly kind: 'delivered' }
  /** The operator says that nothing will change until a person acts. */
  | { readonly kind: 'stuck'; readonly why: string }
  | { readonly kind: 'over'; readonly code: OverCode; readonly why: string };

type OverCode = typeof EXIT.decidedAgainst | typeof EXIT.timedOut | typeof EXIT.ended;

/** Not what a stalled object usually is: these pass when others are decided, or when the policies have settled. */
const PASSING: ReadonlySet<string> = new Set<Reason>(['LimitExceeded', 'PolicyNotInForce']);

const OVER: ReadonlyMap<string, OverCode> = new Map<Reason, OverCode>([
  ['Rejected', EXIT.decidedAgainst],
  ['RejectionWithdrawn', EXIT.decidedAgainst],
  ['Revoked', EXIT.decidedAgainst],
  // nobody decided while it could be decided
  ['RequestExpired', EXIT.timedOut],
  ['GrantExpired', EXIT.ended],
]);

export function standingOf(claim: KubeObject): Standing {
  const object = withStatus(claim);
  const { status } = object;
  if (!isCurrent(object) || isAskedAgain(object)) return { kind: 'unseen' };
  const state = statusText(status['state']);
  const { ready, reason, why } = told(object);
  // Ready as well: a Secret that lacks a name is not what was asked for
  if (state === 'Delivered' && ready) return { kind: 'delivered' };
  const code = OVER.get(reason) ?? (state === 'Expired' || state === 'Ended' ? EXIT.ended : undefined);
  if (code !== undefined) return { kind: 'over', code, why };
  if (isStalled(object) && !PASSING.has(reason)) return { kind: 'stuck', why };
  return { kind: 'waiting', text: waitingText(reason, why, requestOf(status)) };
}

type WithStatus = Resource<unknown, Readonly<Record<string, unknown>>> & {
  readonly status: Readonly<Record<string, unknown>>;
};

/** A status is not validated on the way in. */
function withStatus(claim: KubeObject & { readonly status?: unknown }): WithStatus {
  return { spec: undefined, ...claim, status: fieldsOf(claim.status) };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** What is said of an older generation is no answer to this one. */
function isCurrent({ metadata, status }: WithStatus): boolean {
  const seen = status['observedGeneration'];
  return typeof seen === 'number' && seen >= (metadata.generation ?? 1);
}

/** What has ended is asked for anew by an annotation, which moves no generation. */
function isAskedAgain({ metadata, status }: WithStatus): boolean {
  const asked = askedAgain.safeParse(metadata.annotations?.[REQUEST_ANNOTATION]).data ?? '';
  return (
    status['ended'] !== undefined && (statusText(fieldsOf(status['ended'])['askedAgain']) ?? '') !== asked
  );
}

/** Where a changed claim waits beside the Secret of before, that is what is waited for. */
function told(object: WithStatus) {
  const pending = conditionOf(object, 'ChangesPending');
  const said = pending?.status === 'True' ? pending : conditionOf(object, 'Ready');
  const [reason = '', message = ''] = [statusText(said?.reason), statusText(said?.message)];
  const why = [reason, message].filter((text) => text !== '').join(': ') || 'the operator does not say why';
  return { ready: said?.type === 'Ready' && said.status === 'True', reason, why };
}

function isStalled(object: WithStatus): boolean {
  return conditionOf(object, 'Stalled')?.status === 'True';
}

/** `namespace/name`, and nothing else: it becomes part of a command that people copy. */
function requestOf(status: Readonly<Record<string, unknown>>): string | undefined {
  const { namespace, name } = fieldsOf(status['request']) as { namespace?: unknown; name?: unknown };
  if (typeof namespace !== 'string' || !NAMESPACE_PATTERN.test(namespace)) return undefined;
  return typeof name === 'string' && OBJECT_NAME_PATTERN.test(name) ? `${namespace}/${name}` : undefined;
}

function waitingText(reason: string, why: string, request: string | undefined): string {
  if (request === undefined) return `waiting: ${why}`;
  const next = `SecretRequest ${request}: secretscope review show ${request}`;
  switch (reason) {
    case 'AwaitingApproval':
      return `waiting for approval of ${next}`;
    case 'WaitTimerRunning':
      return `waiting for the timer of ${next}`;
    default:
      return `waiting: ${why}`;
  }
}
