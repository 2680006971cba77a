/** What the token endpoint of an authority answers. Pure; called by azure-login.ts. */
import { SecretValue } from '../../../model/secret-value.ts';
import type { Refusal } from '../../port.ts';
import type { AzureResponse } from './azure-exchange.ts';
import { parsed, retryAfterMs } from './azure-failure.ts';

export interface IssuedToken {
  readonly token: SecretValue;
  readonly lifetimeMs: number;
}

const THROTTLED_MS = 5_000;
// Entra issues for 60 to 90 minutes, with continuous access evaluation for up to 28 hours
const LONGEST_LIFETIME_S = 100_800;

/** undefined for anything but a bearer token that a header can carry and that is good for some time. */
export function issuedToken(body: string): IssuedToken | undefined {
  const answer = (parsed(body) ?? {}) as { readonly [field: string]: unknown };
  const { access_token: token, expires_in: seconds } = answer;
  const lifetime = typeof seconds === 'number' || typeof seconds === 'string' ? Number(seconds) : Number.NaN;
  if (typeof token !== 'string' || !/^[!-~]+$/.test(token) || !(lifetime > 0)) return undefined;
  const lifetimeMs = Math.min(lifetime, LONGEST_LIFETIME_S) * 1_000;
  return { token: SecretValue.fromText(token), lifetimeMs };
}

/**
 * `AADSTS700016` and the like say exactly what is wrong with an identity, in one word and without its text:
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export function tokenRefusal({ status, headers, body }: AzureResponse): Refusal {
  if (status === 429) {
    return { kind: 'throttled', afterMs: retryAfterMs(headers['retry-after']) ?? THROTTLED_MS };
  }
  if (status >= 500) return { kind: 'unavailable', code: `Http${status}` };
  if (status === 200) return { kind: 'identityUnavailable', code: 'BadTokenAnswer' };
  const { error_codes: codes } = (parsed(body) ?? {}) as { readonly error_codes?: unknown };
  const code: unknown = Array.isArray(codes) ? codes[0] : undefined;
  const known = Number.isInteger(code) && Number(code) > 0 && Number(code) < 1e9;
  return { kind: 'identityUnavailable', code: known ? `AADSTS${String(code)}` : 'TokenRefused' };
}
