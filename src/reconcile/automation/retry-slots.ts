// a receiver that did not answer once may hang for ten seconds each time: of the 64 loops of automations half stay free
// for those that were never tried or answered last, and of the four of a namespace two
const MAX_AT_ONCE = 32;
const MAX_IN_NAMESPACE = 2;

/** How many deliveries are tried again at once, so that dead receivers do not hold up the others (FAULTS 51, 54). */
export class RetrySlots {
  readonly #byNamespace = new Map<string, number>();
  #all = 0;

  /** A slot, to be left when the attempt is over; undefined: there is none, look again in `againMs`. */
  enter(namespace: string): { leave(): void } | undefined {
    const own = this.#byNamespace.get(namespace) ?? 0;
    if (this.#all >= MAX_AT_ONCE || own >= MAX_IN_NAMESPACE) return undefined;
    this.#count(namespace, 1);
    return { leave: () => this.#count(namespace, -1) };
  }

  /** Half of what an attempt may take: then one of those that are under way has ended, or will have soon. */
  readonly againMs = 5_000;

  #count(namespace: string, change: 1 | -1): void {
    this.#all += change;
    const own = (this.#byNamespace.get(namespace) ?? 0) + change;
    if (own === 0) this.#byNamespace.delete(namespace);
    else this.#byNamespace.set(namespace, own);
  }
}
