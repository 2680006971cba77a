/**
 * Kubernetes' MicroTime, which wants exactly six fractional digits and refuses what Date prints. Pure.
 * Called by the elector and the event recorder.
 */

/** `ms` since 1970. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
