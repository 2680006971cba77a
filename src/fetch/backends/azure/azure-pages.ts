/** Lists of the SDK's, page by page. Called by the azure backend. */
import type { SecretProperties } from '@azure/keyvault-secrets';

export interface Gathered {
  readonly items: readonly SecretProperties[];
  /** there were more pages than were asked for */
  readonly truncated: boolean;
}

export interface PageBounds {
  readonly maxPages: number;
  readonly signal: AbortSignal;
  /** stops early, once what was looked for is there */
  readonly enough?: ((page: readonly SecretProperties[]) => boolean) | undefined;
}

/** One call more than `maxPages` where that many are full: only the next page tells whether there is one. */
export async function gatherPages(
  pages: AsyncIterator<SecretProperties[]>,
  { maxPages, signal, enough = () => false }: PageBounds,
): Promise<Gathered> {
  const items: SecretProperties[] = [];
  for (let page = 0; page < maxPages; page++) {
    // the SDK forgets the signal after the first page
    signal.throwIfAborted();
    const next = await pages.next();
    if (next.done) return { items, truncated: false };
    items.push(...next.value);
    if (enough(next.value)) return { items, truncated: false };
  }
  signal.throwIfAborted();
  return { items, truncated: !(await pages.next()).done };
}

/** Rejects with the signal's reason as soon as it aborts, whatever the SDK still waits for. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const give = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', give);
  if (signal.aborted) give();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}
