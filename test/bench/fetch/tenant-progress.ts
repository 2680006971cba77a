/**
 * Owns: how steadily every tenant gets its values.
 * Called by: cold-run.ts, throttled-run.ts.
 */
import type { FleetStage } from './fleet-stage.ts';

const MINUTE_MS = 60_000;

/** Made before the fleet starts; each scope is a tenant. */
export class TenantProgress {
  readonly #stage: FleetStage;
  readonly #began: number;
  /** by scope, when values arrived, milliseconds since the start; one a second at most */
  readonly #arrivals: ReadonlyMap<string, number[]>;

  constructor(stage: FleetStage) {
    const { clock, fleet, world } = stage;
    this.#stage = stage;
    this.#began = clock.monotonic();
    this.#arrivals = new Map(world.scopes.map(({ key }) => [key, []]));
    fleet.onDelivered = ({ key }) => {
      const arrivals = this.#arrivals.get(key);
      const at = clock.monotonic() - this.#began;
      if (arrivals && at - (arrivals.at(-1) ?? Number.NEGATIVE_INFINITY) >= 1_000) arrivals.push(at);
    };
  }

  /** When each scope had all of its values, milliseconds since the start. */
  get ends(): number[] {
    const { completeAt } = this.#stage.fleet;
    return [...this.#arrivals.keys()].map((key) => (completeAt.get(key) ?? Number.NaN) - this.#began);
  }

  /** Whole minutes from then on in which a tenant that lacked values got none, of all tenants together. */
  idleMinutes(sinceMs: number): number {
    let idle = 0;
    for (const { arrivals, end } of this.#tenants()) {
      const minutes = new Set(arrivals.map((at) => Math.floor((at - sinceMs) / MINUTE_MS)));
      const last = Math.floor((end - sinceMs) / MINUTE_MS);
      for (let minute = 0; minute < last; minute++) if (!minutes.has(minute)) idle++;
    }
    return idle;
  }

  /** The longest that a tenant waited from then on for its next value, milliseconds. */
  longestWait(sinceMs: number): number {
    let longest = 0;
    for (const { arrivals, end } of this.#tenants()) {
      const times = [sinceMs, ...arrivals.filter((at) => at > sinceMs), Math.max(end, sinceMs)];
      for (const [index, at] of times.entries()) longest = Math.max(longest, at - (times[index - 1] ?? at));
    }
    return longest;
  }

  #tenants(): { readonly arrivals: readonly number[]; readonly end: number }[] {
    const { ends } = this;
    return [...this.#arrivals.values()].map((arrivals, index) => ({ arrivals, end: ends[index] ?? 0 }));
  }
}
