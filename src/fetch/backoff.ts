/** When a call that failed in transport is made again. Pure; called by flight queues and the circuit. */

/** Three attempts in all: what three cannot do within seconds is left to the work queue, which frees its worker. */
export const MAX_ATTEMPTS = 3;
const BASE_MS = 250;
const CAP_MS = 4_000;

/** Milliseconds to wait before attempt `attempt + 1`; full jitter, so that many who failed together do not return together. */
export function retryDelayMs(attempt: number, random: number): number {
  return random * Math.min(CAP_MS, BASE_MS * 2 ** attempt);
}

const PROBE_BASE_MS = 5_000;
const PROBE_CAP_MS = 60_000;

/** Milliseconds until an open circuit is probed for the `probe`-th time, from 0; between half and the whole of it. */
export function probeDelayMs(probe: number, random: number): number {
  return Math.min(PROBE_CAP_MS, PROBE_BASE_MS * 2 ** probe) * (0.5 + random / 2);
}
