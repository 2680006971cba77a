/** Owns: which request of a scope is for a claim, as the ledger knows it. Used by: reconcile-claim.ts. */
import { requestedPlan } from '../../gate/requested-plan.ts';
import type { RequestRecord } from '../../model/kinds/scope-ledger.ts';
import type { TargetPlan } from '../../model/plan.ts';
import { type RequestPlan, subjectOf } from '../../model/request-subject.ts';
import type { RequestView } from '../../watch/approval-views.ts';
import { BY_REQUEST_SCOPE } from '../../watch/approval-world.ts';
import type { ClaimView, ScopeView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';
import type { Asked } from './asked-scope.ts';

export interface ClaimRequest {
  readonly view: RequestView;
  readonly plan: RequestPlan;
  readonly record: RequestRecord;
}

/** The newest one that waits or is released. What the ledger does not know was made by somebody else. */
export function requestOf({ claim, scope }: Asked, deps: Deps): ClaimRequest | undefined {
  const records = openRecords(claim, scope, deps);
  const views = new Map(
    deps.world.requests.by(BY_REQUEST_SCOPE, keyOf(scope.metadata)).map((view) => [view.metadata.uid, view]),
  );
  const found = records.flatMap((record) => {
    const view = views.get(record.uid);
    return view?.spec.kind === 'ok' && view.subject?.digest === record.subject
      ? [{ view, plan: view.spec.value, record }]
      : [];
  });
  return found.at(-1);
}

export function hasOpenRequest({ claim, scope }: Asked, deps: Deps): boolean {
  return openRecords(claim, scope, deps).length > 0;
}

function openRecords(claim: ClaimView, scope: ScopeView, deps: Deps): RequestRecord[] {
  const { name, namespace, uid } = scope.metadata;
  const { spec } = deps.ledgers.read({ name, namespace, uid }, deps.world.ledgers.get(uid));
  return (spec.requests ?? []).filter(
    ({ consumer, state }) =>
      consumer.uid === claim.metadata.uid && (state === 'Waiting' || state === 'Released'),
  );
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
