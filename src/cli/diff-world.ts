/**
 * Owns: the cluster as the caller sees it, and as it would be with some files applied. Used by: diff-verb.ts.
 * What is not in the files is taken from the cluster, and nothing is taken away because it is in no file.
 */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject, ResourceType } from '../kube/kube-objects.ts';
import { listPages } from '../kube/list-pages.ts';
import { Store } from '../kube/store.ts';
import { CLAIMS, NAMESPACES, SCOPES } from '../watch/resources.ts';
import {
  type ClaimView,
  claimView,
  type NamespaceView,
  namespaceView,
  type ScopeView,
  scopeView,
} from '../watch/views.ts';
import {
  backendKeyOf,
  claimedScopeOf,
  keyOf,
  type LevelsWorld,
  parentKeyOf,
  type ReadStore,
} from '../watch/world.ts';
import { CallerWorld, unseenNamespace } from './caller-world.ts';
import type { FileWorld } from './offline-world.ts';
import { labelled } from './offline-world.ts';
import { EXIT, ExitError } from './usage-error.ts';

/** One side of the comparison. */
export interface Side extends LevelsWorld {
  readonly namespaces: Store<NamespaceView>;
  readonly claims: Pick<ReadStore<ClaimView>, 'get'>;
}

export interface TwoWorlds {
  readonly before: Side;
  readonly after: Side;
  /** Keys of what may differ: what is in the files, and what depends on it. */
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  readonly caller: CallerWorld;
  readonly notes: readonly string[];
}

export async function twoWorlds(kube: KubeClient, files: FileWorld): Promise<TwoWorlds> {
  const caller = new CallerWorld(kube, (key) => files.scopes.get(key));
  const [liveScopes, liveClaims] = await Promise.all([
    listed(kube, SCOPES, (raw) => scopeView(raw)),
    listed(kube, CLAIMS, (raw) => claimView(raw)),
  ]);
  const known = new Map(liveScopes.items.map((view) => [keyOf(view.metadata), view] as const));
  const scopes = affectedScopes(known, files);
  const claims = new Map(liveClaims.items.map((view) => [keyOf(view.metadata), view] as const));
  const concerned = affectedClaims(claims, scopes, files);
  const asked = concerned.flatMap((key) =>
    [files.claims.get(key), claims.get(key)].map((one) => one && claimedScopeOf(one)),
  );
  const chains = new Set([...scopes, ...asked.filter((key) => key !== undefined)]);
  const consumers = concerned.map((key) => key.split('/')[0] ?? '');
  await Promise.all([
    ...[...chains].map((key) => caller.readChain(refOf(key))),
    ...[...new Set([...consumers, ...files.namespaces.keys()])].map((name) => caller.readNamespace(name)),
    ...[...files.claims.keys()].filter((key) => !claims.has(key)).map((key) => readClaim(kube, key, claims)),
  ]);
  mustSee(files, caller);
  const more = await fanOutNamespaces(kube, caller, files);
  return {
    before: sideOf(caller, { get: (key) => claims.get(key) }),
    after: withFiles(caller, claims, files),
    scopes,
    claims: concerned,
    caller,
    notes: [...liveScopes.notes, ...liveClaims.notes, ...more],
  };
}

/** What is in the files and cannot be read would look as if it were new. */
function mustSee(files: FileWorld, caller: CallerWorld): void {
  const hidden = [...files.scopes.keys()].filter((key) => caller.isHidden(`SecretScope ${key}`));
  if (hidden.length === 0) return;
  throw new ExitError(
    EXIT.denied,
    `you may not read SecretScope ${hidden.join(', ')}, so there is nothing to compare with; have somebody bind you the verb get on secretscopes there`,
  );
}

function refOf(key: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

interface Listed<T> {
  readonly items: readonly T[];
  readonly notes: readonly string[];
}

/** Of all namespaces; whoever may not see them all compares what is in the files. */
async function listed<T>(
  kube: KubeClient,
  type: ResourceType,
  view: (raw: KubeObject) => T,
): Promise<Listed<T>> {
  const items: T[] = [];
  try {
    for await (const page of listPages(kube, type, {})) items.push(...page.items.map(view));
    return { items, notes: [] };
  } catch (error) {
    if (!isKubeError(error, 'forbidden', 'notFound')) throw error;
    const note = `you may not list ${type.plural} of all namespaces: those that these files do not hold are not compared`;
    return { items: [], notes: error.kind === 'forbidden' ? [note] : [] };
  }
}

async function readClaim(kube: KubeClient, key: string, claims: Map<string, ClaimView>): Promise<void> {
  try {
    claims.set(key, claimView(await kube.get(CLAIMS, refOf(key))));
  } catch (error) {
    if (!isKubeError(error, 'forbidden', 'notFound')) throw error;
  }
}

/** In the files, or with a level, backend or Namespace on the way up that is. */
function affectedScopes(known: ReadonlyMap<string, ScopeView>, files: FileWorld): string[] {
  const isTouched = (view: ScopeView): boolean => {
    const backend =
      backendKeyOf(view)
        ?.replace(/^SecretBackend\//, '')
        .replace(/^ClusterSecretBackend\/\//, '') ?? '';
    const { namespace } = view.metadata;
    return (
      files.scopes.has(keyOf(view.metadata)) ||
      files.namespaces.has(namespace) ||
      files.backends.has(backend) ||
      files.clusterBackends.has(backend)
    );
  };
  const live = [...known].filter(([, view]) => chainOf(view, known).some(isTouched)).map(([key]) => key);
  return [...new Set([...files.scopes.keys(), ...live])].sort();
}

function chainOf(view: ScopeView, known: ReadonlyMap<string, ScopeView>): ScopeView[] {
  const chain = [view];
  for (let steps = 0; steps < 3; steps += 1) {
    const above = known.get(parentKeyOf(chain.at(-1) ?? view) ?? '');
    if (!above) break;
    chain.push(above);
  }
  return chain;
}

function affectedClaims(
  live: ReadonlyMap<string, ClaimView>,
  scopes: readonly string[],
  files: FileWorld,
): string[] {
  const touched = [...live].filter(
    ([, claim]) =>
      scopes.includes(claimedScopeOf(claim) ?? '') || files.namespaces.has(claim.metadata.namespace),
  );
  // a Snapshot never changes
  const following = touched.filter(([, { spec }]) => spec.kind === 'ok' && spec.value.mode !== 'Snapshot');
  return [...new Set([...files.claims.keys(), ...following.map(([key]) => key)])].sort();
}

/** A target that goes to namespaces by their labels needs to know them all. */
async function fanOutNamespaces(kube: KubeClient, caller: CallerWorld, files: FileWorld): Promise<string[]> {
  const all = [...caller.scopes.values(), ...files.scopes.values()];
  const fansOut = all.some(
    ({ spec }) => spec.kind === 'ok' && spec.value.targets?.some((target) => target.namespaces),
  );
  if (!fansOut) return [];
  const { items, notes } = await listed(kube, NAMESPACES, namespaceView);
  for (const view of items) caller.namespaces.set(view.name, view);
  const enrolled =
    'targets with namespaces are compared as if every namespace that they select were enrolled';
  return [...notes, enrolled];
}

function sideOf(caller: CallerWorld, claims: Side['claims']): Side {
  const { scopes, backends, clusterBackends, namespaces } = caller;
  return { scopes, backends, clusterBackends, namespaces, claims };
}

/** As after `kubectl apply`: specs are those of the files, labels of a Namespace come on top of what it has. */
function withFiles(caller: CallerWorld, claims: ReadonlyMap<string, ClaimView>, files: FileWorld): Side {
  const namespaces = new Store<NamespaceView>();
  for (const view of caller.namespaces.values()) namespaces.set(view.name, view);
  for (const { name, labels } of files.namespaces.values()) {
    const before = namespaces.get(name) ?? unseenNamespace(name);
    namespaces.set(name, labelled({ ...before, labels: { ...before.labels, ...labels } }));
  }
  return {
    scopes: over(files.scopes, caller.scopes),
    backends: over(files.backends, caller.backends),
    clusterBackends: over(files.clusterBackends, caller.clusterBackends),
    namespaces,
    claims: { get: (key) => files.claims.get(key) ?? claims.get(key) },
  };
}

function over<T>(first: Store<T>, second: Store<T>): ReadStore<T> {
  return {
    get: (key) => first.get(key) ?? second.get(key),
    by: (index, value) => [...first.by(index, value), ...second.by(index, value)],
    size: first.size + second.size,
  };
}
