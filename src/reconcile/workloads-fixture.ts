/** For tests: workloads in memory behind the real writer, with the preconditions that the API server checks. */
import type { KubeClient } from '../kube/kube-client.ts';
import { KubeError, type KubeErrorKind } from '../kube/kube-error.ts';
import type { ObjectRef, ResourceType } from '../kube/kube-objects.ts';
import { parseMarks, RESTARTED_ANNOTATION } from '../model/restart-marks.ts';

interface Stored {
  readonly kind: string;
  readonly place: string;
  readonly uid: string;
  readonly createdAt: number;
  resourceVersion: number;
  generation: number;
  /** generation that is rolled out */
  rolledOut: number;
  annotations: Record<string, string>;
  template: Record<string, string>;
}

export class FakeWorkloads {
  readonly calls: string[] = [];
  /** Set by a test: what the API server answers instead, by the beginning of the call. */
  readonly errors = new Map<string, KubeErrorKind>();
  /** Runs before a patch is stored, and after: to crash, or to change things in between. */
  beforePatch: () => void = () => undefined;
  afterPatch: () => void = () => undefined;
  fence: () => void = () => undefined;
  /** Every rollout is over at once. */
  instant = true;
  readonly #stored = new Map<string, Stored>();
  readonly #now: () => number;
  #uid = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  put(kind: string, place: string, annotations: Record<string, string> = {}): Stored {
    const stored: Stored = {
      kind,
      place,
      uid: `uid-${kind}-${++this.#uid}`,
      createdAt: this.#now(),
      resourceVersion: 1,
      generation: 1,
      rolledOut: 1,
      annotations,
      template: {},
    };
    this.#stored.set(`${kind} ${place}`, stored);
    return stored;
  }

  remove(kind: string, place: string): void {
    this.#stored.delete(`${kind} ${place}`);
  }

  of(kind: string, place: string): Stored {
    return this.#find(kind, place);
  }

  /** How often its Pods were replaced because of us. */
  rolls(kind: string, place: string): number {
    return this.#find(kind, place).generation - 1;
  }

  marks(kind: string, place: string) {
    return parseMarks(this.#find(kind, place).template[RESTARTED_ANNOTATION]);
  }

  get client(): KubeClient {
    const client: Pick<KubeClient, 'get' | 'mergePatch'> = {
      get: async (type, ref) => this.#note('get', type, ref, () => this.#raw(type, ref)) as never,
      mergePatch: async (type, ref, patch) => this.#patch(type, ref, patch as unknown) as never,
    };
    return client as KubeClient;
  }

  #find(kind: string, place: string): Stored {
    const stored = this.#stored.get(`${kind} ${place}`);
    if (!stored) throw failure('notFound');
    return stored;
  }

  #note<T>(verb: string, { kind }: ResourceType, { namespace, name }: ObjectRef, work: () => T): T {
    const call = `${verb} ${kind} ${namespace}/${name}`;
    this.calls.push(call);
    const error = [...this.errors].find(([start]) => call.startsWith(start))?.[1];
    if (error) throw failure(error);
    return work();
  }

  #raw({ kind }: ResourceType, { namespace, name }: ObjectRef) {
    const stored = this.#find(kind, `${namespace}/${name}`);
    const { uid, createdAt, generation, annotations, template } = stored;
    return {
      metadata: {
        uid,
        resourceVersion: String(stored.resourceVersion),
        creationTimestamp: new Date(createdAt).toISOString(),
        generation,
        annotations,
      },
      spec: { replicas: 0, template: { metadata: { annotations: template } } },
      status: { observedGeneration: this.instant ? generation : stored.rolledOut },
    };
  }

  #patch(type: ResourceType, ref: ObjectRef, patch: unknown) {
    return this.#note('patch', type, ref, () => {
      this.beforePatch();
      const stored = this.#find(type.kind, `${ref.namespace}/${ref.name}`);
      const { metadata, spec } = patch as {
        metadata: { uid: string; resourceVersion: string };
        spec: { template: { metadata: { annotations: Record<string, string> } } };
      };
      if (metadata.uid !== stored.uid || metadata.resourceVersion !== String(stored.resourceVersion))
        throw failure('conflict');
      stored.template = { ...stored.template, ...spec.template.metadata.annotations };
      stored.generation++;
      stored.resourceVersion++;
      this.afterPatch();
      return this.#raw(type, ref);
    });
  }
}

function failure(kind: KubeErrorKind): KubeError {
  return new KubeError({
    kind,
    call: { verb: 'patch', resource: 'deployments.apps', target: '', sensitive: false },
  });
}
