/**
 * Owns: a backend that spends requests as the real one of its cloud does, and asks a provider that does not exist:
 * capabilities are the real ones, and so are the shapes of batches and pages.
 * Called by: the fetcher, through fleet-stage.ts.
 */
import type {
  Backend,
  Capabilities,
  CheckAnswer,
  ListAnswer,
  ReadAnswer,
  Refusal,
  RemoveAnswer,
  SecretRef,
  SurveyPage,
  VersionAnswer,
  WriteAnswer,
} from '../../../src/fetch/port.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import type { RequestKind } from './cloud-profiles.ts';
import { LATENCY_MS, type SimulatedProvider } from './simulated-provider.ts';

// as long as the usual password or token
const VALUE = 'x'.repeat(32);
const NEVER_ASKED: Refusal = { kind: 'unavailable', code: 'NotSimulated' };

export class SimulatedBackend implements Backend {
  readonly capabilities: Capabilities;
  readonly survey?: (cursor: string | undefined, signal: AbortSignal) => Promise<SurveyPage | Refusal>;
  readonly watch?: (onChange: (key: string | undefined) => void) => () => void;
  readonly live?: () => boolean;
  readonly onLive?: (listener: (live: boolean, code: string) => void) => void;
  readonly #provider: SimulatedProvider;
  #sent = 0;

  constructor(provider: SimulatedProvider, clock: Clock, { push }: { readonly push: boolean }) {
    const { capabilities, requests } = provider.profile;
    this.capabilities = capabilities;
    this.#provider = provider;
    const { list } = requests;
    if (list) this.survey = (cursor, signal) => this.#page(list, cursor, signal);
    if (!push) return;
    let live = false;
    this.watch = (onChange) => provider.listen(onChange);
    this.live = () => live;
    // the first question to a feed is answered at once
    this.onLive = (listener) =>
      void clock.after(LATENCY_MS, () => {
        live = true;
        listener(true, 'Answered');
      });
  }

  async describe(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly VersionAnswer[]> {
    const refusals = await this.#each(this.#provider.profile.requests.describe, refs.length, signal);
    return refs.map((ref, index) => refusals[index] ?? this.#found(ref));
  }

  async read(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly ReadAnswer[]> {
    const { readMany, read } = this.#provider.profile.requests;
    const refusals =
      readMany && refs.length > 1
        ? await this.#together(readMany, refs.length, signal)
        : await this.#each(read, refs.length, signal);
    return refs.map((ref, index) => refusals[index] ?? this.#withValue(ref));
  }

  async check(signal: AbortSignal): Promise<CheckAnswer> {
    const [refusal] = await this.#send(this.#provider.profile.requests.check, 1, signal);
    return refusal ?? { kind: 'reachable' };
  }

  requests(): number {
    return this.#sent;
  }

  async list(): Promise<ListAnswer> {
    return NEVER_ASKED;
  }

  async put(): Promise<WriteAnswer> {
    return NEVER_ASKED;
  }

  async remove(): Promise<RemoveAnswer> {
    return NEVER_ASKED;
  }

  async close(): Promise<void> {
    // nothing is open
  }

  /** A request for each, some at a time; once the provider asks for silence the rest is not sent. */
  async #each(kind: RequestKind, count: number, signal: AbortSignal): Promise<(Refusal | undefined)[]> {
    const { atOnce } = this.#provider.profile;
    const answers: (Refusal | undefined)[] = [];
    while (answers.length < count) {
      const round = await this.#send(kind, Math.min(atOnce, count - answers.length), signal);
      answers.push(...round);
      const stop = round.find((refusal) => refusal?.kind === 'throttled');
      if (stop) answers.push(...Array<Refusal>(count - answers.length).fill(stop));
    }
    return answers;
  }

  async #together(kind: RequestKind, count: number, signal: AbortSignal): Promise<(Refusal | undefined)[]> {
    const [refusal] = await this.#send(kind, 1, signal);
    return Array<Refusal | undefined>(count).fill(refusal);
  }

  async #page(
    list: RequestKind,
    cursor: string | undefined,
    signal: AbortSignal,
  ): Promise<SurveyPage | Refusal> {
    const number = Number(cursor ?? 0);
    const next = `${number + 1}`;
    const isLast = number >= this.#provider.pages - 1;
    // a list without versions is the SDK's iterator: it tells that a page was the last when asked for one more
    const byIterator = this.capabilities.surveyTells === 'marks';
    if (byIterator && number >= this.#provider.pages) return { kind: 'page', entries: [] };
    const [refusal] = await this.#send(list, 1, signal);
    if (refusal) return refusal;
    const entries = this.#provider.page(number);
    return { kind: 'page', entries, ...((byIterator || !isLast) && { next }) };
  }

  #send(kind: RequestKind, count: number, signal: AbortSignal): Promise<(Refusal | undefined)[]> {
    this.#sent += count;
    return this.#provider.send(kind, count, signal);
  }

  #found({ key }: SecretRef): VersionAnswer {
    const version = this.#provider.versionOf(key);
    return version === undefined ? { kind: 'absent' } : { kind: 'found', version };
  }

  #withValue(ref: SecretRef): ReadAnswer {
    const found = this.#found(ref);
    if (found.kind !== 'found') return found;
    this.#provider.valueReads++;
    return { ...found, payload: { kind: 'value', value: SecretValue.fromText(VALUE) } };
  }
}
