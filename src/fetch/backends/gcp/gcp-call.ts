/**
 * One call of Google's client library. Called by gcp-channel.ts.
 */
import type { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import type { GcpMethod, GcpReply, GcpRequest } from './gcp-sdk.ts';

export type CallHeaders = Readonly<Record<string, string | string[]>>;

interface CallSettings {
  readonly timeout: number;
  readonly retry: null;
  readonly autoPaginate: false;
  readonly signal: AbortSignal;
  readonly otherArgs: { readonly headers: CallHeaders };
}
type Done<A> = (error: Error | null, answer: A, next: unknown, whole: A | undefined) => void;
type InnerCall<Q, A> = (request: Q, settings: CallSettings, done: Done<A>) => void;

// three in a row (a call, its repetition with a new token, a look whether the secret exists) end within the 30 s that a
// scheduler gives
export const CALL_MS = 8_000;
/**
 * The library's retries are off, since the scheduler has its own. Its outer methods are gone around: they format each
 * payload for a log, and build a protobuf root for each error with details (11 ms, measured).
 */
export function invoke<M extends GcpMethod>(
  client: SecretManagerServiceClient,
  method: M,
  request: GcpRequest<M>,
  headers: CallHeaders,
  signal: AbortSignal,
): Promise<GcpReply<M>> {
  const settings: CallSettings = {
    timeout: CALL_MS,
    retry: null,
    autoPaginate: false,
    signal,
    otherArgs: { headers: { ...headers, ...routing(request) } },
  };
  return new Promise((resolve, reject) => {
    const done: Done<GcpReply<M>> = (error, answer, _next, whole) =>
      error ? reject(error) : resolve(whole ?? answer);
    const begin = () =>
      (client.innerApiCalls[method] as InnerCall<GcpRequest<M>, GcpReply<M>>)(request, settings, done);
    client.initialize().then(begin).catch(reject);
  });
}

/** https://google.aip.dev/client-libraries/4222 */
function routing(request: { readonly name?: string | null; readonly parent?: string | null }) {
  const [field, value] = request.name ? ['name', request.name] : ['parent', request.parent ?? ''];
  return { 'x-goog-request-params': `${field}=${encodeURIComponent(value)}` };
}

/** The work goes on, for whoever shares it. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    if (signal.aborted) leave();
  });
}
