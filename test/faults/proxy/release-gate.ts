/**
 * Owns: waiting that clear() cuts short and that ends with the client.
 * Called by: request-faults.ts, watch-relay.ts, stale-answers.ts. Must not: know what waits.
 */

/** The client or the API server is gone: nothing is left to do, and nothing is wrong with the proxy. */
export class ExchangeOver extends Error {
  override readonly name = 'ExchangeOver';
}

export class ReleaseGate {
  #release = Promise.withResolvers<void>();

  /** Lets go of all who wait now, not of those who come later. */
  open(): void {
    this.#release.resolve();
    this.#release = Promise.withResolvers();
  }

  /** Throws ExchangeOver when the client goes. */
  released(signal: AbortSignal): Promise<void> {
    return unlessOver(signal, this.#release.promise);
  }

  /** That long, or until open(). Throws ExchangeOver when the client goes. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    const elapsed = Promise.withResolvers<void>();
    const timer = setTimeout(elapsed.resolve, ms);
    try {
      await unlessOver(signal, Promise.race([elapsed.promise, this.#release.promise]));
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The promise's end, or ExchangeOver as soon as the signal aborts. */
export async function unlessOver<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>();
  const end = () => over.reject(new ExchangeOver('the client is gone'));
  if (signal.aborted) end();
  signal.addEventListener('abort', end);
  try {
    return await Promise.race([promise, over.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
