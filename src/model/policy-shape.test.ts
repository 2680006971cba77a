import { describe, expect, it } from 'vitest';
import { isAsShipped, type ShippedPolicy } from './policy-shape.ts';
import { SHIPPED_POLICIES } from './shipped-policies.ts';

type Fields = Record<string, unknown>;

const one = (kind: ShippedPolicy['kind'], name = 'scope-protection.secretscope.dev') =>
  SHIPPED_POLICIES.find((policy) => policy.kind === kind && policy.name === name) ?? expect.fail();
const policy = one('ValidatingAdmissionPolicy');
const binding = one('ValidatingAdmissionPolicyBinding');
const withParams = one('ValidatingAdmissionPolicyBinding', 'namespace-authority-labels.secretscope.dev');

const specOf = ({ spec }: ShippedPolicy): Fields => JSON.parse(spec);
const isStill = (shipped: ShippedPolicy, change: Fields) =>
  isAsShipped(shipped.kind, shipped.name, { ...specOf(shipped), ...change });

const match = specOf(policy)['matchConstraints'] as { resourceRules: Fields[] };
const [rule] = match.resourceRules;
/** As 1.36 stores it. */
const stored = {
  failurePolicy: 'Fail',
  matchConstraints: {
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    resourceRules: [{ ...rule, scope: '*' }],
  },
};

describe('the shipped policies', () => {
  it('all have rules, and a binding of the same name that denies or warns', () => {
    for (const { kind, name } of SHIPPED_POLICIES) {
      const kinds = SHIPPED_POLICIES.filter((other) => other.name === name).map((other) => other.kind);
      expect(kinds).toHaveLength(2);
      expect(kinds).toContain(kind.endsWith('Binding') ? kind.replace(/Binding$/, '') : `${kind}Binding`);
    }
  });

  it('bind each their own policy', () => {
    const bindings = SHIPPED_POLICIES.filter(({ kind }) => kind.endsWith('Binding'));
    expect(bindings.filter((shipped) => specOf(shipped)['policyName'] !== shipped.name)).toEqual([]);
  });
});

describe('an object is as shipped', () => {
  it.each(SHIPPED_POLICIES)('if it is as written: $kind $name', (shipped) => {
    expect(isStill(shipped, {})).toBe(true);
  });

  it('if the API server filled in what was not written, in whatever order', () => {
    expect(isStill(policy, stored)).toBe(true);
    const reversed = Object.fromEntries(Object.entries(specOf(policy)).reverse());
    expect(isAsShipped(policy.kind, policy.name, reversed)).toBe(true);
  });
});

describe('THREATS 9: an object is another one', () => {
  const matching = (change: Fields) => ({ matchConstraints: { ...stored.matchConstraints, ...change } });
  const [validation] = specOf(policy)['validations'] as Fields[];

  it.each<[string, Fields]>([
    ['it says nothing any more', { validations: [] }],
    ['a rule is gone', { validations: undefined }],
    ['a rule is weaker', { validations: [{ ...validation, expression: 'true' }] }],
    ['a variable means something else', { variables: [] }],
    ['a condition is added', { matchConditions: [{ name: 'some', expression: 'false' }] }],
    ['conditions are left out', { matchConditions: undefined }],
    ['errors let through', { failurePolicy: 'Ignore' }],
    ['it needs a parameter', { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }],
    ['it only notes', { auditAnnotations: [{ key: 'k', valueExpression: 'v' }] }],
    ['it matches by exact version only', matching({ matchPolicy: 'Exact' })],
    ['it is narrowed to namespaces', matching({ namespaceSelector: { matchLabels: { a: 'b' } } })],
    ['it is narrowed to objects', matching({ objectSelector: { matchLabels: { a: 'b' } } })],
    ['it leaves something out', matching({ excludeResourceRules: [rule] })],
    ['it is narrowed to one scope', matching({ resourceRules: [{ ...rule, scope: 'Cluster' }] })],
    ['it is narrowed to one name', matching({ resourceRules: [{ ...rule, resourceNames: ['a'] }] })],
    ['it matches fewer operations', matching({ resourceRules: [{ ...rule, operations: ['CREATE'] }] })],
    ['it matches nothing', { matchConstraints: undefined }],
    ['it has a field that this version does not know', { later: {} }],
    ['… or in its match', matching({ later: {} })],
  ])('if %s', (_case, change) => {
    expect(isStill(policy, change)).toBe(false);
  });

  it.each<[string, ShippedPolicy, Fields]>([
    ['its binding only audits', binding, { validationActions: ['Audit'] }],
    ['its binding binds another', binding, { policyName: 'other' }],
    ['its binding is narrowed', binding, { matchResources: { namespaceSelector: {} } }],
    ['its binding has a parameter', binding, { paramRef: { name: 'a', parameterNotFoundAction: 'Allow' } }],
    ['its binding has another parameter', withParams, { paramRef: { name: 'other' } }],
  ])('if %s', (_case, shipped, change) => {
    expect(isStill(shipped, change)).toBe(false);
  });

  it.each([undefined, null, 'text', []])('if its spec is %j', (spec) => {
    expect(isAsShipped(policy.kind, policy.name, spec)).toBe(false);
  });

  it('if it has another name, or is of another kind', () => {
    expect(isAsShipped(policy.kind, 'other.secretscope.dev', specOf(policy))).toBe(false);
    expect(isAsShipped(binding.kind, policy.name, specOf(policy))).toBe(false);
  });
});
