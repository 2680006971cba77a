/**
 * Owns: whether kinds and rights in a cluster are those that this version ships. Used by: doctor, and the generator of
 * what it compares with.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from './canonical-json.ts';

export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface ShippedRights {
  readonly kind: 'ClusterRole' | 'Role';
  readonly name: string;
  readonly rules: readonly Rule[];
}

type Fields = { readonly [key: string]: Json | undefined };

/** Of what a CustomResourceDefinition decides: which objects there can be, and what may stand in them. */
export function kindDigest(spec: Fields): string {
  const { scope, versions } = spec;
  const text = canonicalJson({ scope, versions } as Json);
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** What one list of rules allows and the other does not, as `verb resource`. */
export function rightsBeyond(rules: readonly Rule[], others: readonly Rule[]): string[] {
  const allowed = new Set(others.flatMap(rightsOf));
  return [...new Set(rules.flatMap(rightsOf))].filter((right) => !allowed.has(right)).sort();
}

function rightsOf({ apiGroups = [], resources = [], resourceNames = [''], verbs }: Rule): string[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      resourceNames.flatMap((name) =>
        verbs.map((verb) => `${verb} ${resource}${group && `.${group}`}${name && ` ${name}`}`),
      ),
    ),
  );
}
