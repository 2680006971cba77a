import { publicKeyMap } from '../model/public-key-map.ts';
import type { LedgerView } from './approval-views.ts';
import { sameDestroyed } from './destroyed-names.ts';
import { onlyStatusChanged } from './same-views.ts';
import type { ScopeView } from './views.ts';
import type { Wake, WakeUp } from './wake-up.ts';
import { backendKeyOf, type ReadStore } from './world.ts';
import type { SealedView } from './writing-views.ts';
import { BY_SEALED_SCOPE, sealedKeyOf } from './writing-watches.ts';

interface Scopes extends ReadStore<ScopeView> {
  values(): IterableIterator<ScopeView>;
}

interface Sealed extends ReadStore<SealedView> {
  values(): IterableIterator<SealedView>;
}

/** Decides which sealed values and public keys a change concerns. Sealed values are looked at scope by scope. */
export class WritingWakeUp {
  readonly #scopes: Scopes;
  readonly #sealed: Sealed;
  readonly #wake: Wake;

  constructor(scopes: Scopes, sealed: Sealed, wake: Wake) {
    this.#scopes = scopes;
    this.#sealed = sealed;
    this.#wake = wake;
  }

  sealed(before: SealedView | undefined, after: SealedView | undefined): void {
    if (onlyStatusChanged(before, after)) return;
    for (const view of [before, after]) if (view) this.#wake('sealed', sealedKeyOf(view));
  }

  /** Something about a scope changed: whoever waits to write into it may go on. */
  scope(key: string): void {
    if (this.#sealed.by(BY_SEALED_SCOPE, key).length > 0) this.#wake('sealed', key);
  }

  /** A scope came, went, or began to read a backend: its key is published, or is no longer. */
  published(before: ScopeView | undefined, after: ScopeView | undefined): void {
    if (before?.metadata.uid === after?.metadata.uid && hasKey(before) === hasKey(after)) return;
    for (const view of [before, after]) if (view) this.keyMap(publicKeyMap(view.metadata.uid));
  }

  /** Somebody changed a ConfigMap with public keys, or the operator did. */
  keyMap(name: string): void {
    this.#wake('publickeys', name);
  }

  /** All keys are others now. */
  sealingKey(): void {
    const scopes = [...this.#scopes.values()];
    for (const name of new Set(scopes.map(({ metadata }) => publicKeyMap(metadata.uid)))) this.keyMap(name);
    for (const { metadata } of scopes) {
      const key = `${metadata.namespace}/${metadata.name}`;
      this.#wake('scope', key);
      this.scope(key);
    }
  }

  /** What was deleted through the product leaves every level below; what was stored again comes back there. */
  ledger(before: LedgerView | undefined, after: LedgerView | undefined, chain: WakeUp): void {
    if (sameDestroyed(before, after)) return;
    for (const view of [before, after]) {
      if (view?.spec.kind !== 'ok') continue;
      const { namespace, name } = view.spec.value.scope;
      chain.levels(`${namespace}/${name}`);
    }
  }
}

/** Whether anything can be written for a scope. */
export function hasKey(view: ScopeView | undefined): boolean {
  return view !== undefined && backendKeyOf(view) !== undefined;
}
