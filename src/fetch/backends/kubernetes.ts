/**
 * Secrets of one namespace of this cluster, read as a service account: the API server decides what it may read.
 * Opened by kubernetes-connection.ts. The operator's own identity cannot be used here: there is no way to hand it in.
 *
 * Versions are told by metadata alone; a Secret is read only when its value is wanted.
 */
import type { Clock, Random } from '../../kube/clock.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import type { TokenSource } from '../../kube/kube-endpoint.ts';
import { isKubeError } from '../../kube/kube-error.ts';
import { type KubeObject, resource, SECRETS } from '../../kube/kube-objects.ts';
import type { SecretValue } from '../../model/secret-value.ts';
import { isBelow } from '../key-prefix.ts';
import type {
  Backend,
  Capabilities,
  CheckAnswer,
  ListAnswer,
  ReadAnswer,
  RemoveAnswer,
  SecretRef,
  VersionAnswer,
  WriteAnswer,
  WriteRef,
} from '../port.ts';
import { accountLogin } from './account-login.ts';
import { isAbsence, noAnswer, refusalFor } from './kube-answer.ts';
import { SecretWriter } from './secret-writer.ts';
import { currentVersion, isManaged, isSecretName, readAnswer, SOURCE_FIELDS } from './source-secret.ts';
import { SourceWatch } from './source-watch.ts';

export interface KubernetesBackendOptions {
  readonly namespace: string;
  /** tokens of the service account; asked again when one is refused */
  readonly token: TokenSource;
  /** a client that shows nothing but these tokens */
  readonly clientFor: (token: TokenSource) => KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly relistEveryMs?: number | undefined;
}

const BASE: Omit<Capabilities, 'pushesChanges'> = {
  provider: 'kubernetes',
  batchSize: 1,
  // an API server gives one client a share of a few hundred calls in flight; ours are short
  concurrency: 8,
  callsPerSecond: 50,
  // of the whole Secret, names included
  maxValueBytes: 1_048_576,
  readsOldVersions: false,
  sweepMs: 86_400_000,
};
const PUSHING: Capabilities = Object.freeze({ ...BASE, pushesChanges: true });
const POLLED: Capabilities = Object.freeze({ ...BASE, pushesChanges: false });
// the same kind, typed as what a metadata-only list delivers
const SECRET_METADATA = resource<KubeObject>(SECRETS);
const MAX_PAGES = 20;
// need not exist: whatever the server answers about it proves that it knows the account
const PROBE = 'secretscope-check';

export class KubernetesBackend implements Backend {
  readonly #options: KubernetesBackendOptions;
  readonly #client: KubeClient;
  readonly #writer: SecretWriter;
  #watch: SourceWatch | undefined;

  constructor(options: KubernetesBackendOptions) {
    this.#options = options;
    this.#client = options.clientFor(accountLogin(options.token, options.clock));
    this.#writer = new SecretWriter(this.#client, options.namespace);
  }

  get capabilities(): Capabilities {
    return this.#watch?.current ? PUSHING : POLLED;
  }

  describe(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly VersionAnswer[]> {
    return Promise.all(refs.map((ref) => this.#describe(ref, signal)));
  }

  known(ref: SecretRef): VersionAnswer | undefined {
    return this.#watch?.versionOf(ref);
  }

  async settled(): Promise<void> {
    await this.#watch?.settled;
  }

  read(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly ReadAnswer[]> {
    return Promise.all(refs.map((ref) => this.#read(ref, signal)));
  }

  async list(prefix: string, signal: AbortSignal): Promise<ListAnswer> {
    const keys = this.#watch?.below(prefix);
    if (keys) return { kind: 'listed', keys, truncated: false };
    try {
      return await this.#list(prefix, signal);
    } catch (error) {
      return refusalFor(error, signal);
    }
  }

  put(ref: WriteRef, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer> {
    return this.#writer.put(ref, value, signal);
  }

  remove(ref: WriteRef, signal: AbortSignal): Promise<RemoveAnswer> {
    return this.#writer.remove(ref, signal);
  }

  /** One listener; a second call replaces the first watch. */
  watch(onChange: (key: string | undefined) => void): () => void {
    const { namespace, clock, random, relistEveryMs } = this.#options;
    const watch = new SourceWatch({
      client: this.#client,
      namespace,
      clock,
      random,
      relistEveryMs,
      onChange,
    });
    this.#watch = watch;
    return () => {
      if (this.#watch === watch) this.#watch = undefined;
      void watch.stop();
    };
  }

  async check(signal: AbortSignal): Promise<CheckAnswer> {
    try {
      await this.#metadata(PROBE, signal);
      return { kind: 'reachable' };
    } catch (error) {
      if (isKubeError(error, 'forbidden') || isAbsence(error)) return { kind: 'reachable' };
      return refusalFor(error, signal);
    }
  }

  async close(): Promise<void> {
    const watch = this.#watch;
    this.#watch = undefined;
    await watch?.stop();
  }

  async #describe({ key, version }: SecretRef, signal: AbortSignal): Promise<VersionAnswer> {
    if (!isSecretName(key)) return { kind: 'absent' };
    try {
      const current = currentVersion(await this.#metadata(key, signal), version);
      return 'kind' in current ? current : { kind: 'found', ...current };
    } catch (error) {
      return noAnswer(error, signal);
    }
  }

  async #read({ key, version }: SecretRef, signal: AbortSignal): Promise<ReadAnswer> {
    if (!isSecretName(key)) return { kind: 'absent' };
    const ref = { namespace: this.#options.namespace, name: key };
    try {
      return readAnswer(await this.#client.get(SECRETS, ref, { signal }), version);
    } catch (error) {
      return noAnswer(error, signal);
    }
  }

  #metadata(name: string, signal: AbortSignal): Promise<KubeObject> {
    return this.#client.getMetadata(SECRETS, { namespace: this.#options.namespace, name }, { signal });
  }

  async #list(prefix: string, signal: AbortSignal): Promise<ListAnswer> {
    const keys: string[] = [];
    let next: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await this.#client.list(SECRET_METADATA, {
        namespace: this.#options.namespace,
        metadataOnly: true,
        fieldSelector: SOURCE_FIELDS,
        continue: next,
        signal,
      });
      keys.push(...answer.items.filter((item) => !isManaged(item)).map(({ metadata }) => metadata.name));
      next = answer.continue;
      if (next === undefined) break;
    }
    const below = keys.filter((key) => isBelow(key, prefix)).sort();
    return { kind: 'listed', keys: below, truncated: next !== undefined };
  }
}
