/** What a backend knows of changes without asking. Each cloud has its own; a backend decides what a hint is worth. */

/** Events of a provider that say which key may have changed. Hints: a report only causes a look at the provider. */
export interface ChangeFeed {
  /** May repeat, reorder or miss events; `undefined` means any key. Returns what stops it. Called at most once. */
  watch(onChange: (key: string | undefined) => void): () => void;
  /**
   * Whether a change made now would be reported: false until the first answer, and while the feed fails. It says that
   * the events are received, not that the provider was told to send any: no feed can know that.
   */
  readonly live: boolean;
  /**
   * Hears when `live` changes, with one word of why (`Denied`, `QueueMissing`, a socket code, …); while it is false,
   * also when that word does. Ours, a socket's or the provider's name of an error, never its text.
   */
  onLive(listener: (live: boolean, code: string) => void): void;
  /** Ends what is under way at once, with its connections. Never rejects. */
  close(): Promise<void>;
}
