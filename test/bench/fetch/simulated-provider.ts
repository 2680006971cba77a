/**
 * Owns: one account at a provider that does not exist: its secrets, quotas and mishaps, and the bill of requests.
 * Called by: simulated-backend.ts, which asks it for the operator; the runs, which change secrets and read the bill.
 */

import type { Refusal, SurveyEntry } from '../../../src/fetch/port.ts';
import { type Clock, type Random, sleep } from '../../../src/kube/clock.ts';
import type { CloudProfile, Quota, RequestKind } from './cloud-profiles.ts';

/** What is wrong with the provider. */
export type Mishap =
  | { readonly kind: 'throttles'; readonly share: number; readonly afterMs: number }
  /** connections stay open, and nobody answers */
  | { readonly kind: 'hangs' };

export interface ProviderOptions {
  readonly profile: CloudProfile;
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: readonly string[];
}

interface Stored {
  readonly index: number;
  generation: number;
  changedAt: number;
}

interface Window {
  at: number;
  used: number;
  /** in one window, and in all together */
  most: number;
  total: number;
}

/** Every request takes so long, milliseconds. */
export const LATENCY_MS = 50;
// the time from a change to the event of it
const EVENT_MS = 1_000;
// as azure-survey.ts: a list tells whole seconds
const YOUNG_MS = 10_000;
const MAY_BE_AGO_MS = 86_400_000;

export class SimulatedProvider {
  readonly profile: CloudProfile;
  mishap: Mishap | undefined;
  /** how old what the list tells is, milliseconds */
  listLagMs = 0;
  /** values that were read; a version that is told by an access whose payload is dropped is none */
  valueReads = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #stored = new Map<string, Stored>();
  readonly #entries: SurveyEntry[];
  /** what was changed so lately that the list may tell it otherwise */
  readonly #fresh = new Set<string>();
  readonly #sent = new Map<RequestKind, number>();
  readonly #windows = new Map<Quota, Window>();
  readonly #listeners = new Set<(key: string) => void>();

  constructor({ profile, clock, random, keys }: ProviderOptions) {
    this.profile = profile;
    this.#clock = clock;
    this.#random = random;
    const changedAt = clock.now() - MAY_BE_AGO_MS;
    for (const [index, key] of keys.entries()) this.#stored.set(key, { index, generation: 1, changedAt });
    this.#entries = keys.map((key) => this.#entry(key, 1, changedAt));
  }

  /** Requests of all kinds, and those of them that cost money. */
  get bill(): { readonly requests: number; readonly billed: number } {
    const sent = [...this.#sent];
    const sum = (of: typeof sent) => of.reduce((total, [, count]) => total + count, 0);
    return { requests: sum(sent), billed: sum(sent.filter(([{ billed }]) => billed)) };
  }

  /** By kind of request, such as `ListSecrets`. */
  get sentByName(): ReadonlyMap<string, number> {
    const byName = new Map<string, number>();
    for (const [{ name }, count] of this.#sent) byName.set(name, (byName.get(name) ?? 0) + count);
    return byName;
  }

  /** The largest part of any quota that one of its windows saw. */
  get quotaPeak(): number {
    const shares = [...this.#windows].map(([{ requests }, { most }]) => most / requests);
    return Math.max(0, ...shares);
  }

  /** The largest part of any quota that was used in so many milliseconds since the beginning. */
  quotaShare(ms: number): number {
    const shares = [...this.#windows].map(
      ([{ requests, windowMs }, { total }]) => (total * windowMs) / (requests * ms),
    );
    return Math.max(0, ...shares);
  }

  versionOf(key: string): string | undefined {
    const stored = this.#stored.get(key);
    return stored && version(stored.generation);
  }

  /** A new version now; whoever listens hears of it a second later. */
  rotate(key: string): void {
    const stored = this.#stored.get(key);
    if (!stored) throw new Error(`no secret ${key}`);
    stored.generation++;
    stored.changedAt = this.#clock.now();
    this.#entries[stored.index] = this.#entry(key, stored.generation, stored.changedAt);
    this.#fresh.add(key);
    this.#clock.after(EVENT_MS, () => {
      for (const listener of this.#listeners) listener(key);
    });
  }

  listen(listener: (key: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** So many requests at once: for each, why it failed, or nothing. Rejects with the signal's reason. */
  async send(kind: RequestKind, count: number, signal: AbortSignal): Promise<(Refusal | undefined)[]> {
    signal.throwIfAborted();
    const refusals = Array.from({ length: count }, () => this.#admit(kind));
    const hangs = this.mishap?.kind === 'hangs';
    await sleep(this.#clock, hangs ? this.profile.hangMs : LATENCY_MS, signal);
    signal.throwIfAborted();
    return refusals;
  }

  /** Everything, in pages; the versions where the provider's list tells them. */
  page(number: number): readonly SurveyEntry[] {
    const { pageSize } = this.profile;
    const page = this.#entries.slice(number * pageSize, (number + 1) * pageSize);
    if (this.#fresh.size === 0) return page;
    return page.map((entry) => (this.#fresh.has(entry.key) ? this.#asListed(entry) : entry));
  }

  get pages(): number {
    return Math.ceil(this.#entries.length / this.profile.pageSize);
  }

  #admit(kind: RequestKind): Refusal | undefined {
    this.#sent.set(kind, (this.#sent.get(kind) ?? 0) + 1);
    const { mishap, profile } = this;
    if (mishap?.kind === 'hangs') return { kind: 'unavailable', code: 'Timeout' };
    if (mishap && this.#random() < mishap.share) return { kind: 'throttled', afterMs: mishap.afterMs };
    return this.#isWithin(kind.quota) ? undefined : { kind: 'throttled', afterMs: profile.throttledMs };
  }

  #isWithin(quota: Quota): boolean {
    const at = Math.floor(this.#clock.monotonic() / quota.windowMs);
    const window = this.#windows.get(quota) ?? { at, used: 0, most: 0, total: 0 };
    this.#windows.set(quota, window);
    if (window.at !== at) Object.assign(window, { at, used: 0 });
    window.used++;
    window.total++;
    window.most = Math.max(window.most, window.used);
    return window.used <= quota.requests;
  }

  #asListed(entry: SurveyEntry): SurveyEntry {
    const stored = this.#stored.get(entry.key);
    const age = this.#clock.now() - (stored?.changedAt ?? 0);
    if (!stored) return entry;
    if (age < this.listLagMs) return this.#entry(entry.key, stored.generation - 1, 0);
    if (entry.version === undefined && age < YOUNG_MS)
      return { ...entry, mark: `${entry.mark} seen at ${this.#clock.now()}` };
    this.#fresh.delete(entry.key);
    return entry;
  }

  #entry(key: string, generation: number, changedAt: number): SurveyEntry {
    const mark = `${version(generation)} ${Math.floor(changedAt / 1_000)}`;
    const tellsVersions = this.profile.capabilities.surveyTells === 'versions';
    return { key, mark, ...(tellsVersions && { version: version(generation) }) };
  }
}

function version(generation: number): string {
  return `v${generation}`;
}
