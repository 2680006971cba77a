/** What a receiver asks for with Retry-After (RFC 9110, 10.2.3). Called by post-webhook.ts; pure. */

// three hundred years; more digits are no number of seconds that anybody means
const SECONDS = /^[0-9]{1,10}$/;
// the one form that may be sent; the two older ones, which may only be read, nobody sends any more
const HTTP_DATE = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/;

/**
 * Milliseconds from `now` (since 1970), however many; undefined for what has passed, is negative or is none of the two
 * forms. Whoever waits decides how much of it is honoured.
 */
export function retryAfterOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (SECONDS.test(text)) return Number(text) * 1_000;
  const at = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return at > now ? at - now : undefined;
}
