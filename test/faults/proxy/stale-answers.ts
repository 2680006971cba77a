/**
 * Owns: answering reads as of an older version, with what the API server still knows of it.
 * Called by: request-faults.ts. Must not: make anything up but the form.
 */

import type { WholeAnswer } from './client-side.ts';
import { deliver, type Exchange, forward, wholeOf } from './exchange.ts';
import { linesOf } from './line-source.ts';
import { errorLine, type Refusal, statusAnswer } from './status-body.ts';
import { bytesOf, type UpstreamCall } from './upstream.ts';
import { relayWatch } from './watch-relay.ts';

interface ListBody {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly object[] | null;
}

type Query = Readonly<Record<string, string | undefined>>;

/** A watch's own parameters, and paging: the list is taken whole. */
const NOT_OF_A_LIST = {
  watch: undefined,
  sendInitialEvents: undefined,
  allowWatchBookmarks: undefined,
  timeoutSeconds: undefined,
  limit: undefined,
};

export async function answerStale(exchange: Exchange, resourceVersion: string): Promise<void> {
  const { trace } = exchange;
  const query = new URL(trace.url, 'https://api').searchParams;
  if (trace.kind === 'watch' && query.get('sendInitialEvents') === 'true')
    return streamingList(exchange, resourceVersion);
  if (trace.kind === 'watch') return silentWatch(exchange, exchange.call);
  if (trace.kind === 'list') return list(exchange, resourceVersion, query.has('continue'));
  if (trace.kind === 'read' && trace.method === 'GET' && trace.name !== '')
    return oneObject(exchange, resourceVersion);
  throw new Error(`stale is for reads of objects, not for ${trace.method} ${trace.url}`);
}

/** A token of a page holds its version, and allows no other. */
async function list(exchange: Exchange, resourceVersion: string, continued: boolean): Promise<void> {
  const call = continued ? exchange.call : rewritten(exchange.call, exactly(resourceVersion));
  await deliver(exchange, await forward(exchange, call));
}

async function oneObject(exchange: Exchange, resourceVersion: string): Promise<void> {
  const { client, trace } = exchange;
  const { name, subresource, resource } = trace;
  const fieldSelector = `metadata.name=${name}`;
  const collection = collectionOf(exchange.call, subresource === '' ? 1 : 2);
  const whole = await listed(exchange, rewritten(collection, { ...exactly(resourceVersion), fieldSelector }));
  if (whole.code !== 200) return client.answer(whole);
  const [object] = itemsOf(whole);
  const notFound = { code: 404, reason: 'NotFound', message: `${resource} "${name}" not found` };
  await client.answer(
    object ? { ...whole, body: Buffer.from(`${JSON.stringify(object)}\n`) } : statusAnswer(notFound),
  );
}

async function streamingList(exchange: Exchange, resourceVersion: string): Promise<void> {
  const { client, call } = exchange;
  const query = { ...NOT_OF_A_LIST, ...exactly(resourceVersion) };
  const whole = await listed(exchange, rewritten(call, query));
  if (whole.code !== 200) return client.answer(whole);
  const { 'audit-id': _, ...headers } = whole.headers;
  client.open(200, headers);
  await relayWatch(exchange, linesSince(exchange, whole));
}

async function silentWatch(exchange: Exchange, call: UpstreamCall): Promise<void> {
  exchange.client.open(200, { 'content-type': 'application/json' });
  await relayWatch(exchange, linesWhenReleased(exchange, call));
}

async function* linesSince(exchange: Exchange, whole: WholeAnswer): AsyncGenerator<Buffer, void, undefined> {
  for (const object of itemsOf(whole)) yield line('ADDED', object);
  const { resourceVersion } = bodyOf(whole).metadata;
  yield line('BOOKMARK', endOfInitialEvents(whole));
  const since = { sendInitialEvents: undefined, resourceVersionMatch: undefined, resourceVersion };
  yield* linesWhenReleased(exchange, rewritten(exchange.call, since));
}

/** Opened only then: a watch that nobody reads would be ended by the API server. */
async function* linesWhenReleased(
  exchange: Exchange,
  call: UpstreamCall,
): AsyncGenerator<Buffer, void, undefined> {
  await exchange.gate.released(exchange.client.signal);
  const answer = await forward(exchange, call);
  if (answer.code === 200) yield* linesOf(bytesOf(answer));
  // too late for a status: the stream is open
  else yield errorLine(JSON.parse((await wholeOf(answer)).body.toString('utf8')) as Refusal);
}

async function listed(exchange: Exchange, call: UpstreamCall): Promise<WholeAnswer> {
  const { accept } = call.headers;
  // the same form, for a list
  const asList = String(accept ?? 'application/json').replaceAll(
    /(as=PartialObjectMetadata)(?!List)/g,
    '$1List',
  );
  const answer = await forward(exchange, { ...call, headers: { ...call.headers, accept: asList } });
  // a right that the client never needed: passed on, this would look like one that it lost
  if (answer.code === 403) throw new Error(`stale needs the right to list: leave ${exchange.trace.url} out`);
  return wholeOf(answer);
}

function exactly(resourceVersion: string): Query {
  return { resourceVersion, resourceVersionMatch: 'Exact' };
}

/** With these parameters; without those that are undefined. */
function rewritten(call: UpstreamCall, query: Query): UpstreamCall {
  const url = new URL(call.path, 'https://api');
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return { ...call, path: url.pathname + url.search };
}

function collectionOf(call: UpstreamCall, segments: number): UpstreamCall {
  const { pathname } = new URL(call.path, 'https://api');
  return { ...call, path: pathname.split('/').slice(0, -segments).join('/') };
}

function bodyOf(whole: WholeAnswer): ListBody {
  return JSON.parse(whole.body.toString('utf8')) as ListBody;
}

/** Items of built-in kinds come without their type; alone they have it. */
function itemsOf(whole: WholeAnswer): object[] {
  const body = bodyOf(whole);
  return (body.items ?? []).map((item) => ({ ...typeOfItems(body), ...item }));
}

function endOfInitialEvents(whole: WholeAnswer): object {
  const body = bodyOf(whole);
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  const { resourceVersion } = body.metadata;
  return { ...typeOfItems(body), metadata: { resourceVersion, creationTimestamp: null, annotations } };
}

function typeOfItems({ apiVersion, kind }: ListBody): { apiVersion: string; kind: string } {
  return { apiVersion, kind: kind.replace(/List$/, '') };
}

function line(type: string, object: object): Buffer {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}
