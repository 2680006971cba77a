/**
 * Brings a store into line with what one list and watch tell, and says what changed.
 * Called by reflector.ts. Knows no network and no time: it decides what an object or an event means.
 */
import { type KubeObject, objectKey } from './kube-objects.ts';

/** Where a change comes from. */
export interface ChangeOrigin {
  /** `namespace/name`, or `name` */
  readonly key: string;
  /** `list`: found out by comparing; what happened in between was not seen */
  readonly via: 'list' | 'watch';
  /** part of the very first list */
  readonly initial: boolean;
}

/** An object that was deleted and created again is told as two changes. */
export type ChangeHandler<P> = (before: P | undefined, after: P | undefined, origin: ChangeOrigin) => void;

/** The part of a store that a replica writes. */
export interface ReplicaStore<P> {
  get(key: string): P | undefined;
  set(key: string, value: P): P | undefined;
  delete(key: string): P | undefined;
}

export interface ReplicaOptions<T extends KubeObject, P> {
  readonly store: ReplicaStore<P>;
  /** what to hold of an object; undefined holds nothing of it. Must not keep the object itself */
  readonly transform: (object: T) => P | undefined;
  readonly onChange: ChangeHandler<P>;
  /** what transform and onChange throw */
  readonly onError: (error: unknown) => void;
}

interface Seen {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** One walk over the complete state. What it has not seen at its end does not exist any more. */
export interface ListPass<T> {
  see(object: T): void;
  finish(): void;
}

// deletions that were told. An event that overtook one may come after it, at most some seconds later
const MAX_TOMBSTONES = 1024;

export class Replica<T extends KubeObject, P> {
  readonly #options: ReplicaOptions<T, P>;
  /** of this replica only: others may write to the same store */
  readonly #seen = new Map<string, Seen>();
  /** UID → version of the deletion */
  readonly #tombstones = new Map<string, string>();
  #initial = true;

  constructor(options: ReplicaOptions<T, P>) {
    this.#options = options;
  }

  /** Objects that exist, whether anything of them is held or not. */
  get size(): number {
    return this.#seen.size;
  }

  /** A list is the truth: after a restored backup, versions go back and deleted UIDs return. */
  startList(): ListPass<T> {
    const missing = new Set(this.#seen.keys());
    return {
      see: (object) => {
        missing.delete(objectKey(object.metadata));
        this.#tombstones.delete(object.metadata.uid);
        this.#upsert(object, 'list');
      },
      finish: () => {
        for (const key of missing) this.#remove(key, 'list');
        this.#initial = false;
      },
    };
  }

  /** ADDED or MODIFIED; the difference between them says nothing that the store does not know better. */
  stored(object: T): void {
    const { uid, resourceVersion } = object.metadata;
    const known = this.#seen.get(objectKey(object.metadata));
    if (this.#isDead(uid, resourceVersion)) return;
    if (known?.uid === uid && isOlder(resourceVersion, known.resourceVersion)) return;
    this.#upsert(object, 'watch');
  }

  /** DELETED. */
  deleted(object: T): void {
    const { uid, resourceVersion } = object.metadata;
    const key = objectKey(object.metadata);
    const known = this.#seen.get(key);
    // it left the selection and has come back since
    if (known?.uid === uid && isOlder(resourceVersion, known.resourceVersion)) return;
    this.#bury(uid, resourceVersion);
    // the name may belong to another object by now
    if (known?.uid === uid) this.#remove(key, 'watch');
  }

  /** Takes everything out of the store without telling: nothing was deleted, it is only not watched any more. */
  forget(): void {
    for (const key of this.#seen.keys()) this.#options.store.delete(key);
    this.#seen.clear();
  }

  #upsert(object: T, via: ChangeOrigin['via']): void {
    const { uid, resourceVersion } = object.metadata;
    const key = objectKey(object.metadata);
    const known = this.#seen.get(key);
    if (known?.uid === uid && known.resourceVersion === resourceVersion) return;
    if (known && known.uid !== uid) this.#remove(key, via);
    this.#seen.set(key, { uid, resourceVersion });
    this.#guarded(() => {
      const { store, transform } = this.#options;
      const after = transform(object);
      const before = after === undefined ? store.delete(key) : store.set(key, after);
      this.#tell(before, after, key, via);
    });
  }

  #remove(key: string, via: ChangeOrigin['via']): void {
    this.#seen.delete(key);
    this.#guarded(() => this.#tell(this.#options.store.delete(key), undefined, key, via));
  }

  #tell(before: P | undefined, after: P | undefined, key: string, via: ChangeOrigin['via']): void {
    if (before === undefined && after === undefined) return;
    this.#options.onChange(before, after, { key, via, initial: this.#initial });
  }

  /** One bad object or handler must not stop the others from being seen. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** An object that lost its label is told as deleted, and comes back newer when it has it again. */
  #isDead(uid: string, version: string): boolean {
    const buried = this.#tombstones.get(uid);
    if (buried === undefined) return false;
    if (!isOlder(buried, version)) return true;
    this.#tombstones.delete(uid);
    return false;
  }

  #bury(uid: string, version: string): void {
    this.#tombstones.set(uid, version);
    if (this.#tombstones.size <= MAX_TOMBSTONES) return;
    const [oldest] = this.#tombstones.keys();
    if (oldest !== undefined) this.#tombstones.delete(oldest);
  }
}

/** Versions of one kind are decimal numbers that grow (KEP-5504); anything else is not compared. */
function isOlder(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
