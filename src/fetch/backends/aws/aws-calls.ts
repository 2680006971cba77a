/**
 * Every request of an AWS backend to Secrets Manager. Owned by aws-backend.ts.
 * The SDK is loaded with the first of them: an operator without AWS never pays for it.
 */
import type { SecretsManager } from '@aws-sdk/client-secrets-manager';
import type { Random } from '../../../kube/clock.ts';
import { type AwsVerdict, verdictOf } from './aws-answer.ts';
import { type AwsCredentials, signingIdentity } from './aws-credentials.ts';
import { type AwsReach, awsSettings, awsSockets, withoutTracing } from './aws-settings.ts';

export type Attempt<T> =
  | { readonly kind: 'done'; readonly output: T }
  | { readonly kind: 'failed'; readonly verdict: AwsVerdict };

/** Keys that AWS does not take any more: rotated, deactivated or over. */
const STALE: ReadonlySet<string> = new Set(['CredentialExpired', 'CredentialUnknown', 'SignatureInvalid']);

/** As every method of the client takes it. */
export interface SendOptions {
  readonly abortSignal: AbortSignal;
}

export class AwsCalls {
  readonly random: Random;
  /** requests so far */
  sent = 0;
  readonly #reach: AwsReach;
  readonly #credentials: AwsCredentials;
  readonly #sockets;
  #client: Promise<SecretsManager> | undefined;
  #stale = false;

  constructor(reach: AwsReach, credentials: AwsCredentials, random: Random) {
    this.random = random;
    this.#reach = reach;
    this.#credentials = credentials;
    this.#sockets = awsSockets(reach);
  }

  /** Rejects only with the signal's reason. Keys that AWS does not take any more are renewed once. */
  async attempt<T>(
    call: (client: SecretsManager, options: SendOptions) => Promise<T>,
    signal: AbortSignal,
  ): Promise<Attempt<T>> {
    const first = await this.#send(call, signal);
    if (first.kind === 'done' || !isStale(first.verdict)) return first;
    this.#stale = true;
    return this.#send(call, signal);
  }

  async #send<T>(
    call: (client: SecretsManager, options: SendOptions) => Promise<T>,
    signal: AbortSignal,
  ): Promise<Attempt<T>> {
    signal.throwIfAborted();
    this.#client ??= this.#open();
    const client = await this.#client;
    this.sent++;
    try {
      return { kind: 'done', output: await call(client, { abortSignal: signal }) };
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'failed', verdict: verdictOf(error, this.random) };
    }
  }

  close(): void {
    this.#sockets.close();
  }

  async #open(): Promise<SecretsManager> {
    const sdk = await import('@aws-sdk/client-secrets-manager');
    const client = new sdk.SecretsManager({
      ...awsSettings(this.#reach, this.#sockets),
      // `memoized` keeps the SDK from caching keys itself: it would hold those without an end for ever
      credentials: Object.assign(() => this.#identity(), { memoized: true }),
    });
    withoutTracing(client);
    return client;
  }

  async #identity() {
    const fresh = this.#stale;
    this.#stale = false;
    return signingIdentity(await this.#credentials({ fresh }));
  }
}

function isStale(verdict: AwsVerdict): boolean {
  return verdict.kind === 'identityUnavailable' && STALE.has(verdict.code);
}
