/** For tests: a small world, Secrets and a provider in memory, and an operator's reconcile of them. */
import type { KubeClient } from '../kube/kube-client.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { ObjectRef, ResourceType } from '../kube/kube-objects.ts';
import { Store } from '../kube/store.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { holderText } from '../materialize/delivery-record.ts';
import type { ObservedTarget } from '../materialize/observed-target.ts';
import { FakeSecrets, KEYRING } from '../materialize/secrets-fixture.ts';
import { WorkloadWriter } from '../materialize/workload-writer.ts';
import type { Discovery } from '../model/facts.ts';
import type { PlanLine } from '../model/plan.ts';
import { SecretValue } from '../model/secret-value.ts';
import type { DestroyAnswer, LineVersion, StoreAnswer } from '../model/value-answer.ts';
import type { PostOutcome, PostWebhook } from '../model/webhook.ts';
import type { Metrics } from '../report/metrics.ts';
import { StatusWriter } from '../report/status-writer.ts';
import { Interests } from '../watch/interests.ts';
import { Witness } from '../watch/witness.ts';
import type { ReconcileResult } from '../watch/worker-pool.ts';
import { BY_HOLDER } from '../watch/world.ts';
import { SmallWorld } from '../watch/world-fixture.ts';
import { LedgerKeeper } from './approval/ledger-keeper.ts';
import { DeliveryBudget } from './automation/delivery-budget.ts';
import { RetrySlots } from './automation/retry-slots.ts';
import type { Deps, EmitEvent, Enrolment, Fetch } from './deps.ts';
import { reconcileScope } from './reconcile-scope.ts';
import { RestartBudget } from './restart/restart-budget.ts';
import { FakeWorkloads } from './workloads-fixture.ts';

type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
};
export interface Status {
  readonly conditions: readonly Condition[];
  readonly supplied?: readonly {
    readonly level: string;
    readonly scope: string;
    readonly names: readonly string[];
  }[];
  readonly shadowed?: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly targets?: readonly Readonly<Record<string, unknown>>[];
}

/** What a provider holds, by key; and whether it answers. */
class Sources implements Fetch {
  readonly held = new Map<string, string>();
  readonly listings = new Map<string, Discovery>();
  readonly asked: string[] = [];
  failing: Extract<LineVersion, { kind: 'failed' }> | undefined;
  /** by key, where not all fail */
  readonly failures = new Map<string, Extract<LineVersion, { kind: 'failed' }>>();
  /** names whose values somebody said to need anyway, of the last question */
  toBeRead: readonly string[] = [];
  hangs = false;
  /** whether what is deleted could be restored at the provider */
  keepsDeleted = false;

  async versions(
    lines: readonly PlanLine[],
    _context?: unknown,
    willRead: (line: PlanLine) => boolean = () => false,
  ): Promise<LineVersion[]> {
    await this.#ask('versions', lines);
    this.toBeRead = lines.filter(willRead).map(({ name }) => name);
    return lines.map(
      (line) => this.#failure(line) ?? { kind: 'known', version: `v-${this.held.get(line.key)}` },
    );
  }

  /** What was stored last, by key; and what was deleted. */
  async store(line: PlanLine, value: SecretValue): Promise<StoreAnswer> {
    await this.#ask('store', [line]);
    const failure = this.#failure(line);
    if (failure) return failure;
    const earlier = this.held.has(line.key) ? 'unusable' : 'none';
    this.held.set(line.key, value.reveal().toString());
    return { kind: 'stored', version: `v-${this.held.get(line.key)}`, earlier };
  }

  async destroy(line: PlanLine): Promise<DestroyAnswer> {
    await this.#ask('destroy', [line]);
    const failure = this.#failure(line);
    if (failure) return failure;
    return this.held.delete(line.key)
      ? { kind: 'destroyed', recoverable: this.keepsDeleted }
      : { kind: 'absent' };
  }

  async values(requests: readonly { readonly line: PlanLine }[]) {
    await this.#ask(
      'values',
      requests.map(({ line }) => line),
    );
    return requests.map(({ line }) => {
      const text = this.held.get(line.key) ?? '';
      return (
        this.#failure(line) ?? {
          kind: 'value' as const,
          version: `v-${text}`,
          value: SecretValue.fromText(text),
        }
      );
    });
  }

  async list(_backend: unknown, prefix: string): Promise<Discovery> {
    await this.#ask('list', []);
    return this.listings.get(prefix) ?? { kind: 'unknown' };
  }

  async check() {
    return { kind: 'reachable' as const };
  }

  callsToday(): undefined {
    return undefined;
  }

  eventsOf(): 'none' {
    return 'none';
  }

  #failure(line: PlanLine): Extract<LineVersion, { kind: 'failed' }> | undefined {
    const planted = this.failing ?? this.failures.get(line.key);
    if (planted) return planted;
    const message = `${line.name}: key ${line.key} is not there`;
    return this.held.has(line.key) ? undefined : { kind: 'failed', reason: 'SecretMissing', message };
  }

  async #ask(verb: string, lines: readonly PlanLine[]): Promise<void> {
    this.asked.push([verb, ...lines.map(({ name }) => name)].join(' '));
    if (this.hangs) await new Promise(() => undefined);
  }
}

export class SmallOperator {
  readonly world = new SmallWorld();
  readonly secrets = new FakeSecrets();
  readonly workloads = new FakeWorkloads(() => this.clock.now());
  readonly sources = new Sources();
  readonly interests = new Interests();
  readonly witness = new Witness();
  readonly claimWitness = new Witness();
  readonly clock = new FakeClock();
  readonly statuses = new Map<string, Status>();
  /** what the API server answers to the next writes of a status */
  statusError: KubeError | undefined;
  readonly events: Parameters<EmitEvent>[0][] = [];
  readonly logs: string[] = [];
  readonly enrolments = new Map<string, Enrolment>();
  /** Of live reads: objects that are not there, or that differ from what the watch shows. */
  readonly live = new Map<
    string,
    { uid?: string; generation?: number; deletionTimestamp?: string } | undefined
  >();
  /** what was sent by automations: URL, headers and body as the receiver sees them */
  readonly posted: { url: string; headers: Record<string, string>; body: string }[] = [];
  /** how the receiver answers; 200 in 5 ms */
  answer: () => PostOutcome | Promise<PostOutcome> = () => ({
    kind: 'answered',
    code: 200,
    retryAfterMs: undefined,
    milliseconds: 5,
  });
  #deps: Deps;

  constructor() {
    const kube = this.#kube();
    this.#deps = {
      world: this.world,
      targets: {
        get: (key) => this.#targets().get(key),
        by: (index, value) => this.#targets().by(index, value),
        size: 0,
      },
      operatorNamespace: 'secretscope-system',
      enrolment: (namespace) => this.enrolments.get(namespace) ?? 'enrolled',
      enrolledNamespaces: () =>
        [...this.world.namespaces.keys()]
          .filter((name) => (this.enrolments.get(name) ?? 'enrolled') === 'enrolled')
          .sort(),
      fetch: this.sources,
      webhooks: {
        post: this.#post,
        budget: new DeliveryBudget(this.clock),
        retries: new RetrySlots(),
        version: '0.0.0',
      },
      writer: this.secrets.writer,
      workloads: new WorkloadWriter(this.workloads.client, () => this.workloads.fence()),
      restarts: new RestartBudget(),
      statuses: new StatusWriter(kube, () => undefined),
      keyring: KEYRING,
      kube,
      interests: this.interests,
      witness: this.witness,
      claimWitness: this.claimWitness,
      emit: (event) => this.events.push(event),
      metrics: new Proxy({} as Metrics, { get: () => () => undefined }),
      log: this.#log(),
      clock: this.clock,
      random: () => 0.5,
      isTestEndpoint: () => false,
      orphanGraceMs: 86_400_000,
      ledgers: new LedgerKeeper(kube, () => undefined, 'secretscope-system'),
      approval: { settleMs: 60_000, groupVoteTTLMs: 86_400_000 },
      fence: () => undefined,
    };
  }

  get deps(): Deps {
    return this.#deps;
  }

  /** Another process takes over: what was only remembered is gone. */
  restart(): this {
    this.#deps = { ...this.#deps, restarts: new RestartBudget() };
    return this;
  }

  source(key: string, value: string): this {
    this.sources.held.set(key, value);
    return this;
  }

  /** Reconciles once, with the status that was written last in view. */
  async reconcile(key: string): Promise<ReconcileResult> {
    const view = this.world.scopes.get(key);
    const status = this.statuses.get(key);
    if (view && status) {
      const conditions = status.conditions as typeof view.conditions;
      this.world.scopes.set(key, { ...view, status, conditions });
    }
    this.events.length = 0;
    this.secrets.calls.length = 0;
    this.sources.asked.length = 0;
    return reconcileScope(key, this.#deps, new AbortController().signal);
  }

  status(key: string): Status {
    return this.statuses.get(key) ?? { conditions: [], counts: {} };
  }

  ready(key: string): string {
    const ready = this.status(key).conditions.find(({ type }) => type === 'Ready');
    return `${ready?.status} ${ready?.reason}`;
  }

  /** Reasons of the events of the last reconcile. */
  get told(): string[] {
    return this.events.map(({ reason }) => reason);
  }

  data(place: string): Record<string, string> {
    const data = this.secrets.stored.get(place)?.data ?? {};
    return Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
    );
  }

  #targets(): Store<ObservedTarget> {
    const holder = ({ record }: ObservedTarget) => (record ? [holderText(record.holder)] : []);
    const store = new Store<ObservedTarget>({ [BY_HOLDER]: holder });
    for (const key of this.secrets.stored.keys()) {
      const observed = this.secrets.observe(key);
      if (observed?.managed) store.set(key, observed);
    }
    return store;
  }

  readonly #post: PostWebhook = async ({ url, headers, body }) => {
    const texts = headers.map(({ name, value }) => [name, value.reveal().toString()]);
    this.posted.push({ url, headers: Object.fromEntries(texts), body: body.reveal().toString() });
    return this.answer();
  };

  #kube(): KubeClient {
    const client: Pick<KubeClient, 'apply' | 'getMetadata' | 'serverTime'> = {
      serverTime: () => ({ at: this.clock.now(), uncertaintyMs: 0 }) as never,
      apply: async (_type, { metadata, status }) => {
        if (this.statusError) throw this.statusError;
        this.statuses.set(
          `${metadata.namespace}/${metadata.name}`,
          JSON.parse(JSON.stringify(status)) as Status,
        );
        return { metadata: { resourceVersion: 'written' } } as never;
      },
      getMetadata: async (type, ref) => this.#live(type, ref) as never,
    };
    return client as KubeClient;
  }

  #live(type: ResourceType, ref: ObjectRef): unknown {
    const key = ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`;
    const view = this.world.scopes.get(key);
    const shown =
      type.kind === 'SecretScope'
        ? view && { uid: view.metadata.uid, generation: view.generation }
        : { uid: `uid-${key}` };
    const found = this.live.has(key) ? this.live.get(key) : shown;
    const call = { verb: 'get', resource: type.plural, target: key, sensitive: false };
    if (!found) throw new KubeError({ kind: 'notFound', call });
    return { metadata: { name: ref.name, resourceVersion: '1', ...found } };
  }

  #log(): Deps['log'] {
    const line = (level: string) => (fields: object | string, message?: string) =>
      void this.logs.push(`${level} ${JSON.stringify(fields)} ${message ?? ''}`);
    return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  }
}
