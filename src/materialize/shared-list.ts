/** Lists of one text, kept once however many records name it: nearly every data key has one supplier. */
// 200 bytes each: 2 MB
const MAX_KNOWN = 10_000;

export class SharedLists {
  readonly #known = new Map<string, readonly string[]>();

  /** An equal list, which nobody changes. */
  share(list: readonly string[]): readonly string[] {
    const [only] = list;
    if (only === undefined || list.length > 1) return list;
    const known = this.#known.get(only);
    if (known) return known;
    // forgetting costs memory, never truth
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const shared = Object.freeze([only]);
    this.#known.set(only, shared);
    return shared;
  }
}
