/**
 * Payloads for the seconds in which many scopes ask for the same change, so that 2,000 scopes that inherit one secret
 * cause one read. Shared by all accounts of a fetcher. Authorization has been asked before anything is looked up here.
 *
 * Owns what it holds and wipes it: 5 s after the last use, 30 s after the read, when room is needed, when its account
 * closes. Payloads never leave; who asks gets to see one and makes of it what it keeps.
 */
import type { Clock } from '../kube/clock.ts';
import { payloadBytes, wipePayload } from './payload.ts';
import type { Payload, SecretRef } from './port.ts';
import { refKey, UNKNOWN_VERSION } from './provider-operations.ts';

const IDLE_MS = 5_000;
const LIFE_MS = 30_000;
// with IDLE_MS: nothing is held 6 s after its last use
const SWEEP_MS = 1_000;
// 1,000 organization secrets of 48 KB, or 64 Kubernetes Secrets of 1 MiB
const MAX_BYTES = 64 * 1024 * 1024;

/** Which secret of which account. */
export interface Slot {
  readonly account: string;
  readonly ref: SecretRef;
}

interface Entry {
  readonly slot: Slot;
  readonly version: string;
  readonly payload: Payload;
  readonly bytes: number;
  readonly readAt: number;
  /** versions that somebody wanted and that this read answers, its own among them */
  readonly answers: Set<string>;
  /** undefined until somebody saw it: a read that told a version is made for whoever writes next */
  usedAt: number | undefined;
}

export class ValueCache {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  /** the least recently used first */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  #cancelSweep: (() => void) | undefined;

  constructor(clock: Clock, maxBytes: number = MAX_BYTES) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  /** The sum of what it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What `take` makes of the payload that answers `wanted`, or undefined without one. */
  use<T>(
    slot: Slot,
    wanted: string,
    take: (version: string, payload: Payload) => T,
  ): { readonly result: T } | undefined {
    const entry = this.#entries.get(keyOf(slot));
    if (!entry?.answers.has(wanted) || this.#isOver(entry)) return undefined;
    entry.usedAt = this.#clock.monotonic();
    this.#entries.delete(keyOf(slot));
    this.#entries.set(keyOf(slot), entry);
    return { result: take(entry.version, entry.payload) };
  }

  /** Takes over the payload, which was read when `wanted` was asked for. */
  keep(slot: Slot, wanted: string, version: string, payload: Payload): void {
    this.#drop(keyOf(slot));
    const bytes = payloadBytes(payload);
    if (bytes > this.#maxBytes) {
      wipePayload(payload);
      return;
    }
    const now = this.#clock.monotonic();
    const answers = new Set([wanted, version]);
    const used = wanted === UNKNOWN_VERSION ? undefined : now;
    this.#entries.set(keyOf(slot), { slot, version, payload, bytes, answers, readAt: now, usedAt: used });
    this.#bytes += bytes;
    this.#makeRoom();
    this.#cancelSweep ??= this.#clock.after(SWEEP_MS, () => this.#sweep());
  }

  /** A key may have changed: what was read answers its own version only, no longer one that was wanted meanwhile. */
  outdate(account: string, matches: (key: string) => boolean): void {
    for (const { slot, answers, version } of this.#entries.values()) {
      if (slot.account !== account || !matches(slot.ref.key)) continue;
      answers.clear();
      answers.add(version);
    }
  }

  /** Nobody is to have what was read of this key. */
  forget(account: string, secret: string): void {
    for (const [key, { slot }] of this.#entries)
      if (slot.account === account && slot.ref.key === secret) this.#drop(key);
  }

  forgetAccount(account: string): void {
    for (const [key, { slot }] of this.#entries) if (slot.account === account) this.#drop(key);
  }

  close(): void {
    for (const key of this.#entries.keys()) this.#drop(key);
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
  }

  #isOver({ usedAt, readAt }: Entry): boolean {
    const now = this.#clock.monotonic();
    return (usedAt !== undefined && now - usedAt >= IDLE_MS) || now - readAt >= LIFE_MS;
  }

  #makeRoom(): void {
    for (const key of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#drop(key);
    }
  }

  #sweep(): void {
    for (const [key, entry] of this.#entries) if (this.#isOver(entry)) this.#drop(key);
    this.#cancelSweep =
      this.#entries.size === 0 ? undefined : this.#clock.after(SWEEP_MS, () => this.#sweep());
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    wipePayload(entry.payload);
  }
}

function keyOf({ account, ref }: Slot): string {
  return JSON.stringify([account, refKey(ref)]);
}
