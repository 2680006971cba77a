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
  /** `claim`, `exec`: reviewers said no, or took it back. */
  decidedAgainst: 6,
  /** `claim`, `secret`, `exec`: time is over, and it still waits. */
  timedOut: 7,
  /** `claim`, `secret`, `exec`: it cannot be done until a person changes something. */
  undeliverable: 8,
  /** `claim`, `exec`: it is over. */
  ended: 9,
  /** `claim`, `secret`, `exec`: no operator has looked at it. */
  operatorSilent: 10,
  /** `diff`: it cannot be told, where 1 means that there are differences. */
  cannotTell: 11,
  /** `exec`: the command is there and cannot be run, as shells say it. */
  notExecutable: 126,
  /** `exec`: there is no such command, as shells say it. */
  commandNotFound: 127,
  /** `claim`, `secret`, `exec`: a signal ended the waiting; what shells say of SIGINT. */
  interrupted: 130,
} as const;

/** Ends a verb with a code of its own; the message says what to do next. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly code: (typeof EXIT)[keyof typeof EXIT];

  constructor(code: ExitError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
