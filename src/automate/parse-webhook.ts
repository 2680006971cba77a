/**
 * Owns: what a webhook of an automation is made of, read from its spec before any value is known. What it finds wrong is
 * wrong whatever happens, so nothing is ever sent with it.
 */
import { canonicalJson, type Json } from '../model/canonical-json.ts';
import type { AutomationSpec } from '../model/kinds/webhook-automation.ts';
import { RESERVED_HEADERS } from '../model/kinds/webhook-headers.ts';
import { byName } from '../model/names.ts';
import { ALL_VARIABLES } from './event-variables.ts';
import { payloadParts } from './payload-parts.ts';
import { ACCESS_TOKEN, scanParts, type Vocabulary, type WebhookPart } from './webhook-parts.ts';

/** The header that W&B signs with (spec row WX3). */
const SIGNATURE_HEADER = 'X-Wandb-Signature';

export interface HeaderParts {
  readonly name: string;
  readonly parts: readonly WebhookPart[];
}

/** HMAC-SHA256 over the bytes of the body (spec rows WX3, K5). */
export interface SignatureWay {
  readonly secret: string;
  readonly header: string;
  readonly encoding: 'Base64' | 'Hex';
  readonly prefix: string;
}

/** A webhook without its values. */
export interface ParsedWebhook {
  /** Every secret it needs: access token, key of the signature, each `${NAME}`; sorted, once each. */
  readonly names: readonly string[];
  /** What reviewers read: method, headers and payload as they are written, as canonical JSON. */
  readonly text: string;
  readonly url: string;
  readonly headers: readonly HeaderParts[];
  readonly body: readonly WebhookPart[];
  /** The secret that is sent as `Authorization: Bearer` (spec row WX2). */
  readonly accessToken: string | undefined;
  readonly signature: SignatureWay | undefined;
}

export type WebhookParse =
  | { readonly kind: 'ok'; readonly webhook: ParsedWebhook }
  | { readonly kind: 'invalid'; readonly faults: readonly string[] };

/** Takes the spec apart, or tells every fault of it at once: where it is, and what to do (spec rows W17, WX8, Q4). */
export function parseWebhook(spec: AutomationSpec): WebhookParse {
  const vocabulary: Vocabulary = {
    secrets: new Set(spec.secrets),
    accessToken: spec.accessToken?.secret,
  };
  const signature = signatureWay(spec);
  const { headers, faults: inHeaders } = headerParts(spec, vocabulary);
  const { parts: body, faults: inPayload } = payloadParts(spec.payload, vocabulary);
  const faults = [
    ...nameFaults(vocabulary),
    ...filterFaults(spec),
    ...collisionFaults(spec, signature),
    ...inHeaders,
    ...inPayload,
  ];
  if (faults.length > 0) return { kind: 'invalid', faults };
  const accessToken = vocabulary.accessToken;
  const names = namesIn([...headers.flatMap(({ parts }) => parts), ...body], accessToken, signature?.secret);
  const text = reviewersText(spec, signature);
  return { kind: 'ok', webhook: { names, text, url: spec.url, headers, body, accessToken, signature } };
}

function signatureWay({ signature }: AutomationSpec): SignatureWay | undefined {
  if (signature === undefined) return undefined;
  const { secret, header = SIGNATURE_HEADER, encoding = 'Base64', prefix = '' } = signature;
  return { secret, header, encoding, prefix };
}

function headerParts(
  { headers = [] }: AutomationSpec,
  vocabulary: Vocabulary,
): { readonly headers: readonly HeaderParts[]; readonly faults: readonly string[] } {
  const scanned = headers.map(({ name, value }) => ({ name, ...scanParts(value, vocabulary) }));
  return {
    headers: scanned.map(({ name, parts }) => ({ name, parts })),
    faults: scanned.flatMap(({ name, faults }) => faults.map((fault) => `headers.${name} ${fault}`)),
  };
}

function nameFaults({ secrets, accessToken }: Vocabulary): string[] {
  return secrets.has(ACCESS_TOKEN) && accessToken !== ACCESS_TOKEN
    ? [
        'secrets holds ACCESS_TOKEN, but ${ACCESS_TOKEN} is always the access token; name it in accessToken, or give that secret another name',
      ]
    : [];
}

function filterFaults({ filter = [] }: AutomationSpec): string[] {
  return filter
    .filter(({ variable }) => !ALL_VARIABLES.has(variable))
    .map(
      ({ variable }) =>
        `filter.${variable} is a variable that no event has; variables are ${[...ALL_VARIABLES].join(', ')}`,
    );
}

/** Receivers and proxies differ in which of two headers of one name they believe. */
function collisionFaults(spec: AutomationSpec, signature: SignatureWay | undefined): string[] {
  const taken = new Set<string>(RESERVED_HEADERS);
  if (spec.accessToken !== undefined) taken.add('authorization');
  const faults: string[] = [];
  const take = (header: string, where: string) => {
    const lower = header.toLowerCase();
    if (taken.has(lower))
      faults.push(`${where} sets the header ${header}, which is set already; choose another one`);
    taken.add(lower);
  };
  if (signature !== undefined) take(signature.header, 'signature');
  for (const { name } of spec.headers ?? []) take(name, `headers.${name}`);
  return faults;
}

function namesIn(parts: readonly WebhookPart[], ...more: readonly (string | undefined)[]): string[] {
  const used = parts.flatMap((part) => (part.kind === 'secret' ? [part.name] : []));
  return [...new Set([...used, ...more.filter((name) => name !== undefined)])].sort(byName);
}

/** What is made of a secret is told by a member of its own: no header that is only written can be taken for it. */
function reviewersText(spec: AutomationSpec, signature: SignatureWay | undefined): string {
  const { accessToken, headers = [] } = spec;
  const bearer = accessToken ? [{ name: 'Authorization', bearer: accessToken.secret }] : [];
  const signed = signature
    ? [
        {
          name: signature.header,
          hmacSHA256: signature.secret,
          encoding: signature.encoding,
          prefix: signature.prefix,
        },
      ]
    : [];
  const written = headers.map(({ name, value }) => ({ name, value }));
  return canonicalJson({
    method: 'POST',
    headers: [...bearer, ...signed, ...written],
    payload: spec.payload as Json,
  });
}
