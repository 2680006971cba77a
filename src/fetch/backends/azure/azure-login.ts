/**
 * Tokens for vaults, had in exchange for a proof of who one is. One exchange for an identity and a token's lifetime,
 * whoever asks. Shared by all vaults of an identity; owned by whoever opens them.
 *
 * The bare OAuth request, not @azure/identity: its credentials take a region from AZURE_REGIONAL_AUTHORITY_NAME
 * whatever they are given, cannot be told not to, ask the authority's discovery document where to send the proof, and
 * bring proxies, retries, a cache and a log of their own. This is one POST to a host of a closed list.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
import type { Clock, Random } from '../../../kube/clock.ts';
import type { TokenSource } from '../../../kube/kube-endpoint.ts';
import type { SecretValue } from '../../../model/secret-value.ts';
import type { Refusal } from '../../port.ts';
import { accountLogin, LoginFailed } from '../account-login.ts';
import { type AzureAuthority, isAzureTenant, isSameTenant } from './azure-authority.ts';
import { type AzureMeans, azureExchange } from './azure-exchange.ts';
import { AzureFailure } from './azure-failure.ts';
import { issuedToken, tokenRefusal } from './azure-token.ts';

export interface AzureAccessToken {
  readonly token: string;
  readonly expiresOnTimestamp: number;
  /** from then on the SDK asks again, and meanwhile uses what it has */
  readonly refreshAfterTimestamp: number;
}

/** As the SDK asks for it; a TokenCredential in its words. */
export interface AzureCredential {
  /** Rejects with LoginFailed only. */
  getToken(scopes: string | string[], options?: { readonly tenantId?: string }): Promise<AzureAccessToken>;
  /** A vault refused the token: whoever asks next gets another one. */
  forget(): void;
}

export interface AzureLoginOptions extends AzureMeans {
  readonly authority: AzureAuthority;
  /** a GUID, or a domain of the tenant */
  readonly tenantId: string;
  /** of the application or the managed identity */
  readonly clientId: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** What proves the identity, as fields of the request. */
type Proof = () => Promise<Readonly<Record<string, string>>>;

interface HeldToken {
  readonly value: SecretValue;
  readonly issuedAt: number;
  readonly renewAt: number;
  readonly expiresAt: number;
}

// a burst of refusals is one exchange
const FRESH_ENOUGH_MS = 5_000;
// while the authority does not answer, a token that is still good is used on
const RETRY_MS = 30_000;
// what a call may take after it was given a token
const LAST_USE_MS = 30_000;

class AzureLogin implements AzureCredential {
  readonly #options: AzureLoginOptions;
  readonly #proof: Proof;
  #held: HeldToken | undefined;
  #exchange: Promise<AzureAccessToken> | undefined;
  #failure: { readonly error: LoginFailed; readonly until: number } | undefined;

  protected constructor(options: AzureLoginOptions, proof: Proof) {
    this.#options = options;
    this.#proof = proof;
  }

  /** Neither the scope nor the tenant of a challenge is obeyed: a vault does not decide what it gets a token for. */
  async getToken(
    _scopes: string | string[],
    { tenantId }: { readonly tenantId?: string } = {},
  ): Promise<AzureAccessToken> {
    const isForeign = tenantId !== undefined && !isSameTenant(tenantId, this.#options.tenantId);
    if (isForeign) throw loginFailed('TenantMismatch');
    return this.#current();
  }

  forget(): void {
    if (this.#held && this.#age(this.#held) >= FRESH_ENOUGH_MS) this.#drop();
  }

  async #current(): Promise<AzureAccessToken> {
    const now = this.#options.clock.monotonic();
    if (this.#held && now < this.#held.renewAt) return this.#shown(this.#held);
    if (this.#failure && now < this.#failure.until) return this.#fallback(this.#failure.error);
    this.#exchange ??= this.#renew();
    return this.#exchange;
  }

  async #renew(): Promise<AzureAccessToken> {
    try {
      const held = await this.#request();
      this.#drop();
      this.#failure = undefined;
      this.#held = held;
      return this.#shown(held);
    } catch (error) {
      const failed = error instanceof LoginFailed ? error : loginFailed('TokenFailed');
      const until = this.#options.clock.monotonic() + (this.#isUsable() ? RETRY_MS : 1_000);
      this.#failure = { error: failed, until };
      return this.#fallback(failed);
    } finally {
      this.#exchange = undefined;
    }
  }

  #fallback(error: LoginFailed): AzureAccessToken {
    if (this.#held && this.#isUsable()) return this.#shown(this.#held);
    throw error;
  }

  /** At once, not after an await: a token that is replaced is wiped. */
  #shown({ value, renewAt, expiresAt }: HeldToken): AzureAccessToken {
    const { clock } = this.#options;
    const wall = (monotonic: number) => clock.now() + monotonic - clock.monotonic();
    const times = { expiresOnTimestamp: wall(expiresAt), refreshAfterTimestamp: wall(renewAt) };
    return { token: value.reveal().toString('latin1'), ...times };
  }

  async #request(): Promise<HeldToken> {
    const { authority, tenantId, clientId, clock, random } = this.#options;
    if (!isAzureTenant(tenantId)) throw loginFailed('TenantInvalid');
    const form = { grant_type: 'client_credentials', client_id: clientId, scope: authority.vaultScope };
    const body = new URLSearchParams({ ...form, ...(await this.#proof()) }).toString();
    const url = `${authority.url}/${tenantId}/oauth2/v2.0/token`;
    const issuedAt = clock.monotonic();
    const answer = await this.#post(url, body);
    const issued = answer.status === 200 ? issuedToken(answer.body) : undefined;
    if (!issued) throw new LoginFailed(tokenRefusal(answer));
    // between 70 and 80 % of its life, so that identities do not renew in step
    const renewAt = issuedAt + issued.lifetimeMs * (0.7 + 0.1 * random());
    return { value: issued.token, issuedAt, renewAt, expiresAt: issuedAt + issued.lifetimeMs };
  }

  async #post(url: string, body: string) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    try {
      return await azureExchange(this.#options, { url, method: 'POST', headers, body });
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error;
      throw new LoginFailed({ kind: 'unavailable', code: error.code });
    }
  }

  #drop(): void {
    this.#held?.value.wipe();
    this.#held = undefined;
  }

  #age({ issuedAt }: HeldToken): number {
    return this.#options.clock.monotonic() - issuedAt;
  }

  #isUsable(): boolean {
    const { clock } = this.#options;
    return this.#held !== undefined && clock.monotonic() + LAST_USE_MS < this.#held.expiresAt;
  }
}

/**
 * A service account whose tokens the application or managed identity trusts; `assertion` is for the audience
 * `api://AzureADTokenExchange`. https://learn.microsoft.com/entra/workload-id/workload-identity-federation
 */
export class AzureWorkloadIdentity extends AzureLogin {
  constructor(options: AzureLoginOptions & { readonly assertion: TokenSource }) {
    const assertion = accountLogin(options.assertion, options.clock);
    super(options, async () => ({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: (await assertion({ fresh: false })).reveal().toString('utf8').trim(),
    }));
  }
}

/** An application's secret. It stays the caller's, who wipes it. */
export class AzureClientSecret extends AzureLogin {
  constructor(options: AzureLoginOptions & { readonly secret: SecretValue }) {
    super(options, async () => ({ client_secret: options.secret.reveal().toString('utf8') }));
  }
}

function loginFailed(code: string): LoginFailed {
  const answer: Refusal = { kind: 'identityUnavailable', code };
  return new LoginFailed(answer);
}
