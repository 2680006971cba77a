/**
 * What a code means for whoever owns the backend: a reason, what is wrong, and the next step. Pure; called by
 * answer-wording.ts. Codes are ours, a socket's or one word of the provider's; what is not listed here is said with its
 * code alone.
 */
import type { Reason } from '../model/reasons.ts';

export interface CodeMeaning {
  readonly reason: Reason;
  /** after the name of the backend */
  readonly what: string;
  readonly next: string;
}

const TRUST = 'check that it trusts this cluster and names the service account (see the guide of that cloud)';
const CREDENTIAL = 'put a valid one into the Secret in its auth';

const account: CodeMeaning = {
  reason: 'IdentityUnavailable',
  what: 'gets no token of the service account in its auth',
  next: 'check that the account exists, that the namespace is enrolled with it (secretscope enroll NAMESPACE --service-account NAME) and that it lends its identity (verb lend on secretbackends, as secretscope init writes it)',
};
const document: CodeMeaning = {
  reason: 'IdentityUnavailable',
  what: 'finds no credential that it may use in the Secret of its auth',
  next: 'write the fields that the guide of that cloud names, and nothing else',
};
const rejected: CodeMeaning = {
  reason: 'CredentialRejected',
  what: 'has a credential that the provider does not accept',
  next: `renew it: with secretRef, ${CREDENTIAL}; with serviceAccountRef it is renewed by itself`,
};
const refused: CodeMeaning = {
  reason: 'IdentityRefused',
  what: 'has a service account whose token the provider does not exchange for the identity in its auth',
  next: TRUST,
};
const address = (what: string, next: string): CodeMeaning => ({
  reason: 'BackendAddressInvalid',
  what,
  next,
});

const OWN_ADDRESSES = 'a backend reaches public addresses of the cloud alone, and no address of this cluster';

export const IDENTITY_CODES: Readonly<Record<string, CodeMeaning>> = {
  ServiceAccountNotFound: account,
  TokenFailed: account,
  TokenRequestForbidden: account,
  CredentialMissing: {
    reason: 'IdentityUnavailable',
    what: 'names a Secret in its auth that does not exist',
    next: 'create it or correct auth.secretRef',
  },
  CredentialForbidden: {
    reason: 'IdentityUnavailable',
    what: 'names a Secret in its auth that the operator may not read',
    next: 'enroll its namespace (secretscope enroll NAMESPACE)',
  },
  CredentialTooLarge: document,
  CredentialUnreadable: document,
  CredentialInvalid: document,
  CredentialUnsafe: document,
  PrivateKeyInvalid: document,
  CredentialExpired: rejected,
  CredentialUnknown: rejected,
  SignatureInvalid: rejected,
  TokenRefused: rejected,
  Unauthenticated: rejected,
  ChallengeRefused: rejected,
  // of an application's secret: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
  AADSTS7000215: rejected,
  AADSTS7000222: rejected,
  // of a service account's key: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
  KeyRefused: rejected,
  ClockSkew: {
    reason: 'ClockSkew',
    what: "is refused because the operator's clock and the provider's differ by minutes",
    next: "correct the clock of the operator's node (NTP)",
  },
  NoAmbientIdentity: {
    reason: 'IdentityUnavailable',
    what: "says ambient, but the operator's own Pod has no identity at the cloud",
    next: 'give its service account one, or name serviceAccountRef',
  },
  IssuerUnreachable: {
    ...refused,
    what: "has a service account whose token the provider cannot verify: it does not reach the cluster's issuer",
    next: "publish the cluster's issuer and its keys where the provider reads them",
  },
  RegionDisabled: {
    ...refused,
    what: 'lies in a region whose token service is switched off for the account',
    next: 'switch the region on, or correct region',
  },
  TenantMismatch: {
    ...refused,
    what: 'has a vault of another tenant than the one in its auth',
    next: 'correct tenantID or vaultName',
  },
};

/** Refusals of a token exchange, whose codes the providers make up: AADSTS…, Sts403, AssumeRoleDenied. */
export const IDENTITY_REFUSED = refused;

export const UNAVAILABLE_CODES: Readonly<Record<string, CodeMeaning>> = {
  VaultNameInvalid: address('names a vault as no vault can be called', 'correct vaultName'),
  RegionUnknown: address('names a region that this version does not know', 'correct region'),
  LocationUnknown: address('names a location that this version does not know', 'correct location'),
  // a name server that fails says the same: it may be over soon
  NotResolved: {
    reason: 'BackendUnavailable',
    what: 'has a host that no name server knows',
    next: 'check that its spec names a region, project or vault that exists, and the name server of the cluster; it is asked again by itself',
  },
  CABundleInvalid: address('has a caBundle that is no list of PEM certificates', 'correct caBundle'),
  HostRefused: address(
    'names an endpoint that this operator may not reach',
    `correct endpoint; ${OWN_ADDRESSES}`,
  ),
  AddressRefused: address(
    'has a host whose address is private or of this cluster',
    `correct endpoint or the name server; ${OWN_ADDRESSES}`,
  ),
};

/** Nothing was sent: no reason to keep away from the provider. */
export function isUnsent(code: string): boolean {
  return code === 'ListingOver' || meaningOf(UNAVAILABLE_CODES, code)?.reason === 'BackendAddressInvalid';
}

/** Codes come from outside: no member that every object has is one. */
export function meaningOf(
  codes: Readonly<Record<string, CodeMeaning>>,
  code: string,
): CodeMeaning | undefined {
  return Object.hasOwn(codes, code) ? codes[code] : undefined;
}
