/**
 * Access tokens kept for their lifetime: one exchange for an identity, shared by all who ask meanwhile, and made again
 * before the old token ends, at a time of its own for each identity. Called by the identities.
 */
import type { Clock, Random } from '../../../kube/clock.ts';
import type { Freshness, TokenSource } from '../../../kube/kube-endpoint.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import { LoginFailed } from '../account-login.ts';

export interface AccessToken {
  readonly token: SecretValue;
  readonly lifetimeMs: number;
}

interface Kept {
  readonly token: SecretValue;
  readonly at: number;
  readonly renewAfterMs: number;
  readonly endsAfterMs: number;
}

// renewed when 60 to 80 % of the hour are over: with 1,000 identities of one start, less than two exchanges a second
const EARLIEST = 0.6;
const SPREAD = 0.2;
// a call that starts with it has still to end
const MARGIN_MS = 30_000;
// a burst of refusals is one exchange; so is a burst of calls after a failed one
const FRESH_ENOUGH_MS = 5_000;
const FAILED_MS = 1_000;

/** Rejects with LoginFailed only. `exchange` may be asked for a new token at any time. */
export function keptTokens(
  exchange: (freshness: Freshness) => Promise<AccessToken>,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): TokenSource {
  let kept: Kept | undefined;
  let failed: { readonly at: number; readonly error: LoginFailed } | undefined;
  let running: Promise<SecretValue> | undefined;
  const age = (at: number) => clock.monotonic() - at;

  const renew = async (freshness: Freshness) => {
    try {
      const { token, lifetimeMs } = await exchange(freshness);
      const renewAfterMs = lifetimeMs * (EARLIEST + SPREAD * random());
      kept = { token, at: clock.monotonic(), renewAfterMs, endsAfterMs: lifetimeMs - MARGIN_MS };
      failed = undefined;
      return token;
    } catch (error) {
      failed = { at: clock.monotonic(), error: asLoginFailed(error) };
      throw failed.error;
    } finally {
      running = undefined;
    }
  };

  return async ({ fresh }) => {
    const valid = kept && age(kept.at) < kept.endsAfterMs ? kept : undefined;
    const refused = fresh && valid !== undefined && age(valid.at) > FRESH_ENOUGH_MS;
    if (valid && !refused && age(valid.at) <= valid.renewAfterMs) return valid.token;
    // the old one is good until the new one is there; whether there will be one shows when it ends
    const enough = valid && !refused ? valid.token : undefined;
    if (failed && age(failed.at) < FAILED_MS) return enough ?? Promise.reject(failed.error);
    running ??= renew({ fresh });
    if (!enough) return running;
    running.catch(asLoginFailed);
    return enough;
  };
}

/** `expires_in` of https://www.rfc-editor.org/rfc/rfc6749#section-5.1; anything else is no token. */
export function accessTokenOf(token: unknown, seconds: unknown): AccessToken {
  const usable = typeof token === 'string' && /^[\x21-\x7e]{1,16384}$/.test(token);
  if (!usable || typeof seconds !== 'number' || !(seconds > 0)) {
    throw new LoginFailed({ kind: 'identityUnavailable', code: 'NotAToken' });
  }
  return { token: SecretValue.fromText(token), lifetimeMs: seconds * 1000 };
}

function asLoginFailed(error: unknown): LoginFailed {
  return error instanceof LoginFailed ? error : noToken();
}

function noToken(): LoginFailed {
  return new LoginFailed({ kind: 'identityUnavailable', code: 'TokenFailed' });
}
