/** For tests: the objects of a cluster in memory, with the preconditions that the API server checks. */
import type { ListOptions } from '../../kube/call-options.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { KubeError, type KubeErrorKind } from '../../kube/kube-error.ts';
import type { KubeDraft, ObjectMeta, ObjectRef, ResourceType } from '../../kube/kube-objects.ts';

export interface Stored {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
  readonly authors?: readonly string[];
}

export type Answer = 'allowed' | 'denied' | 'undecided';

/** A question about somebody's right, as the API server was asked it. */
export interface Asked {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly resourceAttributes: Readonly<Record<string, string>>;
}

/** The operator ends here. No error of the API server: nothing in it may catch it. */
export class Killed extends Error {}

type Draft = Omit<Partial<Stored>, 'metadata'> & {
  readonly metadata: Partial<ObjectMeta> & { name: string };
};

export class MemoryApi {
  readonly objects = new Map<string, Stored>();
  /** `create secretrequests prod/web-1`: every write that was tried, in order */
  readonly writes: string[] = [];
  readonly reads: string[] = [];
  readonly asked: Asked[] = [];
  /** by username; whoever is not here may */
  readonly standing = new Map<string, Answer>();
  /** happen before the call that begins so; what it throws is the answer */
  readonly before = new Map<string, () => void>();
  /** happens after the call that begins so was carried out: its answer is lost, if it throws */
  readonly after = new Map<string, () => void>();
  pageSize = 100;
  time: { at: number; ageMs: number } | undefined;
  /** what an object that is made is stamped with */
  stamp = 0;
  #version = 1_000;
  #uids = 0;

  readonly client = {
    serverTime: () => this.time,
    get: async (type: ResourceType, ref: ObjectRef) => this.#read('get', type, ref),
    getMetadata: async (type: ResourceType, ref: ObjectRef) => this.#read('look', type, ref),
    list: async (type: ResourceType, options: ListOptions = {}) => this.#list(type, options),
    create: async (type: ResourceType, draft: KubeDraft) =>
      this.#write('create', type, draft.metadata, () => this.#create(type, draft as never)),
    replace: async (type: ResourceType, draft: KubeDraft) =>
      this.#write('replace', type, draft.metadata, () => this.#replace(type, draft as never)),
    apply: async (type: ResourceType, draft: KubeDraft) =>
      this.#write('status', type, draft.metadata, () => this.#status(type, draft as never)),
    mergePatch: async (type: ResourceType, ref: ObjectRef, patch: Record<string, unknown>) =>
      this.#write('patch', type, ref, () => this.#patch(type, ref, patch)),
    delete: async (type: ResourceType, ref: ObjectRef, options: { uid?: string } = {}) =>
      this.#write('delete', type, ref, () => this.#delete(type, ref, options)),
    review: async (_type: ResourceType, { spec }: { spec: Asked }) => this.#review(spec),
  } as unknown as KubeClient;

  /** How long ago it told the time last; undefined: never. */
  answered(ageMs: number | undefined): void {
    this.time = ageMs === undefined ? undefined : { at: this.stamp, ageMs };
  }

  /** Somebody else writes it, whatever is there: another version, and another generation if its spec differs. */
  put(type: ResourceType, draft: Draft): Stored {
    const key = keyOf(type, draft.metadata);
    const old = this.objects.get(key);
    const spec = draft.spec ?? old?.spec ?? {};
    const isEdited = old !== undefined && JSON.stringify(old.spec) !== JSON.stringify(spec);
    const stored: Stored = {
      apiVersion: 'secretscope.dev/v1alpha1',
      kind: type.kind,
      ...old,
      ...draft,
      spec,
      metadata: {
        uid: `uid-${++this.#uids}`,
        creationTimestamp: new Date(this.stamp).toISOString().replace(/\.\d+Z$/, 'Z'),
        ...old?.metadata,
        generation: (old?.metadata.generation ?? 1) + (isEdited ? 1 : 0),
        ...draft.metadata,
        resourceVersion: String(++this.#version),
      },
    };
    // as it goes over the wire
    const kept = JSON.parse(JSON.stringify(stored)) as Stored;
    this.objects.set(key, kept);
    return kept;
  }

  at(type: ResourceType, place: string): Stored | undefined {
    return this.objects.get(`${type.plural} ${place}`);
  }

  remove(type: ResourceType, place: string): void {
    this.objects.delete(`${type.plural} ${place}`);
  }

  all(type: ResourceType): Stored[] {
    return [...this.objects].filter(([key]) => key.startsWith(`${type.plural} `)).map(([, object]) => object);
  }

  #read(verb: string, type: ResourceType, ref: ObjectRef): Stored {
    const call = `${verb} ${keyOf(type, ref)}`;
    this.reads.push(call);
    return this.#around(call, () => this.#found(type, ref));
  }

  #list(type: ResourceType, { namespace, fieldSelector = '', continue: from = '0' }: ListOptions) {
    const call = `list ${type.plural} ${namespace} ${fieldSelector}`;
    this.reads.push(call);
    return this.#around(call, () => {
      const [, uid] = fieldSelector.split('spec.requestRef.uid=');
      const found = this.all(type).filter(
        ({ metadata, spec }) =>
          metadata.namespace === namespace &&
          (spec['requestRef'] as { uid: string } | undefined)?.uid === uid,
      );
      const start = Number(from);
      const end = start + this.pageSize;
      return {
        items: found.slice(start, end),
        resourceVersion: String(this.#version),
        ...(end < found.length && { continue: String(end) }),
      };
    });
  }

  #write<T>(
    verb: string,
    type: ResourceType,
    ref: { name?: string; namespace?: string | undefined },
    work: () => T,
  ): T {
    const call = `${verb} ${keyOf(type, ref)}`;
    this.writes.push(call);
    return this.#around(call, work);
  }

  #around<T>(call: string, work: () => T): T {
    this.#happen(this.before, call);
    const answer = work();
    this.#happen(this.after, call);
    return answer;
  }

  #happen(what: Map<string, () => void>, call: string): void {
    for (const [start, happen] of what) if (call.startsWith(start)) happen();
  }

  #found(type: ResourceType, ref: ObjectRef): Stored {
    const found = this.objects.get(keyOf(type, ref));
    if (!found) throw apiError('notFound', type);
    return found;
  }

  #create(type: ResourceType, draft: Draft): Stored {
    if (this.objects.has(keyOf(type, draft.metadata))) throw apiError('alreadyExists', type);
    return this.put(type, draft);
  }

  #replace(type: ResourceType, draft: Draft): Stored {
    this.#check(type, draft.metadata);
    return this.put(type, draft);
  }

  #status(type: ResourceType, { metadata, status }: Draft): Stored {
    const { uid, resourceVersion } = metadata;
    if (uid !== undefined && this.#found(type, metadata as ObjectRef).metadata.uid !== uid)
      throw apiError('conflict', type);
    this.#check(type, { ...metadata, ...(resourceVersion !== undefined && { resourceVersion }) });
    return this.put(type, { metadata: { name: metadata.name, ...namespaceOf(metadata) }, status });
  }

  #patch(type: ResourceType, ref: ObjectRef, { metadata, ...patch }: Record<string, unknown>): Stored {
    this.#check(type, { ...ref, ...(metadata as object) });
    return this.put(type, { ...patch, metadata: { name: ref.name, ...namespaceOf(ref) } });
  }

  #delete(type: ResourceType, ref: ObjectRef, { uid }: { uid?: string }): void {
    this.#check(type, { ...ref, ...(uid !== undefined && { uid }) });
    this.objects.delete(keyOf(type, ref));
  }

  #check(
    type: ResourceType,
    {
      uid,
      resourceVersion,
      ...ref
    }: ObjectRef & { readonly uid?: string; readonly resourceVersion?: string },
  ): void {
    const { metadata } = this.#found(type, ref);
    if (uid !== undefined && uid !== metadata.uid) throw apiError('conflict', type);
    if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
      throw apiError('conflict', type);
  }

  #review(spec: Asked) {
    this.asked.push(spec);
    return this.#around(`review ${spec.user}`, () => {
      const answer = this.standing.get(spec.user) ?? 'allowed';
      return {
        status: {
          allowed: answer === 'allowed',
          ...(answer === 'undecided' && { evaluationError: 'no answer' }),
        },
      };
    });
  }
}

export function apiError(kind: KubeErrorKind, type: Pick<ResourceType, 'plural'>): KubeError {
  return new KubeError({ kind, call: { verb: 'do', resource: type.plural, target: '', sensitive: false } });
}

function namespaceOf({ namespace }: { namespace?: string | undefined }): { namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

function keyOf(
  { plural }: ResourceType,
  { name = '', namespace }: { name?: string; namespace?: string | undefined },
): string {
  return `${plural} ${namespace === undefined || namespace === '' ? name : `${namespace}/${name}`}`;
}
