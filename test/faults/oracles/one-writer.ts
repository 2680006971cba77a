/**
 * Oracle: one effective writer. Once a replica has written with success, an earlier one changes nothing any more.
 * Replicas are told apart by their proxies; where there is one replica, its processes follow each other anyway.
 */
import type { AuditEntry } from '../../cluster/audit-log.ts';
import { OPERATOR } from '../../scenarios-support/requests.ts';
import type { Oracle } from './oracle.ts';

// what is decided and what is delivered: of two writers of these, one undoes what the other did
const JUDGED = new Set(['secrets', 'scopeledgers', 'secretrequests', 'requestreviews']);
const TOLD = new Set(['secretscopes', 'secretclaims']);
const CHANGES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

export const oneWriter: Oracle = ({ audited }) => {
  const writers = audited.filter(isEffectiveChange).map(({ credential = '' }) => credential);
  const turns = writers.filter((credential, index) => credential !== writers[index - 1]);
  const again = turns.length - new Set(turns).size;
  return again === 0 ? [] : [`${again} times a replica wrote after another one had taken over`];
};

function isEffectiveChange({ user, verb, resource = '', subresource, code }: AuditEntry): boolean {
  const counts = JUDGED.has(resource) || (TOLD.has(resource) && subresource === 'status');
  return user === OPERATOR && CHANGES.has(verb) && counts && code < 300;
}
