/** For tests: a provider in memory whose whole account can be listed, and an account at it, on a clock that stands still. */
import { type Clock, sleep } from '../kube/clock.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import type { SecretValue } from '../model/secret-value.ts';
import { Account } from './account.ts';
import { MemoryBackend } from './backends/memory.ts';
import type { AccountEvent } from './dispatcher.ts';
import type {
  Capabilities,
  ReadAnswer,
  ReadableRef,
  Refusal,
  SecretRef,
  SurveyPage,
  VersionAnswer,
  WriteAnswer,
  WriteRef,
} from './port.ts';
import { ValueCache } from './value-cache.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const PAGE = 100;

/** Nothing is pushed unless `goLive` says so; then `store` and `erase` are. */
export class SurveyedBackend extends MemoryBackend {
  /** pages that were asked for */
  pages = 0;
  /** instead of every page */
  surveyRefusal: Refusal | undefined;
  /** keys that the list does not show */
  readonly unlisted = new Set<string>();
  /** how long a read is on its way back */
  slow: { readonly clock: Clock; readonly ms: number } | undefined;
  /** versions that are still shown of a key, although there are newer ones; `absent` for one that was made since */
  readonly stale = new Map<string, string>();
  /** every answer to a write gets lost, after it was done */
  losing = false;
  readonly #current = new Map<string, string>();
  #shown: ReadonlyMap<string, string> | undefined;
  #live = false;
  readonly #liveListeners = new Set<(live: boolean, code: string) => void>();

  constructor(change: Partial<Capabilities> = {}) {
    super({ capabilities: { surveyTells: 'versions', sweepMs: 6 * HOUR, ...change } });
  }

  override store(key: string, content: string): string {
    const version = super.store(key, content);
    this.#current.set(key, version);
    return version;
  }

  override erase(key: string): boolean {
    this.#current.delete(key);
    return super.erase(key);
  }

  override async describe(
    refs: readonly SecretRef[],
    signal: AbortSignal,
  ): Promise<readonly VersionAnswer[]> {
    const answers = await super.describe(refs, signal);
    return refs.map(({ key }, index) => this.#shownOf(key) ?? answers[index] ?? { kind: 'absent' });
  }

  #shownOf(key: string): VersionAnswer | undefined {
    const version = this.stale.get(key);
    if (version === undefined) return undefined;
    return version === 'absent' ? { kind: 'absent' } : { kind: 'found', version };
  }

  override async put(ref: WriteRef, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer> {
    const answer = await super.put(ref, value, signal);
    if (answer.kind === 'stored') this.#current.set(ref.key, answer.version);
    return this.losing ? { kind: 'unavailable', code: 'ECONNRESET' } : answer;
  }

  override async read(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly ReadAnswer[]> {
    const shown = refs.map((ref) => ({ ...ref, ...this.#asShown(ref.key) }));
    const answers = await super.read(shown, signal);
    if (this.slow) await sleep(this.slow.clock, this.slow.ms, signal);
    return answers;
  }

  #asShown(key: string): { readonly version?: string } {
    const version = this.stale.get(key);
    return version === undefined ? {} : { version };
  }

  override push(key: string | undefined): void {
    if (this.#live) super.push(key);
  }

  /** From now on the list shows what there is at this moment. */
  lag(): void {
    this.#shown = new Map(this.#current);
  }

  catchUp(): void {
    this.#shown = undefined;
  }

  goLive(live: boolean, code = live ? 'Answered' : 'Denied'): void {
    this.#live = live;
    for (const listener of this.#liveListeners) listener(live, code);
  }

  live(): boolean {
    return this.#live;
  }

  onLive(listener: (live: boolean, code: string) => void): void {
    this.#liveListeners.add(listener);
  }

  async survey(cursor: string | undefined, signal: AbortSignal): Promise<SurveyPage | Refusal> {
    signal.throwIfAborted();
    this.pages++;
    if (this.surveyRefusal) return this.surveyRefusal;
    const at = Number(cursor ?? 0);
    const all = [...(this.#shown ?? this.#current)].filter(([key]) => !this.unlisted.has(key));
    const entries = all.slice(at, at + PAGE).map(([key, version]) => this.#entry(key, version));
    return { kind: 'page', entries, ...(at + PAGE < all.length && { next: `${at + PAGE}` }) };
  }

  #entry(key: string, version: string) {
    const tellsVersions = this.capabilities.surveyTells === 'versions';
    return { key, mark: `mark of ${version}`, ...(tellsVersions && { version }) };
  }
}

const asker = { tenant: 'team', signal: new AbortController().signal };

/** `keys` are stored as k0, k1, … before anybody asks. */
export function anAccount(keys: number, backend = new SurveyedBackend()) {
  const clock = new FakeClock();
  for (let at = 0; at < keys; at++) backend.store(`k${at}`, `value ${at}`);
  const changes: string[] = [];
  const events: AccountEvent[] = [];
  const account = new Account({
    id: 'account',
    backend,
    values: new ValueCache(clock),
    clock,
    random: () => 0.5,
    onCall: () => undefined,
    onLookup: () => undefined,
    onEvent: (event) => events.push(event),
    onChange: (key) => changes.push(key ?? 'any key'),
  });
  const names = Array.from({ length: keys }, (_, at) => `k${at}`);
  /** In the time that calls take, which have a rate. */
  const answered = async <T>(work: Promise<T>, ms = 1_000): Promise<T> => {
    await clock.advance(ms);
    return work;
  };
  const all = (ask: (ref: ReadableRef) => Promise<VersionAnswer>, wanted = names) =>
    answered(Promise.all(wanted.map((key) => ask({ key }))));
  return {
    clock,
    backend,
    changes,
    events,
    account,
    names,
    answered,
    version: (key: string, chosenMs?: number) => answered(account.version({ key }, asker, chosenMs)),
    /** As a scope that has all of them already, after a restart. */
    describeAll: (wanted = names, chosenMs?: number) =>
      all((ref) => account.version(ref, asker, chosenMs), wanted),
    /** As a scope that has none of them yet. */
    readAll: (wanted = names, chosenMs?: number) =>
      all((ref) => account.versionByReading(ref, asker, chosenMs), wanted),
    asker,
  };
}
