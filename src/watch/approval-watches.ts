import type { KubeObject, ResourceType } from '../kube/kube-objects.ts';
import type { ChangeHandler, ReplicaStore } from '../kube/replica.ts';
import { Store } from '../kube/store.ts';
import type { PolicyKind } from '../model/policy-shape.ts';
import {
  type LedgerView,
  ledgerView,
  type PolicyView,
  policyView,
  type RequestView,
  type ReviewView,
  requestView,
  reviewView,
} from './approval-views.ts';
import {
  type ApprovalWorld,
  type Known,
  LEDGER_INDEXES,
  REQUEST_INDEXES,
  REVIEW_INDEXES,
} from './approval-world.ts';
import { AUTOMATION_INDEXES, type AutomationsWorld } from './automations-world.ts';
import { whenLooked } from './first-looks.ts';
import { isShut, knownFrom } from './known-from.ts';
import { type AnyReflector, reflect, type Watched, type WatchOptions } from './reflect.ts';
import {
  AUTOMATIONS,
  CLAIMS,
  LEDGERS,
  MUTATING_BINDINGS,
  MUTATING_POLICIES,
  REQUESTS,
  REVIEWS,
  VALIDATING_BINDINGS,
  VALIDATING_POLICIES,
} from './resources.ts';
import { type AutomationView, automationView, type ClaimView, claimView } from './views.ts';
import { CLAIM_INDEXES, type ClaimsWorld } from './world.ts';

/** Who hears of changes; each is told before and after. */
export interface ApprovalListeners {
  readonly request: ChangeHandler<RequestView>;
  readonly review: ChangeHandler<ReviewView>;
  readonly ledger: ChangeHandler<LedgerView>;
  readonly policy: ChangeHandler<PolicyView>;
  readonly claim: ChangeHandler<ClaimView>;
  readonly automation: ChangeHandler<AutomationView>;
  /** What is needed to decide became known, or is not known any more. */
  readonly approvalsKnown: () => void;
}

export interface ApprovalWatchesOptions extends WatchOptions {
  /** Where the ledgers are, and nowhere else: no tenant can write there. */
  readonly operatorNamespace: string;
  readonly listeners: ApprovalListeners;
}

export const POLICY_SELECTOR = 'app.kubernetes.io/part-of=secretscope';

/**
 * What claims, automations and protected scopes need besides: both kinds, requests, votes, ledgers and the policies that prove who
 * voted. None of it holds anything back: an older installation lacks the kinds or the rights, and mutating policies are served from
 * Kubernetes 1.36 on. Who needs it asks whether it is known.
 */
export class ApprovalWatches implements ApprovalWorld, ClaimsWorld, AutomationsWorld {
  readonly claims = new Store<ClaimView>(CLAIM_INDEXES);
  readonly automations = new Store<AutomationView>(AUTOMATION_INDEXES);
  readonly requests = new Store<RequestView>(REQUEST_INDEXES);
  readonly reviews = new Store<ReviewView>(REVIEW_INDEXES);
  readonly ledgers = new Store<LedgerView>(LEDGER_INDEXES);
  readonly policies = new Store<PolicyView>();
  readonly reflectors: readonly AnyReflector[];
  readonly #options: ApprovalWatchesOptions;
  readonly #deciding: readonly AnyReflector[];
  readonly #mutating: readonly AnyReflector[];
  readonly #claiming: readonly AnyReflector[];
  readonly #automating: readonly AnyReflector[];
  readonly #looks: Promise<void>[] = [];
  #told = '';

  constructor(options: ApprovalWatchesOptions) {
    this.#options = options;
    this.#deciding = [
      ...this.#records(),
      this.#policy(VALIDATING_POLICIES),
      this.#policy(VALIDATING_BINDINGS),
    ];
    this.#mutating = [this.#policy(MUTATING_POLICIES), this.#policy(MUTATING_BINDINGS)];
    this.#claiming = [
      this.#reflect({
        type: CLAIMS,
        store: this.claims,
        transform: claimView,
        onChange: options.listeners.claim,
      }),
    ];
    this.#automating = [
      this.#reflect({
        type: AUTOMATIONS,
        store: this.automations,
        transform: automationView,
        onChange: options.listeners.automation,
      }),
    ];
    this.reflectors = [...this.#deciding, ...this.#mutating, ...this.#claiming, ...this.#automating];
    this.#told = this.#knownNow();
  }

  start(): void {
    for (const reflector of this.reflectors) reflector.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.reflectors.map((reflector) => reflector.stop()));
  }

  /** Resolves when every kind was listed or refused once, or after ten seconds. */
  whenLooked(): Promise<void> {
    return whenLooked(this.#options.clock, this.#looks);
  }

  /** Whether that this kind is not served is no news: it never was. */
  mayLack(label: string): boolean {
    return this.reflectors.some((reflector) => reflector.label === label && !reflector.synced);
  }

  readonly approvalsKnown = (): Known => knownFrom(this.#deciding);

  readonly ledgersKnown = (): boolean => {
    const ofLedgers = this.#deciding.filter(({ label }) => label.startsWith(LEDGERS.plural));
    return ofLedgers.every(({ synced, state }) => synced || isShut(state));
  };

  readonly mutatingKnown = (): Known => knownFrom(this.#mutating);

  readonly claimsKnown = (): Known => knownFrom(this.#claiming);

  readonly automationsKnown = (): Known => knownFrom(this.#automating);

  #records(): AnyReflector[] {
    const { listeners, operatorNamespace } = this.#options;
    const { requests, reviews } = this;
    return [
      this.#reflect({
        type: REQUESTS,
        store: requests,
        transform: requestView,
        onChange: listeners.request,
      }),
      this.#reflect({ type: REVIEWS, store: reviews, transform: reviewView, onChange: listeners.review }),
      this.#reflect({
        type: LEDGERS,
        store: keyedBy(this.ledgers, nameOf),
        transform: ledgerView,
        onChange: listeners.ledger,
        select: { namespace: operatorNamespace },
      }),
    ];
  }

  /** All kinds share a store, where a policy and its binding have the same name. */
  #policy(type: ResourceType<KubeObject> & { readonly kind: PolicyKind }): AnyReflector {
    return this.#reflect({
      type,
      store: keyedBy(this.policies, (name) => `${type.kind}/${name}`),
      transform: (raw) => policyView(type.kind, raw),
      onChange: this.#options.listeners.policy,
      select: { labelSelector: POLICY_SELECTOR },
    });
  }

  #reflect<P>(watched: Omit<Watched<P>, 'onState'>): AnyReflector {
    const looked = Promise.withResolvers<void>();
    this.#looks.push(looked.promise);
    const onState = () => {
      this.#tell();
      looked.resolve();
    };
    const reflector = reflect(this.#options, { ...watched, onState });
    return Object.assign(reflector, { mayBeMissing: true as const });
  }

  /** Tells only what decisions can notice: that one kind of several is there changes nothing. */
  #tell(): void {
    const now = this.#knownNow();
    if (now === this.#told) return;
    this.#told = now;
    this.#options.listeners.approvalsKnown();
  }

  #knownNow(): string {
    return [this.approvalsKnown(), this.mutatingKnown(), this.claimsKnown(), this.automationsKnown()]
      .map((known) => known === 'known')
      .join();
  }
}

function keyedBy<P>(store: Store<P>, toKey: (key: string) => string): ReplicaStore<P> {
  return {
    get: (key) => store.get(toKey(key)),
    set: (key, value) => store.set(toKey(key), value),
    delete: (key) => store.delete(toKey(key)),
  };
}

function nameOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}
