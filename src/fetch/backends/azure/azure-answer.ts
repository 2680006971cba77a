/** What a failed call to a vault means for the reference it was about. Pure; called by the azure backend. */
import type { NoAnswer, Refusal } from '../../port.ts';
import { LoginFailed } from '../account-login.ts';
import { AzureFailure } from './azure-failure.ts';

// a throttled vault seldom says for how long; Microsoft's advice is one second, then twice as long each time:
// https://learn.microsoft.com/azure/key-vault/general/overview-throttling
const THROTTLED_MS = 1_000;

/**
 * Throws the signal's reason once it has aborted. A deleted secret is absent whether or not it could be recovered. A
 * disabled one is neither absent nor denied: it is there, the identity may read it, and what it holds cannot be had.
 */
export function azureNoAnswer(error: unknown, signal: AbortSignal): NoAnswer {
  if (isSecretAbsent(error)) return { kind: 'absent' };
  const disabled = isFailure(error, 403) && error.vaultCause === 'SecretDisabled';
  return disabled ? { kind: 'disabled' } : azureRefusal(error, signal);
}

/** Only a vault that says so: a proxy's 404 is no answer of Key Vault. */
export function isSecretAbsent(error: unknown): boolean {
  return isFailure(error, 404) && error.vaultCause === 'SecretNotFound';
}

export function isTokenRefused(error: unknown): boolean {
  return isFailure(error, 401);
}

export function isFailure(error: unknown, statusCode: number): error is AzureFailure {
  return error instanceof AzureFailure && error.statusCode === statusCode;
}

/** As azureNoAnswer, for calls that are not about one secret. */
export function azureRefusal(error: unknown, signal: AbortSignal): Refusal {
  signal.throwIfAborted();
  if (error instanceof LoginFailed) return error.answer;
  if (error instanceof AzureFailure) return failureAnswer(error);
  return misunderstood(error);
}

function failureAnswer({ statusCode, code, vaultCause, retryAfterMs }: AzureFailure): Refusal {
  if (statusCode === 401) return { kind: 'identityUnavailable', code: 'TokenRefused' };
  const isFirewall = vaultCause === 'ForbiddenByFirewall';
  if (statusCode === 403) return isFirewall ? { kind: 'denied', code: 'Firewall' } : { kind: 'denied' };
  if (statusCode === 429) return { kind: 'throttled', afterMs: retryAfterMs ?? THROTTLED_MS };
  return { kind: 'unavailable', code };
}

/**
 * The SDK throws whatever it stumbles over where it does not understand an answer. What it refuses for safety is an
 * Error without a code, known by the library's own text: https://aka.ms/azsdk/blog/vault-uri
 */
function misunderstood(error: unknown): Refusal {
  const text = error instanceof Error ? error.message : '';
  if (text.startsWith('The challenge origin')) return { kind: 'unavailable', code: 'ForeignLink' };
  return text.startsWith('The challenge')
    ? { kind: 'identityUnavailable', code: 'ChallengeRefused' }
    : { kind: 'unavailable', code: 'BadAnswer' };
}
