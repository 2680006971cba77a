/** Owns: time, and people who leave, for whoever waits for a claim. Used by: claim-verb.ts, exec-verb.ts. */
import type { ClaimPace } from './claim-wait.ts';

/** What tests put in the place of time and of a person who leaves. */
export interface ClaimSurroundings {
  readonly pace: ClaimPace;
  /** Calls `leave` when somebody wants to; the answer stops listening. */
  onLeave(leave: () => void): () => void;
}

export const REAL: ClaimSurroundings = {
  pace: { leastMs: 500, mostMs: 5_000, silentMs: 30_000, settleMs: 10_000 },
  onLeave: (leave) => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    // once: whoever asks a second time is not kept waiting
    for (const signal of signals) process.once(signal, leave);
    return () => signals.forEach((signal) => void process.off(signal, leave));
  },
};
