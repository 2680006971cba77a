/**
 * Owns: the largest claims that there are, in both modes: 300 of the longest names, each called differently.
 * Used by: largest-objects.ts, claim-admission.test.ts.
 */
import { API_VERSION } from '../../src/model/kinds/common.ts';
import type { LargeObject } from './largest-objects.ts';

const NAMES = Array.from({ length: 300 }, (_, i) => `SECRET_${String(i).padStart(5, '0')}`.padEnd(253, 'X'));

const spec = {
  scopeRef: { namespace: 'n'.repeat(63), name: 's'.repeat(253) },
  include: NAMES,
  keys: Object.fromEntries(NAMES.map((name) => [name, name.toLowerCase()])),
  onMissing: 'Empty',
  secretName: 't'.repeat(253),
  ttl: '719h59m59s',
};

function claim(name: string, mode: string, change: object): LargeObject {
  const object = {
    apiVersion: API_VERSION,
    kind: 'SecretClaim',
    metadata: { name },
    spec: { ...spec, mode },
  };
  return { title: `a ${mode} claim of 300 names`, plural: 'secretclaims', namespaced: true, change, object };
}

export const LARGEST_CLAIMS: readonly LargeObject[] = [
  claim('largest-live', 'Live', { include: NAMES.slice(1), ttl: '1m' }),
  // nothing of it may be changed, and to find that out it is compared as a whole
  claim('largest-snapshot', 'Snapshot', {}),
];
