/** For tests: a few Secrets in memory behind the real writer, with the preconditions that the API server checks. */
import type { KubeClient } from '../kube/kube-client.ts';
import { KubeError, type KubeErrorKind } from '../kube/kube-error.ts';
import type { ObjectMeta, ObjectRef, Secret } from '../kube/kube-objects.ts';
import { keyringFrom } from './keyring.ts';
import { type ObservedTarget, observeTarget } from './observed-target.ts';
import type { SecretDraft } from './target-body.ts';
import { TargetWriter } from './target-writer.ts';

export const KEYRING = keyringFrom(Buffer.alloc(32, 7));
export const OTHER_KEYRING = keyringFrom(Buffer.alloc(32, 8));
export const PLACE = { namespace: 'team', name: 'app' };

export function kubeError(kind: KubeErrorKind, causes: readonly string[] = []): KubeError {
  const call = { verb: 'patch', resource: 'secrets', target: 'team/app', sensitive: true };
  return new KubeError({ kind, call, causes, serverMessage: 'canary from the server' });
}

/** The Secrets of a cluster, with the preconditions that the API server checks. Everything done to them is noted. */
export class FakeSecrets {
  readonly calls: string[] = [];
  readonly bodies: Record<string, unknown>[] = [];
  readonly stored = new Map<string, Secret>();
  /** Set by a test: what the API server answers instead, by the beginning of the call. */
  readonly errors = new Map<string, KubeError>();
  leading = true;
  /** Runs when a call has had its effect, before its answer arrives. */
  answering: (call: string) => void = () => undefined;
  #version = 100;
  readonly writer = new TargetWriter(this.#client(), KEYRING, () => {
    this.calls.push('fence');
    if (!this.leading) throw new Error('not leading');
  });

  /** Everything but the questions to the fence. */
  get done(): string[] {
    return this.calls.filter((call) => call !== 'fence');
  }

  /** Stores a Secret as it stands, with a version of its own. */
  put(change: Omit<Partial<Secret>, 'metadata'> & { metadata?: Partial<ObjectMeta> } = {}): Secret {
    const uid = change.metadata?.uid ?? `uid-${this.#version}`;
    const metadata = { ...PLACE, ...change.metadata, uid, resourceVersion: String(++this.#version) };
    const secret = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', ...change, metadata };
    this.stored.set(`${metadata.namespace}/${metadata.name}`, secret);
    return secret;
  }

  /** Somebody edits the Secret by hand. */
  edit(
    change: (secret: Secret) => Omit<Partial<Secret>, 'metadata'> & { metadata?: Partial<ObjectMeta> },
  ): void {
    const secret = this.#get(PLACE);
    const changed = change(secret);
    this.put({ ...secret, ...changed, metadata: { ...secret.metadata, ...changed.metadata } });
  }

  /** As the watch would show it. */
  observe(place: string): ObservedTarget | undefined {
    const secret = this.stored.get(place);
    return secret && observeTarget(secret, KEYRING);
  }

  get observed(): ObservedTarget | undefined {
    return this.observe('team/app');
  }

  /** Data of the target, decoded. */
  get data(): Record<string, string> {
    const data = this.stored.get('team/app')?.data ?? {};
    return Object.fromEntries(
      Object.entries(data).map(([key, base64]) => [key, Buffer.from(base64, 'base64').toString()]),
    );
  }

  #client(): KubeClient {
    const client: Pick<KubeClient, 'create' | 'mergePatch' | 'delete' | 'get' | 'getMetadata'> = {
      create: async (_type, draft, options) =>
        this.#create(draft as SecretDraft, options?.dryRun === true) as never,
      mergePatch: async (_type, ref, patch) => this.#patch(ref, patch) as never,
      delete: async (_type, ref, options) => this.#delete(ref, options ?? {}),
      get: async (_type, ref) => this.#note('get', ref, () => this.#get(ref)) as never,
      getMetadata: async (_type, ref) =>
        this.#note('look', ref, () => {
          const { metadata } = this.#get(ref);
          return { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata };
        }),
    };
    return client as KubeClient;
  }

  #note<T>(verb: string, ref: ObjectRef, work: () => T): T {
    const call = `${verb} ${ref.namespace ?? ''}/${ref.name}`;
    this.calls.push(call);
    const error = [...this.errors].find(([start]) => call.startsWith(start))?.[1];
    if (error) throw error;
    const answer = work();
    this.answering(call);
    return answer;
  }

  #get(ref: ObjectRef): Secret {
    const secret = this.stored.get(`${ref.namespace}/${ref.name}`);
    if (!secret) throw kubeError('notFound');
    return secret;
  }

  #create({ metadata, ...rest }: SecretDraft, dryRun: boolean): Secret {
    return this.#note(dryRun ? 'rehearse' : 'create', metadata, () => {
      this.bodies.push({ metadata, ...rest });
      if (this.stored.has(`${metadata.namespace}/${metadata.name}`)) throw kubeError('alreadyExists');
      const secret = rest as Omit<Secret, 'metadata'>;
      checkType(secret.type ?? 'Opaque', secret.data ?? {});
      const stored = { ...metadata, uid: `uid-${this.#version}`, resourceVersion: '' };
      return dryRun ? { ...secret, metadata: stored } : this.put({ ...secret, metadata: stored });
    });
  }

  #patch(ref: ObjectRef, patch: Readonly<Record<string, unknown>>): Secret {
    return this.#note('patch', ref, () => {
      this.bodies.push(patch);
      const secret = this.#get(ref);
      const { uid, resourceVersion } = patch['metadata'] as Secret['metadata'];
      if (uid !== secret.metadata.uid || resourceVersion !== secret.metadata.resourceVersion)
        throw kubeError('conflict');
      const merged = merge(secret, patch) as Secret;
      if (secret.immutable && 'data' in patch) throw kubeError('invalid');
      checkType(secret.type ?? 'Opaque', merged.data ?? {});
      return this.put(merged);
    });
  }

  #delete(
    ref: ObjectRef,
    precondition: { uid?: string | undefined; resourceVersion?: string | undefined },
  ): void {
    this.#note('delete', ref, () => {
      const { uid, resourceVersion } = this.#get(ref).metadata;
      if (precondition.uid !== uid || precondition.resourceVersion !== resourceVersion)
        throw kubeError('conflict');
      this.stored.delete(`${ref.namespace}/${ref.name}`);
    });
  }
}

function checkType(type: string, data: Readonly<Record<string, string>>): void {
  const has = (key: string) => Object.hasOwn(data, key);
  if (type === 'kubernetes.io/tls' && !(has('tls.crt') && has('tls.key'))) throw kubeError('invalid');
  if (type === 'kubernetes.io/dockerconfigjson') {
    JSON.parse(Buffer.from(data['.dockerconfigjson'] ?? '', 'base64').toString() || 'null');
    if (!has('.dockerconfigjson')) throw kubeError('invalid');
  }
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged = new Map(Object.entries(typeof target === 'object' && target !== null ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}
