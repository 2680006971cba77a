/**
 * Turns what the API server says about a failure into a KubeError. Pure.
 * Called by the transport (HTTP answers) and by the watch decoder (ERROR events).
 */
import { foreignText } from '../mask/foreign-text.ts';
import type { Masker } from '../mask/masker.ts';
import { type CallLabel, KubeError, type KubeErrorKind } from './kube-error.ts';

/** A `Status` as servers send it; every field is checked before use. */
export interface ServerStatus {
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: unknown;
}

const KINDS: Readonly<Record<number, KubeErrorKind>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  405: 'invalid',
  406: 'invalid',
  408: 'timeout',
  409: 'conflict',
  410: 'gone',
  413: 'tooLarge',
  415: 'invalid',
  422: 'invalid',
  429: 'throttled',
  504: 'timeout',
};

// a page of text for a person; longer messages list every field of a large object
const MESSAGE_LIMIT = 1024;
const CAUSE_LIMIT = 16;

/** `masker` knows values that the message might repeat; without one, tokens are detected. */
export function statusError(
  call: CallLabel,
  status: number,
  body: ServerStatus | undefined,
  retryAfterMs?: number,
  masker?: Masker,
): KubeError {
  const known = call.sensitive ? publicWord : word;
  const reason = known(body?.reason);
  const details = isObject(body?.details) ? body.details : {};
  return new KubeError({
    kind: kindOf(status, reason),
    call,
    status,
    reason,
    causes: causesOf(details['causes'], known),
    retryAfterMs: retryAfterMs ?? secondsOf(details['retryAfterSeconds']),
    serverMessage: call.sensitive ? undefined : printable(body?.message, masker),
  });
}

/** Parses an error answer; anything that is not a Status object counts as no details. */
export function parseStatus(text: string): ServerStatus | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    // proxies answer with HTML; JSON.parse quotes its input in the error, so nothing of it is kept
    return undefined;
  }
}

/** Milliseconds of a Retry-After header, or undefined when it is absent or nonsense. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  // Date.parse also takes "-1" for a year
  const at = /^[A-Za-z]{3}, /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function kindOf(status: number, reason: string | undefined): KubeErrorKind {
  if (status === 409 && reason === 'AlreadyExists') return 'alreadyExists';
  // "Expired" comes with 410 for watches and continue tokens, on some paths with another code
  if (reason === 'Expired' || reason === 'Gone') return 'gone';
  return KINDS[status] ?? (status >= 500 ? 'server' : 'badAnswer');
}

function causesOf(causes: unknown, known: typeof word): string[] {
  if (!Array.isArray(causes)) return [];
  return causes
    .slice(0, CAUSE_LIMIT)
    .map((cause: unknown) => (isObject(cause) ? known(cause['reason']) : undefined))
    .filter((reason) => reason !== undefined);
}

/** Only what looks like a machine-readable word: free text could quote an object. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z]{1,64}$/.test(value) ? value : undefined;
}

/** Of Kubernetes itself: a webhook may answer any word, and that could be a value. */
const PUBLIC_WORDS = new Set(
  `Unauthorized Forbidden NotFound AlreadyExists Conflict Gone Expired Invalid BadRequest MethodNotAllowed NotAcceptable
  UnsupportedMediaType RequestEntityTooLarge TooManyRequests InternalError ServiceUnavailable ServerTimeout Timeout
  StoreReadError FieldValueNotFound FieldValueRequired FieldValueDuplicate FieldValueInvalid FieldValueNotSupported
  FieldValueForbidden FieldValueTooLong FieldValueTooMany FieldValueTypeInvalid FieldManagerConflict
  UnexpectedServerResponse ResourceVersionTooLarge NamespaceTerminating`.split(/\s+/),
);

function publicWord(value: unknown): string | undefined {
  return typeof value === 'string' && PUBLIC_WORDS.has(value) ? value : undefined;
}

function printable(value: unknown, masker: Masker | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  return foreignText(value, { limit: MESSAGE_LIMIT, place: 'apiAnswer', ...(masker && { masker }) });
}

function secondsOf(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 && value < 1e6 ? value * 1000 : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
