import type { TargetType } from '../model/kinds/target.ts';

/** Data keys without which the API server refuses a Secret of a type; of `anyOf` one is enough. */
const REQUIRED: Record<TargetType, { readonly allOf: readonly string[]; readonly anyOf: readonly string[] }> =
  {
    Opaque: { allOf: [], anyOf: [] },
    'kubernetes.io/dockerconfigjson': { allOf: ['.dockerconfigjson'], anyOf: [] },
    'kubernetes.io/tls': { allOf: ['tls.crt', 'tls.key'], anyOf: [] },
    'kubernetes.io/basic-auth': { allOf: [], anyOf: ['username', 'password'] },
    'kubernetes.io/ssh-auth': { allOf: ['ssh-privatekey'], anyOf: [] },
  };

/** The data keys that a Secret of this type lacks, if only these were in it. */
export function missingForType(type: TargetType, dataKeys: ReadonlySet<string>): string[] {
  const { allOf, anyOf } = REQUIRED[type];
  const missing = allOf.filter((key) => !dataKeys.has(key));
  if (anyOf.length > 0 && !anyOf.some((key) => dataKeys.has(key))) missing.push(anyOf.join(' or '));
  return missing;
}

/** The same for a Secret as it is, whose type may be one that this version does not write. */
export function requiredKeysMissing(type: string, dataKeys: ReadonlySet<string>): boolean {
  return isTargetType(type) && missingForType(type, dataKeys).length > 0;
}

function isTargetType(type: string): type is TargetType {
  return Object.hasOwn(REQUIRED, type);
}
