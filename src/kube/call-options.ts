/** What callers of kube-client.ts pass and get. Types only. */

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** for the whole call with its retries, milliseconds; 30 s if absent */
  readonly deadlineMs?: number | undefined;
}

export interface GetOptions extends CallOptions {
  readonly subresource?: string | undefined;
}

export interface SelectOptions extends CallOptions {
  /** all namespaces if absent */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** ask for metadata alone: the answer holds neither spec nor data */
  readonly metadataOnly?: boolean | undefined;
  /** where to start, as in the Kubernetes API concepts; absent means the newest state */
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan' | undefined;
}

export interface ListOptions extends SelectOptions {
  /** objects a page; 100 if absent */
  readonly limit?: number | undefined;
  /** from the page before */
  readonly continue?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** token for the next page; absent on the last one */
  readonly continue?: string;
}

export interface WatchOptions extends SelectOptions {
  /** the server ends the watch after this long */
  readonly timeoutSeconds: number;
  /** begin with the whole state as ADDED events, then a bookmark with `initialEventsEnd` */
  readonly sendInitialEvents?: boolean | undefined;
  /** called once, when the server has accepted the watch and before any event */
  readonly onOpen?: (() => void) | undefined;
}

export interface WriteOptions extends CallOptions {
  readonly subresource?: string | undefined;
  /** `secretscope` if absent */
  readonly fieldManager?: string | undefined;
  /** validate and admit, but store nothing */
  readonly dryRun?: boolean | undefined;
}

export interface ApplyOptions extends WriteOptions {
  /** take fields over from other managers */
  readonly force?: boolean | undefined;
}

export interface DeleteOptions extends CallOptions {
  /** preconditions: the delete is a `conflict` when the object is another one or has changed */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  /** Background if absent */
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined;
}
