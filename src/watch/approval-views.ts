import type { KubeObject } from '../kube/kube-objects.ts';
import type { Subject } from '../model/approval.ts';
import type { ReviewSpec } from '../model/kinds/request-review.ts';
import type { LedgerSpec } from '../model/kinds/scope-ledger.ts';
import type { RequestSpec } from '../model/kinds/secret-request.ts';
import type { PolicyView } from '../model/policies-in-force.ts';
import { isAsShipped, type PolicyKind } from '../model/policy-shape.ts';
import { subjectOf } from '../model/request-subject.ts';
import { parseLedger, parseRequest, parseReview } from '../model/validate.ts';
import { type View, viewOf } from './views.ts';

export type { PolicyView } from '../model/policies-in-force.ts';

export interface RequestView extends View<RequestSpec> {
  /** What it is about, computed anew from its spec; undefined where that cannot be read. */
  readonly subject: Subject | undefined;
}
export type ReviewView = View<ReviewSpec>;
export type LedgerView = View<LedgerSpec>;

export function requestView(raw: KubeObject): RequestView {
  const view = viewOf('SecretRequest', raw, parseRequest);
  return { ...view, subject: view.spec.kind === 'ok' ? subjectOf(view.spec.value) : undefined };
}

export const reviewView = (raw: KubeObject): ReviewView => viewOf('RequestReview', raw, parseReview);

/** A ledger is found by its name, so one that is named for another scope would be believed about the wrong one. */
export function ledgerView(raw: KubeObject): LedgerView {
  const view = viewOf('ScopeLedger', raw, parseLedger);
  if (view.spec.kind !== 'ok' || view.spec.value.scope.uid === view.metadata.name) return view;
  const faults = ['spec.scope.uid: a ledger is named for the UID of its scope'];
  return { ...view, spec: { kind: 'invalid', faults } };
}

/** Nothing of the spec is kept: what matters of it is whether it is the shipped one. */
export function policyView(kind: PolicyKind, raw: KubeObject & { readonly spec?: unknown }): PolicyView {
  const { name, uid, generation = 0, creationTimestamp = '' } = raw.metadata;
  const createdAt = Date.parse(creationTimestamp);
  return { kind, name, uid, generation, createdAt, asShipped: isAsShipped(kind, name, raw.spec) };
}
