/**
 * The Kubernetes API, as much of it as this program uses.
 * Called by everything that reads or writes the cluster; nothing outside this folder makes requests to it.
 * Every method throws KubeError, takes a signal, and has a deadline.
 */
import {
  APPLY,
  type ApiCall,
  httpCall,
  MERGE_PATCH,
  METADATA,
  METADATA_LIST,
  refOf,
  selectQuery,
  writeQuery,
} from './api-call.ts';
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  GetOptions,
  ListOptions,
  Page,
  WatchOptions,
  WriteOptions,
} from './call-options.ts';
import { bearer, type KubeEndpoint, type TokenSource } from './kube-endpoint.ts';
import type { KubeHttp } from './kube-http.ts';
import {
  type KubeDraft,
  type KubeObject,
  type ObjectRef,
  type ResourceType,
  resource,
} from './kube-objects.ts';
import { decodePage } from './list-page.ts';
import { collectionPath, objectPath } from './resource-path.ts';
import type { ServerClock, ServerTime } from './server-clock.ts';
import { decodeWatch, type WatchEvent } from './watch-stream.ts';

// parsing 100 objects takes a few milliseconds, 10,000 would block the event loop for 250
const PAGE_SIZE = 100;
// no kind, but what errors call it
const VERSION = resource({ group: '', version: 'v1', plural: 'version', kind: 'Info', namespaced: false });

export class KubeClient {
  readonly #http: KubeHttp;
  readonly #serverClock: ServerClock;

  constructor(http: KubeHttp, serverClock: ServerClock) {
    this.#http = http;
    this.#serverClock = serverClock;
  }

  get endpoint(): KubeEndpoint {
    return this.#http.endpoint;
  }

  /** The API server's time; undefined before the first answer. */
  serverTime(): ServerTime | undefined {
    return this.#serverClock.read();
  }

  /** A client for the same server that shows nothing but this token: no client certificate, no impersonation. */
  clientWithToken(token: TokenSource): KubeClient {
    return new KubeClient(this.#http.withIdentity(bearer(token)), this.#serverClock);
  }

  /** What the API server says it is, such as v1.36.2; whoever is logged in may ask. */
  async serverVersion(options: CallOptions = {}): Promise<string> {
    const call: ApiCall = { verb: 'get', type: VERSION, ref: {}, path: '/version' };
    const { gitVersion } = await this.#send<{ readonly gitVersion?: unknown }>(call, options);
    return typeof gitVersion === 'string' ? gitVersion : '';
  }

  get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, options: GetOptions = {}): Promise<T> {
    const { subresource } = options;
    const path = objectPath(type, ref, subresource);
    return this.#send<T>({ verb: 'get', type, ref, path, subresource }, options);
  }

  /** Metadata alone; the answer of the server holds neither spec nor data. */
  getMetadata(type: ResourceType, ref: ObjectRef, options: CallOptions = {}): Promise<KubeObject> {
    return this.#send<KubeObject>(
      { verb: 'get', type, ref, path: objectPath(type, ref), accept: METADATA },
      options,
    );
  }

  /** One page. An answer over the size limit throws `tooLarge`: ask again with a smaller limit. */
  async list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<Page<T>> {
    const { namespace, limit = PAGE_SIZE } = options;
    const query = { ...selectQuery(options), limit, continue: options.continue };
    const path = collectionPath(type, namespace, query);
    const accept = options.metadataOnly ? METADATA_LIST : undefined;
    const call = httpCall({ verb: 'list', type, ref: { namespace }, path, accept }, options);
    return decodePage<T>(call, type, await this.#http.json(call));
  }

  /** Events until the server ends the watch; a broken or refused one throws. Aborting the signal ends it at once. */
  async *watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const { namespace, timeoutSeconds, sendInitialEvents } = options;
    const query = { watch: true, allowWatchBookmarks: true, timeoutSeconds, sendInitialEvents };
    const path = collectionPath(type, namespace, { ...selectQuery(options), ...query });
    const accept = options.metadataOnly ? METADATA : undefined;
    const call = httpCall({ verb: 'watch', type, ref: { namespace }, path, accept }, options);
    const chunks = await this.#http.stream(call);
    options.onOpen?.();
    yield* decodeWatch<T>(call, chunks);
  }

  /** Throws `alreadyExists` when the name is taken. */
  create<T extends KubeObject>(
    type: ResourceType<T>,
    draft: KubeDraft,
    options: WriteOptions = {},
  ): Promise<T> {
    const ref = refOf(draft);
    // checks the names, which a collection's path would not
    objectPath(type, ref);
    const path = collectionPath(type, ref.namespace, writeQuery(options));
    return this.#send<T>({ verb: 'create', type, ref, path, body: draft }, options);
  }

  /** POST to a subresource, such as `token` of a service account. */
  createSub(
    type: ResourceType,
    ref: ObjectRef,
    subresource: string,
    body: unknown,
    options: CallOptions = {},
  ) {
    const path = objectPath(type, ref, subresource);
    return this.#send<unknown>({ verb: 'create', type, ref, path, subresource, body }, options);
  }

  /** POST of an access review: asks a question and stores nothing. */
  review(type: ResourceType, body: unknown, options: CallOptions = {}): Promise<unknown> {
    const path = collectionPath(type, undefined);
    return this.#send<unknown>({ verb: 'create', type, ref: {}, path, body, idempotent: true }, options);
  }

  /**
   * Server-side apply. Without `metadata.uid` in the draft it creates what is missing and, forced, takes over what is
   * there; with it, another object under that name or none at all is a `conflict`.
   */
  apply<T extends KubeObject>(
    type: ResourceType<T>,
    draft: KubeDraft,
    options: ApplyOptions = {},
  ): Promise<T> {
    const { subresource, force } = options;
    const ref = refOf(draft);
    const path = objectPath(type, ref, subresource, { ...writeQuery(options), force });
    return this.#send<T>(
      { verb: 'apply', type, ref, path, subresource, body: draft, contentType: APPLY },
      options,
    );
  }

  /** JSON merge patch; `metadata.resourceVersion` or `uid` in it makes it conditional. */
  mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    patch: Readonly<Record<string, unknown>>,
    options: WriteOptions = {},
  ): Promise<T> {
    const { subresource } = options;
    const path = objectPath(type, ref, subresource, writeQuery(options));
    const call: ApiCall = {
      verb: 'patch',
      type,
      ref,
      path,
      subresource,
      body: patch,
      contentType: MERGE_PATCH,
    };
    return this.#send<T>(call, options);
  }

  /** PUT; with `metadata.resourceVersion` it is a compare-and-swap that throws `conflict`. */
  replace<T extends KubeObject>(
    type: ResourceType<T>,
    draft: KubeDraft,
    options: WriteOptions = {},
  ): Promise<T> {
    const { subresource } = options;
    const ref = refOf(draft);
    const path = objectPath(type, ref, subresource, writeQuery(options));
    return this.#send<T>({ verb: 'update', type, ref, path, subresource, body: draft }, options);
  }

  /** Resolves when the server accepted it; finalizers may keep the object for longer. */
  async delete(type: ResourceType, ref: ObjectRef, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion, propagation = 'Background' } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: propagation,
      preconditions: { uid, resourceVersion },
    };
    await this.#send<unknown>({ verb: 'delete', type, ref, path: objectPath(type, ref), body }, options);
  }

  /** The answer's shape is the server's word: its schema stands behind `T`. */
  async #send<T>(call: ApiCall, options: CallOptions): Promise<T> {
    return (await this.#http.json(httpCall(call, options))) as T;
  }
}
