/**
 * Keys for a role of AWS, exchanged for the token of a Kubernetes service account. One exchange serves every backend
 * that is handed the same object, for as long as the keys last.
 *
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
import type { STS } from '@aws-sdk/client-sts';
import { type Clock, deadline, type Random } from '../../../kube/clock.ts';
import type { Freshness, TokenSource } from '../../../kube/kube-endpoint.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import { accountLogin, LoginFailed } from '../account-login.ts';
import type { AwsKeys } from './aws-credentials.ts';
import { type AwsReach, awsSettings, awsSockets, withoutTracing } from './aws-settings.ts';
import { stsRefusal } from './aws-sts-answer.ts';

export interface AwsRole {
  readonly roleArn: string;
  /** shown in CloudTrail; sessionNameFor makes one */
  readonly sessionName: string;
  /** from 900 to what the role allows; an hour if absent, which every role does */
  readonly seconds?: number | undefined;
}

export interface AwsWebIdentityOptions extends AwsReach, AwsRole {
  /** tokens for the audience sts.amazonaws.com */
  readonly token: TokenSource;
  readonly clock: Clock;
  readonly random: Random;
}

interface Held {
  readonly keys: AwsKeys;
  readonly since: number;
  readonly renewAt: number;
  readonly endsAt: number;
}

const DEFAULT_SECONDS = 3_600;
const EXCHANGE_TIMEOUT_MS = 10_000;
// keys that expire while a request is on its way are of no use: more than the 30 s of a call
const MARGIN_MS = 60_000;
// a burst of refusals is one exchange
const FRESH_ENOUGH_MS = 5_000;
const FAILED_MS = 1_000;
// while the old keys still do, an STS that fails is not asked by every call
const RENEW_AGAIN_MS = 30_000;

export class AwsWebIdentity {
  readonly #options: AwsWebIdentityOptions;
  readonly #sockets;
  readonly #token: TokenSource;
  #client: Promise<STS> | undefined;
  #held: Held | undefined;
  #failure: { readonly at: number; readonly error: LoginFailed } | undefined;
  #exchange: Promise<AwsKeys> | undefined;

  constructor(options: AwsWebIdentityOptions) {
    this.#options = options;
    this.#sockets = awsSockets(options);
    this.#token = accountLogin(options.token, options.clock);
  }

  /** An AwsCredentials. Rejects with LoginFailed only. */
  readonly credentials = async ({ fresh }: Freshness): Promise<AwsKeys> => {
    const now = this.#options.clock.monotonic();
    const held = this.#held;
    const isNew = held !== undefined && now - held.since < FRESH_ENOUGH_MS;
    if (held && (!fresh || isNew) && now < this.#dueAt(held)) return held.keys;
    try {
      return await this.#shared(now);
    } catch (error) {
      // keys that are not refused yet outlast an STS that does not answer
      if (held && !fresh && now < held.endsAt) return held.keys;
      throw error;
    }
  };

  close(): void {
    this.#sockets.close();
  }

  /** When keys that are good are renewed. */
  #dueAt({ renewAt, endsAt }: Held): number {
    const tried = (this.#failure?.at ?? Number.NEGATIVE_INFINITY) + RENEW_AGAIN_MS;
    return Math.min(endsAt, Math.max(renewAt, tried));
  }

  async #shared(now: number): Promise<AwsKeys> {
    if (this.#exchange) return this.#exchange;
    if (this.#failure && now - this.#failure.at < FAILED_MS) throw this.#failure.error;
    this.#exchange = this.#renew(now);
    try {
      return await this.#exchange;
    } finally {
      this.#exchange = undefined;
    }
  }

  /** The time left is counted from before the request, by our own steady clock: AWS' may differ. */
  async #renew(since: number): Promise<AwsKeys> {
    const { clock, random, seconds = DEFAULT_SECONDS } = this.#options;
    try {
      const keys = await this.#ask(seconds);
      const lifeMs = seconds * 1_000;
      // between 75 and 85 % of it: identities that began together do not renew together
      const renewAt = since + lifeMs * (0.75 + 0.1 * random());
      this.#held = { keys, since, renewAt, endsAt: since + lifeMs - MARGIN_MS };
      return keys;
    } catch (error) {
      const failed = error instanceof LoginFailed ? error : new LoginFailed(stsRefusal(error, random));
      this.#failure = { at: clock.monotonic(), error: failed };
      throw failed;
    }
  }

  async #ask(seconds: number): Promise<AwsKeys> {
    const { clock, roleArn, sessionName } = this.#options;
    this.#client ??= this.#open();
    const client = await this.#client;
    const token = await this.#token({ fresh: false });
    const input = {
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      DurationSeconds: seconds,
      WebIdentityToken: token.reveal().toString('utf8').trim(),
    };
    using limit = deadline(clock, EXCHANGE_TIMEOUT_MS);
    try {
      const { Credentials } = await client.assumeRoleWithWebIdentity(input, { abortSignal: limit.signal });
      return keysOf(Credentials);
    } catch (error) {
      if (limit.expired) throw new LoginFailed({ kind: 'unavailable', code: 'Timeout' });
      throw error;
    }
  }

  async #open(): Promise<STS> {
    const sdk = await import('@aws-sdk/client-sts');
    const client = new sdk.STS({
      ...awsSettings(this.#options, this.#sockets),
      useGlobalEndpoint: false,
      sigv4aSigningRegionSet: [],
      // the exchange is not signed; should that change, nothing is to be found elsewhere
      credentials: async () => {
        throw new LoginFailed({ kind: 'identityUnavailable', code: 'CredentialMissing' });
      },
    });
    withoutTracing(client);
    return client;
  }
}

interface StsKeys {
  readonly AccessKeyId: string | undefined;
  readonly SecretAccessKey: string | undefined;
  readonly SessionToken: string | undefined;
}

function keysOf(keys: StsKeys | undefined): AwsKeys {
  if (!keys?.AccessKeyId || !keys.SecretAccessKey || !keys.SessionToken)
    throw new LoginFailed({ kind: 'unavailable', code: 'BadAnswer' });
  return {
    accessKeyId: keys.AccessKeyId,
    secretAccessKey: SecretValue.fromText(keys.SecretAccessKey),
    sessionToken: SecretValue.fromText(keys.SessionToken),
  };
}
