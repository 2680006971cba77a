/**
 * Calls to Secret Manager as one identity: one attempt each, with a deadline, over a channel that is bound to checked
 * addresses. Called by the Google backend and its writer. Rejects with the failure of gRPC, LoginFailed, GcpUnreachable
 * or the signal's reason; gcp-answer.ts makes answers of them.
 */
import type { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import type { Clock, Random } from '../../../kube/clock.ts';
import { bearer, type Freshness, type TokenSource } from '../../../kube/kube-endpoint.ts';
import { LoginFailed } from '../account-login.ts';
import { GcpUnreachable, GRPC, isGrpcFailure } from './gcp-answer.ts';
import { CALL_MS, type CallHeaders, invoke, unlessAborted } from './gcp-call.ts';
import {
  type GcpMethod,
  type GcpReply,
  type GcpRequest,
  type GcpSecurity,
  type GcpTarget,
  loadGcpSdk,
} from './gcp-sdk.ts';

/** The outbound connector's: what may be connected to for this host. Never rejects. */
export type CheckAddresses = (host: string) => Promise<
  | {
      readonly kind: 'checked';
      readonly addresses: readonly { readonly address: string; readonly family: number }[];
    }
  | { readonly kind: 'refused'; readonly code: string }
>;

export interface GcpChannelOptions {
  readonly host: string;
  readonly port: number;
  readonly security: GcpSecurity;
  readonly checkedAddresses: CheckAddresses;
  readonly token: TokenSource;
  readonly clock: Clock;
  readonly random: Random;
}

interface OpenClient {
  readonly client: SecretManagerServiceClient;
  readonly openedAt: number;
  /** until it is replaced; not the same for all, so that not all resolve at once */
  readonly goodForMs: number;
}

// names of front ends are usually good for five minutes: older addresses may be gone
const CHANNEL_MS = 300_000;
// a burst of failures opens one new channel
const SUSPECT_AFTER_MS = 5_000;
const CLOSED = 'ConnectionClosed';

export class GcpChannel {
  readonly #options: GcpChannelOptions;
  readonly #identity: (freshness: Freshness) => Promise<{ readonly headers: CallHeaders }>;
  readonly #retired = new Map<SecretManagerServiceClient, () => void>();
  #current: OpenClient | undefined;
  #opening: Promise<OpenClient> | undefined;
  #suspect = false;
  #closed = false;
  /** requests so far */
  sent = 0;
  /** of those, accesses of a value: Google charges for no other */
  accesses = 0;

  constructor(options: GcpChannelOptions) {
    this.#options = options;
    this.#identity = bearer(options.token);
  }

  async call<M extends GcpMethod>(
    method: M,
    request: GcpRequest<M>,
    signal: AbortSignal,
  ): Promise<GcpReply<M>> {
    try {
      return await this.#attempt(method, request, signal, { fresh: false });
    } catch (error) {
      if (!isGrpcFailure(error, GRPC.unauthenticated)) throw error;
      return await this.#attempt(method, request, signal, { fresh: true });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    // it ends in a failure now, which whoever waits for it is told
    await Promise.allSettled([this.#opening]);
    for (const cancel of this.#retired.values()) cancel();
    const open = [...this.#retired.keys(), ...(this.#current ? [this.#current.client] : [])];
    this.#current = undefined;
    this.#retired.clear();
    await Promise.allSettled(open.map((client) => client.close()));
  }

  async #attempt<M extends GcpMethod>(
    method: M,
    request: GcpRequest<M>,
    signal: AbortSignal,
    freshness: Freshness,
  ): Promise<GcpReply<M>> {
    signal.throwIfAborted();
    const { headers } = await unlessAborted(this.#login(freshness), signal);
    const { client } = await unlessAborted(this.#client(), signal);
    this.sent++;
    if (method === 'accessSecretVersion') this.accesses++;
    try {
      return await invoke(client, method, request, headers, signal);
    } catch (error) {
      if (isGrpcFailure(error, GRPC.unavailable) || isGrpcFailure(error, GRPC.deadlineExceeded))
        this.#suspect = true;
      throw error;
    }
  }

  async #login(freshness: Freshness): Promise<{ readonly headers: CallHeaders }> {
    try {
      return await this.#identity(freshness);
    } catch (error) {
      if (error instanceof LoginFailed) throw error;
      throw new LoginFailed({ kind: 'identityUnavailable', code: 'TokenFailed' });
    }
  }

  async #client(): Promise<OpenClient> {
    if (this.#closed) throw new GcpUnreachable(CLOSED);
    if (this.#current && !this.#isWorn(this.#current)) return this.#current;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  #isWorn({ openedAt, goodForMs }: OpenClient): boolean {
    const age = this.#options.clock.monotonic() - openedAt;
    return age > goodForMs || (this.#suspect && age > SUSPECT_AFTER_MS);
  }

  async #open(): Promise<OpenClient> {
    const [sdk, target] = await Promise.all([loadGcpSdk(), this.#target()]);
    if (this.#closed) throw new GcpUnreachable(CLOSED);
    const { clock, random } = this.#options;
    const goodForMs = CHANNEL_MS * (1 - random() / 4);
    if (this.#current) this.#retire(this.#current.client);
    this.#current = { client: sdk.open(target), openedAt: clock.monotonic(), goodForMs };
    this.#suspect = false;
    return this.#current;
  }

  /** Calls that are under way end by themselves. */
  #retire(client: SecretManagerServiceClient): void {
    const cancel = this.#options.clock.after(CALL_MS, () => {
      this.#retired.delete(client);
      void Promise.allSettled([client.close()]);
    });
    this.#retired.set(client, cancel);
  }

  async #target(): Promise<GcpTarget> {
    const { host, port, security, checkedAddresses } = this.#options;
    const checked = await checkedAddresses(host);
    if (checked.kind === 'refused') throw new GcpUnreachable(checked.code);
    // a target has one family: that of the address which the resolver prefers
    const family = checked.addresses[0]?.family === 6 ? 6 : 4;
    const [first, ...others] = checked.addresses
      .filter((each) => each.family === family)
      .map(({ address }) => address);
    if (first === undefined) throw new GcpUnreachable('NotResolved');
    return { host, port, security, family, addresses: [first, ...others] };
  }
}
