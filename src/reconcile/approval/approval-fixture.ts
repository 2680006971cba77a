/** For tests: a protected environment, its reviewers, and an operator that reconciles it against an API in memory. */
import type { KubeObject } from '../../kube/kube-objects.ts';
import type { VoteDecision } from '../../model/approval.ts';
import type { LedgerSpec, RequestRecord } from '../../model/kinds/scope-ledger.ts';
import type { RequestSpec } from '../../model/kinds/secret-request.ts';
import {
  AUTHOR_POLICIES,
  AUTOMATION_POLICIES,
  CLAIM_POLICIES,
  VOTE_POLICIES,
} from '../../model/policies-in-force.ts';
import { SecretValue } from '../../model/secret-value.ts';
import { StatusWriter } from '../../report/status-writer.ts';
import { ledgerView, requestView, reviewView } from '../../watch/approval-views.ts';
import {
  AUTOMATIONS,
  BACKENDS,
  CLAIMS,
  LEDGERS,
  NAMESPACES,
  REQUESTS,
  REVIEWS,
  SCOPES,
  VALIDATING_BINDINGS,
  VALIDATING_POLICIES,
} from '../../watch/resources.ts';
import { automationView, backendView, claimView, namespaceView, scopeView } from '../../watch/views.ts';
import type { ReconcileResult } from '../../watch/worker-pool.ts';
import type { Deps } from '../deps.ts';
import { SmallOperator } from '../reconcile-fixture.ts';
import { reconcileScope } from '../reconcile-scope.ts';
import { LedgerKeeper } from './ledger-keeper.ts';
import { MemoryApi, type Stored } from './memory-api.fixture.ts';

export const SCOPE = 'prod/web-prod';
export const SCOPE_UID = 'uid-web-prod';
export const OPERATOR_NAMESPACE = 'secretscope-system';
export const LEDGER = `${OPERATOR_NAMESPACE}/${SCOPE_UID}`;
const SECOND_MS = 1_000;
const POLICY_KINDS = [
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
] as const;

export const entry = (name: string, key = name.toLowerCase()) => ({ name, from: { key } });
export const user = (name: string) => ({ kind: 'User', name }) as const;
export const group = (name: string) => ({ kind: 'Group', name }) as const;

export interface Cast {
  readonly as?: object;
  readonly request?: Stored;
  readonly change?: Readonly<Record<string, unknown>>;
  readonly uid?: string;
}

type Spec = Readonly<Record<string, unknown>>;

export class ProtectedOperator {
  readonly small = new SmallOperator();
  readonly api = new MemoryApi();
  deps: Deps = this.#started();
  /** while it is false, the operator sees nothing of what happens */
  watching = true;
  #votes = 0;

  constructor(spec: Spec = {}) {
    const { api, small } = this;
    this.#tick();
    for (const name of ['prod', 'team']) this.namespace(name);
    api.put(SCOPES, {
      metadata: { name: 'web', namespace: 'team', uid: 'uid-web' },
      spec: {
        level: 'Repository',
        backendRef: { kind: 'SecretBackend', name: 'vault' },
        children: [{ namespaces: {}, visibility: 'Private', trusted: true }],
      },
      authors: ['ted'],
    });
    for (const namespace of ['team', 'prod'])
      api.put(BACKENDS, {
        metadata: { name: 'vault', namespace, uid: `uid-vault-${namespace}` },
        spec: { kubernetes: { auth: { serviceAccountRef: { name: 'reader' } } } },
      });
    this.edit({
      level: 'Environment',
      parentRef: { namespace: 'team', name: 'web' },
      backendRef: { kind: 'SecretBackend', name: 'vault' },
      secrets: [entry('A')],
      targets: [{ secretName: 'app', includeAll: true }],
      protection: { requiredReviewers: [user('ana'), user('ben')] },
      ...spec,
    });
    for (const kind of POLICY_KINDS)
      for (const name of [...VOTE_POLICIES, ...AUTHOR_POLICIES, ...CLAIM_POLICIES, ...AUTOMATION_POLICIES])
        small.world.policy(kind, name, { uid: `${kind}-${name.split('.')[0]}` });
    for (const type of [VALIDATING_POLICIES, VALIDATING_BINDINGS])
      for (const name of VOTE_POLICIES)
        api.put(type, { metadata: { name, uid: `${type.kind}-${name.split('.')[0]}` } });
    small.source('a', 'one').source('b', 'two').source('other', 'three');
  }

  /** What its admin says of the scope from now on; admission stamps who did. */
  edit(change: Spec, author = 'dev'): this {
    const old = this.api.at(SCOPES, SCOPE);
    const authors = [...new Set([...(old?.authors ?? []), author])];
    const metadata = { name: 'web-prod', namespace: 'prod', ...(old ? {} : { uid: SCOPE_UID }) };
    this.api.put(SCOPES, { metadata, spec: { ...old?.spec, ...change }, authors });
    return this;
  }

  askAgain(value: string): this {
    const { metadata } = this.scope;
    this.api.put(SCOPES, { metadata: { ...metadata, annotations: { 'secretscope.dev/request': value } } });
    return this;
  }

  namespace(name: string, labels: Readonly<Record<string, string>> = {}): this {
    this.api.put(NAMESPACES, {
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } },
    });
    return this;
  }

  /** Time passes for everybody. */
  async pass(seconds: number): Promise<this> {
    await this.small.clock.advance(seconds * SECOND_MS);
    this.#tick();
    return this;
  }

  cast(
    decision: VoteDecision,
    username: string,
    { as = user(username), request = this.request, change, uid }: Cast = {},
  ): Stored {
    const { spec, metadata } = request;
    return this.api.put(REVIEWS, {
      metadata: { name: `vote-${++this.#votes}`, namespace: 'prod' },
      spec: {
        scopeRef: spec['scopeRef'],
        requestRef: { name: metadata.name, uid: metadata.uid },
        subject: spec['subject'],
        decision,
        as,
        reviewer: { username, ...(uid !== undefined && { uid }) },
        ...(decision === 'Bypass' && { comment: 'an emergency' }),
        ...change,
      },
    });
  }

  /** The operator sees what there is by now. */
  look(): this {
    const { world } = this.small;
    const { api } = this;
    fill(world.scopes, api.all(SCOPES), (one) => scopeView(one as KubeObject & { authors?: unknown }));
    fill(world.backends, api.all(BACKENDS), backendView);
    fill(world.namespaces, api.all(NAMESPACES), namespaceView);
    fill(world.requests, api.all(REQUESTS), requestView);
    fill(world.reviews, api.all(REVIEWS), reviewView);
    fill(world.claims, api.all(CLAIMS), (one) => claimView(one as KubeObject & { authors?: unknown }));
    fill(world.automations, api.all(AUTOMATIONS), (one) =>
      automationView(one as KubeObject & { authors?: unknown }),
    );
    fill(world.ledgers, api.all(LEDGERS), ledgerView, ({ metadata }) => metadata.name);
    return this;
  }

  async reconcile(key = SCOPE): Promise<ReconcileResult> {
    if (this.watching) this.look();
    this.forget();
    return reconcileScope(key, this.deps, new AbortController().signal);
  }

  /** What was done and asked before. */
  forget(): void {
    this.api.writes.length = 0;
    this.api.reads.length = 0;
    this.api.asked.length = 0;
    this.small.events.length = 0;
    this.small.secrets.calls.length = 0;
    this.small.sources.asked.length = 0;
  }

  /** Until it writes nothing more. */
  async settle(): Promise<this> {
    for (let round = 0; round < 8; round++) {
      await this.reconcile();
      if (this.done.length === 0) return this;
    }
    throw new Error(`it does not come to rest: ${this.done.join('; ')}`);
  }

  /** Another process takes over: nothing is remembered but what the API holds. */
  restart(): this {
    this.api.before.clear();
    this.api.after.clear();
    this.small.secrets.errors.clear();
    this.small.secrets.leading = true;
    this.deps = this.#started();
    return this;
  }

  /** Everything that the last reconcile wrote, Secrets among it. */
  get done(): string[] {
    return [
      ...this.api.writes,
      ...this.small.secrets.done
        .filter((call) => !/^(get|look|rehearse) /.test(call))
        .map((call) => `${call} (Secret)`),
    ];
  }

  get scope(): Stored {
    return found(this.api.at(SCOPES, SCOPE), 'the scope');
  }

  get requests(): Stored[] {
    return this.api.all(REQUESTS);
  }

  /** The one that was made last. */
  get request(): Stored {
    return found(this.requests.at(-1), 'a request');
  }

  get plan(): RequestSpec {
    return this.request.spec as unknown as RequestSpec;
  }

  get ledger(): LedgerSpec {
    return found(this.api.at(LEDGERS, LEDGER), 'the ledger').spec as unknown as LedgerSpec;
  }

  /** `web-prod-app-1 Waiting`, in the order of the ledger. */
  get states(): string[] {
    return (this.ledger.requests ?? []).map(({ name, state }: RequestRecord) => `${name} ${state}`);
  }

  /** What requests say of themselves, for people. */
  get shown(): string[] {
    return this.requests.map(
      ({ metadata: { name }, status }) => `${name} ${(status as { state?: string } | undefined)?.state}`,
    );
  }

  condition(type: string): string {
    const { conditions = [] } = (this.scope.status ?? {}) as {
      conditions?: { type: string; status: string; reason: string }[];
    };
    const one = conditions.find((condition) => condition.type === type);
    return one ? `${one.status} ${one.reason}` : 'none';
  }

  get ready(): string {
    return this.condition('Ready');
  }

  get data(): Record<string, string> {
    return this.small.data('prod/app');
  }

  get isThere(): boolean {
    return this.small.secrets.stored.has('prod/app');
  }

  /** A plan that was asked for, approved by ana and delivered. */
  static async released(spec: Spec = {}): Promise<ProtectedOperator> {
    const operator = new ProtectedOperator(spec);
    await operator.settle();
    operator.cast('Approve', 'ana');
    await operator.settle();
    if (!operator.states.some((state) => state.endsWith(' Released')))
      throw new Error(`not released: ${operator.states}`);
    await operator.pass(60);
    return operator;
  }

  #tick(): void {
    const at = Math.floor(this.small.clock.now() / SECOND_MS) * SECOND_MS;
    this.api.time = { at, ageMs: 0 };
    this.api.stamp = at;
  }

  #started(): Deps {
    const kube = this.api.client;
    const fetch = fetchOf(this.small.sources);
    return {
      ...this.small.deps,
      kube,
      fetch,
      statuses: new StatusWriter(kube, () => undefined),
      ledgers: new LedgerKeeper(kube, () => undefined, OPERATOR_NAMESPACE),
    };
  }
}

/** What a provider tells and gives: a version that a line names is that version, whatever is current. */
function fetchOf(sources: SmallOperator['sources']): Deps['fetch'] {
  return {
    versions: async (lines, context, willRead) => {
      const answers = await sources.versions(lines, context, willRead);
      return answers.map((answer, index) => {
        const version = lines[index]?.version;
        return answer.kind === 'known' && version !== undefined ? { ...answer, version } : answer;
      });
    },
    values: async (requests) => {
      const answers = await sources.values(requests);
      return answers.map((answer, index) => {
        const version = requests[index]?.line.version;
        if (answer.kind !== 'value' || version === undefined) return answer;
        return { ...answer, version, value: SecretValue.fromText(version.replace(/^v-/, '')) };
      });
    },
    store: (line, value) => sources.store(line, value),
    destroy: (line) => sources.destroy(line),
    list: (backend, prefix) => sources.list(backend, prefix),
    check: () => sources.check(),
    callsToday: () => sources.callsToday(),
    eventsOf: () => sources.eventsOf(),
  };
}

interface Writable<T> {
  keys(): IterableIterator<string>;
  set(key: string, value: T): unknown;
  delete(key: string): unknown;
}

/** Makes a store hold just these objects, as a watch would. */
export function fill<T>(
  store: Writable<T>,
  objects: readonly Stored[],
  view: (object: Stored) => T,
  key = ({ metadata: { name, namespace } }: Stored) =>
    namespace === undefined ? name : `${namespace}/${name}`,
): void {
  for (const old of [...store.keys()]) if (objects.every((object) => key(object) !== old)) store.delete(old);
  for (const object of objects) store.set(key(object), view(object));
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is not there`);
  return value;
}
