/** Signature version 4, checked as AWS does: known keys, a fresh date, the right region, and the signature itself. */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { FakeAwsError } from './fake-aws-fault.ts';

export interface FakeKeys {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** milliseconds since 1970 */
  readonly expiresAt?: number;
}

export interface SignedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly region: string;
  readonly now: number;
  /** as the signature names it; Secrets Manager if absent */
  readonly service?: 'secretsmanager' | 'sqs';
}

const HEADER =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/([^/]+)\/([a-z]+)\/aws4_request), SignedHeaders=([^,]+), Signature=([0-9a-f]+)$/;
const FIVE_MINUTES_MS = 300_000;

/** Throws what AWS would answer. */
export function checkSignature(
  { headers, body, region, now, service = 'secretsmanager' }: SignedRequest,
  known: ReadonlyMap<string, FakeKeys>,
): void {
  const parts = HEADER.exec(headers.authorization ?? '');
  if (!parts) throw new FakeAwsError('MissingAuthenticationTokenException');
  const [, id = '', scope = '', inScope, forService, names = '', signature] = parts;
  const keys = known.get(id);
  if (!keys) throw new FakeAwsError('UnrecognizedClientException');
  if (headers['x-amz-security-token'] !== keys.sessionToken)
    throw new FakeAwsError('UnrecognizedClientException');
  if (keys.expiresAt !== undefined && keys.expiresAt <= now) throw new FakeAwsError('ExpiredTokenException');
  const date = String(headers['x-amz-date']);
  const stale = Math.abs(timeOf(date) - now) > FIVE_MINUTES_MS;
  const expected = signed(keys.secretAccessKey, { date, scope, request: canonical(headers, names, body) });
  const scoped = inScope === region && forService === service;
  if (stale || !scoped || expected !== signature) throw new FakeAwsError('InvalidSignatureException');
}

function canonical(headers: IncomingHttpHeaders, names: string, body: Buffer): string {
  const lines = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  return ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n');
}

function signed(
  secret: string,
  { date, scope, request }: { readonly date: string; readonly scope: string; readonly request: string },
): string {
  const key = scope.split('/').reduce<Buffer | string>((so, part) => hmac(so, part), `AWS4${secret}`);
  return hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(request)].join('\n')).toString('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: Buffer | string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `20261122T081500Z` */
function timeOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
