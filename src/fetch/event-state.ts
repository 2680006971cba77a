/** Whether an account hears of changes by itself. Owned by the account. */
import type { Clock } from '../kube/clock.ts';
import type { Backend } from './port.ts';

/** `none` where nothing is set up for that. */
export type Events = 'none' | 'starting' | 'live' | 'silent';

const FIRST_EVENTS_MS = 60_000;

export class EventState {
  readonly #backend: Pick<Backend, 'watch' | 'live'>;
  readonly #clock: Clock;
  readonly #openedAt: number;
  #everLive = false;

  constructor(backend: Pick<Backend, 'watch' | 'live'>, clock: Clock) {
    this.#backend = backend;
    this.#clock = clock;
    this.#openedAt = clock.monotonic();
  }

  heard(live: boolean): void {
    this.#everLive ||= live;
  }

  /** `starting` until the first answer, for at most a minute: a queue may take 20 s for it. */
  get now(): Events {
    if (!this.#backend.watch || !this.#backend.live) return 'none';
    if (this.#backend.live()) return 'live';
    const isNew = this.#clock.monotonic() - this.#openedAt < FIRST_EVENTS_MS;
    return isNew && !this.#everLive ? 'starting' : 'silent';
  }
}
