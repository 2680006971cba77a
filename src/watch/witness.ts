import type { ClaimView, ScopeView } from './views.ts';

// one entry per target that went and whose Secret was not let go yet; a scope with the most targets has 64
const MAX_DEPARTURES = 16_384;

/** Who may hold Secrets. */
type Holding = ScopeView | ClaimView;

/**
 * Remembers which targets this process has seen going, by a watch event: with their scope or claim, or out of a spec.
 * The Secret of such a target may go at once. What merely turns out to be missing (after a restart, a broken
 * watch, a restored backup) was not seen to go, and its Secret waits.
 */
export class Witness {
  readonly #departed = new Set<string>();
  /** undefined before it was told, empty while the kind is gone */
  #kindUid: string | undefined;

  /** Tells a change that came by watch. */
  watched(before: Holding | undefined, after: Holding | undefined): void {
    this.listed(after);
    if (!before || (after && after.metadata.uid !== before.metadata.uid)) return;
    // what a spec holds that cannot be read is not known, so nothing has left it
    if (after && after.spec.kind !== 'ok') return;
    const left = new Set(targetsOf(after));
    for (const secretName of targetsOf(before)) {
      if (!left.has(secretName)) this.#add(`${before.metadata.uid}/${secretName}`);
    }
  }

  /** Tells an object as it is. A target that is there has not left; should it be missing later, that is seen anew. */
  listed(after: Holding | undefined): void {
    for (const secretName of targetsOf(after)) this.forget(after?.metadata.uid ?? '', secretName);
  }

  sawLeave(scopeUid: string, secretName: string): boolean {
    return this.#departed.has(`${scopeUid}/${secretName}`);
  }

  /**
   * Tells the UID of the kind itself, undefined while it is going or gone. Its objects go with it, and nobody wished
   * that for any one of them: what left meanwhile was not seen to go.
   */
  kindIs(uid: string | undefined): void {
    const isAnother = this.#kindUid !== undefined && this.#kindUid !== uid;
    if (isAnother || uid === undefined) this.#departed.clear();
    this.#kindUid = uid ?? '';
  }

  forget(scopeUid: string, secretName: string): void {
    this.#departed.delete(`${scopeUid}/${secretName}`);
  }

  #add(departure: string): void {
    this.#departed.add(departure);
    if (this.#departed.size <= MAX_DEPARTURES) return;
    // the oldest one then waits for the grace period, which is safe
    for (const oldest of this.#departed) {
      this.#departed.delete(oldest);
      return;
    }
  }
}

function targetsOf(view: Holding | undefined): string[] {
  if (view?.spec.kind !== 'ok') return [];
  const spec = view.spec.value;
  return 'secretName' in spec ? [spec.secretName] : (spec.targets ?? []).map(({ secretName }) => secretName);
}
