/**
 * Turns a verb on a kind into an HTTP call. Pure.
 * Called by kube-client.ts.
 */
import type { CallOptions, SelectOptions, WriteOptions } from './call-options.ts';
import type { HttpCall } from './http-exchange.ts';
import { type KubeDraft, type ObjectRef, objectKey, type ResourceType } from './kube-objects.ts';
import { type Query, resourceLabel } from './resource-path.ts';

/** Never change it: under another name, keys that are no longer wanted would stay in applied objects for ever. */
export const FIELD_MANAGER = 'secretscope';

export const APPLY = 'application/apply-patch+yaml';
export const MERGE_PATCH = 'application/merge-patch+json';
// without a plain application/json to fall back to: better no answer than one with data in it
export const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
export const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

type Verb = 'get' | 'list' | 'watch' | 'create' | 'apply' | 'patch' | 'update' | 'delete';

const METHODS: Readonly<Record<Verb, HttpCall['method']>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  apply: 'PATCH',
  patch: 'PATCH',
  update: 'PUT',
  delete: 'DELETE',
};

// a repeated create or compare-and-swap fails although the first one worked
const IDEMPOTENT: ReadonlySet<Verb> = new Set<Verb>(['get', 'list', 'watch', 'apply', 'delete']);

export interface ApiCall {
  readonly verb: Verb;
  readonly type: ResourceType;
  readonly ref: Partial<ObjectRef>;
  readonly path: string;
  readonly subresource?: string | undefined;
  readonly accept?: string | undefined;
  readonly contentType?: string | undefined;
  readonly body?: unknown;
  /** only for a POST that changes nothing, such as an access review */
  readonly idempotent?: boolean | undefined;
}

export function httpCall(call: ApiCall, { signal, deadlineMs }: CallOptions): HttpCall {
  const { verb, type, ref, path, subresource, accept, contentType, body } = call;
  return {
    verb,
    method: METHODS[verb],
    resource: resourceLabel(type, subresource),
    target: ref.name === undefined ? (ref.namespace ?? '') : objectKey({ ...ref, name: ref.name }),
    sensitive: isSensitive(type, subresource),
    path,
    idempotent: call.idempotent ?? IDEMPOTENT.has(verb),
    signal,
    deadlineMs,
    ...(accept === undefined ? {} : { accept }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(body === undefined ? {} : { body }),
  };
}

export function selectQuery(options: SelectOptions): Query {
  return {
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
  };
}

export function writeQuery(options: WriteOptions): Query {
  return {
    fieldManager: options.fieldManager ?? FIELD_MANAGER,
    dryRun: options.dryRun ? 'All' : undefined,
  };
}

/** Throws RangeError when the draft has no name: `generateName` is for programs that may create twice. */
export function refOf({ kind, metadata }: KubeDraft): ObjectRef {
  if (metadata.name === undefined) throw new RangeError(`a ${kind} needs metadata.name`);
  return { namespace: metadata.namespace, name: metadata.name };
}

/** Whether bodies hold values, so that nothing a server says about them may be kept. */
function isSensitive(type: ResourceType, subresource: string | undefined): boolean {
  const holds = type.group === '' ? type.plural === 'secrets' : type.plural === 'tokenreviews';
  return holds || subresource === 'token';
}
