import type { ScopeFacts } from '../model/facts.ts';
import type { ScopeSpec } from '../model/kinds/secret-scope.ts';
import type { PlanLine } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import { lineOf } from './answer.ts';
import { explicitEntry } from './entries.ts';
import { keyGranted } from './grants.ts';
import { keyFault } from './key-rules.ts';

type Entry = NonNullable<ScopeSpec['secrets']>[number];

export type WritableEntry =
  | { readonly kind: 'writable'; readonly line: PlanLine }
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string };

/**
 * Where a value of this name is written: only into an entry that the scope itself holds, with its own backend, and only
 * where that grants writing. No key is ever made up.
 */
export function writableEntry(scope: ScopeFacts, name: string): WritableEntry {
  const { id, spec, backend } = scope;
  const entry = spec.secrets?.find((one) => one.name === name);
  if (!entry)
    return refused(
      'EntryMissing',
      `${name} is no entry in spec.secrets of scope ${id.namespace}/${id.name}; add it there (secretscope secret set does), or correct spec.name`,
    );
  const { key, version } = entry.from;
  if (version !== undefined)
    return refused(
      'EntryPinned',
      `${name} is pinned to version ${version} in spec.secrets[].from.version, so that nobody would get a new value; remove that first`,
    );
  if (backend.kind !== 'found') return nowhere(scope, name);
  const grant = keyGranted(backend, scope, key, 'Write');
  switch (grant.kind) {
    case 'granted':
      return inside(scope, name, entry, backend);
    case 'notGranted':
      return notGranted(scope, name);
    case 'protected':
      return refused(
        'KeyProtected',
        `${name}: this key is written only through the environment ${grant.by}; store it there`,
      );
    default:
      throw new Error(`no answer is known for this grant: ${JSON.stringify(grant satisfies never)}`);
  }
}

/** Asked last: which keys a provider takes is nothing to those who are granted none. */
function inside(
  scope: ScopeFacts,
  name: string,
  entry: Entry,
  backend: Extract<ScopeFacts['backend'], { kind: 'found' }>,
): WritableEntry {
  const fault = keyFault(backend.provider, entry.from.key);
  if (fault !== undefined)
    return refused('KeyInvalid', `${name}: spec.secrets[].from.key of the entry ${fault}`);
  return { kind: 'writable', line: lineOf(name, scope, explicitEntry(entry), backend) };
}

/** A shared backend that is not there reads as one that grants nothing: its name is no tenant's to try out. */
function nowhere(scope: ScopeFacts, name: string): WritableEntry {
  const { id, spec } = scope;
  if (spec.backendRef?.kind === 'ClusterSecretBackend') return notGranted(scope, name);
  const which = spec.backendRef ? `SecretBackend ${spec.backendRef.name}` : 'spec.backendRef';
  return refused(
    'BackendMissing',
    `${name}: ${which} of scope ${id.namespace}/${id.name} is not there, so there is nowhere to write it; create it, or correct spec.backendRef`,
  );
}

function notGranted({ spec: { backendRef }, namespace }: ScopeFacts, name: string): WritableEntry {
  return refused(
    'KeyNotGranted',
    `${name}: ${backendRef?.kind} ${backendRef?.name} does not grant namespace ${namespace.name} to write this key; ask its admin for a grant with operations: [Read, Write]`,
  );
}

function refused(reason: Reason, message: string): WritableEntry {
  return { kind: 'refused', reason, message };
}
