/** Owns: which request of a scope is for a claim, as the ledger knows it. Used by: reconcile-claim.ts. */
import { requestedPlan } from '../../gate/requested-plan.ts';
import type { RequestRecord } from '../../model/kinds/scope-ledger.ts';
import type { TargetPlan } from '../../model/plan.ts';
import { type RequestPlan, subjectOf } from '../../model/request-subject.ts';
import { BY_REQUEST_SCOPE } from '../../watch/approval-world.ts';
import type { ClaimView, ScopeView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import { liveRequest } from '../approval/live-check.ts';
import type { Deps } from '../deps.ts';
import type { Asked } from './asked-scope.ts';

export interface ClaimRequest {
  readonly plan: RequestPlan;
  readonly record: RequestRecord;
}

/** The newest one that waits or is released. What the ledger does not know was made by somebody else. */
export function openRequestOf({ claim, scope }: Asked, deps: Deps): RequestRecord | undefined {
  return openRecords(claim, scope, deps).at(-1);
}

/** The one that its Secret is delivered by. */
export function releaseIn({ claim, scope }: Asked, deps: Deps): RequestRecord | undefined {
  return openRecords(claim, scope, deps).findLast(({ state }) => state === 'Released');
}

/** What reviewers read of it. What the watch does not show yet is read live: a Snapshot is of what that says. */
export async function requestOf(
  asked: Asked,
  deps: Deps,
  signal: AbortSignal,
): Promise<ClaimRequest | undefined> {
  const { scope } = asked;
  const record = openRequestOf(asked, deps);
  if (!record) return undefined;
  const shown = deps.world.requests.by(BY_REQUEST_SCOPE, keyOf(scope.metadata));
  const view =
    shown.find(({ metadata }) => metadata.uid === record.uid) ??
    (await liveRequest(scope, record, deps, signal));
  return view?.spec.kind === 'ok' && view.subject?.digest === record.subject
    ? { plan: view.spec.value, record }
    : undefined;
}

export function hasOpenRequest({ claim, scope }: Asked, deps: Deps): boolean {
  return openRecords(claim, scope, deps).length > 0;
}

/** Whether anything was ever released to the claim of this UID, whatever became of that. */
export function wasReleased({ scope }: Asked, claimUID: string, deps: Deps): boolean {
  return recordsOf(scope, deps).some(
    ({ consumer, grant }) => consumer.uid === claimUID && grant !== undefined,
  );
}

function openRecords(claim: ClaimView, scope: ScopeView, deps: Deps): RequestRecord[] {
  return recordsOf(scope, deps).filter(
    ({ consumer, state }) =>
      consumer.uid === claim.metadata.uid && (state === 'Waiting' || state === 'Released'),
  );
}

function recordsOf({ metadata: { name, namespace, uid } }: ScopeView, deps: Deps): readonly RequestRecord[] {
  return deps.ledgers.read({ name, namespace, uid }, deps.world.ledgers.get(uid)).spec.requests ?? [];
}

/** Whether every line is what reviewers were asked about, and there is no other: a Snapshot is not asked for twice. */
export function isStillThat(plan: TargetPlan, { plan: asked }: ClaimRequest): boolean {
  const { scopeRef, consumer, pin } = asked;
  const wanted = requestedPlan({ scopeRef, consumer, pin }, [plan], () => undefined, asked);
  const lines = (one: RequestPlan) =>
    subjectOf(one)
      .lines.map(({ id, digest }) => `${id} ${digest}`)
      .join('\n');
  return wanted.unknownLines.length > 0 || lines(wanted.plan) === lines(asked);
}
