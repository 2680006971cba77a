import type { Clock, Random } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Keyring } from '../materialize/keyring.ts';
import type { ObservedTarget } from '../materialize/observed-target.ts';
import type { TargetWriter } from '../materialize/target-writer.ts';
import type { WorkloadWriter } from '../materialize/workload-writer.ts';
import type { BackendFacts, Discovery } from '../model/facts.ts';
import type { PlanLine } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import type { SecretValue } from '../model/secret-value.ts';
import type { DestroyAnswer, LineValue, LineVersion, StoreAnswer } from '../model/value-answer.ts';
import type { PostWebhook } from '../model/webhook.ts';
import type { Logger } from '../report/logger.ts';
import type { Metrics } from '../report/metrics.ts';
import type { StatusWriter } from '../report/status-writer.ts';
import type { Interests } from '../watch/interests.ts';
import type { Witness } from '../watch/witness.ts';
import type { ReadStore, World } from '../watch/world.ts';
import type { LedgerKeeper } from './approval/ledger-keeper.ts';
import type { DeliveryBudget } from './automation/delivery-budget.ts';
import type { RetrySlots } from './automation/retry-slots.ts';
import type { RestartBudget } from './restart/restart-budget.ts';

export interface FetchContext {
  /** Namespace whose fair share of the provider this counts against. */
  readonly tenant: string;
  readonly signal: AbortSignal;
}

/** What reconciling asks of the fetch stage. */
export interface Fetch {
  /**
   * `willRead`: whose values are going to be read anyway, so that one call may tell both. `mayRead`: of the others no
   * value may be read at all, not even to tell its version.
   */
  versions(
    lines: readonly PlanLine[],
    context: FetchContext,
    willRead?: (line: PlanLine) => boolean,
    mayRead?: (line: PlanLine) => boolean,
  ): Promise<readonly LineVersion[]>;
  values(
    requests: readonly { readonly line: PlanLine; readonly version: string }[],
    context: FetchContext,
  ): Promise<readonly LineValue[]>;
  /** Stores a new value where the line says; the caller wipes it. */
  store(line: PlanLine, value: SecretValue, context: FetchContext): Promise<StoreAnswer>;
  /** Removes the value for good where the provider lets it. */
  destroy(line: PlanLine, context: FetchContext): Promise<DestroyAnswer>;
  list(
    backend: Extract<BackendFacts, { kind: 'found' }>,
    prefix: string,
    context: FetchContext,
  ): Promise<Discovery>;
  check(
    backend: Extract<BackendFacts, { kind: 'found' }>,
    context: FetchContext,
  ): Promise<
    | { readonly kind: 'reachable' }
    | { readonly kind: 'failed'; readonly reason: Reason; readonly message: string }
  >;
  callsToday(backendUid: string): { readonly date: string; readonly count: number } | undefined;
  /** Whether changes arrive by themselves; `none` where nothing is set up for that. */
  eventsOf(backendUid: string): 'none' | 'starting' | 'live' | 'silent';
}

/** Whether the operator may work in a namespace. */
export type Enrolment = 'enrolled' | 'starting' | 'notEnrolled' | 'forbidden';

/** Sends an Event about an object; never blocks and never fails a reconcile. */
export type EmitEvent = (event: {
  readonly regarding: {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  };
  readonly type: 'Normal' | 'Warning';
  readonly reason: Reason;
  readonly action: string;
  readonly note: string;
}) => void;

/** Times that decide what a vote is worth, in milliseconds. */
export interface ApprovalSettings {
  /** How long the policies that prove who voted must have been in force before a vote counts. */
  readonly settleMs: number;
  /** How long a vote through a group counts before it is decided. */
  readonly groupVoteTTLMs: number;
}

/** How webhooks are sent. */
export interface Webhooks {
  readonly post: PostWebhook;
  readonly budget: DeliveryBudget;
  readonly retries: RetrySlots;
  /** Of the product, for receivers. */
  readonly version: string;
}

/** Everything a reconcile needs of the world; built once, in app.ts. */
export interface Deps {
  readonly world: World;
  readonly targets: ReadStore<ObservedTarget>;
  readonly operatorNamespace: string;
  readonly enrolment: (namespace: string) => Enrolment;
  readonly enrolledNamespaces: () => readonly string[];
  readonly fetch: Fetch;
  readonly webhooks: Webhooks;
  readonly writer: TargetWriter;
  readonly workloads: WorkloadWriter;
  readonly restarts: RestartBudget;
  readonly statuses: StatusWriter;
  readonly ledgers: LedgerKeeper;
  readonly approval: ApprovalSettings;
  /** Throws when this process may no longer write. */
  readonly fence: () => void;
  readonly keyring: Keyring;
  readonly kube: KubeClient;
  readonly interests: Interests;
  readonly witness: Witness;
  /** the same of claims, whose kind comes and goes by itself */
  readonly claimWitness: Witness;
  readonly emit: EmitEvent;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether a backend names a stand-in of --insecure-test-endpoints. */
  readonly isTestEndpoint: (endpoint: string) => boolean;
  /** How long a Secret stays whose holder was not seen to go, in milliseconds. */
  readonly orphanGraceMs: number;
}

export type { ReconcileResult } from '../watch/worker-pool.ts';
