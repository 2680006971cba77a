/**
 * Owns: whether an admission policy or binding in the cluster is the one that this version ships, as the API server
 * completes it. Used by: whoever relies on a policy to have been in force. What is not known to mean the same does not:
 * a field that is new here makes an object another one.
 */
import { canonicalJson, type Json } from './canonical-json.ts';
import { SHIPPED_POLICIES } from './shipped-policies.ts';

export type PolicyKind =
  | 'ValidatingAdmissionPolicy'
  | 'ValidatingAdmissionPolicyBinding'
  | 'MutatingAdmissionPolicy'
  | 'MutatingAdmissionPolicyBinding';

/** A policy or binding as `deploy/` has it; the spec is JSON. */
export interface ShippedPolicy {
  readonly kind: PolicyKind;
  readonly name: string;
  readonly spec: string;
}

type Fields = { readonly [key: string]: Json | undefined };

const shipped: ReadonlyMap<string, string> = new Map(
  SHIPPED_POLICIES.map(({ kind, name, spec }) => [`${kind}/${name}`, completed(kind, JSON.parse(spec))]),
);

/** Whether the spec of a live object says what the shipped one of that kind and name says, and nothing else. */
export function isAsShipped(kind: PolicyKind, name: string, spec: unknown): boolean {
  const wanted = shipped.get(`${kind}/${name}`);
  return wanted !== undefined && isFields(spec) && completed(kind, spec) === wanted;
}

/**
 * A spec with every default that the API server fills in, so that what was written and what is stored compare.
 * reinvocationPolicy and parameterNotFoundAction have none: the API server wants them written.
 */
function completed(kind: PolicyKind, spec: Fields): string {
  switch (kind) {
    case 'ValidatingAdmissionPolicy':
    case 'MutatingAdmissionPolicy':
      return canonicalJson({
        failurePolicy: 'Fail',
        ...spec,
        matchConstraints: completedMatch(spec['matchConstraints']),
      });
    case 'ValidatingAdmissionPolicyBinding':
    case 'MutatingAdmissionPolicyBinding':
      return canonicalJson({
        ...spec,
        matchResources: completedMatch(spec['matchResources']),
        ...('validationActions' in spec && { validationActions: actionsOf(spec['validationActions']) }),
      });
    default:
      return kind satisfies never;
  }
}

/**
 * What refuses is what counts: whoever applies the shipped binding over one that somebody set to Audit has both
 * actions afterwards, since the API server merges them as a set.
 */
function actionsOf(actions: Json | undefined): Json | undefined {
  return Array.isArray(actions) && actions.includes('Deny') ? ['Deny'] : actions;
}

function completedMatch(match: Json | undefined): Json | undefined {
  if (!isFields(match)) return match;
  return {
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    ...match,
    resourceRules: completedRules(match['resourceRules']),
    excludeResourceRules: completedRules(match['excludeResourceRules']),
  };
}

function completedRules(rules: Json | undefined): Json | undefined {
  if (!Array.isArray(rules)) return rules;
  return rules.map((rule: Json) => (isFields(rule) ? { scope: '*', ...rule } : rule));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
