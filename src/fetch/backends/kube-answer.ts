/** What a failed call to the API server means for the reference it was about. Pure; called by the kubernetes backend. */
import { isKubeError } from '../../kube/kube-error.ts';
import type { NoAnswer, Refusal } from '../port.ts';
import { LoginFailed } from './account-login.ts';

// what the API server itself uses when it sheds load without a Retry-After
const THROTTLED_MS = 1_000;

/** Throws what is no KubeError, and the signal's reason once it has aborted. */
export function noAnswer(error: unknown, signal: AbortSignal): NoAnswer {
  return isAbsence(error) ? { kind: 'absent' } : refusalFor(error, signal);
}

/** Only a Status object that says so: a proxy's 404 is no answer of the API server. */
export function isAbsence(error: unknown): boolean {
  return isKubeError(error, 'notFound') && error.reason === 'NotFound';
}

/** As noAnswer, for calls that are not about one object. */
export function refusalFor(error: unknown, signal: AbortSignal): Refusal {
  signal.throwIfAborted();
  if (!isKubeError(error)) throw error;
  switch (error.kind) {
    // the token has been renewed once by then
    case 'unauthorized':
    case 'forbidden':
      return { kind: 'denied' };
    case 'credentials':
      return error.cause instanceof LoginFailed
        ? error.cause.answer
        : { kind: 'identityUnavailable', code: 'TokenFailed' };
    case 'throttled':
      return { kind: 'throttled', afterMs: error.retryAfterMs ?? THROTTLED_MS };
    case 'notFound':
    case 'alreadyExists':
    case 'conflict':
    case 'gone':
    case 'invalid':
    case 'timeout':
    case 'network':
    case 'server':
    case 'tooLarge':
    case 'badAnswer':
    case 'aborted':
      return { kind: 'unavailable', code: error.reason ?? error.kind };
  }
}
