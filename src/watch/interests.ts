/**
 * Which scopes care about a thing that is not part of their own chain: a key at a backend, a Secret that they
 * want to write. Filled by each reconcile with what it used, and replaced by the next one.
 */
export class Interests {
  readonly #byThing = new Map<string, Set<string>>();
  readonly #byScope = new Map<string, readonly string[]>();

  /** What `scope` cares about from now on. */
  replace(scope: string, things: readonly string[]): void {
    for (const thing of this.#byScope.get(scope) ?? []) this.#remove(thing, scope);
    if (things.length === 0) this.#byScope.delete(scope);
    else this.#byScope.set(scope, things);
    for (const thing of things) this.#add(thing, scope);
  }

  of(thing: string): readonly string[] {
    return [...(this.#byThing.get(thing) ?? [])];
  }

  /** Whoever cares about anything whose name begins so. Looks at everything: for rare events. */
  ofPrefix(prefix: string): readonly string[] {
    const scopes = new Set<string>();
    for (const [thing, interested] of this.#byThing) {
      if (thing.startsWith(prefix)) for (const scope of interested) scopes.add(scope);
    }
    return [...scopes];
  }

  get size(): number {
    return this.#byThing.size;
  }

  #add(thing: string, scope: string): void {
    const scopes = this.#byThing.get(thing);
    if (scopes) scopes.add(scope);
    else this.#byThing.set(thing, new Set([scope]));
  }

  #remove(thing: string, scope: string): void {
    const scopes = this.#byThing.get(thing);
    scopes?.delete(scope);
    if (scopes?.size === 0) this.#byThing.delete(thing);
  }
}

/** Names a key at a backend; with an empty key it is the beginning of all its keys' names. */
export const sourceThing = (backendUid: string, key: string): string => `source ${backendUid} ${key}`;
/** Names the listing of a backend's keys, which any change may alter. */
export const listingThing = (backendUid: string): string => `listing ${backendUid}`;
/** Names a Secret that somebody wants to write. */
export const targetThing = (namespace: string, name: string): string => `target ${namespace}/${name}`;
