/** Waiting for work that somebody else does. Called by knowledge.ts. */

/** Resolves when it is over or the signal aborts. */
export async function endOf(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const leave = () => aborted.resolve();
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  await Promise.race([work, aborted.promise]);
  signal.removeEventListener('abort', leave);
}
