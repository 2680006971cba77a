/**
 * Answers `/readyz` and `/healthz` from what the reflectors, the queues and the event loop show.
 * Called by the health server in app.ts. Only looks: a probe must never wait for the API server.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../kube/clock.ts';
import type { Reflector } from '../kube/reflector.ts';
import type { WorkQueue } from './work-queue.ts';

type LoopDelay = Pick<ReturnType<typeof monitorEventLoopDelay>, 'max' | 'reset'>;
type Watched = Pick<Reflector<never, never>, 'label' | 'state' | 'synced' | 'lastActivityAt'> & {
  readonly mayBeMissing?: true;
};

export interface HealthOptions {
  readonly clock: Clock;
  /** asked at every probe: enrolment adds and removes some */
  readonly reflectors: () => Iterable<Watched>;
  readonly queues?: () => Iterable<Pick<WorkQueue, 'longestRunMs'>>;
  /** a run that takes longer hangs: several times the workers' deadline; ten minutes if absent */
  readonly stuckRunMs?: number;
  /** for tests */
  readonly loopDelay?: LoopDelay;
}

export interface Verdict {
  readonly ok: boolean;
  /** what is wrong, one line each; names of kinds and namespaces only */
  readonly reasons: readonly string[];
}

// a reflector does something every 60 s (bookmark), 120 s (silence) or at most 120 s after a refusal
const SILENT_MS = 300_000;
const STUCK_RUN_MS = 600_000;
// a page of 100 objects parses in milliseconds; the lease is lost after 10 s
const STUCK_LOOP_MS = 5_000;

export class WatchHealth {
  readonly #options: HealthOptions;
  readonly #loopDelay: LoopDelay;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#loopDelay = options.loopDelay ?? startMonitor();
  }

  /**
   * Whether decisions can be based on the stores. A reflector that is refused does not count: its owner knows, and a
   * namespace whose Role was withdrawn must not take the operator out of service. A kind that is not served does,
   * unless it may be missing for ever: whoever needs that one asks for it.
   */
  ready(): Verdict {
    const waiting = [...this.#options.reflectors()].filter(
      ({ synced, state, mayBeMissing }) => !synced && !isRefused(state) && !mayBeMissing,
    );
    return verdict(waiting.map(({ label, state }) => `${label} is not synced (${state})`));
  }

  /**
   * Whether this process still moves. An API server that is down does not count: restarting us would not bring it
   * back, and everything known would be lost.
   */
  alive(): Verdict {
    const { clock, reflectors, queues, stuckRunMs = STUCK_RUN_MS } = this.#options;
    const now = clock.monotonic();
    const silent = [...reflectors()].filter(
      ({ state, lastActivityAt }) => state !== 'stopped' && now - lastActivityAt > SILENT_MS,
    );
    const stuck = [...(queues?.() ?? [])].filter(({ longestRunMs }) => longestRunMs > stuckRunMs);
    return verdict([
      ...silent.map(
        ({ label, lastActivityAt }) => `${label} did nothing for ${seconds(now - lastActivityAt)}`,
      ),
      ...stuck.map(({ longestRunMs }) => `a reconcile runs for ${seconds(longestRunMs)}`),
      ...this.#loopReasons(),
    ]);
  }

  /** The longest pause since the last probe. */
  #loopReasons(): string[] {
    const pausedMs = this.#loopDelay.max / 1e6;
    this.#loopDelay.reset();
    return pausedMs > STUCK_LOOP_MS ? [`the event loop stood still for ${seconds(pausedMs)}`] : [];
  }
}

function isRefused(state: Watched['state']): boolean {
  return state === 'forbidden' || state === 'stopped';
}

function verdict(reasons: readonly string[]): Verdict {
  return { ok: reasons.length === 0, reasons };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function startMonitor(): LoopDelay {
  const monitor = monitorEventLoopDelay({ resolution: 100 });
  monitor.enable();
  return monitor;
}
