import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject, ResourceType } from '../kube/kube-objects.ts';
import { Store } from '../kube/store.ts';
import { BACKENDS, CLUSTER_BACKENDS, NAMESPACES, SCOPES } from '../watch/resources.ts';
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
import { backendKeyOf, type LevelsWorld, parentKeyOf, SCOPE_INDEXES } from '../watch/world.ts';

/** What a caller may see of one scope and the levels above it, and where their view ends. */
export interface CallerWorld {
  readonly world: LevelsWorld;
  readonly viewEnds: readonly string[];
}

/** Reads a scope and its chain with the caller's own rights. Throws when the scope itself cannot be read. */
export async function readCallerWorld(
  kube: KubeClient,
  start: { namespace: string; name: string },
): Promise<CallerWorld> {
  const scopes = new Store<ScopeView>(SCOPE_INDEXES);
  const namespaces = new Store<NamespaceView>();
  const backends = new Store<BackendView>();
  const clusterBackends = new Store<ClusterBackendView>();
  const viewEnds: string[] = [];
  const look = (type: ResourceType, ref: { namespace?: string; name: string }) =>
    lookAt(kube, type, ref, viewEnds);
  let view: ScopeView | undefined = scopeView(await kube.get(SCOPES, start));
  for (let steps = 0; view && steps < 3; steps += 1) {
    const { namespace, name } = view.metadata;
    scopes.set(`${namespace}/${name}`, view);
    const seen = await look(NAMESPACES, { name: namespace });
    namespaces.set(namespace, seen ? namespaceView(seen) : unseenNamespace(namespace));
    await readBackend(view, look, backends, clusterBackends);
    view = await readParent(view, look);
  }
  return { world: { scopes, namespaces, backends, clusterBackends }, viewEnds };
}

type Look = (
  type: ResourceType,
  ref: { namespace?: string; name: string },
) => Promise<KubeObject | undefined>;

async function lookAt(
  kube: KubeClient,
  type: ResourceType,
  ref: { namespace?: string; name: string },
  viewEnds: string[],
): Promise<KubeObject | undefined> {
  try {
    return await kube.get(type, ref);
  } catch (error) {
    if (!isKubeError(error, 'forbidden', 'notFound')) throw error;
    const name = ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`;
    viewEnds.push(
      error.kind === 'forbidden'
        ? `you may not read ${type.kind} ${name}`
        : `${type.kind} ${name} does not exist`,
    );
    return undefined;
  }
}

/** Only the label that every Namespace has is certain. */
function unseenNamespace(name: string): NamespaceView {
  return { name, uid: '', labels: { 'kubernetes.io/metadata.name': name }, terminating: false };
}

async function readParent(view: ScopeView, look: Look): Promise<ScopeView | undefined> {
  const [namespace = '', name = ''] = parentKeyOf(view)?.split('/') ?? [];
  if (name === '') return undefined;
  const parent = await look(SCOPES, { namespace, name });
  return parent && scopeView(parent);
}

async function readBackend(
  view: ScopeView,
  look: Look,
  backends: Store<BackendView>,
  clusterBackends: Store<ClusterBackendView>,
): Promise<void> {
  const [kind, namespace = '', name = ''] = backendKeyOf(view)?.split('/') ?? [];
  if (kind === undefined) return;
  const found =
    kind === 'SecretBackend'
      ? await look(BACKENDS, { namespace, name })
      : await look(CLUSTER_BACKENDS, { name });
  if (!found) return;
  if (kind === 'SecretBackend') backends.set(`${namespace}/${name}`, backendView(found));
  else clusterBackends.set(name, clusterBackendView(found));
}
