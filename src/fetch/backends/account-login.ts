/**
 * The token of the service account that a kubernetes backend reads as. Called by kubernetes.ts.
 * A failure to get one must never look like an answer about a secret: the 404 of a missing service account would read
 * as a secret that is gone. So it leaves here as its own error, with one word of what went wrong.
 */
import type { Clock } from '../../kube/clock.ts';
import type { TokenSource } from '../../kube/kube-endpoint.ts';
import { isKubeError } from '../../kube/kube-error.ts';
import type { Refusal } from '../port.ts';

/** Carries the answer to give instead; never a token, never a server's text. */
export class LoginFailed extends Error {
  override readonly name = 'LoginFailed';
  readonly answer: Refusal;

  constructor(answer: Refusal) {
    super('no token for the service account of the backend');
    this.answer = answer;
  }
}

// a burst of 401s is one token request
const FRESH_ENOUGH_MS = 5_000;
// a burst of reads without a service account too; but rights arrive a moment after the backend that needs them
const FAILED_MS = 1_000;

/** Throws LoginFailed only. A failure is remembered for a second; a new token is not renewed again within five. */
export function accountLogin(token: TokenSource, clock: Clock): TokenSource {
  let failure: { readonly at: number; readonly error: LoginFailed } | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;
  const isRecent = (at: number, withinMs: number) => clock.monotonic() - at < withinMs;
  return async ({ fresh }) => {
    if (failure && isRecent(failure.at, FAILED_MS)) throw failure.error;
    const renew = fresh && !isRecent(renewedAt, FRESH_ENOUGH_MS);
    if (renew) renewedAt = clock.monotonic();
    try {
      return await token({ fresh: renew });
    } catch (error) {
      const failed = new LoginFailed(answerFor(error));
      failure = { at: clock.monotonic(), error: failed };
      throw failed;
    }
  };
}

function answerFor(error: unknown): Refusal {
  if (!isKubeError(error)) return { kind: 'identityUnavailable', code: 'TokenFailed' };
  switch (error.kind) {
    case 'notFound':
      return { kind: 'identityUnavailable', code: 'ServiceAccountNotFound' };
    case 'forbidden':
      return { kind: 'identityUnavailable', code: 'TokenRequestForbidden' };
    case 'throttled':
      return { kind: 'throttled', afterMs: error.retryAfterMs ?? 1_000 };
    case 'timeout':
    case 'network':
    case 'server':
      return { kind: 'unavailable', code: error.reason ?? error.kind };
    case 'unauthorized':
    case 'credentials':
    case 'invalid':
    case 'conflict':
    case 'alreadyExists':
    case 'gone':
    case 'tooLarge':
    case 'badAnswer':
    case 'aborted':
      return { kind: 'identityUnavailable', code: error.reason ?? error.kind };
  }
}
