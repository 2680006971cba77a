/**
 * Owns: what the audit log says about the operator: what it wrote, and which Secrets were asked for by name.
 * Used by: scenarios that assert silence, and who read what.
 */
import type { AuditEntry } from '../cluster/audit-log.ts';
import { OPERATOR_NAMESPACE } from './guarded-cluster.ts';

export const OPERATOR = `system:serviceaccount:${OPERATOR_NAMESPACE}:secretscope`;

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
// a create that stores nothing: a token, an answer about rights
const QUESTIONS = new Set(['selfsubjectaccessreviews', 'subjectaccessreviews']);

/** What the operator changed, or tried to, besides renewing its Lease. */
export function writesOf(entries: readonly AuditEntry[]): AuditEntry[] {
  return entries.filter(
    ({ user, verb, resource = '', subresource }) =>
      user === OPERATOR &&
      WRITES.has(verb) &&
      resource !== 'leases' &&
      subresource !== 'token' &&
      !QUESTIONS.has(resource),
  );
}

/** One line for each entry, to be read in a failure. */
export const lines = (entries: readonly AuditEntry[]): string[] =>
  entries.map(({ user, verb, uri, code }) => `${user} ${verb} ${uri} ${code}`);

/** Gets of these Secrets by name by service accounts: the one way by which a value is read at its source. */
export function getsOf(entries: readonly AuditEntry[], namespace: string, ...names: string[]): AuditEntry[] {
  return entries.filter(
    (entry) =>
      entry.verb === 'get' &&
      entry.resource === 'secrets' &&
      entry.namespace === namespace &&
      names.includes(entry.name ?? '') &&
      entry.user.startsWith('system:serviceaccount:'),
  );
}
