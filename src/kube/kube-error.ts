/**
 * The one error that leaves this folder. Safe to print as a whole: no field ever holds a request body, and what a
 * server answered is kept only where it cannot quote a Secret.
 */

export type KubeErrorKind =
  | 'notFound'
  | 'alreadyExists'
  /** somebody wrote in between, or a precondition on uid or resourceVersion failed */
  | 'conflict'
  | 'forbidden'
  | 'unauthorized'
  /** the resourceVersion or continue token is too old: list again */
  | 'gone'
  /** refused by validation or admission; sending it again cannot help */
  | 'invalid'
  | 'throttled'
  /** no answer within the deadline: a write may or may not have happened */
  | 'timeout'
  /** connection refused, reset or cut: a write may or may not have happened */
  | 'network'
  | 'server'
  /** request or answer larger than allowed */
  | 'tooLarge'
  /** the answer was not what the protocol says */
  | 'badAnswer'
  /** our own credentials could not be read or refreshed; `cause` says why */
  | 'credentials'
  /** the caller's own signal */
  | 'aborted';

/** Which call failed; part of every message. */
export interface CallLabel {
  readonly verb: string;
  /** plural, with group: `secretscopes.secretscope.dev`, `secrets` */
  readonly resource: string;
  /** `namespace/name`, `namespace` or empty */
  readonly target: string;
  /** the bodies may hold secret values: nothing the server wrote is kept */
  readonly sensitive: boolean;
}

export interface KubeErrorDetails {
  readonly kind: KubeErrorKind;
  readonly call: CallLabel;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly causes?: readonly string[] | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly serverMessage?: string | undefined;
  /** only errors whose message is known to hold no body of a request or answer */
  readonly cause?: unknown;
}

const NEXT_STEP: Partial<Record<KubeErrorKind, string>> = {
  forbidden: 'grant the verb on this resource to the account in use',
  unauthorized: 'the credentials are missing, expired or for another cluster',
  credentials: 'check the kubeconfig, its plugin, or the mounted service account token',
  network: 'check that the API server is reachable and that its certificate is trusted',
  tooLarge: 'the object or answer is over the size limit',
};

export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly kind: KubeErrorKind;
  /** HTTP status, or `code` of a Status object in a watch; undefined when no answer came */
  readonly status: number | undefined;
  /** one machine-readable word: the API's Status.reason, or a socket or TLS error code */
  readonly reason: string | undefined;
  /** machine-readable words of Status.details.causes, such as NamespaceTerminating */
  readonly causes: readonly string[];
  /** what the server asked for, milliseconds */
  readonly retryAfterMs: number | undefined;
  /** Status.message, masked; never set for Secrets and tokens, whose validation errors may quote data */
  readonly serverMessage: string | undefined;

  constructor(details: KubeErrorDetails) {
    super(describe(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = details.kind;
    this.status = details.status;
    this.reason = details.reason;
    this.causes = details.causes ?? [];
    this.retryAfterMs = details.retryAfterMs;
    this.serverMessage = details.call.sensitive ? undefined : details.serverMessage;
  }
}

export function isKubeError(error: unknown, ...kinds: KubeErrorKind[]): error is KubeError {
  return error instanceof KubeError && (kinds.length === 0 || kinds.includes(error.kind));
}

function describe({ kind, call, status, reason }: KubeErrorDetails): string {
  const what = [call.verb, call.resource, call.target].filter(Boolean).join(' ');
  const how = [status === undefined ? undefined : `HTTP ${status}`, reason].filter(Boolean).join(' ');
  const next = NEXT_STEP[kind];
  return `could not ${what}: ${kind}${how && ` (${how})`}${next ? `; ${next}` : ''}`;
}
