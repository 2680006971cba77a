/**
 * What a failed call to AWS means, told by the error's name alone: a proxy can answer 404 as well, and messages are
 * AWS's own text, which goes nowhere. Pure; called after every call.
 *
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors
 */
import type { Random } from '../../../kube/clock.ts';
import type { Refusal } from '../../port.ts';
import { LoginFailed } from '../account-login.ts';

/** What the secret or the request is like; each operation knows what that means for it. */
export interface AwsFinding {
  readonly kind: 'notFound' | 'wrongState' | 'malformed' | 'exists' | 'undecryptable';
  /** the error's name */
  readonly code: string;
}

export type AwsVerdict = AwsFinding | Refusal;

type Meaning =
  | AwsFinding['kind']
  | 'denied'
  | 'throttled'
  | { readonly identity: string }
  | { readonly unavailable: string };

const skewed = { identity: 'ClockSkew' } as const;
const unsigned = { identity: 'SignatureInvalid' } as const;
const unknownKey = { identity: 'CredentialUnknown' } as const;
const expired = { identity: 'CredentialExpired' } as const;

/** By name, without a closing `Exception`: AWS writes both. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['ResourceNotFound', 'notFound'],
  // scheduled for deletion, mostly; DescribeSecret tells
  ['InvalidRequest', 'wrongState'],
  ['InvalidParameter', 'malformed'],
  ['InvalidParameterValue', 'malformed'],
  ['Validation', 'malformed'],
  ['ValidationError', 'malformed'],
  ['Serialization', 'malformed'],
  ['ResourceExists', 'exists'],
  ['AccessDenied', 'denied'],
  ['NotAuthorized', 'denied'],
  ['UnauthorizedOperation', 'denied'],
  ['OptInRequired', 'denied'],
  // the KMS key is not to be used by this identity, or by anybody: it speaks of one secret, never of the account
  ['DecryptionFailure', 'undecryptable'],
  ['EncryptionFailure', 'undecryptable'],
  ['Throttling', 'throttled'],
  ['RequestThrottled', 'throttled'],
  ['TooManyRequests', 'throttled'],
  ['RequestLimitExceeded', 'throttled'],
  ['SlowDown', 'throttled'],
  ['ExpiredToken', expired],
  ['TokenRefreshRequired', expired],
  ['UnrecognizedClient', unknownKey],
  ['InvalidClientTokenId', unknownKey],
  ['InvalidAccessKeyId', unknownKey],
  ['MissingAuthenticationToken', { identity: 'CredentialMissing' }],
  ['InvalidSignature', unsigned],
  ['SignatureDoesNotMatch', unsigned],
  ['IncompleteSignature', unsigned],
  ['RequestExpired', skewed],
  ['RequestTimeTooSkewed', skewed],
  ['InternalServiceError', { unavailable: 'InternalServiceError' }],
  ['TimeoutError', { unavailable: 'Timeout' }],
  // whoever answered did not speak AWS' JSON
  ['SyntaxError', { unavailable: 'BadAnswer' }],
]);

// quotas are counted by the second
const THROTTLED_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

/** Of a whole call. Never throws; whoever may have aborted it asks the signal first. */
export function verdictOf(error: unknown, random: Random): AwsVerdict {
  if (error instanceof LoginFailed) return error.answer;
  const { name, code, skew, retryAfterMs } = fieldsOf(error);
  const afterMs = retryAfterMs ?? Math.ceil(THROTTLED_MS * (1 + random()));
  const verdict = verdictOfName(name, afterMs);
  if (verdict)
    return skew && isSignature(verdict) ? { kind: 'identityUnavailable', code: 'ClockSkew' } : verdict;
  return { kind: 'unavailable', code: code ?? oneWord(name) };
}

/** Of one item in a batch, which AWS names and nothing more. */
export function itemVerdict(name: string | undefined, random: Random): AwsVerdict {
  const verdict = verdictOfName(name ?? '', Math.ceil(THROTTLED_MS * (1 + random())));
  return verdict ?? { kind: 'unavailable', code: oneWord(name ?? '') };
}

/** For an operation to which a finding says nothing of its own. */
export function refusalFrom(verdict: AwsVerdict): Refusal {
  switch (verdict.kind) {
    case 'notFound':
    case 'wrongState':
    case 'malformed':
    case 'exists':
      return { kind: 'unavailable', code: oneWord(verdict.code) };
    case 'undecryptable':
      return { kind: 'denied', code: 'KeyDenied' };
    case 'denied':
      return { kind: 'denied' };
    case 'sourceRefused':
    case 'identityUnavailable':
    case 'throttled':
    case 'unavailable':
      return verdict;
  }
}

export function isFinding(verdict: AwsVerdict): verdict is AwsFinding {
  switch (verdict.kind) {
    case 'notFound':
    case 'wrongState':
    case 'malformed':
    case 'exists':
    case 'undecryptable':
      return true;
    case 'denied':
    case 'sourceRefused':
    case 'identityUnavailable':
    case 'throttled':
    case 'unavailable':
      return false;
  }
}

function verdictOfName(name: string, afterMs: number): AwsVerdict | undefined {
  const meaning = MEANINGS.get(name.replace(/Exception$/, ''));
  if (meaning === undefined) return undefined;
  if (typeof meaning === 'object') {
    return 'identity' in meaning
      ? { kind: 'identityUnavailable', code: meaning.identity }
      : { kind: 'unavailable', code: meaning.unavailable };
  }
  switch (meaning) {
    case 'denied':
      return { kind: 'denied' };
    case 'throttled':
      return { kind: 'throttled', afterMs };
    case 'notFound':
    case 'wrongState':
    case 'malformed':
    case 'exists':
    case 'undecryptable':
      return { kind: meaning, code: name };
  }
}

/** A signature is refused for the time in it as well; the client has compared that with the answer's Date. */
function isSignature(verdict: AwsVerdict): boolean {
  return verdict.kind === 'identityUnavailable' && verdict.code === unsigned.identity;
}

interface ErrorFields {
  readonly name: string;
  /** a socket's, such as ECONNREFUSED */
  readonly code: string | undefined;
  readonly skew: boolean;
  readonly retryAfterMs: number | undefined;
}

function fieldsOf(error: unknown): ErrorFields {
  if (!(error instanceof Error)) return { name: '', code: undefined, skew: false, retryAfterMs: undefined };
  const { code, $metadata, $response } = error as Error & {
    code?: unknown;
    $metadata?: { clockSkewCorrected?: unknown };
    $response?: { headers?: Record<string, unknown> };
  };
  return {
    name: error.name,
    code: typeof code === 'string' && /^[A-Za-z][A-Za-z0-9_]{1,63}$/.test(code) ? code : undefined,
    skew: $metadata?.clockSkewCorrected === true,
    retryAfterMs: pauseOf($response?.headers?.['retry-after']),
  };
}

function pauseOf(header: unknown): number | undefined {
  if (typeof header !== 'string' || !/^\d{1,6}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1_000, LONGEST_PAUSE_MS);
}

function oneWord(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name) ? name : 'UnknownError';
}
