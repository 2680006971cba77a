/**
 * Owns: what the audit log says about a materialization: what was written, read and asked for, and when.
 * Called by: the run on a real API server.
 */
import type { AuditEntry } from '../../cluster/audit-log.ts';
import { OPERATOR, writesOf } from '../../scenarios-support/requests.ts';
import { ORGANIZATION, OWN_SOURCE, TARGET } from './team-specs.ts';

/** Writes of the operator, Events and Lease apart. */
export const lastingWrites = (entries: readonly AuditEntry[]): AuditEntry[] =>
  writesOf(entries).filter(({ resource, code }) => resource !== 'events' && code < 300);

export const targetWrites = (entries: readonly AuditEntry[]): AuditEntry[] =>
  // the name of what is created stands in the body only
  lastingWrites(entries).filter(({ resource, name = TARGET }) => resource === 'secrets' && name === TARGET);

export const scopeStatusWrites = (entries: readonly AuditEntry[]): AuditEntry[] =>
  lastingWrites(entries).filter(
    ({ resource, subresource, namespace }) =>
      resource === 'secretscopes' && subresource === 'status' && namespace !== ORGANIZATION,
  );

export const backendStatusWrites = (entries: readonly AuditEntry[]): AuditEntry[] =>
  lastingWrites(entries).filter(({ resource }) => resource === 'secretbackends');

export const eventWrites = (entries: readonly AuditEntry[]): AuditEntry[] =>
  writesOf(entries).filter(({ resource }) => resource === 'events');

export const tokenRequests = (entries: readonly AuditEntry[]): AuditEntry[] =>
  entries.filter(({ user, subresource }) => user === OPERATOR && subresource === 'token');

/** Reads of sources by the accounts that lend their identity. */
export const sourceReads = (entries: readonly AuditEntry[], only?: string): AuditEntry[] =>
  entries.filter(
    ({ user, verb, resource, name = '' }) =>
      user.startsWith('system:serviceaccount:') &&
      user !== OPERATOR &&
      verb === 'get' &&
      resource === 'secrets' &&
      (only === undefined ? name === OWN_SOURCE || name.startsWith('org-') : name === only),
  );

/** Counts different namespaces, over any number of looks. */
export function distinctNamespaces(select: (entries: readonly AuditEntry[]) => readonly AuditEntry[]) {
  const seen = new Set<string>();
  return (added: readonly AuditEntry[]): number => {
    for (const { namespace = '' } of select(added)) seen.add(namespace);
    return seen.size;
  };
}

/** Wall clock of the last one; 0 of none. */
export const lastAt = (entries: readonly AuditEntry[]): number =>
  entries.reduce((last, { timestamp }) => Math.max(last, timestamp.getTime()), 0);

/** How many requests of each kind, for people who wonder where the time goes. */
export function requestSummary(entries: readonly AuditEntry[], per: number): string {
  const counts = new Map<string, number>();
  for (const { user, verb, resource = '', subresource } of entries) {
    if (!user.startsWith('system:serviceaccount:')) continue;
    const who = user === OPERATOR ? 'operator' : user.endsWith('secret-reader') ? 'reader' : undefined;
    if (!who || resource === 'leases') continue;
    const what = `${who} ${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${what} ${(count / per).toFixed(2)}`).join(', ');
}
