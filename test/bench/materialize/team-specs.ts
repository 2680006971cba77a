/**
 * Owns: the world of this benchmark: one organization with 100 secrets, and for each scope a namespace with 25
 * secrets of its own and a target of 25 names, 13 own and 12 inherited.
 * Called by: team-objects.ts for a real API server, and the run without one. Must not: import anything, since the
 * latter counts bytes.
 */

export const ORGANIZATION = 'acme-org';
export const OWN_SOURCE = 'own';
export const TARGET = 'app';
export const SCOPE = 'repo';
export const READER = 'secret-reader';
/** The inherited secret that every target holds, for the rotation. */
export const SHARED_SOURCE = 'org-00';
export const SHARED_NAME = 'ORG_00';

const OWN = 25;
const INHERITED = 100;
const OWN_DELIVERED = 13;
const INHERITED_DELIVERED = 12;

const two = (index: number) => String(index).padStart(2, '0');
// as long as the usual password or token
const value = (seed: string) => seed.padEnd(32, 'x');
const upTo = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

const backendRef = { kind: 'SecretBackend', name: 'local' };

export const teamName = (index: number) => `team-${String(index).padStart(5, '0')}`;

/** Data keys and values of a namespace's own source. */
export function ownValues(namespace: string): Record<string, string> {
  const pairs = upTo(OWN, (index) => [`k${two(index)}`, value(`${namespace}-${two(index)}-`)]);
  return Object.fromEntries(pairs);
}

/** Names and values of the organization's sources, one Secret each with the data key `value`. */
export const organizationValues = upTo(INHERITED, (index) => ({
  name: `org-${two(index)}`,
  value: value(`org-${two(index)}-`),
}));

export const organizationSpec = {
  level: 'Organization',
  backendRef,
  children: [{ namespaces: { matchLabels: { org: 'acme' } }, visibility: 'Private', trusted: true }],
  secrets: upTo(INHERITED, (index) => ({
    name: `ORG_${two(index)}`,
    from: { key: `org-${two(index)}`, property: 'value' },
  })),
};

/** Which of the 100 a scope takes differs, but for the first one. */
export function repositorySpec(index: number) {
  const own = upTo(OWN_DELIVERED, (each) => `OWN_${two(each)}`);
  const others = upTo(INHERITED_DELIVERED - 1, (each) => 1 + ((index * 11 + each) % (INHERITED - 1)));
  return {
    level: 'Repository',
    backendRef,
    parentRef: { namespace: ORGANIZATION, name: 'acme' },
    secrets: upTo(OWN, (each) => ({
      name: `OWN_${two(each)}`,
      from: { key: OWN_SOURCE, property: `k${two(each)}` },
    })),
    targets: [
      { secretName: TARGET, include: [...own, SHARED_NAME, ...others.map((each) => `ORG_${two(each)}`)] },
    ],
  };
}
