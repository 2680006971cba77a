/**
 * What a reflector does after a list or watch failed. Pure.
 * Called by reflector.ts.
 */
import { KubeError } from './kube-error.ts';

/** What the owner of a reflector can see of it. */
export type ReflectorState =
  /** no complete list yet */
  | 'starting'
  | 'synced'
  /** broken for now: what the store holds may be old */
  | 'failing'
  /** no right to list or watch: enrolment was withdrawn, or never given */
  | 'forbidden'
  /** the kind is not served: its CRD is not there */
  | 'absent'
  | 'stopped';

export interface Recovery {
  readonly state: 'failing' | 'forbidden' | 'absent';
  /** go on from the last known version; otherwise list again */
  readonly resume: boolean;
  /** the server does not do streaming lists: read pages from now on */
  readonly usePages: boolean;
  readonly waitMs: number;
}

export interface Circumstances {
  /** consecutive failures before this one */
  readonly failures: number;
  /** a streaming list was under way */
  readonly streamingList: boolean;
  /** in [0, 1) */
  readonly random: number;
}

const BASE_MS = 500;
const LONGEST_MS = 30_000;
// a right takes effect, and a kind is served, a moment after the object that makes it so can be seen; what is missing
// for longer is given by people, and asking often only fills the audit log
const REFUSED_BASE_MS = 1_000;
// whatever a server asks for, look again before health calls it dead after five minutes
const LONGEST_RETRY_AFTER_MS = 120_000;

export function recover(error: unknown, now: Circumstances): Recovery {
  const { kind, status, retryAfterMs } = error instanceof KubeError ? error : UNKNOWN;
  const refused = kind === 'forbidden' || kind === 'unauthorized' || kind === 'notFound';
  const unsupported = now.streamingList && (kind === 'invalid' || kind === 'server' || kind === 'badAnswer');
  const stalled = now.streamingList && kind === 'timeout';
  // it answers that this version cannot be continued, for whatever reason: too old, compacted, from the future
  const resume = status === undefined ? kind !== 'badAnswer' && kind !== 'tooLarge' : isBusy(kind, status);
  return {
    state: refused ? (kind === 'notFound' ? 'absent' : 'forbidden') : 'failing',
    resume,
    usePages: unsupported || stalled,
    waitMs: waitMs(kind, now, retryAfterMs, refused, unsupported),
  };
}

function waitMs(
  kind: KubeError['kind'],
  { failures, random }: Circumstances,
  retryAfterMs: number | undefined,
  refused: boolean,
  unsupported: boolean,
): number {
  // nothing is wrong with the server; the next attempt is another one
  if (failures === 0 && (kind === 'gone' || unsupported)) return 0;
  const base = refused ? REFUSED_BASE_MS : BASE_MS;
  const ceiling = Math.min(LONGEST_MS, base * 2 ** Math.min(failures, 10));
  const backoff = ceiling * (0.5 + random / 2);
  return Math.max(backoff, Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS));
}

function isBusy(kind: KubeError['kind'], status: number): boolean {
  return kind === 'throttled' || status === 503;
}

const UNKNOWN = { kind: 'server' as const, status: 500, retryAfterMs: undefined };
