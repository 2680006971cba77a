/** Owns: what a benchmark and its receiver, which is another process, say to each other. Types only. */

/** Up and down: it listens, or nobody does. `stalled`: paths that never get an answer from now on; all others do. */
export type Order =
  | { readonly kind: 'up' }
  | { readonly kind: 'down' }
  | { readonly kind: 'take' }
  | { readonly kind: 'stall'; readonly paths: readonly string[] };

/** One delivery that arrived whole. */
export interface Arrival {
  readonly path: string;
  readonly delivery: string;
  /** by the clock of the receiver, milliseconds since 1970 */
  readonly at: number;
}

export interface Started {
  readonly kind: 'started';
  readonly endpoint: string;
  readonly flags: readonly string[];
}

export interface Done {
  readonly kind: 'done';
  /** what arrived since it was taken last; empty for every other order */
  readonly arrivals: readonly Arrival[];
}
