/**
 * Owns: the few API calls the test cluster itself needs (readiness, tokens, applying manifests), as admin.
 * Called by: control-plane.ts, manifests.ts, tests. Must not: grow into a Kubernetes client; the product has one.
 */
import { request } from 'node:https';
import type { KeyedCertificate } from './pki.ts';

export interface AdminRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly timeoutMs?: number;
}

export interface AdminResponse {
  readonly status: number;
  /** parsed when the server says it is JSON, else the text */
  readonly body: unknown;
}

export type AdminClient = (call: AdminRequest) => Promise<AdminResponse>;

const DEFAULT_TIMEOUT_MS = 15_000;

/** Trusts only the given authority, so an answer proves that it is our own server which answers. */
export function adminClient(url: string, authority: string, credential: KeyedCertificate): AdminClient {
  return (call) =>
    new Promise((resolve, reject) => {
      const payload = call.body === undefined ? undefined : JSON.stringify(call.body);
      const outgoing = request(
        new URL(call.path, url),
        {
          method: call.method ?? 'GET',
          ca: authority,
          cert: credential.certificate,
          key: credential.key,
          // no connection is kept: the server gets killed and restarted under us
          agent: false,
          signal: AbortSignal.timeout(call.timeoutMs ?? DEFAULT_TIMEOUT_MS),
          headers: headersFor(call, payload),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const isJson = incoming.headers['content-type']?.includes('json') === true;
            resolve({ status: incoming.statusCode ?? 0, body: decode(Buffer.concat(chunks), isJson) });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
}

/** The body of a 2xx answer; anything else is an error naming the call and the server's own message. */
export async function expectOk(client: AdminClient, call: AdminRequest): Promise<unknown> {
  const { status, body } = await client(call);
  if (status >= 200 && status < 300) return body;
  throw new Error(`${call.method ?? 'GET'} ${call.path} answered ${status}: ${statusMessage(body)}`);
}

function headersFor(call: AdminRequest, payload: string | undefined): Record<string, string> {
  const accept = { accept: 'application/json', 'user-agent': 'cluster-setup' };
  if (payload === undefined) return accept;
  return {
    ...accept,
    'content-type': call.contentType ?? 'application/json',
    'content-length': String(Buffer.byteLength(payload)),
  };
}

function decode(raw: Buffer, isJson: boolean): unknown {
  const text = raw.toString('utf8');
  return isJson ? JSON.parse(text) : text;
}

function statusMessage(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message);
  return typeof body === 'string' ? body.slice(0, 500) : 'no message';
}
