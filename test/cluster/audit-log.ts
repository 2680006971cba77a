/**
 * Owns: reading the API server's audit log as a list of requests.
 * Called by: tests which assert what the operator asked for, and what it did not. Must not: filter; tests do.
 */
import { open } from 'node:fs/promises';

export interface AuditEntry {
  readonly user: string;
  readonly groups: readonly string[];
  /** whom the user acted as, if it impersonated somebody */
  readonly impersonated: string | undefined;
  readonly userAgent: string | undefined;
  /** tells two tokens of one service account apart; undefined for a certificate */
  readonly credential: string | undefined;
  readonly verb: string;
  readonly uri: string;
  readonly apiGroup: string;
  readonly resource: string | undefined;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  /** undefined for lists, watches, and a create whose name is only in the body */
  readonly name: string | undefined;
  readonly code: number;
  readonly timestamp: Date;
}

/** A place in the log; entries before it are of no interest. */
export interface AuditMark {
  readonly offset: number;
}

interface AuditEvent {
  readonly user: {
    readonly username: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly impersonatedUser?: { readonly username: string };
  readonly userAgent?: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
}

// the audit policy keeps no bodies: a line is some 2 KB, mostly the address and the agent
const LONGEST_LINE = 1_048_576;

export class AuditLog {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** After the last whole line: where a line is being written, its end must not be read as one. */
  async mark(): Promise<AuditMark> {
    const file = await open(this.#path);
    try {
      const { size } = await file.stat();
      const start = Math.max(0, size - LONGEST_LINE);
      const tail = Buffer.alloc(size - start);
      const { bytesRead } = await file.read(tail, 0, tail.length, start);
      const end = tail.subarray(0, bytesRead).lastIndexOf('\n');
      if (end < 0 && start > 0)
        throw new Error(`${this.#path} has a line of more than ${LONGEST_LINE} bytes`);
      return { offset: start + end + 1 };
    } finally {
      await file.close();
    }
  }

  /** Every request answered, and every watch begun, since the mark; without a mark since the start. */
  async since(mark: AuditMark = { offset: 0 }): Promise<AuditEntry[]> {
    const file = await open(this.#path);
    try {
      const { size } = await file.stat();
      if (size < mark.offset) throw new Error(`${this.#path} is shorter than the mark: it was rotated`);
      const buffer = Buffer.alloc(size - mark.offset);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, mark.offset);
      return parseAuditLog(buffer.toString('utf8', 0, bytesRead));
    } finally {
      await file.close();
    }
  }
}

/** A last line without its newline is still being written, and left out. */
export function parseAuditLog(text: string): AuditEntry[] {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => toEntry(JSON.parse(line) as AuditEvent));
}

function toEntry(event: AuditEvent): AuditEntry {
  const { user, objectRef } = event;
  return {
    user: user.username,
    groups: user.groups ?? [],
    impersonated: event.impersonatedUser?.username,
    userAgent: event.userAgent,
    credential: user.extra?.['authentication.kubernetes.io/credential-id']?.[0],
    verb: event.verb,
    uri: event.requestURI,
    apiGroup: objectRef?.apiGroup ?? '',
    resource: objectRef?.resource,
    subresource: objectRef?.subresource,
    namespace: objectRef?.namespace,
    name: objectRef?.name,
    code: event.responseStatus?.code ?? 0,
    timestamp: new Date(event.requestReceivedTimestamp),
  };
}
