/**
 * Owns: what a test can see of a request, and reading it out of method, URL, headers and body. Pure but for the clock.
 * Called by: fault-proxy.ts. Must not: keep a credential.
 */
import { createHash } from 'node:crypto';

export interface Moment {
  readonly code: number;
  /** performance.now() */
  readonly at: number;
}

/** A request as the proxy saw it. */
export interface SeenRequest {
  /** 1, 2, 3… in order of arrival */
  readonly number: number;
  /** performance.now() */
  readonly at: number;
  readonly method: string;
  /** path with query */
  readonly url: string;
  /** a POST that changes nothing (tokens, reviews) is a `read` */
  readonly kind: 'watch' | 'list' | 'read' | 'write';
  /** these five are '' if there is none */
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  /** of a POST, that in the body; a generateName ends in `*` */
  readonly name: string;
  /** of a write, parsed; undefined otherwise */
  readonly body: unknown;
  /** tells identities apart: a tag of the bearer token, '' without one */
  readonly token: string;
  /** what the client was sent */
  readonly answered: Moment | undefined;
  /** what the API server answered; as soon as its headers are here */
  readonly upstream: Moment | undefined;
}

/** The same, while it goes on. */
export type Trace = { -readonly [K in keyof SeenRequest]: SeenRequest[K] };

export interface RawCall {
  readonly method: string;
  readonly url: string;
  readonly authorization: string;
  readonly body: Buffer;
}

type Place = Pick<SeenRequest, 'group' | 'resource' | 'subresource' | 'namespace' | 'name'>;

const NOWHERE: Place = { group: '', resource: '', subresource: '', namespace: '', name: '' };
// POSTs that ask: what they create is an answer
const QUESTIONS = /^(token|(self|local)?subject(access|rules)reviews|tokenreviews|selfsubjectreviews)$/;
const TAG_LENGTH = 8;

export function traceOf(number: number, { method, url, authorization, body }: RawCall): Trace {
  const { pathname, searchParams } = new URL(url, 'https://api');
  const place = placeOf(pathname);
  const kind = kindOf(method, place, searchParams);
  const sent = kind === 'write' ? parsed(body) : undefined;
  return {
    number,
    at: performance.now(),
    method,
    url,
    kind,
    ...place,
    name: place.name || nameIn(sent),
    body: sent,
    token: tagOf(authorization),
    answered: undefined,
    upstream: undefined,
  };
}

export function moment(code: number): Moment {
  return { code, at: performance.now() };
}

/** Of `/api/v1/…` and `/apis/GROUP/VERSION/…`; anything else, such as discovery, is nowhere. */
function placeOf(pathname: string): Place {
  const [root, ...parts] = pathname.split('/').slice(1).map(decodeURIComponent);
  if (root !== 'api' && root !== 'apis') return NOWHERE;
  const group = root === 'api' ? '' : (parts.shift() ?? '');
  const [, ...rest] = parts;
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && !isOfNamespace(rest[2]);
  const namespace = inNamespace ? (rest[1] ?? '') : '';
  const [resource = '', name = '', subresource = ''] = inNamespace ? rest.slice(2) : rest;
  return { group, resource, subresource, namespace, name };
}

/** `/namespaces/NAME/status` names a namespace, `/namespaces/NAME/secrets` what is in it. */
function isOfNamespace(third: string | undefined): boolean {
  return third === 'status' || third === 'finalize';
}

function kindOf(method: string, { resource, subresource, name }: Place, query: URLSearchParams) {
  if (method === 'GET' || method === 'HEAD') {
    if (['true', '1'].includes(query.get('watch') ?? '')) return 'watch';
    return resource !== '' && name === '' ? 'list' : 'read';
  }
  return method === 'POST' && QUESTIONS.test(subresource || resource) ? 'read' : 'write';
}

function parsed(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // YAML, or a client that was cut off; the API server says what it thinks of it
    return undefined;
  }
}

function nameIn(body: unknown): string {
  const { metadata } = (body ?? {}) as { metadata?: { name?: unknown; generateName?: unknown } };
  if (typeof metadata?.name === 'string') return metadata.name;
  return typeof metadata?.generateName === 'string' ? `${metadata.generateName}*` : '';
}

function tagOf(authorization: string): string {
  const token = authorization.replace(/^bearer\s+/i, '');
  return token === '' ? '' : createHash('sha256').update(token).digest('hex').slice(0, TAG_LENGTH);
}
