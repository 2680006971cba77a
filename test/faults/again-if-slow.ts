/**
 * Owns: what is tried once more, since a machine that stalls looks like an operator that does; the log shows both.
 * Used by: the runner, for plans and for scenarios without faults.
 */

// judged by what was sent, whatever the time it took
const NEVER_FORGIVEN =
  /^(lawful writes|claimed writes|guarded writes|approved writes|written values|one writer|no leaks):/;

/** A scenario that does not even hold without faults. */
export class UncleanRun extends Error {
  override readonly name = 'UncleanRun';
  readonly violations: readonly string[];

  constructor(scenario: string, violations: readonly string[]) {
    super(`${scenario} without any fault: ${violations.join('\n')}`);
    this.violations = violations;
  }
}

export function mayBeSlowness(violations: readonly string[]): boolean {
  return !violations.some((violation) => NEVER_FORGIVEN.test(violation));
}

/** Every failure is told; throws the last one. */
export async function againIfSlow<T>(
  attempt: () => Promise<T>,
  tell: (error: unknown) => Promise<void>,
): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    await tell(error);
    if (error instanceof UncleanRun && !mayBeSlowness(error.violations)) throw error;
  }
  try {
    return await attempt();
  } catch (error) {
    await tell(error);
    throw error;
  }
}
