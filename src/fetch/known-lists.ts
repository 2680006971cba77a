/** Which keys lie below a prefix, as far as an account was asked. Owned by what is known of the account. */
import type { Asker } from './flight.ts';
import { digestOf } from './known-answers.ts';
import type { ListAnswer } from './port.ts';
import { TrackedAnswers } from './tracked-answers.ts';
import type { TrackerOptions } from './tracked-entry.ts';

export interface KnownListsOptions
  extends Pick<TrackerOptions<string, ListAnswer>, 'clock' | 'random' | 'onLookup'> {
  readonly ask: (prefix: string, asker: Asker) => Promise<ListAnswer>;
  readonly lasts: () => number;
  readonly onChange: () => void;
}

export class KnownLists {
  readonly #options: KnownListsOptions;
  /** made when first asked: most accounts have none */
  #answers: TrackedAnswers<string, ListAnswer> | undefined;
  #closed = false;

  constructor(options: KnownListsOptions) {
    this.#options = options;
  }

  get(prefix: string, asker: Asker): Promise<ListAnswer> {
    this.#answers ??= this.#made();
    return this.#answers.get(prefix, asker);
  }

  /** A key may be new or gone, and every list may have it. */
  outdate(): void {
    this.#answers?.outdate(() => true);
  }

  replan(): void {
    this.#answers?.replan();
  }

  close(): void {
    this.#closed = true;
    this.#answers?.close();
  }

  /** Who asks too late is still answered, but nothing is kept or asked again. */
  #made(): TrackedAnswers<string, ListAnswer> {
    const answers = new TrackedAnswers<string, ListAnswer>({
      ...this.#options,
      keyOf: (prefix) => prefix,
      digest: digestOf,
      good: ({ kind }) => kind === 'listed',
    });
    if (this.#closed) answers.close();
    return answers;
  }
}
