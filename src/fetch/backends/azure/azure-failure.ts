/** What went wrong in one exchange with Azure, in words of a closed list. Thrown by azure-exchange.ts and its callers. */

export interface AzureFailureFacts {
  /** HTTP status; absent when there was no answer */
  readonly statusCode?: number;
  /** of the socket, or ours; empty for an answer */
  readonly code: string;
  /** why the vault refused, as far as it matters here */
  readonly cause?: VaultCause | undefined;
  /** what Retry-After asked for, milliseconds */
  readonly retryAfterMs?: number | undefined;
}

/** Codes of a vault that change what is answered; every other one only shows its HTTP status. */
export type VaultCause = 'SecretNotFound' | 'SecretDisabled' | 'ForbiddenByFirewall';

/** Never holds a text, a body or a header of the server. */
export class AzureFailure extends Error {
  override readonly name = 'AzureFailure';
  /** the SDK's deletion poller asks for this name */
  readonly statusCode: number | undefined;
  readonly code: string;
  readonly vaultCause: VaultCause | undefined;
  readonly retryAfterMs: number | undefined;

  constructor({ statusCode, code, cause, retryAfterMs }: AzureFailureFacts) {
    super('Azure did not do what it was asked');
    this.statusCode = statusCode;
    this.code = code;
    this.vaultCause = cause;
    this.retryAfterMs = retryAfterMs;
  }
}

// a vault counts by ten seconds, a subscription too; a longer wish is a mistake, or meant to stop us
const LONGEST_PAUSE_MS = 300_000;

/** Seconds only: a date would be read by a clock that is not the server's. */
export function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,9}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1_000, LONGEST_PAUSE_MS);
}

/**
 * The codes in an error's body: `{"error": {"code", "message", "innererror": {"code"}}}`.
 * https://learn.microsoft.com/azure/key-vault/general/common-error-codes
 */
export function vaultCauseIn(body: string): VaultCause | undefined {
  const { error } = (parsed(body) ?? {}) as {
    readonly error?: {
      readonly code?: unknown;
      readonly innererror?: { readonly code?: unknown } | null;
    } | null;
  };
  return knownCause(error?.innererror?.code) ?? knownCause(error?.code);
}

function knownCause(code: unknown): VaultCause | undefined {
  switch (code) {
    case 'SecretNotFound':
    case 'SecretDisabled':
    case 'ForbiddenByFirewall':
      return code;
    default:
      return undefined;
  }
}

/** undefined for what is no JSON; the parser's message would quote it. */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
