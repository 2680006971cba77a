/**
 * Owns: the words a test arms the fault proxy with.
 * Called by: tests, everything in this folder. Must not: do anything.
 */
import type { SeenRequest } from './seen-request.ts';

/** A metav1.Status as the answer. */
export interface StatusFault {
  readonly kind: 'status';
  readonly code: number;
  readonly reason: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
}

export type RequestFault =
  /** not forwarded */
  | StatusFault
  /** not forwarded; the HTTP/2 stream is reset, an HTTP/1.1 connection gets a RST */
  | { readonly kind: 'reset' }
  /** not forwarded, and never answered: until the client gives up, or clear(), which then resets it */
  | { readonly kind: 'hang' }
  /** forwarded and applied; then as `reset` */
  | { readonly kind: 'lost-answer' }
  /** forwarded; headers with the length of the whole, half of the bytes, then the end of the stream or connection */
  | { readonly kind: 'truncate' }
  /** forwarded when until() is over, or at clear(), and even if the client is gone by then: what is on its way arrives */
  | { readonly kind: 'forward-late'; readonly until: () => Promise<void> }
  /** forwarded; the answer waits, until clear() at the longest */
  | { readonly kind: 'answer-late'; readonly ms: number }
  /**
   * For kills. `before`: run() instead of forwarding. `applied`: run() once the API server has answered in full.
   * After both, the request is reset. `answered`: run() once every byte of the answer is on its way to the client.
   */
  | {
      readonly kind: 'run';
      readonly when: 'before' | 'applied' | 'answered';
      readonly run: () => Promise<void>;
    }
  /**
   * Reads are answered as of that version: a list by LIST with resourceVersionMatch=Exact (its next pages follow by
   * themselves), one object out of such a list (404 if it is not in it), a streaming list by the same as ADDED lines
   * and the bookmark, after which it is a watch from that version that is silent until clear(). A watch that names a
   * version of its own is silent until clear() as well. Whoever asks must have the right to list.
   */
  | { readonly kind: 'stale'; readonly resourceVersion: string };

export type WatchFault =
  /** instead of the watch, as it is opened; counts watches, not events */
  | StatusFault
  /** an ERROR line instead of the event, then a clean end */
  | {
      readonly kind: 'error-event';
      readonly code: number;
      readonly reason: string;
      readonly message?: string;
    }
  | { readonly kind: 'drop' }
  | { readonly kind: 'repeat' }
  /** the event and all that follow wait, until clear() at the longest; nothing overtakes */
  | { readonly kind: 'delay'; readonly ms: number }
  /** sent after the next event; after 500 ms or before an end if none comes */
  | { readonly kind: 'swap' }
  /** instead of the event */
  | { readonly kind: 'reset' }
  /** half of the line, then the end of the stream or connection */
  | { readonly kind: 'truncate' }
  /** a clean end instead of the event */
  | { readonly kind: 'end' }
  /** the event and all that follow on this stream wait until clear() */
  | { readonly kind: 'hold' };

export interface EventObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  /** empty where the line has none, as in an ERROR */
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface EventSeen {
  /** ADDED, MODIFIED, DELETED, BOOKMARK, ERROR */
  readonly type: string;
  readonly object: EventObject;
}

/** Every armed rule counts all its matches; of several that are due at once, the one armed first acts. */
interface Counted {
  readonly match: (request: SeenRequest) => boolean;
  /** the first match that is hit, from 1; 1 if absent */
  readonly nth?: number;
  /** how many matches in a row are hit; 1 if absent, Infinity for all */
  readonly times?: number;
}

export interface RequestRule extends Counted {
  readonly fault: RequestFault;
}

export interface WatchRule extends Counted {
  /** which lines count, initial ones and bookmarks included; every line if absent */
  readonly event?: (event: EventSeen) => boolean;
  readonly fault: WatchFault;
}

export interface Armed {
  /** how often the fault was decided on; it may still be under way */
  readonly hits: number;
  /** resolves at the first hit */
  whenHit(): Promise<void>;
  disarm(): void;
}
