/**
 * Decodes the watch protocol: one JSON object a line.
 * Called by kube-client.ts. Every way a stream can go wrong ends the iteration with a KubeError; a clean end is an end.
 */
import { type CallLabel, KubeError } from './kube-error.ts';
import type { KubeObject } from './kube-objects.ts';
import { LineSplitter, LineTooLong } from './line-splitter.ts';
import { type ServerStatus, statusError } from './status-error.ts';

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | {
      readonly type: 'BOOKMARK';
      readonly resourceVersion: string;
      /** the state that was asked for with `sendInitialEvents` is complete */
      readonly initialEventsEnd: boolean;
    };

/**
 * Empties an event that was dealt with. Whoever waits for the next one goes on holding this one, in the frames of
 * suspended generators: a Secret would stay in memory until something else happens there.
 */
export function letGo(event: WatchEvent<KubeObject>): void {
  if (event.type !== 'BOOKMARK') Reflect.deleteProperty(event, 'object');
}

// the largest object in etcd is 1.5 MiB; escaped JSON of it may be several times that
const LINE_LIMIT = 16 * 1024 * 1024;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

export async function* decodeWatch<T extends KubeObject>(
  call: CallLabel,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const lines = new LineSplitter(LINE_LIMIT);
  for await (const chunk of chunks) {
    for (const line of split(call, lines, chunk)) {
      const event = decodeLine<T>(call, line);
      if (event) yield event;
    }
  }
  if (lines.midLine) throw new KubeError({ kind: 'network', call, reason: 'Truncated' });
}

function* split(call: CallLabel, lines: LineSplitter, chunk: Uint8Array): Generator<string> {
  try {
    yield* lines.push(chunk);
  } catch (error) {
    if (error instanceof LineTooLong)
      throw new KubeError({ kind: 'tooLarge', call, reason: 'EventTooLarge' });
    throw error;
  }
}

/** undefined for event types that do not exist yet: they must not end a watch */
function decodeLine<T extends KubeObject>(call: CallLabel, line: string): WatchEvent<T> | undefined {
  const { type, object } = parseEvent<T>(call, line);
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: object as T };
    case 'BOOKMARK':
      return {
        type,
        resourceVersion: object.metadata.resourceVersion,
        initialEventsEnd: object.metadata.annotations?.[INITIAL_EVENTS_END] === 'true',
      };
    default:
      return undefined;
  }
}

function parseEvent<T extends KubeObject>(call: CallLabel, line: string): { type: unknown; object: T } {
  const event = parseJson(line);
  const { type, object } = isRecord(event) ? event : {};
  if (type === 'ERROR' && isRecord(object)) throw inStreamError(call, object);
  if (!isObject<T>(object)) throw new KubeError({ kind: 'badAnswer', call, reason: 'NotAnEvent' });
  return { type, object };
}

function inStreamError(call: CallLabel, status: ServerStatus): KubeError {
  return statusError(call, typeof status.code === 'number' ? status.code : 500, status);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // JSON.parse quotes its input, which may be a Secret; the caller reports what matters: this is no event
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Checked as far as the watch itself relies on it; the rest is the server's word. */
function isObject<T extends KubeObject>(value: unknown): value is T {
  return (
    isRecord(value) && isRecord(value['metadata']) && typeof value['metadata']['resourceVersion'] === 'string'
  );
}
