/**
 * One POST to a host of Google's, answered in full or not at all. Called by whatever speaks to Google without a library
 * of its own: token endpoints, Pub/Sub. Must not: put anything of an answer into an error.
 */
import { type Agent, request } from 'node:https';

export interface HttpsOrder {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
  readonly maxAnswerBytes: number;
}

export interface HttpsReply {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Buffer;
}

const SOCKET_CODE =
  /^(E[A-Z]{3,20}|CERT_[A-Z_]{3,40}|ERR_[A-Z_]{3,40}|[A-Z]+(_[A-Z]+){2,8}|[A-Z][A-Za-z]{3,30})$/;

/** Rejects with what socketCode understands. An answer that breaks off is none. */
export function postOver(agent: Agent, order: HttpsOrder, signal: AbortSignal): Promise<HttpsReply> {
  const { url, headers, body, maxAnswerBytes } = order;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent,
      signal,
      headers: { ...headers, 'content-length': body.length },
    });
    sent.once('error', reject);
    sent.once('response', (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxAnswerBytes)
          sent.destroy(Object.assign(new Error('too large'), { code: 'AnswerTooLarge' }));
        chunks.push(chunk);
      });
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          retryAfter: answer.headers['retry-after'],
          body: Buffer.concat(chunks),
        }),
      );
    });
    sent.end(body);
  });
}

/** The fields of a JSON object; undefined for anything else. */
export function objectIn(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
  } catch (error) {
    // its text quotes the body
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** One word for why there was no answer. */
export function socketCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && SOCKET_CODE.test(code) ? code : 'ConnectionFailed';
}
