/** For tests: an organization, a repository and an environment that are written into, and an operator that does it. */
import { type KeyObject as CryptoKey, createSecretKey } from 'node:crypto';
import type { KubeObject } from '../../kube/kube-objects.ts';
import type { LedgerSpec, WriteRecord } from '../../model/kinds/scope-ledger.ts';
import type { SealedStatus } from '../../model/kinds/sealed-value.ts';
import type { PlanLine } from '../../model/plan.ts';
import { SecretValue } from '../../model/secret-value.ts';
import { StatusWriter } from '../../report/status-writer.ts';
import { encodeEnvelope } from '../../seal/envelope.ts';
import { scopeKeyPair } from '../../seal/scope-keys.ts';
import { seal } from '../../seal/sealed-box.ts';
import { ledgerView } from '../../watch/approval-views.ts';
import {
  BACKENDS,
  CLAIMS,
  CLUSTER_BACKENDS,
  CONFIG_MAPS,
  LEDGERS,
  NAMESPACES,
  SCOPES,
  SEALED_VALUES,
} from '../../watch/resources.ts';
import { backendView, claimView, clusterBackendView, namespaceView, scopeView } from '../../watch/views.ts';
import type { ReconcileResult } from '../../watch/worker-pool.ts';
import { keyMapView, sealedView } from '../../watch/writing-views.ts';
import { fill } from '../approval/approval-fixture.ts';
import { LedgerKeeper } from '../approval/ledger-keeper.ts';
import { MemoryApi, type Stored } from '../approval/memory-api.fixture.ts';
import type { Deps } from '../deps.ts';
import { SmallOperator } from '../reconcile-fixture.ts';
import { reconcileScope } from '../reconcile-scope.ts';
import { reconcileSeals } from './reconcile-seals.ts';

export const WEB = 'team/web';
export const WEB_UID = 'uid-web';
export const OPERATOR_NAMESPACE = 'secretscope-system';
export const MASTER = createSecretKey(Buffer.alloc(32, 7));
const TRUSTED = [{ namespaces: {}, visibility: 'Private', trusted: true }];
const OWN = { kind: 'SecretBackend', name: 'vault' };

/** What is in a box, and where it lies; every part may be told wrongly. */
export interface Told {
  readonly scope?: string;
  /** of the object, where it is not the name in small letters */
  readonly as?: string;
  readonly boxName?: string;
  readonly boxScope?: string;
  readonly created?: number;
  readonly epoch?: number;
  readonly master?: CryptoKey;
  readonly keyOf?: string;
  readonly keyID?: string;
  readonly ttl?: number;
}

export const entry = (name: string, more: object = {}, from: object = {}) => ({
  name,
  from: { key: name.toLowerCase(), ...from },
  ...more,
});

export class SealingOperator {
  readonly small = new SmallOperator();
  readonly api = new MemoryApi();
  /** every value that came to the backend, in order: `a=one` */
  readonly puts: string[] = [];
  deps: Deps = this.#started();
  /** while it is false, the operator sees nothing of what happens */
  watching = true;
  #epoch = 1;
  #master = MASTER;

  constructor() {
    const { api, small } = this;
    this.#tick();
    for (const name of ['org', 'team', 'prod'])
      api.put(NAMESPACES, { metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } });
    for (const namespace of ['org', 'team', 'prod'])
      api.put(BACKENDS, {
        metadata: { name: 'vault', namespace, uid: `uid-vault-${namespace}` },
        spec: { kubernetes: { auth: { serviceAccountRef: { name: 'reader' } } } },
      });
    this.scope('org/acme', { level: 'Organization', children: TRUSTED, secrets: [] });
    this.scope(WEB, {
      level: 'Repository',
      parentRef: { namespace: 'org', name: 'acme' },
      children: TRUSTED,
      secrets: [entry('A'), entry('B')],
    });
    for (const key of ['a', 'b']) small.source(key, `old-${key}`);
    this.key(MASTER, 1);
  }

  /** What its admin says of a scope from now on. */
  scope(place: string, change: object, uid?: string): this {
    const [namespace = '', name = ''] = place.split('/');
    const old = this.api.at(SCOPES, place);
    const spec = { ...(old?.spec ?? { backendRef: OWN }), ...change };
    const identity = old ? {} : { uid: uid ?? `uid-${name}` };
    this.api.put(SCOPES, { metadata: { name, namespace, ...identity }, spec });
    return this;
  }

  claim(place: string, include: readonly string[], scope = WEB): this {
    const [namespace = '', name = ''] = place.split('/');
    const [scopeNamespace, scopeName] = scope.split('/');
    const spec = {
      scopeRef: { namespace: scopeNamespace, name: scopeName },
      include,
      secretName: name,
      mode: 'Live',
    };
    this.api.put(CLAIMS, { metadata: { name, namespace }, spec });
    return this;
  }

  /** The installation's sealing key, as the operator knows it. */
  key(master: CryptoKey, epoch: number): this {
    this.#master = master;
    this.#epoch = epoch;
    this.small.world.sealingKey = () => ({ kind: 'there', key: { master, epoch } });
    return this;
  }

  /** A SealedValue whose box holds `value` for `name`. */
  async seal(name: string, value: string | Buffer, told: Told = {}): Promise<Stored> {
    const [namespace = '', scope = ''] = (told.scope ?? WEB).split('/');
    const uid = told.boxScope ?? this.api.at(SCOPES, told.scope ?? WEB)?.metadata.uid ?? '';
    const master = told.master ?? this.#master;
    const pair = scopeKeyPair({ master, epoch: told.epoch ?? this.#epoch }, told.keyOf ?? uid);
    const plain = encodeEnvelope({
      scopeUID: uid,
      name: told.boxName ?? name,
      created: told.created ?? this.now,
      value: new SecretValue(Buffer.from(value)),
    });
    const box = await seal(plain, pair.publicKey);
    const spec = {
      scopeRef: { name: scope },
      name,
      keyID: told.keyID ?? pair.keyID,
      sealed: box.toString('base64'),
      ...(told.ttl !== undefined && { ttlSecondsAfterStored: told.ttl }),
    };
    const kind = { apiVersion: 'secretscope.dev/v1alpha1', kind: 'SealedValue' };
    const metadata = { name: told.as ?? name.toLowerCase(), namespace };
    return this.api.put(SEALED_VALUES, { ...kind, metadata, spec });
  }

  /** The same box under another name or in another object, as somebody copies it out of Git. */
  copy(from: Stored, as: string, change: object = {}): Stored {
    const metadata = { name: as, namespace: from.metadata.namespace ?? '' };
    return this.api.put(SEALED_VALUES, { metadata, spec: { ...from.spec, ...change } });
  }

  destroy(name: string, change: object = {}, as = `${name.toLowerCase()}-gone`, place = WEB): Stored {
    const [namespace = '', scope = ''] = place.split('/');
    const spec = {
      scopeRef: { name: scope },
      name,
      action: 'Delete',
      requestedAt: this.time(0),
      ...change,
    };
    return this.api.put(SEALED_VALUES, { metadata: { name: as, namespace }, spec });
  }

  gone(as: string, namespace = 'team'): this {
    this.api.remove(SEALED_VALUES, `${namespace}/${as}`);
    return this;
  }

  /** The operator sees what there is by now. */
  look(): this {
    const { world } = this.small;
    const { api } = this;
    fill(world.scopes, api.all(SCOPES), (one) => scopeView(one as KubeObject & { authors?: unknown }));
    fill(world.backends, api.all(BACKENDS), backendView);
    fill(world.clusterBackends, api.all(CLUSTER_BACKENDS), clusterBackendView);
    fill(world.namespaces, api.all(NAMESPACES), namespaceView);
    fill(world.claims, api.all(CLAIMS), (one) => claimView(one as KubeObject & { authors?: unknown }));
    fill(world.ledgers, api.all(LEDGERS), ledgerView, ({ metadata }) => metadata.name);
    fill(world.sealed, api.all(SEALED_VALUES), sealedView);
    const byName = ({ metadata }: Stored) => metadata.name;
    fill(world.keyMaps, api.all(CONFIG_MAPS), keyMapView, byName);
    return this;
  }

  async reconcile(key = WEB, signal = new AbortController().signal): Promise<ReconcileResult> {
    if (this.watching) this.look();
    this.api.writes.length = 0;
    this.api.reads.length = 0;
    this.small.events.length = 0;
    this.small.sources.asked.length = 0;
    return reconcileSeals(key, this.deps, signal);
  }

  /** A look at a scope itself: what it delivers. */
  async deliver(key: string): Promise<ReconcileResult> {
    return reconcileScope(key, this.look().deps, new AbortController().signal);
  }

  /** Until it writes nothing more. */
  async settle(key = WEB): Promise<this> {
    for (let round = 0; round < 8; round++) {
      await this.reconcile(key);
      if (this.api.writes.length === 0) return this;
    }
    throw new Error(`it does not come to rest: ${this.api.writes.join('; ')}`);
  }

  /** Another process takes over: nothing is remembered but what the API holds. */
  restart(): this {
    this.api.before.clear();
    this.api.after.clear();
    this.deps = this.#started();
    return this;
  }

  async pass(seconds: number): Promise<this> {
    await this.small.clock.advance(seconds * 1_000);
    this.#tick();
    return this;
  }

  get now(): number {
    return this.small.clock.now();
  }

  time(seconds: number): string {
    return new Date(this.now + seconds * 1_000).toISOString();
  }

  status(as: string, namespace = 'team'): SealedStatus {
    return (this.api.at(SEALED_VALUES, `${namespace}/${as}`)?.status ?? {}) as SealedStatus;
  }

  /** `Stored Stored`: the state, and the reason of Ready. */
  state(as: string, namespace?: string): string {
    const { state, conditions = [] } = this.status(as, namespace);
    return `${state} ${conditions.find(({ type }) => type === 'Ready')?.reason}`;
  }

  message(as: string): string {
    return this.status(as).conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
  }

  get writes(): readonly WriteRecord[] {
    return this.writesOf(WEB_UID);
  }

  writesOf(uid: string): readonly WriteRecord[] {
    const ledger = this.api.at(LEDGERS, `${OPERATOR_NAMESPACE}/${uid}`);
    return (ledger?.spec as LedgerSpec | undefined)?.writes ?? [];
  }

  held(key = 'a'): string | undefined {
    return this.small.sources.held.get(key);
  }

  /** What the backend was asked in the last reconcile. */
  get asked(): readonly string[] {
    return this.small.sources.asked;
  }

  #tick(): void {
    this.api.time = { at: this.now, ageMs: 0 };
    this.api.stamp = this.now;
  }

  #started(): Deps {
    const { small, puts } = this;
    const { sources } = small;
    const kube = this.api.client;
    return {
      ...small.deps,
      kube,
      fetch: noting(sources, puts),
      statuses: new StatusWriter(kube, () => undefined),
      ledgers: new LedgerKeeper(kube, () => undefined, OPERATOR_NAMESPACE),
    };
  }
}

/** A provider that makes a key where there is none, and notes every new value. */
function noting(sources: SmallOperator['sources'], puts: string[]): Deps['fetch'] {
  const planted = ({ key }: PlanLine) => sources.failing ?? sources.failures.get(key);
  return {
    versions: (lines, context, willRead) => sources.versions(lines, context, willRead),
    values: (requests) => sources.values(requests),
    store: async (line, value) => {
      sources.asked.push(`store ${line.name}`);
      const failure = planted(line);
      if (failure) return failure;
      const earlier = sources.held.has(line.key) ? 'usable' : 'none';
      const text = value.reveal().toString();
      sources.held.set(line.key, text);
      puts.push(`${line.key}=${text}`);
      return { kind: 'stored', version: `v${puts.length}`, earlier };
    },
    destroy: async (line) => {
      sources.asked.push(`destroy ${line.name}`);
      const failure = planted(line);
      if (failure) return failure;
      if (!sources.held.delete(line.key)) return { kind: 'absent' };
      return { kind: 'destroyed', recoverable: sources.keepsDeleted };
    },
    list: (backend, prefix) => sources.list(backend, prefix),
    check: () => sources.check(),
    callsToday: () => sources.callsToday(),
    eventsOf: () => sources.eventsOf(),
  };
}
