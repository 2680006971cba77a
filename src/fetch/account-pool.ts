/**
 * Which backend object uses which account, and which accounts are open. Owned by the fetcher.
 * An account closes with the last backend object that means it.
 */
import type { Clock, Random } from '../kube/clock.ts';
import type { PlanLine } from '../model/plan.ts';
import { Account, type CacheLookup } from './account.ts';
import type { AccountEvent, CallRecord } from './dispatcher.ts';
import type { Backend } from './port.ts';
import type { RequestsByProvider } from './requests-sent.ts';
import { ValueCache } from './value-cache.ts';

/** The part of a plan line that says which backend object is meant. */
export type BackendLine = Pick<PlanLine['backend'], 'id' | 'provider' | 'identity'>;

/** How a backend object is reached. Asked for again and again, so it must be cheap until `open` is called. */
export interface Connection {
  /**
   * Equal for equal provider accounts with equal identities, and for nothing else: what is read for one is shown to
   * all who share it.
   */
  readonly account: string;
  readonly refreshIntervalMs?: number | undefined;
  readonly open: () => Backend;
}

export interface FetchHooks {
  readonly onCall?: (record: CallRecord) => void;
  readonly onLookup?: (lookup: CacheLookup) => void;
  /** `account` as in Connection; for logs, not for labels of metrics */
  readonly onEvent?: (account: string, event: AccountEvent) => void;
}

export interface AccountPoolOptions {
  /**
   * The connection for exactly this identity, which is what was planned and approved, whatever the object says
   * meanwhile; undefined when the backend object is gone.
   */
  readonly connect: (backend: BackendLine) => Connection | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly hooks?: FetchHooks;
  /** counts what is sent; for metrics */
  readonly requests?: RequestsByProvider;
}

/** `undefined` for the key means any key of that backend. */
export type ChangeListener = (backendUid: string, key: string | undefined) => void;

/** What the status of a backend tells. */
const TOLD_OF_BACKENDS: ReadonlySet<AccountEvent['kind']> = new Set([
  'eventsArrive',
  'eventsMissing',
  'circuitOpened',
  'circuitClosed',
]);

export interface OpenAccount {
  readonly account: Account;
  /** what the owner of the backend object chose */
  readonly chosenMs: number | undefined;
}

export class AccountPool {
  readonly #options: AccountPoolOptions;
  readonly #values: ValueCache;
  readonly #accounts = new Map<string, Account>();
  /** UID of a backend object → id of the account that it means */
  readonly #users = new Map<string, string>();
  readonly #listeners = new Set<ChangeListener>();
  /** hears whose changes begin or cease to arrive by themselves, and who cannot be reached or can again */
  onEvents: (backendUid: string) => void = () => undefined;

  constructor(options: AccountPoolOptions) {
    this.#options = options;
    this.#values = new ValueCache(options.clock);
  }

  /** Bytes of values held at this moment. */
  get heldBytes(): number {
    return this.#values.bytes;
  }

  get accounts(): IterableIterator<Account> {
    return this.#accounts.values();
  }

  /** Throws only what `connect` or `open` throw. */
  open(backend: BackendLine): OpenAccount | undefined {
    const connection = this.#options.connect(backend);
    if (!connection) return undefined;
    const account = this.#accounts.get(connection.account) ?? this.#add(connection);
    this.#use(backend.id.uid, account.id);
    return { account, chosenMs: connection.refreshIntervalMs };
  }

  /** The account that a backend object means, if it was ever asked. */
  accountOf(backendUid: string): Account | undefined {
    return this.#accounts.get(this.#users.get(backendUid) ?? '');
  }

  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  forget(backendUid: string): void {
    const was = this.#users.get(backendUid);
    this.#users.delete(backendUid);
    if (was !== undefined) this.#closeUnused(was);
  }

  /** Forgets every backend object that is not among these. */
  retain(backendUids: ReadonlySet<string>): void {
    for (const uid of [...this.#users.keys()]) if (!backendUids.has(uid)) this.forget(uid);
  }

  async close(): Promise<void> {
    const open = [...this.#accounts.values()];
    this.#accounts.clear();
    this.#users.clear();
    this.#listeners.clear();
    await Promise.all(open.map((account) => account.close()));
    this.#values.close();
  }

  #add({ account: id, open }: Connection): Account {
    const { clock, random, hooks = {} } = this.#options;
    const backend = open();
    this.#options.requests?.opened(id, backend);
    const account = new Account({
      id,
      backend,
      values: this.#values,
      clock,
      random,
      onCall: (record) => hooks.onCall?.(record),
      onLookup: (lookup) => hooks.onLookup?.(lookup),
      onEvent: (event) => {
        hooks.onEvent?.(id, event);
        if (TOLD_OF_BACKENDS.has(event.kind)) this.#tellUsers(id);
      },
      onChange: (key) => this.#changed(id, key),
    });
    this.#accounts.set(id, account);
    return account;
  }

  /** A backend object that means another account than before lets go of the old one. */
  #use(uid: string, id: string): void {
    const was = this.#users.get(uid);
    this.#users.set(uid, id);
    if (was !== undefined && was !== id) this.#closeUnused(was);
  }

  #closeUnused(id: string): void {
    if ([...this.#users.values()].includes(id)) return;
    const account = this.#accounts.get(id);
    this.#accounts.delete(id);
    this.#options.requests?.closed(id);
    void account?.close();
  }

  #tellUsers(id: string): void {
    for (const [uid, used] of this.#users) if (used === id) this.onEvents(uid);
  }

  #changed(id: string, key: string | undefined): void {
    for (const [uid, used] of this.#users) {
      if (used !== id) continue;
      for (const listener of this.#listeners) listener(uid, key);
    }
  }
}
