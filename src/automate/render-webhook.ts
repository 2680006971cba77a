/** Owns: the request that is sent for one event, with the values in it. All boxes made here are the caller's to wipe. */
import { createHmac } from 'node:crypto';
import type { AutomationEvent } from '../model/kinds/webhook-automation.ts';
import { SecretValue } from '../model/secret-value.ts';
import type { WebhookRequest } from '../model/webhook.ts';
import { type Failure, type Filling, failed, fillBody, fillHeader } from './fill-parts.ts';
import type { ParsedWebhook, SignatureWay } from './parse-webhook.ts';
import type { WebhookPart } from './webhook-parts.ts';

/** What happened, as far as a webhook can tell it. No variable is a value of a secret. */
export interface Occasion {
  /** The receiver tells deliveries apart by it. */
  readonly id: string;
  readonly event: AutomationEvent;
  readonly variables: Readonly<Record<string, string>>;
}

export type Rendered = { readonly kind: 'ok'; readonly request: WebhookRequest } | Failure;

type Header = WebhookRequest['headers'][number];

/**
 * The request for this occasion, from values by their names, for `ParsedWebhook.names`. The same input gives the same
 * bytes, so that a delivery that is tried again is the same one (spec rows WX1 to WX3). `version` is the product's.
 */
export function renderWebhook(
  webhook: ParsedWebhook,
  occasion: Occasion,
  values: ReadonlyMap<string, SecretValue>,
  version: string,
): Rendered {
  const boxes: SecretValue[] = [];
  const filling = { values, variables: occasion.variables };
  const bytes = fillBody(webhook.body, filling);
  if (!Buffer.isBuffer(bytes)) return bytes;
  const body = new SecretValue(bytes);
  boxes.push(body);
  const headers: Header[] = [];
  for (const made of headersOf(webhook, occasion, filling, body, version)) {
    if (made.kind === 'failed') {
      for (const box of boxes) box.wipe();
      return made;
    }
    boxes.push(made.header.value);
    headers.push(made.header);
  }
  return { kind: 'ok', request: { url: webhook.url, headers, body } };
}

/** Values that say by themselves that they are none, for tests of an automation that may not send yet. */
export function placeholders(webhook: ParsedWebhook): Map<string, SecretValue> {
  return new Map(webhook.names.map((name) => [name, SecretValue.fromText(`placeholder-for-${name}`)]));
}

type MadeHeader = { readonly kind: 'ok'; readonly header: Header } | Failure;

/** One after another: whoever takes them stops at the first failure, and no value is copied after it. */
function* headersOf(
  webhook: ParsedWebhook,
  { id, event }: Occasion,
  filling: Filling,
  body: SecretValue,
  version: string,
): Generator<MadeHeader> {
  yield plain('Content-Type', 'application/json');
  if (!webhook.headers.some(({ name }) => name.toLowerCase() === 'user-agent'))
    yield plain('User-Agent', `secretscope/${version}`);
  if (webhook.accessToken !== undefined) yield bearer(webhook.accessToken, filling);
  if (webhook.signature !== undefined) yield signed(webhook.signature, filling, body);
  yield plain('X-SecretScope-Delivery', id);
  yield plain('X-SecretScope-Event', event);
  for (const { name, parts } of webhook.headers)
    yield made(name, parts, filling, 'write it with | trim, | url or | base64');
}

function plain(name: string, text: string): MadeHeader {
  return made(name, [{ kind: 'text', text }], { values: new Map(), variables: {} }, '');
}

function bearer(secret: string, filling: Filling): MadeHeader {
  if (filling.values.get(secret)?.byteLength === 0) return empty(secret, 'an access token');
  const parts: WebhookPart[] = [
    { kind: 'text', text: 'Bearer ' },
    { kind: 'secret', name: secret, filters: [] },
  ];
  return made('Authorization', parts, filling, 'store the token without it');
}

function signed(
  { secret, header, encoding, prefix }: SignatureWay,
  filling: Filling,
  body: SecretValue,
): MadeHeader {
  const key = filling.values.get(secret);
  if (key === undefined) return failed('InternalError', `${secret} was not read; the operator tries again`);
  // anybody can sign with an empty key
  if (key.byteLength === 0) return empty(secret, 'a key');
  const hmac = createHmac('sha256', key.reveal()).update(body.reveal());
  return plain(header, `${prefix}${hmac.digest(encoding === 'Hex' ? 'hex' : 'base64')}`);
}

function made(name: string, parts: readonly WebhookPart[], filling: Filling, advice: string): MadeHeader {
  const bytes = fillHeader(name, parts, filling, advice);
  if (!Buffer.isBuffer(bytes)) return bytes;
  return { kind: 'ok', header: { name, value: new SecretValue(bytes) } };
}

function empty(name: string, what: string): Failure {
  return failed('ValueEmpty', `the value of ${name} is empty, which is no use as ${what}; store one`);
}
