/**
 * One HTTPS request to a token endpoint of Google's. Called by the identities. Rejects with LoginFailed only, which
 * carries a code of ours or one word of a closed list; no text and no token.
 * google-auth-library is not used: it takes documents that name files, URLs and programs, and looks for them itself.
 */
import type { Agent } from 'node:https';
import { type Clock, deadline } from '../../../kube/clock.ts';
import type { Refusal } from '../../port.ts';
import { LoginFailed } from '../account-login.ts';
import { type HttpsReply, objectIn, postOver, socketCode } from './gcp-https-request.ts';

export interface TokenRequest {
  /** in codes: `Sts400` */
  readonly name: 'Sts' | 'Impersonation' | 'OAuth';
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

export interface TokenMeans {
  /** the outbound connector's */
  readonly agent: Agent;
  readonly clock: Clock;
}

// two of them (an exchange and an impersonation) within the 30 s that a scheduler gives a call
const REQUEST_MS = 10_000;
// a token travels in a header, and 16 KiB is what servers take of those; the rest of an answer is words
const MAX_BODY_BYTES = 65_536;
const THROTTLED_MS = 5_000;
// https://www.rfc-editor.org/rfc/rfc6749#section-5.2 and RFC 8693
const OAUTH_WORDS: ReadonlySet<unknown> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'invalid_scope',
  'invalid_target',
  'unauthorized_client',
  'unsupported_grant_type',
  'access_denied',
]);

/** The fields of the answer. */
export async function askForToken(
  order: TokenRequest,
  { agent, clock }: TokenMeans,
): Promise<Readonly<Record<string, unknown>>> {
  using limit = deadline(clock, REQUEST_MS);
  const https = { ...order, maxAnswerBytes: MAX_BODY_BYTES };
  const reply = await postOver(agent, https, limit.signal).catch((error: unknown) => {
    throw new LoginFailed({ kind: 'unavailable', code: limit.expired ? 'Timeout' : socketCode(error) });
  });
  if (reply.status !== 200) throw new LoginFailed(refusalOf(order, reply));
  const fields = objectIn(reply.body);
  reply.body.fill(0);
  if (!fields) throw new LoginFailed({ kind: 'unavailable', code: `${order.name}BadAnswer` });
  return fields;
}

function refusalOf({ name }: TokenRequest, { status, retryAfter, body }: HttpsReply): Refusal {
  if (status === 429) return { kind: 'throttled', afterMs: Number(retryAfter) * 1000 || THROTTLED_MS };
  if (status >= 500) return { kind: 'unavailable', code: `${name}${status}` };
  if (name === 'OAuth') return { kind: 'identityUnavailable', code: 'KeyRefused' };
  const word = objectIn(body)?.['error'];
  const code = typeof word === 'string' && OAUTH_WORDS.has(word) ? word : `${name}${status}`;
  return { kind: 'identityUnavailable', code };
}
