/**
 * Owns: what the tooling tells people while they wait; on stderr, because stdout is for paths.
 * Called by: whatever may take long. Must not: be used for results.
 */

const REMIND_EVERY_MS = 10_000;

export function tell(line: string): void {
  process.stderr.write(`cluster: ${line}\n`);
}

/** Says what begins, every ten seconds that it still goes on, and how long it took. */
export async function withProgress<T>(what: string, task: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const elapsed = () => `${Math.round((Date.now() - began) / 1000)} s`;
  tell(`${what} ...`);
  const reminder = setInterval(() => tell(`${what} ... ${elapsed()}`), REMIND_EVERY_MS);
  try {
    const result = await task();
    tell(`${what}: done after ${elapsed()}`);
    return result;
  } finally {
    clearInterval(reminder);
  }
}
