/** What a stream with workflow commands tells whoever owns it. */

export interface CommandEvents {
  /** `data` is not blank. */
  addMask(data: string): void;
  /** The token of a stop-commands that is to be masked from now on. */
  maskToken(token: string): void;
  /** Something for the reader of the log that no value is part of. */
  warning(text: string): void;
}

export const BLANK_MASK = "Can't add secret mask for empty string in ##[add-mask] command.";
export const LONG_COMMAND =
  'a command is longer than 256 kB; its line is left out and nothing of it is masked: add shorter masks, one per line';
