/** Owns: whether what is decided from was listed, as far as a watch can tell. */
import type { Known } from './approval-world.ts';
import type { AnyReflector } from './reflect.ts';

/**
 * What was listed once is known, even while a watch is broken for a moment. Where the kind went or the right was taken
 * away, nobody can tell any more what holds: a vote must not count by a policy that may be gone.
 */
export function knownFrom(reflectors: readonly AnyReflector[]): Known {
  const missing = reflectors.filter(({ synced, state }) => !synced || isShut(state));
  if (missing.length === 0) return 'known';
  const isAbsent = missing.every(({ state }) => state === 'absent');
  return { missing: missing.map(missingText).join(', '), ...(isAbsent && { absent: true }) };
}

/** Nothing will come of it by itself: there is no such kind here, or no right to it. */
export function isShut(state: AnyReflector['state']): boolean {
  return state === 'absent' || state === 'forbidden';
}

function missingText({ label, state }: AnyReflector): string {
  switch (state) {
    case 'absent':
      return `${label} is not served`;
    case 'forbidden':
      return `the operator may not list ${label}`;
    case 'starting':
    case 'synced':
    case 'failing':
    case 'stopped':
      return `${label} is not listed yet`;
    default:
      return state satisfies never;
  }
}
