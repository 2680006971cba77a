/**
 * Whose tokens a cloud's fake takes, and what may be wrong with one: judged as OpenID Connect has it, with the issuer's
 * public keys and nothing else. Used by the fakes of all three clouds.
 *
 * https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
 */
import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';

export interface TrustedIssuer {
  readonly url: string;
  /** by `kid` */
  readonly keys: ReadonlyMap<string, KeyObject>;
}

export type TokenFault = 'signature' | 'issuer' | 'audience' | 'subject' | 'expired';
export type Claims = Readonly<Record<string, unknown>>;

export interface Expected {
  readonly issuer: TrustedIssuer;
  /** any of them */
  readonly audiences: readonly string[];
  readonly subject: string;
  /** milliseconds since 1970 */
  readonly now: number;
}

export interface Judgement {
  /** Empty: the token is good. What is not signed says nothing, so then there is but one fault. */
  readonly faults: ReadonlySet<TokenFault>;
  readonly claims: Claims;
}

/** An issuer by the two documents that it publishes: `/.well-known/openid-configuration` and its keys. */
export function issuerFrom(discovery: unknown, jwks: unknown): TrustedIssuer {
  const { issuer: url } = discovery as { readonly issuer: string };
  const { keys } = jwks as { readonly keys: readonly (JsonWebKey & { readonly kid?: string })[] };
  const named = keys.map((key) => [key.kid ?? '', createPublicKey({ key, format: 'jwk' })] as const);
  return { url, keys: new Map(named) };
}

/** An issuer with one key, whose tokens do not say which. */
export function singleKeyIssuer(url: string, key: KeyObject | string): TrustedIssuer {
  return { url, keys: new Map([['', typeof key === 'string' ? createPublicKey(key) : key]]) };
}

export function judgeToken(token: string, { issuer, audiences, subject, now }: Expected): Judgement {
  const claims = signedClaims(token, issuer);
  if (!claims) return { faults: new Set(['signature']), claims: {} };
  const named = [claims['aud']].flat();
  const starts = Number(claims['nbf'] ?? 0) * 1_000;
  const wrong: Readonly<Record<Exclude<TokenFault, 'signature'>, boolean>> = {
    issuer: claims['iss'] !== issuer.url,
    audience: !audiences.some((audience) => named.includes(audience)),
    subject: claims['sub'] !== subject,
    expired: !(Number(claims['exp']) * 1_000 > now && starts <= now),
  };
  const faults = (Object.keys(wrong) as (keyof typeof wrong)[]).filter((fault) => wrong[fault]);
  return { faults: new Set(faults), claims };
}

/** Undefined unless one of the issuer's keys has signed exactly this. */
function signedClaims(token: string, { keys }: TrustedIssuer): Claims | undefined {
  const [head = '', body = '', signature = ''] = token.split('.');
  const { alg, kid = '' } = partOf(head);
  const key = keys.get(String(kid));
  if (!key || alg !== algorithmOf(key)) return undefined;
  const sealed = Buffer.from(`${head}.${body}`);
  const means = { key, dsaEncoding: 'ieee-p1363' } as const;
  return verify('sha256', sealed, means, Buffer.from(signature, 'base64url')) ? partOf(body) : undefined;
}

/** Whoever signed it. */
export function tokenClaims(token: string): Claims {
  return partOf(token.split('.')[1] ?? '');
}

function algorithmOf(key: KeyObject): string {
  return key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256';
}

function partOf(text: string): Claims {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as Claims;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
