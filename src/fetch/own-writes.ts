/**
 * What this program wrote itself, and for a moment knows better than a provider whose answers lag: the version that was
 * stored is the current one until something newer is seen, and what was deleted does not come back. Owned by what is
 * known of an account.
 *
 * Only what was known before the write counts as old. Whoever takes the old version back within that moment is believed
 * when it is over; until then the provider is asked every few seconds.
 */
import type { Clock } from '../kube/clock.ts';
import { digestOf } from './known-answers.ts';
import type { Backend, SecretRef, VersionAnswer } from './port.ts';
import type { TrackedAnswers } from './tracked-answers.ts';

interface Write {
  readonly answer: VersionAnswer;
  readonly until: number;
  /** digest of what was known before; undefined if nothing was, and then whatever differs may be old */
  readonly before: ReadonlySet<string> | undefined;
  /** the provider said something else since */
  contradicted: boolean;
}

/** A provider that still says the old after this long is believed. */
const LAG_MS = 15_000;
/** What was contradicted is asked again this soon. */
export const CONTRADICTED_MS = 3_000;

export interface OwnWritesOptions {
  readonly clock: Clock;
  readonly backend: Pick<Backend, 'known'>;
  /** what is known by asking; made when first asked */
  readonly versions: () => TrackedAnswers<SecretRef, VersionAnswer> | undefined;
}

export class OwnWrites {
  readonly #options: OwnWritesOptions;
  readonly #writes = new Map<string, Write>();

  constructor(options: OwnWritesOptions) {
    this.#options = options;
  }

  /** What is known of the current version of a key, without asking; it may be too old. */
  current(key: string): VersionAnswer | undefined {
    const { backend, versions } = this.#options;
    const known = (ref: SecretRef) => backend.known?.(ref) ?? versions()?.known(ref)?.answer;
    return known({ key }) ?? known({ key, unread: true });
  }

  /** Versions of a key that somebody reads by name, in the last hours. */
  pinned(key: string): string[] {
    const isPinned = (ref: SecretRef) => ref.key === key && ref.version !== undefined;
    const answers = this.#options.versions()?.answersTo(isPinned) ?? [];
    return answers.flatMap((answer) => (answer.kind === 'found' ? [answer.version] : []));
  }

  /**
   * A key was written, so that its current version is `answer`, or is not known; `before` is what was known when that
   * began. What was seen meanwhile and is neither was written by somebody else: the provider says which is the newer one.
   */
  learn(key: string, answer: VersionAnswer | undefined, before: VersionAnswer | undefined): void {
    const seen = this.current(key);
    const isOurs = [answer, before].some((each) => each && seen && digestOf(each) === digestOf(seen));
    const older = this.#current(key);
    this.#writes.delete(key);
    if (!answer || (seen && !isOurs)) return;
    this.#note(key, answer, [before, older?.answer], older);
    this.#options.versions()?.learn((ref) => ref.key === key && ref.version === undefined, answer);
  }

  /** The answer of a provider, or what is known better. */
  corrected({ key, version }: SecretRef, answer: VersionAnswer): VersionAnswer {
    const write = this.#current(key);
    const digest = digestOf(answer);
    if (!write || version !== undefined || digest === undefined) return answer;
    if (digest === digestOf(write.answer)) {
      write.contradicted = false;
      return answer;
    }
    if (!isOld(write, answer, digest)) {
      this.#writes.delete(key);
      return answer;
    }
    write.contradicted = true;
    return write.answer;
  }

  /** Whether the provider has yet to say the same. */
  isContradicted(key: string): boolean {
    return this.#current(key)?.contradicted === true;
  }

  #note(
    key: string,
    answer: VersionAnswer,
    past: readonly (VersionAnswer | undefined)[],
    older?: Write,
  ): void {
    const now = this.#options.clock.monotonic();
    for (const [other, { until }] of this.#writes) if (until <= now) this.#writes.delete(other);
    const known = past.map((each) => each && digestOf(each)).filter((each) => each !== undefined);
    const before = new Set([...known, ...(older?.before ?? [])]);
    before.delete(digestOf(answer) ?? '');
    const isKnown = before.size > 0;
    this.#writes.set(key, {
      answer,
      until: now + LAG_MS,
      before: isKnown ? before : undefined,
      contradicted: false,
    });
  }

  #current(key: string): Write | undefined {
    const write = this.#writes.get(key);
    return write && this.#options.clock.monotonic() < write.until ? write : undefined;
  }
}

/** A secret that was just stored is there; that nobody may read it is no matter of versions. */
function isOld(write: Write, { kind }: VersionAnswer, digest: string): boolean {
  if (kind !== 'found') return write.answer.kind === 'found' && (kind === 'absent' || kind === 'softDeleted');
  return write.before === undefined || write.before.has(digest);
}
