/**
 * How keys are grouped at every provider: by whole segments, so that a prefix never covers half a word. Pure.
 *
 * `/` and `.` for AWS and Kubernetes, `_` for Google, `--` for Azure, whose names have nothing but letters, digits and
 * hyphens. A single hyphen separates nothing: `team-a` and `team-a-b` are two namespaces.
 */

/** What a prefix in a spec looks like: printable, with a separator at its end. */
export const PREFIX = /^[!-~]*([/._]|--)$/;

/** Whether `prefix` ends at the end of a segment. */
export function endsSegment(prefix: string): boolean {
  return /([/._]|--)$/.test(prefix);
}

/** Every prefix that ends a segment and has `key` below it; `key` itself is left out. */
export function prefixesOf(key: string): string[] {
  return [...key.matchAll(/[/._](?=.)|(?<=-)-(?=.)/gs)].map(({ index }) => key.slice(0, index + 1));
}
