/**
 * What is known of an account's secrets without their values: from the push state of its backend where it has one,
 * otherwise from answers that still count. Owned by an account.
 */
import type { Clock, Random } from '../kube/clock.ts';
import type { Asker } from './flight.ts';
import type { Backend, ListAnswer, SecretRef, VersionAnswer } from './port.ts';
import { refKey } from './provider-operations.ts';
import type { Scheduler } from './scheduler.ts';
import { TrackedAnswers } from './tracked-answers.ts';

export interface KnowledgeOptions {
  readonly backend: Backend;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly random: Random;
  /** `undefined` means any key */
  readonly onChange: (key: string | undefined) => void;
  readonly onLookup: (cache: 'version' | 'list', hit: boolean) => void;
}

export class Knowledge {
  readonly #options: KnowledgeOptions;
  /** made when first asked: 2 kB each, and a backend that pushes its changes needs neither */
  #versions: TrackedAnswers<SecretRef, VersionAnswer> | undefined;
  #lists: TrackedAnswers<string, ListAnswer> | undefined;
  #closed = false;
  /** undefined once the backend's push state is as good as it gets */
  #settling: Promise<void> | undefined;

  constructor(options: KnowledgeOptions) {
    this.#options = options;
  }

  /** After the backend's watch has begun: who asks from now on waits until it has learned what there is. */
  async settle(): Promise<void> {
    this.#settling = this.#options.backend.settled?.();
    await this.#settling;
    this.#settling = undefined;
  }

  async version(ref: SecretRef, asker: Asker, intervalMs: number): Promise<VersionAnswer> {
    if (this.#settling) await endOf(this.#settling, asker.signal);
    const known = this.#options.backend.known?.(ref);
    if (!known) return this.#trackedVersions().get(ref, asker, intervalMs);
    this.#options.onLookup('version', true);
    return known;
  }

  async list(prefix: string, asker: Asker, intervalMs: number): Promise<ListAnswer> {
    if (this.#settling) await endOf(this.#settling, asker.signal);
    return this.#trackedLists().get(prefix, asker, intervalMs);
  }

  /** Keys that match may have changed; so may any list. */
  outdate(matches: (key: string) => boolean): void {
    this.#versions?.outdate(({ key }) => matches(key));
    this.#lists?.outdate(() => true);
  }

  /** A read found another version than was described. */
  doubt(ref: SecretRef): void {
    this.#versions?.doubt(ref);
  }

  close(): void {
    this.#closed = true;
    this.#versions?.close();
    this.#lists?.close();
  }

  #trackedVersions(): TrackedAnswers<SecretRef, VersionAnswer> {
    const { scheduler, onChange, onLookup, ...time } = this.#options;
    this.#versions ??= this.#unlessClosed(
      new TrackedAnswers<SecretRef, VersionAnswer>({
        ...time,
        keyOf: refKey,
        ask: (ref, asker) => scheduler.describe(ref, asker),
        digest: digestOf,
        good: ({ kind }) => kind === 'found',
        onChange: ({ key }) => onChange(key),
        onLookup: (hit) => onLookup('version', hit),
      }),
    );
    return this.#versions;
  }

  #trackedLists(): TrackedAnswers<string, ListAnswer> {
    const { scheduler, onChange, onLookup, ...time } = this.#options;
    this.#lists ??= this.#unlessClosed(
      new TrackedAnswers<string, ListAnswer>({
        ...time,
        keyOf: (prefix) => prefix,
        ask: (prefix, asker) => scheduler.list(prefix, asker),
        digest: digestOf,
        good: ({ kind }) => kind === 'listed',
        onChange: () => onChange(undefined),
        onLookup: (hit) => onLookup('list', hit),
      }),
    );
    return this.#lists;
  }

  /** Who asks too late is still answered, but nothing is kept or asked again. */
  #unlessClosed<Q, A>(answers: TrackedAnswers<Q, A>): TrackedAnswers<Q, A> {
    if (this.#closed) answers.close();
    return answers;
  }
}

/** Resolves when it is over or the signal aborts. */
async function endOf(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const leave = () => aborted.resolve();
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  await Promise.race([work, aborted.promise]);
  signal.removeEventListener('abort', leave);
}

/** undefined for answers that say nothing about the secret itself. */
function digestOf(answer: VersionAnswer | ListAnswer): string | undefined {
  switch (answer.kind) {
    case 'found':
      return `found ${answer.version}`;
    case 'listed':
      return `listed ${JSON.stringify([answer.truncated, ...answer.keys])}`;
    case 'absent':
    case 'versionGone':
    case 'denied':
    case 'sourceRefused':
      return answer.kind;
    case 'identityUnavailable':
    case 'throttled':
    case 'unavailable':
      return undefined;
  }
}
