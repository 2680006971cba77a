/**
 * What waits, one lane for each tenant, taken in turns: a tenant with a thousand requests delays another's single one
 * by one turn. Owned by a flight queue. Pure but for its own memory.
 */
export class FairQueue<T> {
  /** in the order of turns; a lane is never empty */
  readonly #lanes = new Map<string, T[]>();

  push(tenant: string, item: T): void {
    const lane = this.#lanes.get(tenant);
    if (lane) lane.push(item);
    else this.#lanes.set(tenant, [item]);
  }

  /** Items of one tenant, those included that do not count any more. */
  lengthOf(tenant: string): number {
    return this.#lanes.get(tenant)?.length ?? 0;
  }

  /** The next item that still counts, from the tenant whose turn it is; items that do not are dropped on the way. */
  take(counts: (item: T) => boolean): T | undefined {
    for (const [tenant, lane] of this.#lanes) {
      const item = firstThat(lane, counts);
      this.#lanes.delete(tenant);
      if (lane.length > 0) this.#lanes.set(tenant, lane);
      if (item !== undefined) return item;
    }
    return undefined;
  }
}

/** Removes it and everything before it. */
function firstThat<T>(lane: T[], counts: (item: T) => boolean): T | undefined {
  for (let item = lane.shift(); item !== undefined; item = lane.shift()) {
    if (counts(item)) return item;
  }
  return undefined;
}
