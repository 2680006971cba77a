/** What the manifests in deploy/ say, without a cluster. */
import { describe, expect, it } from 'vitest';
import { KINDS } from '../src/model/kinds/all-kinds.ts';
import { GROUP } from '../src/model/kinds/common.ts';
import { loadManifests, type Manifest } from './cluster/manifests.ts';

const everything = await loadManifests('deploy/cluster-wide');
const ofKind = (kind: string): Manifest[] => everything.filter((manifest) => manifest.kind === kind);
const OPERATOR = 'system:serviceaccount:secretscope-system:secretscope';

interface Rule {
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
const rulesOf = (manifest: Manifest) => manifest['rules'] as readonly Rule[];

describe('the deployment', () => {
  it('says whose it is', () => {
    const unlabelled = everything.filter(
      ({ metadata }) => metadata.labels?.['app.kubernetes.io/part-of'] !== 'secretscope',
    );
    expect(unlabelled.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([]);
  });

  it('has no object twice', () => {
    const names = everything.map(
      ({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`,
    );
    expect(names).toEqual([...new Set(names)]);
  });

  it('brings every kind, and the right to it', () => {
    const definitions = KINDS.map(({ plural }) => `${plural}.${GROUP}`);
    expect(
      ofKind('CustomResourceDefinition')
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(definitions.toSorted());
    const role = ofKind('ClusterRole').find(({ metadata }) => metadata.name === 'secretscope-operator');
    const named =
      role === undefined
        ? []
        : rulesOf(role).flatMap(({ resources, resourceNames = [] }) => [...resources, ...resourceNames]);
    for (const { plural } of KINDS)
      expect(named).toEqual(expect.arrayContaining([plural, `${plural}/status`, `${plural}.${GROUP}`]));
  });

  it('lists the policies before the kinds that they guard', () => {
    const kinds = everything.map(({ kind }) => kind);
    expect(kinds.lastIndexOf('ValidatingAdmissionPolicyBinding')).toBeLessThan(
      kinds.indexOf('CustomResourceDefinition'),
    );
  });
});

describe('the rights of the operator', () => {
  const operators = [...ofKind('ClusterRole'), ...ofKind('Role')].filter(({ metadata }) =>
    metadata.name.startsWith('secretscope-operator'),
  );

  it('hold no wildcard and none of the verbs that lead to other rights', () => {
    expect(operators).toHaveLength(3);
    const verbs = operators.flatMap(rulesOf).flatMap((rule) => rule.verbs);
    for (const verb of ['*', 'escalate', 'bind', 'impersonate', 'deletecollection', 'update'])
      expect([verb, verbs.filter((each) => each === verb).length]).toEqual([verb, verb === 'update' ? 1 : 0]);
  });
});

describe('the rights that join built-in roles', () => {
  it.each(['view', 'edit', 'admin'])('%s: none that decides over others', (role) => {
    const label = `rbac.authorization.k8s.io/aggregate-to-${role}`;
    const joined = ofKind('ClusterRole').filter(({ metadata }) => metadata.labels?.[label] === 'true');
    expect(joined.map(({ metadata }) => metadata.name)).toEqual([`secretscope-${role}`]);
    const resources = joined.flatMap(rulesOf).flatMap((rule) => rule.resources);
    expect(resources.filter((resource) => /[/]|levels|labels/.test(resource))).toEqual([]);
    const verbs = joined.flatMap(rulesOf).flatMap((rule) => rule.verbs);
    expect(
      verbs.filter((verb) => ['*', 'use', 'approve', 'bypass', 'claim', 'assign'].includes(verb)),
    ).toEqual([]);
  });
});

describe('every admission policy', () => {
  const bindings = new Map(
    ofKind('ValidatingAdmissionPolicyBinding').map((binding) => [
      (binding['spec'] as { policyName: string }).policyName,
      (binding['spec'] as { validationActions: string[] }).validationActions,
    ]),
  );

  it.each(
    ofKind('ValidatingAdmissionPolicy').map(({ metadata, ...policy }) => ({
      name: metadata.name,
      text: JSON.stringify(policy),
    })),
  )(
    '$name is bound, fails closed unless it only warns, and knows the operator by its name',
    ({ name, text }) => {
      const warns = name.endsWith('warning.secretscope.dev');
      expect(bindings.get(name)).toEqual([warns ? 'Warn' : 'Deny']);
      expect(text).toContain(`"failurePolicy":"${warns ? 'Ignore' : 'Fail'}"`);
      for (const user of text.match(/system:serviceaccount:secretscope[^'"]*/g) ?? [])
        expect(user).toBe(OPERATOR);
    },
  );
});
