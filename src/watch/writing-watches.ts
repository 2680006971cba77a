/**
 * Owns: what is watched for values that are written: sealed values, the ConfigMaps with public keys, and the key that these
 * come from. Nothing else waits for it: an older installation lacks the kind and the rights.
 */
import type { ChangeHandler, ReplicaStore } from '../kube/replica.ts';
import { Store } from '../kube/store.ts';
import { whenLooked } from './first-looks.ts';
import { type AnyReflector, reflect, type Watched, type WatchOptions } from './reflect.ts';
import { CONFIG_MAPS, SEALED_VALUES, SECRETS } from './resources.ts';
import type { ReadStore } from './world.ts';
import {
  KEYS_SECRET,
  type KeyMapView,
  keyMapView,
  type SealedView,
  type SealingKeyView,
  sealedView,
  sealingKeyView,
} from './writing-views.ts';

export interface WritingListeners {
  readonly sealed: ChangeHandler<SealedView>;
  readonly keyMap: ChangeHandler<KeyMapView>;
  readonly sealingKey: ChangeHandler<SealingKeyView>;
}

export interface WritingWatchesOptions extends WatchOptions {
  readonly operatorNamespace: string;
  readonly listeners: WritingListeners;
}

/** `unknown` while it may not be read, or has not been yet: then nothing is concluded from its absence. */
export type SealingKeyState =
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'missing'; readonly secret: SealingKeyView | undefined }
  | {
      readonly kind: 'there';
      readonly key: Pick<SealingKeyView, 'epoch'> & {
        readonly master: NonNullable<SealingKeyView['master']>;
      };
    };

/** What is watched for values that are written. */
export interface WritingWorld {
  readonly sealed: ReadStore<SealedView>;
  /** By name. */
  readonly keyMaps: ReadStore<KeyMapView>;
  readonly keyMapsKnown: () => boolean;
  readonly sealingKey: () => SealingKeyState;
}

/** Index of sealed values by the scope that they name, as `namespace/name`. */
export const BY_SEALED_SCOPE = 'scope';
export const PUBLIC_KEYS_SELECTOR = 'secretscope.dev/public-keys=true';

/** `namespace/name` of the scope that a sealed value names. */
export function sealedScopeOf({ metadata, spec }: SealedView): string | undefined {
  return spec.kind === 'ok' ? `${metadata.namespace}/${spec.value.scopeRef.name}` : undefined;
}

/** Where it names none that can be read, it is looked at by itself. */
export function sealedKeyOf(view: SealedView): string {
  return sealedScopeOf(view) ?? `${view.metadata.namespace}/`;
}

export class WritingWatches implements WritingWorld {
  readonly sealed = new Store<SealedView>({ [BY_SEALED_SCOPE]: (view) => [sealedKeyOf(view)] });
  readonly keyMaps = new Store<KeyMapView>();
  readonly reflectors: readonly AnyReflector[];
  readonly #keys = new Store<SealingKeyView>();
  readonly #looks: Promise<void>[] = [];
  readonly #clock: WatchOptions['clock'];
  readonly #ofMaps: AnyReflector;
  readonly #ofKey: AnyReflector;

  constructor(options: WritingWatchesOptions) {
    const { listeners, operatorNamespace: namespace } = options;
    this.#clock = options.clock;
    const watched = <P>(one: Omit<Watched<P>, 'onState'>) => this.#reflect(options, one);
    this.#ofMaps = watched({
      type: CONFIG_MAPS,
      store: byName(this.keyMaps),
      transform: keyMapView,
      onChange: listeners.keyMap,
      select: { namespace, labelSelector: PUBLIC_KEYS_SELECTOR },
    });
    this.#ofKey = watched({
      type: SECRETS,
      store: byName(this.#keys),
      transform: sealingKeyView,
      onChange: listeners.sealingKey,
      select: { namespace, fieldSelector: `metadata.name=${KEYS_SECRET}` },
    });
    const ofSealed = watched({
      type: SEALED_VALUES,
      store: this.sealed,
      transform: sealedView,
      onChange: listeners.sealed,
    });
    this.reflectors = [ofSealed, this.#ofMaps, this.#ofKey];
  }

  start(): void {
    for (const reflector of this.reflectors) reflector.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.reflectors.map((reflector) => reflector.stop()));
  }

  /** Resolves when every kind was listed or refused once, or after ten seconds. */
  whenLooked(): Promise<void> {
    return whenLooked(this.#clock, this.#looks);
  }

  mayLack(label: string): boolean {
    return this.reflectors.some((reflector) => reflector.label === label && !reflector.synced);
  }

  readonly keyMapsKnown = (): boolean => this.#ofMaps.synced;

  readonly sealingKey = (): SealingKeyState => {
    if (!this.#ofKey.synced)
      return { kind: 'unknown', why: `the operator may not read Secret ${KEYS_SECRET}, or has not yet` };
    const secret = this.#keys.get(KEYS_SECRET);
    if (!secret?.master) return { kind: 'missing', secret };
    return { kind: 'there', key: { master: secret.master, epoch: secret.epoch } };
  };

  #reflect<P>(options: WritingWatchesOptions, watched: Omit<Watched<P>, 'onState'>): AnyReflector {
    const looked = Promise.withResolvers<void>();
    this.#looks.push(looked.promise);
    const reflector = reflect(options, { ...watched, onState: () => looked.resolve() });
    return Object.assign(reflector, { mayBeMissing: true as const });
  }
}

function byName<P>(store: Store<P>): ReplicaStore<P> {
  const nameOf = (key: string) => key.slice(key.indexOf('/') + 1);
  return {
    get: (key) => store.get(nameOf(key)),
    set: (key, value) => store.set(nameOf(key), value),
    delete: (key) => store.delete(nameOf(key)),
  };
}
