/**
 * Owns: what each target of a protected scope wants now, beside what was released for it. Used by: pass-gate.ts.
 * A target that cannot be planned now is judged on what was released for it: a revocation must not wait for a plan.
 */

import type { WrittenPlan } from '../../gate/gated-plan.ts';
import { lastRelease } from '../../gate/judge-decided.ts';
import { type Requester, requestedPlan } from '../../gate/requested-plan.ts';
import type { Consumer, LedgerEntry, WantedSubject } from '../../model/approval.ts';
import type { ScopeSpec } from '../../model/kinds/secret-scope.ts';
import type { PlanLine, TargetPlan } from '../../model/plan.ts';
import { subjectOf } from '../../model/request-subject.ts';
import type { LineVersion } from '../../model/value-answer.ts';
import type { RequestView } from '../../watch/approval-views.ts';
import type { ScopeView } from '../../watch/views.ts';
import type { Party } from './party.ts';

/** One target, claim or automation, and everything that is known of it. */
export interface ConsumerPlan {
  readonly consumer: Consumer;
  readonly secretName: string;
  /** Of each namespace that it goes to; empty where nothing can be planned now. */
  readonly plans: readonly TargetPlan[];
  readonly wanted: WrittenPlan;
  readonly unknownLines: readonly string[];
  /** What was released last and is still in force, as its request says it. */
  readonly released: WrittenPlan | undefined;
  readonly releasedEntry: LedgerEntry | undefined;
  readonly namespaces: readonly string[];
}

export interface Planning {
  readonly view: ScopeView;
  readonly spec: ScopeSpec;
  readonly party: Party;
  /** Undefined: the scope as a whole cannot be planned now. */
  readonly plans: readonly TargetPlan[] | undefined;
  readonly entries: readonly LedgerEntry[];
  readonly requests: ReadonlyMap<string, RequestView>;
  readonly versions: ReadonlyMap<PlanLine, LineVersion>;
}

export function consumersOf(planning: Planning): ConsumerPlan[] {
  const { party, view, spec } = planning;
  if (party.kind === 'claim') return claimant(party, planning);
  if (party.kind === 'automation') return automaton(party, planning);
  const { namespace } = view.metadata;
  return (spec.targets ?? []).flatMap(
    ({ secretName }) =>
      consumerOf({ kind: 'Target', namespace, name: secretName, uid: '' }, secretName, planning) ?? [],
  );
}

function claimant({ claim, isOver }: Extract<Party, { kind: 'claim' }>, planning: Planning): ConsumerPlan[] {
  if (isOver || claim.spec.kind !== 'ok') return [];
  const planned = consumerOf(
    { kind: 'SecretClaim', ...claim.metadata },
    claim.spec.value.secretName,
    planning,
  );
  return planned ? [planned] : [];
}

function automaton(
  { automation, webhook }: Extract<Party, { kind: 'automation' }>,
  planning: Planning,
): ConsumerPlan[] {
  if (!webhook) return [];
  const { metadata } = automation;
  const planned = consumerOf({ kind: 'WebhookAutomation', ...metadata }, metadata.name, planning);
  return planned ? [planned] : [];
}

/** For the gate: what is wanted, and which of it is not known. */
export function wantedSubject({ wanted, unknownLines }: ConsumerPlan): WantedSubject {
  return { ...wanted.subject, unknownLines };
}

function consumerOf(consumer: Consumer, secretName: string, planning: Planning): ConsumerPlan | undefined {
  const { view, spec, entries, requests } = planning;
  const { name, uid } = view.metadata;
  const blank = { scopeUID: uid, consumer, digest: '', pin: 'Access', lines: [] } as const;
  const releasedEntry = lastRelease(entries, blank);
  const released = releasedEntry?.state === 'Released' ? writtenIn(releasedEntry, requests) : undefined;
  const plans = plannable(secretName, planning);
  const namespaces = plans.map((one) => one.namespace);
  const shared = { consumer, secretName, plans, released, releasedEntry, namespaces };
  if (plans.length === 0) {
    const last = released ?? lastWanted(consumer, entries, requests);
    // what was asked for last may not be what is wanted now: it opens nothing, and is not left behind either
    return last && { ...shared, wanted: last, unknownLines: ['its plan'] };
  }
  const { uid: consumerUID, ...place } = consumer;
  const named = consumerUID === '' ? place : consumer;
  const pin = spec.protection?.pin ?? 'Access';
  const webhook = webhookOf(planning.party);
  const requester: Requester = { scopeRef: { name, uid }, consumer: named, pin, ...webhook };
  const { plan, unknownLines } = requestedPlan(requester, plans, versionIn(planning), released?.plan);
  // nobody has to approve that nothing is delivered; why there is nothing is told of the target itself
  if (isEmpty(plan) && unknownLines.length === 0) return undefined;
  const unversioned = pin === 'Version' ? withoutVersion(plan, planning) : [];
  return {
    ...shared,
    wanted: { plan, subject: subjectOf(plan) },
    unknownLines: [...unknownLines, ...unversioned],
  };
}

function webhookOf(party: Party): Pick<Requester, 'webhook'> {
  const webhook = party.kind === 'automation' ? party.webhook : undefined;
  return webhook ? { webhook: { ...webhook, change: 'Added' } } : {};
}

function isEmpty({ secrets, keys = [] }: WrittenPlan['plan']): boolean {
  return secrets.length === 0 && keys.length === 0;
}

/** A target that contradicts itself asks for nothing. */
function plannable(secretName: string, { plans = [] }: Planning): TargetPlan[] {
  const own = plans.filter((plan) => plan.secretName === secretName);
  return own.some(({ violation }) => violation !== undefined) ? [] : own;
}

function versionIn({ versions }: Planning): (line: PlanLine) => string | undefined {
  return (line) => {
    const answer = versions.get(line);
    return answer?.kind === 'known' && SHOWABLE.test(answer.version) ? answer.version : undefined;
  };
}

// as a request may show it (request-plan.ts); a provider may name its versions as it likes
const SHOWABLE = /^[!-~]{1,128}$/;

/** A version that is approved has to be known. */
function withoutVersion({ secrets }: WrittenPlan['plan'], { versions }: Planning): string[] {
  const whys = new Map(
    [...versions].flatMap(([{ name }, answer]) =>
      answer.kind === 'failed' ? [[name, answer.message] as const] : [],
    ),
  );
  return secrets.flatMap(({ name, version }) =>
    version === undefined ? [`the version of ${name} (${whys.get(name) ?? 'not asked yet'})`] : [],
  );
}

/** What was asked for last. */
function lastWanted(
  { kind, namespace, name }: Consumer,
  entries: readonly LedgerEntry[],
  requests: ReadonlyMap<string, RequestView>,
): WrittenPlan | undefined {
  const last = entries.findLast(
    ({ subject: { consumer }, state }) =>
      consumer.kind === kind &&
      consumer.namespace === namespace &&
      consumer.name === name &&
      state !== 'Superseded',
  );
  return last && writtenIn(last, requests);
}

/** Undefined where the request is gone, or says something else than what was decided on. */
function writtenIn(
  { request, subject }: LedgerEntry,
  requests: ReadonlyMap<string, RequestView>,
): WrittenPlan | undefined {
  const view = requests.get(request.uid);
  if (view?.spec.kind !== 'ok' || view.subject?.digest !== subject.digest) return undefined;
  return { plan: view.spec.value, subject: view.subject };
}
