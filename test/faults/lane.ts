/**
 * Owns: one control plane on which plans run one after another, each from the same beginning.
 * Used by: clean runs and plans. Several lanes run side by side; nothing is shared between them but the machine.
 */
import type { AuditLog, AuditMark } from '../cluster/audit-log.ts';
import { type BundledOperator, bundledOperator } from '../scenarios-support/bundled-operator.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import {
  backendIn,
  type OperatedCluster,
  operatedCluster,
  secretThing,
} from '../scenarios-support/operated-cluster.ts';
import { type OperatorFlags, OperatorProcess } from '../scenarios-support/operator-process.ts';
import type { Person, Thing } from '../scenarios-support/person.ts';
import { WebhookReceiver } from '../scenarios-support/webhook-receiver.ts';
import { clearApprovals, GROUP } from './clear-approvals.ts';
import type { CastVote, FaultScenario, Hands } from './fault-scenario.ts';
import { NAMESPACES, WEB, writerIn } from './fault-world.ts';
import { handsOf } from './hands.ts';
import { FaultProxy } from './proxy/fault-proxy.ts';
import { untilSealingKey } from './sealing-key.ts';

const EVENTS = '/apis/events.k8s.io/v1';
const OURS = new Set<string>(NAMESPACES);
const KEYRING = secretThing(OPERATOR_NAMESPACE, 'secretscope-keys');

interface Listed {
  readonly metadata: { readonly namespace?: string };
}

/** An operator and the proxy through which alone it sees the API server. */
export interface Replica {
  readonly proxy: FaultProxy;
  readonly kubeconfig: string;
  /** undefined until it is started; another one when it was killed and started again */
  process: OperatorProcess | undefined;
  /** SIGSTOP was sent and no SIGCONT yet: it answers nobody */
  paused: boolean;
  /** everything that earlier processes of this replica printed */
  printed: string;
}

export class Lane {
  readonly cluster: OperatedCluster;
  /** of webhooks; what a scenario says of RECEIVER is about this one */
  readonly receiver: WebhookReceiver;
  readonly #bundle: BundledOperator;
  /** sources of the operator; undefined: the bundle of this checkout */
  #root: string | undefined;
  #replicas: Replica[] = [];
  /** in the name of the operator, for what only it may delete */
  readonly #operator: Person;
  #votes: CastVote[] = [];

  private constructor(parts: {
    cluster: OperatedCluster;
    operator: Person;
    receiver: WebhookReceiver;
    bundle: BundledOperator;
  }) {
    this.cluster = parts.cluster;
    this.receiver = parts.receiver;
    this.#bundle = parts.bundle;
    this.#operator = parts.operator;
  }

  /** All of them or none. */
  static async openAll(name: string, count: number): Promise<Lane[]> {
    const bundle = await bundledOperator();
    const opening = Array.from({ length: count }, (_, index) => Lane.#open(`${name}-${index + 1}`, bundle));
    const opened = await Promise.allSettled(opening);
    const lanes = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const broken = opened.find((one) => one.status === 'rejected');
    if (!broken) return lanes;
    await bundle.remove();
    await Promise.all(lanes.map((lane) => lane.close()));
    throw broken.reason;
  }

  static async #open(name: string, bundle: BundledOperator): Promise<Lane> {
    const cluster = await operatedCluster(name, { root: bundle.root });
    for (const namespace of NAMESPACES) await cluster.team(namespace, { org: 'acme' });
    await cluster.have(writerIn(WEB));
    await untilSealingKey(cluster, KEYRING);
    await cluster.operator.stop();
    const receiver = await WebhookReceiver.start({ names: ['127.0.0.1', 'localhost'] });
    return new Lane({ cluster, receiver, bundle, operator: await cluster.guarded.operator() });
  }

  /** Operators that start from now on run these sources; undefined: the bundle of this checkout. */
  useSources(root: string | undefined): void {
    this.#root = root;
  }

  get replicas(): readonly Replica[] {
    return this.#replicas;
  }

  get hands(): Hands {
    return handsOf(this.cluster, this.#votes, this.receiver.endpoint);
  }

  /** Those that the scenario has cast, in order. */
  get votes(): readonly CastVote[] {
    return this.#votes;
  }

  /** The world of the scenario, without an operator. */
  async prepare(scenario: FaultScenario): Promise<void> {
    await this.clean();
    if (scenario.startsOperator) await this.#forgetOperators();
    await this.hands.have(...scenario.objects);
  }

  /** One replica more, not started yet: a proxy that can be armed before the first request. */
  async addReplica(): Promise<Replica> {
    const { control } = this.cluster.guarded;
    const proxy = await FaultProxy.start(control);
    // a token of its own tells its requests from those of the others
    const kubeconfig = await proxy.kubeconfig(
      await control.serviceAccountKubeconfig(OPERATOR_NAMESPACE, 'secretscope'),
    );
    const replica: Replica = { proxy, kubeconfig, process: undefined, paused: false, printed: '' };
    this.#replicas.push(replica);
    return replica;
  }

  /** Starts it, or starts it again after it was killed; whether it becomes ready is the plan's business. */
  async start(replica: Replica, flags: OperatorFlags): Promise<OperatorProcess> {
    replica.printed += replica.process?.output ?? '';
    const root = this.#root ?? this.#bundle.root;
    const { extra: own = [] } = flags;
    // those of a cloud have an authority of their own, and there is one
    const extra = own.includes('--insecure-test-endpoints') ? own : [...own, ...this.receiver.flags];
    replica.process = OperatorProcess.launch(replica.kubeconfig, { ...flags, extra, root });
    return replica.process;
  }

  /** Ends every operator and takes away everything that plans make. */
  async clean(): Promise<void> {
    for (const { process, proxy } of this.#replicas) {
      process?.signal('SIGCONT');
      await process?.kill();
      await proxy.stop();
    }
    this.#replicas = [];
    this.#votes = [];
    this.receiver.forget();
    for (const namespace of NAMESPACES) {
      await this.#empty(`${GROUP}/namespaces/${namespace}/sealedvalues`);
      await this.#empty(`${GROUP}/namespaces/${namespace}/webhookautomations`);
      await this.#empty(`${GROUP}/namespaces/${namespace}/secretclaims`);
      await this.#empty(`${GROUP}/namespaces/${namespace}/secretscopes`);
      await this.#empty(`/api/v1/namespaces/${namespace}/secrets`);
      await this.#empty(`${EVENTS}/namespaces/${namespace}/events`);
      await this.#empty(`${GROUP}/namespaces/${namespace}/secretbackends?fieldSelector=metadata.name!=local`);
    }
    await this.#empty(`${GROUP}/clustersecretbackends`);
    await clearApprovals(this.cluster.guarded.admin, this.#operator);
    await this.#freeLease();
  }

  async close(): Promise<void> {
    await this.clean();
    await this.receiver.close();
    await this.cluster.stop();
    // of all lanes, and none of theirs starts an operator any more
    await this.#bundle.remove();
  }

  /** The version of the whole store now. */
  async resourceVersion(): Promise<string> {
    const { body } = await this.cluster.guarded.admin.call('GET', '/api/v1/namespaces?limit=1');
    return (body as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
  }

  mark(): Promise<AuditMark> {
    return this.cluster.audit.mark();
  }

  get audit(): AuditLog {
    return this.cluster.audit;
  }

  /** Every object of a kind in the plans' namespaces, or in none; one list, since the world is read all the time. */
  async all<T>(path: string): Promise<T[]> {
    const { body } = await this.cluster.guarded.admin.call('GET', path);
    const { items } = body as { items: readonly Listed[] };
    const ours = items.filter(
      ({ metadata: { namespace } }) => namespace === undefined || OURS.has(namespace),
    );
    return ours as readonly unknown[] as T[];
  }

  secrets<T>(): Promise<T[]> {
    return this.all<T>('/api/v1/secrets');
  }

  scopes<T>(): Promise<T[]> {
    return this.all<T>(`${GROUP}/secretscopes`);
  }

  claims<T>(): Promise<T[]> {
    return this.all<T>(`${GROUP}/secretclaims`);
  }

  sealed<T>(): Promise<T[]> {
    return this.all<T>(`${GROUP}/sealedvalues`);
  }

  /** Own ones and shared ones. */
  async backends<T>(): Promise<T[]> {
    const kinds = ['secretbackends', 'clustersecretbackends'];
    return (await Promise.all(kinds.map((kind) => this.all<T>(`${GROUP}/${kind}`)))).flat();
  }

  requests<T>(): Promise<T[]> {
    return this.all<T>(`${GROUP}/secretrequests`);
  }

  automations<T>(): Promise<T[]> {
    return this.all<T>(`${GROUP}/webhookautomations`);
  }

  reviews<T>(): Promise<T[]> {
    return this.all<T>(`${GROUP}/requestreviews`);
  }

  /** Of every scope of the plan. */
  async ledgers<T>(): Promise<T[]> {
    const path = `${GROUP}/namespaces/${OPERATOR_NAMESPACE}/scopeledgers`;
    const { body } = await this.cluster.guarded.admin.call('GET', path);
    return (body as { items: T[] }).items;
  }

  events<T>(): Promise<T[]> {
    return this.all<T>(`${EVENTS}/events`);
  }

  /** As in a cluster in which no operator ever ran: no key, and no status of a backend. */
  async #forgetOperators(): Promise<void> {
    const backends = NAMESPACES.map((namespace) => backendIn(namespace));
    await this.cluster.gone(KEYRING, ...backends);
    await this.cluster.have(...backends);
  }

  async #empty(path: string): Promise<void> {
    const { status, message } = await this.cluster.guarded.admin.call('DELETE', path);
    if (status >= 400) throw new Error(`${path}: ${status} ${message}`);
  }

  /** A killed leader's Lease would keep the next plan waiting. */
  async #freeLease(): Promise<void> {
    const lease: Thing = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'secretscope', namespace: OPERATOR_NAMESPACE },
    };
    const { status, message } = await this.cluster.guarded.admin.remove(lease);
    if (status >= 400 && status !== 404) throw new Error(`the Lease: ${status} ${message}`);
  }
}
