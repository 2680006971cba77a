/**
 * What is known of an account's secrets without their values: from the push state of its backend where it has one,
 * otherwise from answers that still count, which one look at the whole account keeps good where that is cheaper.
 * Owned by an account.
 */
import type { Clock, Random } from '../kube/clock.ts';
import { checkEvery } from './cadence.ts';
import { endOf } from './end-of.ts';
import type { Asker } from './flight.ts';
import { digestOf, verdictOn } from './known-answers.ts';
import { KnownLists } from './known-lists.ts';
import { CONTRADICTED_MS, OwnWrites } from './own-writes.ts';
import type { Backend, ListAnswer, SecretRef, VersionAnswer } from './port.ts';
import { refKey } from './provider-operations.ts';
import type { Scheduler } from './scheduler.ts';
import { Survey } from './survey.ts';
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

// as long as a look counts (survey.ts)
const UNTIL_NEXT_LOOK = 2;

/** Milliseconds that the owner of a backend chose; undefined leaves it to the provider's price. */
export type ChosenInterval = number | undefined;

export class Knowledge {
  readonly own: OwnWrites;
  readonly #options: KnowledgeOptions;
  /** made when first asked: 2 kB each, and a backend that pushes its changes needs none of them */
  #versions: TrackedAnswers<SecretRef, VersionAnswer> | undefined;
  readonly #lists: KnownLists;
  #survey: Survey | undefined;
  #closed = false;
  /** the shortest that anybody chose */
  #chosenMs: ChosenInterval;
  /** undefined once the backend's push state is as good as it gets */
  #settling: Promise<void> | undefined;

  constructor(options: KnowledgeOptions) {
    const { backend, scheduler, clock, random, onChange, onLookup } = options;
    this.#options = options;
    this.own = new OwnWrites({ clock, backend, versions: () => this.#versions });
    this.#lists = new KnownLists({
      clock,
      random,
      ask: (prefix, asker) => scheduler.list(prefix, asker),
      lasts: () => this.#interval(),
      onChange: () => onChange(undefined),
      onLookup: (hit) => onLookup('list', hit),
    });
  }

  /** After the backend's watch has begun: who asks from now on waits until it has learned what there is. */
  async settle(): Promise<void> {
    this.#settling = this.#options.backend.settled?.();
    await this.#settling;
    this.#settling = undefined;
  }

  /** `by` where somebody asks in another way than by describing: whatever tells the version. */
  async version(
    ref: SecretRef,
    asker: Asker,
    chosenMs: ChosenInterval,
    by?: (ref: SecretRef, asker: Asker) => Promise<VersionAnswer>,
  ): Promise<VersionAnswer> {
    if (this.#settling) await endOf(this.#settling, asker.signal);
    const known = this.#options.backend.known?.(ref);
    // what counts a while longer vouches for nothing while its provider is away
    if (!known) return this.#options.scheduler.outage ?? this.#asked(ref, asker, chosenMs, by);
    this.#options.onLookup('version', true);
    return this.own.corrected(ref, known);
  }

  async list(prefix: string, asker: Asker, chosenMs: ChosenInterval): Promise<ListAnswer> {
    if (this.#settling) await endOf(this.#settling, asker.signal);
    this.#choose(chosenMs);
    return this.#lists.get(prefix, asker);
  }

  /** Keys that match may have changed; so may any list. */
  outdate(matches: (key: string) => boolean): void {
    this.#versions?.outdate(({ key }) => matches(key));
    this.#lists.outdate();
  }

  /** A read found another version than was described. */
  doubt(ref: SecretRef, found: VersionAnswer): void {
    this.#versions?.doubt(ref, found);
  }

  /** A key was written here, so that its current version is `answer`, or is not known; `before` it was another. */
  wrote(key: string, answer: VersionAnswer | undefined, before: VersionAnswer | undefined): void {
    this.outdate((other) => other === key);
    this.own.learn(key, answer, before);
  }

  /** Changes are pushed from now on, or no longer: what was planned for another interval is planned anew. */
  replan(): void {
    this.#versions?.replan();
    this.#lists.replan();
    this.#survey?.replan();
  }

  close(): void {
    this.#closed = true;
    this.#versions?.close();
    this.#lists.close();
    this.#survey?.close();
  }

  async #asked(...[ref, asker, chosenMs, by]: Parameters<Knowledge['version']>): Promise<VersionAnswer> {
    const versions = this.#trackedVersions(chosenMs);
    if (!by) return versions.get(ref, asker);
    const answer = versions.get(ref, asker, by);
    this.#beginMarks();
    return answer;
  }

  /** Milliseconds. */
  #interval(unread = false): number {
    const { backend } = this.#options;
    return checkEvery({
      chosenMs: this.#chosenMs,
      live: backend.live?.() === true,
      sweepMs: backend.capabilities.sweepMs,
      keys: this.#versions?.size ?? 0,
      surveyed: this.#survey?.counts === true,
      unread,
    });
  }

  #lasts(ref: SecretRef): number {
    if (this.own.isContradicted(ref.key)) return CONTRADICTED_MS;
    const isVouchedFor = ref.version === undefined && this.#survey?.vouchesFor(ref.key) === true;
    return this.#interval(ref.unread) * (isVouchedFor ? UNTIL_NEXT_LOOK : 1);
  }

  #choose(ms: ChosenInterval): void {
    if (ms === undefined || ms >= (this.#chosenMs ?? Number.POSITIVE_INFINITY)) return;
    this.#chosenMs = ms;
    this.replan();
  }

  #trackedVersions(chosenMs: ChosenInterval): TrackedAnswers<SecretRef, VersionAnswer> {
    const { onChange, onLookup, clock, random } = this.#options;
    this.#survey ??= this.#makeSurvey();
    this.#versions ??= new TrackedAnswers<SecretRef, VersionAnswer>({
      clock,
      random,
      // what a look vouches for waits for the next one
      lasts: (ref) => this.#lasts(ref),
      keyOf: refKey,
      ask: (ref, asker, doubted) => this.#ask(ref, asker, doubted),
      digest: digestOf,
      good: ({ kind }) => kind === 'found',
      onChange: ({ key }) => onChange(key),
      onLookup: (hit) => onLookup('version', hit),
    });
    // who asks too late is still answered, but nothing is kept or asked again
    if (this.#closed) this.#versions.close();
    this.#choose(chosenMs);
    return this.#versions;
  }

  /** By one look at the whole account, unless something is known to have changed since. */
  async #ask(ref: SecretRef, asker: Asker, doubted: boolean): Promise<VersionAnswer> {
    const { backend, scheduler } = this.#options;
    this.#beginMarks();
    const tells = backend.capabilities.surveyTells === 'versions' && !doubted && ref.version === undefined;
    const survey = tells ? this.#survey : undefined;
    const version = survey ? await this.#surveyed(survey, ref, asker) : undefined;
    if (version !== undefined) return { kind: 'found', version };
    return this.own.corrected(ref, await scheduler.describe(ref, asker));
  }

  async #surveyed(survey: Survey, ref: SecretRef, asker: Asker): Promise<string | undefined> {
    let version: string | undefined;
    const work = survey.versionOf(ref.key, this.#versions?.known(ref)?.verifiedAt).then((found) => {
      version = found;
    });
    await endOf(work, asker.signal);
    if (version === undefined) return undefined;
    const known = this.#versions?.known(ref)?.answer;
    // a list may lag: which of the two is older is for the provider to say
    return !known || digestOf(known) === digestOf({ kind: 'found', version }) ? version : undefined;
  }

  /** Where a list shows only that something changed, there has to be one to compare with; it answers nobody. */
  #beginMarks(): void {
    if (this.#options.backend.capabilities.surveyTells === 'marks') this.#survey?.begin();
  }

  #makeSurvey(): Survey | undefined {
    const { backend, scheduler, clock, random } = this.#options;
    if (!backend.survey) return undefined;
    return new Survey({
      clock,
      random,
      page: (cursor) => scheduler.survey(cursor),
      keys: () => this.#versions?.wanted ?? 0,
      lasts: () => this.#interval(),
      onTaken: (look) => {
        const judge = (ref: SecretRef, answer: VersionAnswer, verifiedAt: number) =>
          verdictOn(look, ref, answer, verifiedAt);
        this.#versions?.review(judge, look.begunAt);
      },
    });
  }
}
