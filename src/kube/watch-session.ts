/**
 * One watch, from its request to its end, with everything that can make an end an unhealthy one.
 * Called by reflector.ts.
 */
import type { SelectOptions } from './call-options.ts';
import type { Clock, Random } from './clock.ts';
import type { KubeClient } from './kube-client.ts';
import { KubeError } from './kube-error.ts';
import type { KubeObject, ResourceType } from './kube-objects.ts';
import { resourceLabel } from './resource-path.ts';
import type { WatchEvent } from './watch-stream.ts';
import { Watchdog } from './watchdog.ts';

/** What is watched; everything of the kind if empty. */
export type Selection = Pick<SelectOptions, 'namespace' | 'labelSelector' | 'fieldSelector' | 'metadataOnly'>;

export interface WatchTarget<T extends KubeObject> {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  readonly type: ResourceType<T>;
  readonly select?: Selection;
  readonly clock: Clock;
  readonly random: Random;
}

export interface SessionOptions {
  /** version to go on from; undefined asks for the complete state first */
  readonly from: string | undefined;
  readonly signal: AbortSignal;
  /** ask the server to end it by then, milliseconds: somebody waits for its end */
  readonly endWithinMs: number;
  /** the server has accepted the watch */
  readonly onOpen: () => void;
}

// the server ends a watch after five to ten minutes, so that they spread over its replicas
const WATCH_SECONDS = { least: 300, most: 600 };
// bookmarks come every 60 s or so; one may be late
const SILENCE_MS = { least: 90_000, most: 120_000 };
// a server that ends watches faster than this is not well, whatever it says
const TOO_SHORT_MS = 1_000;

/** Events until the server ends the watch properly. Throws KubeError for any other end. */
export async function* watchSession<T extends KubeObject>(
  target: WatchTarget<T>,
  { from, signal, endWithinMs, onOpen }: SessionOptions,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const { client, type, select, clock, random } = target;
  using watchdog = new Watchdog(clock, between(SILENCE_MS, random), signal);
  const opened = clock.monotonic();
  let events = 0;
  const stream = client.watch(type, {
    ...select,
    ...startingAt(from),
    signal: watchdog.signal,
    timeoutSeconds: Math.max(1, Math.round(Math.min(between(WATCH_SECONDS, random), endWithinMs / 1000))),
    onOpen,
  });
  try {
    for await (const event of stream) {
      watchdog.touch();
      events++;
      yield event;
    }
  } catch (error) {
    throw watchdog.barked ? watchFailure(target, 'timeout', 'Silent') : error;
  }
  if (events === 0 && clock.monotonic() - opened < TOO_SHORT_MS)
    throw watchFailure(target, 'network', 'ClosedEarly');
}

/** `secretscopes.secretscope.dev`, or `secrets in team-web`. */
export function watchLabel<T extends KubeObject>({
  type,
  select,
}: Pick<WatchTarget<T>, 'type' | 'select'>): string {
  return resourceLabel(type) + (select?.namespace === undefined ? '' : ` in ${select.namespace}`);
}

export function watchFailure<T extends KubeObject>(
  { type, select }: Pick<WatchTarget<T>, 'type' | 'select'>,
  kind: KubeError['kind'],
  reason: string,
): KubeError {
  const call = {
    verb: 'watch',
    resource: resourceLabel(type),
    target: select?.namespace ?? '',
    sensitive: true,
  };
  return new KubeError({ kind, call, reason });
}

/** No version means the newest state, never an old cache: after a restart, time must not go back. */
function startingAt(from: string | undefined) {
  return from === undefined
    ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' as const }
    : { resourceVersion: from };
}

function between({ least, most }: { readonly least: number; readonly most: number }, random: Random): number {
  return least + (most - least) * random();
}
