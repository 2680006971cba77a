/**
 * What a failed call to Google means for the reference it was about. Pure; called by the Google backend.
 * Decides on the status code, on machine-readable details, and on a closed list of single words; no text leaves.
 *
 * https://cloud.google.com/apis/design/errors#handling_errors
 */

import type { NoAnswer, Refusal } from '../../port.ts';
import { LoginFailed } from '../account-login.ts';
import { retryDelayOf } from './gcp-retry-info.ts';

/** Ours, where the call could not even be made. */
export class GcpUnreachable extends Error {
  override readonly name = 'GcpUnreachable';
  readonly code: string;

  constructor(code: string) {
    super('no connection to Google was made');
    this.code = code;
  }
}

/** What grpc-js rejects with; `details` is free text and must not leave this file. */
export interface GrpcFailure {
  readonly code: number;
  readonly details: string;
  readonly metadata: { get(key: string): readonly (string | Buffer)[] };
}

export const GRPC = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

// by number: https://grpc.io/docs/guides/status-codes
const WORDS = [
  'Ok',
  'Cancelled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const;

// quotas are counted by the minute; a sixth of one is when a bucket has room for a burst again
const THROTTLED_MS = 10_000;

const SOCKET_WORDS =
  /\b(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|EADDRNOTAVAIL|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|ERR_TLS_CERT_ALTNAME_INVALID)\b/;

/** For one reference. Throws the signal's reason once it has aborted, and what is no failure of a call. */
export function gcpNoAnswer(error: unknown, signal: AbortSignal): NoAnswer {
  signal.throwIfAborted();
  if (isGrpcFailure(error, GRPC.notFound)) return { kind: 'absent' };
  if (isGrpcFailure(error, GRPC.failedPrecondition)) return notEnabled(error);
  return gcpRefusal(error, signal);
}

/** As gcpNoAnswer, for calls that are not about one secret. */
export function gcpRefusal(error: unknown, signal: AbortSignal): Refusal {
  signal.throwIfAborted();
  if (error instanceof LoginFailed) return error.answer;
  if (error instanceof GcpUnreachable) return { kind: 'unavailable', code: error.code };
  if (!isGrpcFailure(error)) throw error;
  switch (error.code) {
    case GRPC.permissionDenied:
      return { kind: 'denied' };
    // the token has been renewed once by then
    case GRPC.unauthenticated:
      return { kind: 'identityUnavailable', code: wordOf(error.code) };
    case GRPC.resourceExhausted:
      // grpc-js says the same of an answer above the channel's limit
      if (/larger than max/.test(error.details)) return { kind: 'unavailable', code: 'AnswerTooLarge' };
      return { kind: 'throttled', afterMs: wishOf(error) ?? THROTTLED_MS };
    case GRPC.unavailable:
      return {
        kind: 'unavailable',
        code: SOCKET_WORDS.exec(error.details)?.[1] ?? wordOf(error.code),
      };
    default:
      return { kind: 'unavailable', code: wordOf(error.code) };
  }
}

export function isGrpcFailure(error: unknown, code?: number): error is GrpcFailure {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') return false;
  const whole = 'details' in error && typeof error.details === 'string' && 'metadata' in error;
  return whole && (code === undefined || error.code === code);
}

/**
 * A destroyed version never comes back; a disabled one may. Google tells the two
 * apart by one word of the text alone, and its metadata would cost a read of which there are ten a second.
 *
 * https://cloud.google.com/secret-manager/docs/reference/rpc/google.cloud.secretmanager.v1
 */
function notEnabled({ code, details }: GrpcFailure): NoAnswer {
  const state = /\bis in (DISABLED|DESTROYED) state\b/.exec(details)?.[1];
  if (state === 'DESTROYED') return { kind: 'versionGone' };
  return state === 'DISABLED' ? { kind: 'disabled' } : { kind: 'unavailable', code: wordOf(code) };
}

function wordOf(code: number): string {
  return WORDS[code] ?? 'Unknown';
}

function wishOf({ metadata }: GrpcFailure): number | undefined {
  const [status] = metadata.get('grpc-status-details-bin');
  return Buffer.isBuffer(status) ? retryDelayOf(status) : undefined;
}
