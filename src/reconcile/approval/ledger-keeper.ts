/**
 * Owns: reading and writing of ledgers. Every write follows exactly the version that was decided on, so that neither a
 * stale watch nor a second leader can undo a decision.
 * Used by: pass-gate.ts.
 */
import type { KubeClient } from '../../kube/kube-client.ts';
import { isKubeError } from '../../kube/kube-error.ts';
import type { KubeObject } from '../../kube/kube-objects.ts';
import { canonicalJson, type Json } from '../../model/canonical-json.ts';
import { API_VERSION } from '../../model/kinds/common.ts';
import type { LedgerSpec } from '../../model/kinds/scope-ledger.ts';
import type { LedgerView } from '../../watch/approval-views.ts';
import { LEDGERS } from '../../watch/resources.ts';

/** A ledger as it is known to be; `uid` and `resourceVersion` are empty before it is made. */
export interface KnownLedger {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly spec: LedgerSpec;
}

/** `stale`: somebody else wrote meanwhile; nothing was written, and nothing may be done. */
export type LedgerOutcome =
  | { readonly kind: 'written'; readonly ledger: KnownLedger }
  | { readonly kind: 'stale' };

interface Written {
  /** Versions that are older, whatever the watch shows of them: that of before, and own writes since. */
  readonly older: ReadonlySet<string>;
  readonly ledger: KnownLedger;
}

// the watch shows a write within a second; more than this many are never on their way at once
const MAX_REMEMBERED = 4_096;

export class LedgerKeeper {
  readonly #kube: KubeClient;
  readonly #fence: () => void;
  readonly #namespace: string;
  /** by UID of the scope */
  readonly #written = new Map<string, Written>();

  constructor(kube: KubeClient, fence: () => void, namespace: string) {
    this.#kube = kube;
    this.#fence = fence;
    this.#namespace = namespace;
  }

  /** What is written down of a scope; an empty ledger where there is none. */
  read(scope: LedgerSpec['scope'], view: LedgerView | undefined): KnownLedger {
    const written = this.#written.get(scope.uid);
    if (written?.older.has(view?.resourceVersion ?? '')) return written.ledger;
    this.#written.delete(scope.uid);
    if (view?.spec.kind === 'ok')
      return { uid: view.metadata.uid, resourceVersion: view.resourceVersion, spec: view.spec.value };
    return { uid: '', resourceVersion: '', spec: { scope } };
  }

  /** Writes `spec` after `before`, and only where they differ. */
  async write(
    before: KnownLedger,
    spec: LedgerSpec,
    view: LedgerView | undefined,
    signal: AbortSignal,
  ): Promise<LedgerOutcome> {
    if (canonicalJson(plain(spec)) === canonicalJson(plain(before.spec)))
      return { kind: 'written', ledger: before };
    try {
      this.#fence();
      const after = await this.#store(before, spec, signal);
      const { uid, resourceVersion } = after.metadata;
      const ledger = { uid, resourceVersion, spec };
      this.#remember(spec.scope.uid, view?.resourceVersion ?? '', before, ledger);
      return { kind: 'written', ledger };
    } catch (error) {
      if (!isKubeError(error, 'conflict', 'alreadyExists', 'notFound')) throw error;
      // what was written last by somebody else here, for another claim of the scope, is newer and stays known
      if (this.#written.get(spec.scope.uid)?.ledger.resourceVersion === before.resourceVersion)
        this.#written.delete(spec.scope.uid);
      return { kind: 'stale' };
    }
  }

  #store({ uid, resourceVersion }: KnownLedger, spec: LedgerSpec, signal: AbortSignal): Promise<KubeObject> {
    const identity = { name: spec.scope.uid, namespace: this.#namespace };
    const draft = { apiVersion: API_VERSION, kind: LEDGERS.kind, spec };
    return resourceVersion === ''
      ? this.#kube.create(LEDGERS, { ...draft, metadata: identity }, { signal })
      : this.#kube.replace(
          LEDGERS,
          { ...draft, metadata: { ...identity, uid, resourceVersion } },
          { signal },
        );
  }

  #remember(uid: string, shown: string, before: KnownLedger, ledger: KnownLedger): void {
    const known = this.#written.get(uid)?.older ?? [];
    const older = new Set([...known, shown, before.resourceVersion]);
    this.#written.delete(uid);
    this.#written.set(uid, { older, ledger });
    if (this.#written.size <= MAX_REMEMBERED) return;
    for (const oldest of this.#written.keys()) {
      this.#written.delete(oldest);
      return;
    }
  }
}

/** Nothing is decided, and nothing written over it: a later version may have written what means nothing here. */
export function unreadableLedger(uid: string): string {
  return `ScopeLedger ${uid} in the operator's namespace cannot be read by this version of SecretScope and stays as it is; if a newer one ran before, run that again`;
}

/** Without members that are there and undefined, which no JSON has. */
function plain(spec: LedgerSpec): Json {
  return JSON.parse(JSON.stringify(spec)) as Json;
}
