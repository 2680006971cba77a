/** Owns: the levels as manifests describe them, without a cluster. Used by: render, diff and explain -f. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../kube/kube-objects.ts';
import { Store } from '../kube/store.ts';
import { KINDS } from '../model/kinds/all-kinds.ts';
import { API_VERSION, GROUP, NAMESPACE_PATTERN, OBJECT_NAME_PATTERN } from '../model/kinds/common.ts';
import {
  parseAutomation,
  parseBackend,
  parseClaim,
  parseClusterBackend,
  parseLedger,
  parseRequest,
  parseReview,
  parseScope,
  parseSealed,
} from '../model/validate.ts';
import {
  type AutomationView,
  automationView,
  type BackendView,
  backendView,
  type ClaimView,
  type ClusterBackendView,
  claimView,
  clusterBackendView,
  type NamespaceView,
  namespaceView,
  type ScopeView,
  scopeView,
} from '../watch/views.ts';
import { CLAIM_INDEXES, SCOPE_INDEXES } from '../watch/world.ts';
import { type Problem, problemAt } from './offline-problem.ts';
import { isRecord, type Manifest, type ReadFiles } from './offline-read.ts';

/** What the files hold, by `namespace/name`, or the name of what has no namespace. */
export interface FileWorld {
  readonly scopes: Store<ScopeView>;
  readonly backends: Store<BackendView>;
  readonly clusterBackends: Store<ClusterBackendView>;
  readonly claims: Store<ClaimView>;
  readonly automations: Store<AutomationView>;
  /** Only those that the files describe. */
  readonly namespaces: Store<NamespaceView>;
  /** `SealedValue`s: where they stand is all that is looked at. */
  readonly sealed: readonly Placed[];
  readonly problems: readonly Problem[];
  manifestOf(kind: string, key: string): Manifest | undefined;
}

export interface Placed {
  readonly key: string;
  readonly namespace: string;
  readonly manifest: Manifest;
}

const PARSERS: Readonly<Record<string, (raw: unknown) => { readonly kind: 'ok' } | Invalid>> = {
  SecretScope: parseScope,
  SecretBackend: parseBackend,
  ClusterSecretBackend: parseClusterBackend,
  SecretClaim: parseClaim,
  SecretRequest: parseRequest,
  RequestReview: parseReview,
  ScopeLedger: parseLedger,
  SealedValue: parseSealed,
  WebhookAutomation: parseAutomation,
};
interface Invalid {
  readonly kind: 'invalid';
  readonly violations: readonly { readonly path: string; readonly rule: string }[];
}

/** `namespace` is for objects that name none, as with kubectl. */
export function fileWorld(files: ReadFiles, namespace: string): FileWorld {
  const world = new World(namespace);
  for (const { file, line, message } of files.unreadable)
    world.problems.push({ severity: 'error', reason: 'ManifestUnreadable', message, file, line });
  for (const manifest of files.manifests) world.take(manifest);
  return world;
}

class World implements FileWorld {
  readonly scopes = new Store<ScopeView>(SCOPE_INDEXES);
  readonly backends = new Store<BackendView>();
  readonly clusterBackends = new Store<ClusterBackendView>();
  readonly claims = new Store<ClaimView>(CLAIM_INDEXES);
  readonly automations = new Store<AutomationView>();
  readonly namespaces = new Store<NamespaceView>();
  readonly sealed: Placed[] = [];
  readonly problems: Problem[] = [];
  readonly #manifests = new Map<string, Manifest>();
  readonly #namespace: string;

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  manifestOf(kind: string, key: string): Manifest | undefined {
    return this.#manifests.get(`${kind} ${key}`);
  }

  take(manifest: Manifest): void {
    const { apiVersion, kind } = manifest.object;
    if (typeof apiVersion !== 'string' || typeof kind !== 'string') return;
    const isOurs = apiVersion.startsWith(`${GROUP}/`);
    const definition = KINDS.find((known) => known.kind === kind);
    if (apiVersion === 'v1' && kind === 'Namespace') this.#takeOne(manifest, kind, false);
    else if (definition && apiVersion === API_VERSION) this.#takeOne(manifest, kind, definition.namespaced);
    else if (isOurs) this.#unknown(manifest, apiVersion, kind);
  }

  #unknown(manifest: Manifest, apiVersion: string, kind: string): void {
    const known = KINDS.map((one) => one.kind).join(', ');
    const message = `${apiVersion} ${kind} is unknown to this version; ${API_VERSION} has ${known}`;
    this.#fault(manifest, 'kind', 'KindUnknown', message, kind);
  }

  #takeOne(manifest: Manifest, kind: string, namespaced: boolean): void {
    const stored = asStored(manifest.object, namespaced ? this.#namespace : undefined);
    if (typeof stored === 'string') {
      this.#fault(manifest, 'metadata', 'SpecInvalid', stored, kind);
      return;
    }
    const { namespace = '', name } = stored.metadata;
    const key = namespace === '' ? name : `${namespace}/${name}`;
    const before = this.#manifests.get(`${kind} ${key}`);
    if (before) {
      this.#twice(manifest, before, `${kind} ${key}`);
      return;
    }
    this.#manifests.set(`${kind} ${key}`, manifest);
    this.#faultsOf(manifest, kind, key, stored);
    this.#keep(kind, key, stored, { key, namespace, manifest });
  }

  /** Bases and overlays lie in one tree, and only together make the objects that are applied. */
  #twice(manifest: Manifest, before: Manifest, object: string): void {
    if (isDeepStrictEqual(manifest.object, before.object)) return;
    const message = `it is also in ${before.file}:${before.lineOf('kind')}, and differs; keep one, or give what kustomize makes of them: kustomize build … | secretscope render -f -`;
    this.problems.push(
      problemAt(manifest, 'kind', { severity: 'error', reason: 'DefinedTwice', message, object }),
    );
  }

  #faultsOf(manifest: Manifest, kind: string, key: string, stored: KubeObject): void {
    const parsed = PARSERS[kind]?.(stored);
    if (parsed?.kind !== 'invalid') return;
    for (const { path, rule } of parsed.violations)
      this.#fault(
        manifest,
        path,
        'SpecInvalid',
        `${path === '' ? '' : `${path}: `}${rule}`,
        `${kind} ${key}`,
      );
  }

  #fault(manifest: Manifest, path: string, reason: string, message: string, object: string): void {
    this.problems.push(problemAt(manifest, path, { severity: 'error', reason, message, object }));
  }

  #keep(kind: string, key: string, stored: KubeObject, placed: Placed): void {
    if (kind === 'SecretScope') this.scopes.set(key, scopeView(stored));
    else if (kind === 'SecretBackend') this.backends.set(key, backendView(stored));
    else if (kind === 'ClusterSecretBackend') this.clusterBackends.set(key, clusterBackendView(stored));
    else if (kind === 'SecretClaim') this.claims.set(key, claimView(stored));
    else if (kind === 'WebhookAutomation') this.automations.set(key, automationView(stored));
    else if (kind === 'SealedValue') this.sealed.push(placed);
    else if (kind === 'Namespace') this.namespaces.set(key, labelled(namespaceView(stored)));
  }
}

/** The API server sets this label on every Namespace. */
export function labelled(view: NamespaceView): NamespaceView {
  return { ...view, labels: { ...view.labels, 'kubernetes.io/metadata.name': view.name } };
}

/**
 * With what the API server would add, and without what is output of others, as in what `kubectl get` prints; its fault,
 * where it would not take it.
 */
function asStored(object: Manifest['object'], namespace: string | undefined): KubeObject | string {
  const metadata = isRecord(object['metadata']) ? object['metadata'] : {};
  const { name, namespace: own = namespace } = metadata;
  if (typeof name !== 'string' || !OBJECT_NAME_PATTERN.test(name))
    return 'metadata.name is missing or no name of an object; lower-case letters, digits, - and .';
  const place = namespace === undefined ? undefined : own;
  if (place !== undefined && (typeof place !== 'string' || !NAMESPACE_PATTERN.test(place)))
    return 'metadata.namespace is no name of a namespace; lower-case letters, digits and -';
  const uid = `file:${place === undefined ? '' : `${place}/`}${name}`;
  const stored = {
    ...metadata,
    name,
    ...(place !== undefined && { namespace: place }),
    uid,
    resourceVersion: '0',
  };
  const [apiVersion, kind] = [String(object['apiVersion']), String(object['kind'])];
  const { status: _status, authors: _authors, ...rest } = object;
  return { ...rest, apiVersion, kind, metadata: { ...stored, ...textMaps(metadata) } };
}

/** Labels that are no texts match nothing, and are the API server's to refuse. */
function textMaps(metadata: Readonly<Record<string, unknown>>): object {
  const texts = (value: unknown) =>
    isRecord(value)
      ? Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === 'string'))
      : undefined;
  const [labels, annotations] = [texts(metadata['labels']), texts(metadata['annotations'])];
  return { ...(labels && { labels }), ...(annotations && { annotations }) };
}
