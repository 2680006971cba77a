/**
 * Which Secrets a namespace has and in which versions, kept current by a metadata-only watch: no value arrives here.
 * Owned by the kubernetes backend. Where the service account may not list and watch, it knows nothing and says so.
 */
import type { Clock, Random } from '../../kube/clock.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { isKubeError } from '../../kube/kube-error.ts';
import { type KubeObject, objectKey, parseObjectKey, resource, SECRETS } from '../../kube/kube-objects.ts';
import { Reflector } from '../../kube/reflector.ts';
import { isBelow } from '../key-prefix.ts';
import type { SecretRef, VersionAnswer } from '../port.ts';
import { isManaged, SOURCE_FIELDS, versionOf } from './source-secret.ts';

export interface SourceWatchOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: Random;
  /** compare with a full list after about this long */
  readonly relistEveryMs?: number | undefined;
  readonly onChange: (key: string) => void;
}

// a list of 10,000 Secrets takes a second or two; a server that is starting, a retry
const SETTLE_MS = 5_000;

/** About 200 bytes each. */
interface Known {
  readonly version: string;
  readonly managed: boolean;
}

// the same kind, typed as what a metadata-only watch delivers
const SECRET_METADATA = resource<KubeObject>(SECRETS);

export class SourceWatch {
  readonly #namespace: string;
  readonly #known = new Map<string, Known>();
  readonly #reflector: Reflector<KubeObject, Known>;
  /** asked for while nothing was known yet, so answered by a call that the first list may contradict */
  readonly #askedEarly = new Set<string>();
  readonly #settled = Promise.withResolvers<void>();
  readonly #cancelWait: () => void;

  constructor({ client, namespace, clock, random, relistEveryMs, onChange }: SourceWatchOptions) {
    this.#namespace = namespace;
    this.#reflector = new Reflector({
      client,
      type: SECRET_METADATA,
      select: { namespace, metadataOnly: true, fieldSelector: SOURCE_FIELDS },
      clock,
      random,
      ...(relistEveryMs !== undefined && { relistEveryMs }),
      store: replacing(this.#known),
      // an annotation of kubectl's may hold the values themselves: nothing but this is kept
      transform: (object) => ({ version: versionOf(object), managed: isManaged(object) }),
      onChange: (_before, _after, { key, initial }) => {
        if (!initial) onChange(parseObjectKey(key).name);
      },
      onState: (state) => {
        if (state === 'synced') this.#tellEarly(onChange);
        // a server that fails is tried again: asking it for one Secret after the other would not go better
        if (state !== 'failing') this.#settle();
      },
      onError: (error) => {
        if (isKubeError(error, 'credentials')) this.#settle();
      },
    });
    this.#cancelWait = clock.after(SETTLE_MS, () => this.#settle());
    this.#reflector.start();
  }

  /** Whether what it holds is current, but for the seconds that a dead connection takes to be noticed. */
  get current(): boolean {
    return this.#reflector.state === 'synced';
  }

  /** undefined for what it does not hold, too: the server alone says that something is absent. */
  versionOf({ key, version: pinned }: SecretRef): VersionAnswer | undefined {
    if (!this.#reflector.synced) this.#askedEarly.add(key);
    const known = this.current
      ? this.#known.get(objectKey({ namespace: this.#namespace, name: key }))
      : undefined;
    if (!known) return undefined;
    if (known.managed) return { kind: 'sourceRefused' };
    const { version } = known;
    return pinned === undefined || pinned === version ? { kind: 'found', version } : { kind: 'versionGone' };
  }

  /** Names of what may be a source, in order; undefined while it does not know. */
  below(prefix: string): string[] | undefined {
    if (!this.current) return undefined;
    const names = [...this.#known].flatMap(([key, { managed }]) =>
      managed ? [] : [parseObjectKey(key).name],
    );
    return names.filter((name) => isBelow(name, prefix)).sort();
  }

  /** Resolves with the first list, when there will be none (no right, no identity), or after five seconds. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  stop(): Promise<void> {
    this.#settle();
    return this.#reflector.stop();
  }

  #settle(): void {
    this.#cancelWait();
    this.#settled.resolve();
  }

  #tellEarly(onChange: (key: string) => void): void {
    for (const key of this.#askedEarly) onChange(key);
    this.#askedEarly.clear();
  }
}

/** A Map whose writes answer what was there before, as a reflector wants it. */
function replacing<P>(map: Map<string, P>) {
  const before = (key: string, write: () => void) => {
    const old = map.get(key);
    write();
    return old;
  };
  return {
    get: (key: string) => map.get(key),
    set: (key: string, value: P) => before(key, () => map.set(key, value)),
    delete: (key: string) => before(key, () => map.delete(key)),
  };
}
