/** Owns: what an automation sends and where to, as reviewers read it. Used by: review-lines.ts. Pure. */
import { canonicalJson, type Json } from '../model/canonical-json.ts';
import type { RequestSpec } from '../model/kinds/secret-request.ts';
import { type WrittenHeader, writtenWebhook } from '../model/written-webhook.ts';
import { laidOut } from './json-layout.ts';

type Webhook = NonNullable<RequestSpec['webhook']>;

/** The request with `${NAME}` in it, on lines that a person can compare; the first one is where it is sent to. */
export function webhookParts({ url, text }: Pick<Webhook, 'url' | 'text'>): string[] {
  const value = jsonIn(text);
  const written = value === undefined ? undefined : writtenWebhook(value, text);
  const body = (lines: readonly string[]) => lines.map((line) => `| ${line}`);
  // what is not as expected is shown as it is, since it is what the digest was made of
  if (!written) return [`POST ${url}`, ...body(value === undefined ? text.split('\n') : laidOut(text))];
  const { headers, payload } = written;
  return [`POST ${url}`, ...headers.map(headerText), ...body(laidOut(canonicalJson(payload)))];
}

function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Only what somebody wrote is in quotes, so that it cannot pass for what is made of a secret. */
function headerText(one: WrittenHeader): string {
  if ('bearer' in one) return `${one.name}: Bearer, the value of ${one.bearer}`;
  if ('value' in one) return `${one.name}: ${JSON.stringify(one.value)}`;
  const after = one.prefix === '' ? '' : `, after ${JSON.stringify(one.prefix)}`;
  return `${one.name}: HMAC-SHA256 of the body, key ${one.hmacSHA256}, ${one.encoding}${after}`;
}
