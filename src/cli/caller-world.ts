/** Owns: what a caller may see of scopes and the levels above them, and where their view ends. */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject, ObjectRef, ResourceType } from '../kube/kube-objects.ts';
import { Store } from '../kube/store.ts';
import { BACKENDS, CLUSTER_BACKENDS, NAMESPACES, SCOPES } from '../watch/resources.ts';
import { toldDestroyed } from '../watch/told-deletions.ts';
import {
  type BackendView,
  backendView,
  type ClusterBackendView,
  clusterBackendView,
  type NamespaceView,
  namespaceView,
  type ScopeView,
  scopeView,
} from '../watch/views.ts';
import { BY_SCOPE_UID, backendKeyOf, type LevelsWorld, parentKeyOf, SCOPE_INDEXES } from '../watch/world.ts';

/** Scopes that are to be read besides what the cluster has under the same name. */
export type OtherVersion = (key: string) => ScopeView | undefined;

/** Reads with the caller's own rights, each object once, and what is read together at the same time. */
export class CallerWorld implements LevelsWorld {
  readonly scopes = new Store<ScopeView>(SCOPE_INDEXES);
  readonly namespaces = new Store<NamespaceView>();
  readonly backends = new Store<BackendView>();
  readonly clusterBackends = new Store<ClusterBackendView>();
  /** Ledgers are the operator's alone: what it tells of them is believed. */
  readonly destroyed = (uid: string) => toldDestroyed(this.scopes.by(BY_SCOPE_UID, uid)[0]?.status);
  readonly #ends = new Map<string, 'forbidden' | 'notFound'>();
  readonly #reads = new Map<string, Promise<KubeObject | undefined>>();
  readonly #chains = new Set<string>();
  readonly #kube: KubeClient;
  readonly #other: OtherVersion;

  constructor(kube: KubeClient, other: OtherVersion = () => undefined) {
    this.#kube = kube;
    this.#other = other;
  }

  /** Where the caller's view ends, in words. */
  get viewEnds(): string[] {
    return this.viewEndsBut(() => false);
  }

  /** The same without objects that are known from elsewhere. */
  viewEndsBut(isKnown: (object: string) => boolean): string[] {
    return [...this.#ends]
      .filter(([object]) => !isKnown(object))
      .map(([object, why]) =>
        why === 'forbidden' ? `you may not read ${object}` : `${object} does not exist`,
      )
      .sort();
  }

  /** Whether an object may be there, and the caller may not see it. */
  isHidden(object: string): boolean {
    return this.#ends.get(object) === 'forbidden';
  }

  /** A scope with all the levels above it. */
  async readChain(ref: ObjectRef): Promise<void> {
    const { namespace = '', name } = ref;
    const key = `${namespace}/${name}`;
    // levels forbid a cycle, but whoever reads must not hang on one from before the rule
    if (this.#chains.has(key)) return;
    this.#chains.add(key);
    const seen = await this.#look(SCOPES, { namespace, name });
    const live = seen && scopeView(seen);
    if (live) this.scopes.set(key, live);
    const versions = [live, this.#other(key)].filter((version) => version !== undefined);
    const around = versions.flatMap((version) => [this.#readBackend(version), this.#readParent(version)]);
    await Promise.all([this.readNamespace(namespace), ...around]);
  }

  /** Throws where it cannot be read. */
  async mustRead(ref: ObjectRef): Promise<KubeObject> {
    const object = await this.#kube.get(SCOPES, ref);
    this.#reads.set(`SecretScope ${ref.namespace}/${ref.name}`, Promise.resolve(object));
    return object;
  }

  async readNamespace(name: string): Promise<NamespaceView> {
    const seen = await this.#look(NAMESPACES, { name });
    const view = seen ? namespaceView(seen) : unseenNamespace(name);
    this.namespaces.set(name, view);
    return view;
  }

  async #readParent(view: ScopeView): Promise<void> {
    const [namespace = '', name = ''] = parentKeyOf(view)?.split('/') ?? [];
    if (name !== '') await this.readChain({ namespace, name });
  }

  async #readBackend(view: ScopeView): Promise<void> {
    const [kind, namespace = '', name = ''] = backendKeyOf(view)?.split('/') ?? [];
    if (kind === 'SecretBackend') {
      const found = await this.#look(BACKENDS, { namespace, name });
      if (found) this.backends.set(`${namespace}/${name}`, backendView(found));
    } else if (kind !== undefined) {
      const found = await this.#look(CLUSTER_BACKENDS, { name });
      if (found) this.clusterBackends.set(name, clusterBackendView(found));
    }
  }

  #look(type: ResourceType, ref: ObjectRef): Promise<KubeObject | undefined> {
    const object = `${type.kind} ${type.namespaced ? `${ref.namespace}/` : ''}${ref.name}`;
    const known = this.#reads.get(object);
    if (known) return known;
    const reading = this.#kube.get(type, ref).catch((error: unknown) => {
      if (!isKubeError(error, 'forbidden', 'notFound')) throw error;
      this.#ends.set(object, error.kind === 'forbidden' ? 'forbidden' : 'notFound');
      return undefined;
    });
    this.#reads.set(object, reading);
    return reading;
  }
}

/** Only the label that every Namespace has is certain. */
export function unseenNamespace(name: string): NamespaceView {
  return { name, uid: '', labels: { 'kubernetes.io/metadata.name': name }, terminating: false };
}

/** One scope and the levels above it. Throws where the scope itself cannot be read. Used by: the demo. */
export async function readCallerWorld(
  kube: KubeClient,
  start: { readonly namespace: string; readonly name: string },
): Promise<{ readonly world: CallerWorld; readonly viewEnds: readonly string[] }> {
  const world = new CallerWorld(kube);
  await world.mustRead(start);
  await world.readChain(start);
  return { world, viewEnds: world.viewEnds };
}
