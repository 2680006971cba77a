/** What a person typed cannot be done; the message says what to type instead. Ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Exit codes of every verb. They are documented in docs/reference/cli.md and never change their meaning.
 */
export const EXIT = {
  ok: 0,
  /** The command was understood and failed. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** The API server refused: a right is missing. */
  denied: 3,
  /** The object that was asked about does not exist. */
  notFound: 4,
  /** The API server could not be reached. */
  unreachable: 5,
} as const;
