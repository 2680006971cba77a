import type { LedgerView, RequestView, ReviewView } from './approval-views.ts';
import { BY_REQUEST_UID, ledgerScopeKeysOf } from './approval-world.ts';
import { onlyStatusChanged, sameAsked, sameNamespace } from './same-views.ts';
import type { ClaimView, NamespaceView } from './views.ts';
import type { Wake } from './wake-up.ts';
import { BY_CLAIMED_SCOPE, BY_NAMESPACE, claimedScopeOf, keyOf, type ReadStore } from './world.ts';

interface Claims extends ReadStore<ClaimView> {
  keys(): Iterable<string>;
}

/** Decides which claims a change concerns. */
export class ClaimWakeUp {
  readonly #claims: Claims;
  readonly #requests: ReadStore<RequestView>;
  readonly #wake: Wake;

  constructor(claims: Claims, requests: ReadStore<RequestView>, wake: Wake) {
    this.#claims = claims;
    this.#requests = requests;
    this.#wake = wake;
  }

  /** A claim changed: itself, and the scope that it names, whose ledger remembers what it asked for. */
  claim(key: string, before: ClaimView | undefined, after: ClaimView | undefined): void {
    if (onlyStatusChanged(before, after) && sameAsked(before, after)) return;
    this.#wake('claim', key);
    const scopes = [before, after].flatMap((claim) => (claim && claimedScopeOf(claim)) ?? []);
    for (const scope of new Set(scopes)) this.#wake('scope', scope);
  }

  /** Something about a scope or a level above it changed. */
  scope(key: string): void {
    this.#wakeEach(this.#claims.by(BY_CLAIMED_SCOPE, key));
  }

  /** Labels decide who may claim. */
  namespace(before: NamespaceView | undefined, after: NamespaceView | undefined): void {
    if (!sameNamespace(before, after)) this.enrolment((after ?? before)?.name ?? '');
  }

  /** Empty: all of them. */
  enrolment(namespace: string): void {
    if (namespace === '') this.all();
    else this.#wakeEach(this.#claims.by(BY_NAMESPACE, namespace));
  }

  /** A request or a vote changed, came or went: the claim that it is, or was, about. */
  approval(before: RequestView | ReviewView | undefined, after: RequestView | ReviewView | undefined): void {
    if (onlyStatusChanged(before, after)) return;
    const requests = [before, after].flatMap((view) => (view ? this.#requestsOf(view) : []));
    for (const { spec } of requests) {
      if (spec.kind === 'ok' && spec.value.consumer.kind === 'SecretClaim')
        this.#wake('claim', keyOf(spec.value.consumer));
    }
  }

  /** A ledger that is gone has released nothing; every other change of one is by the operator's own hand. */
  ledger(before: LedgerView | undefined, after: LedgerView | undefined): void {
    if (!before || after) return;
    for (const scope of ledgerScopeKeysOf(before)) this.scope(scope);
  }

  all(): void {
    for (const key of this.#claims.keys()) this.#wake('claim', key);
  }

  #requestsOf(view: RequestView | ReviewView): readonly RequestView[] {
    if ('subject' in view) return [view];
    return view.spec.kind === 'ok' ? this.#requests.by(BY_REQUEST_UID, view.spec.value.requestRef.uid) : [];
  }

  #wakeEach(claims: readonly ClaimView[]): void {
    for (const { metadata } of claims) this.#wake('claim', keyOf(metadata));
  }
}
