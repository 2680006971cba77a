import { describe, expect, it } from 'vitest';
import { enrollmentManifests, restartManifests } from './enrollment.ts';

const request = {
  namespace: 'team-web',
  operatorNamespace: 'secretscope-system',
  serviceAccounts: [],
  secrets: true,
};

describe('the enrolment of a namespace', () => {
  it('is a Role and a RoleBinding for the operator, with the label that it looks for', () => {
    const [role, binding] = enrollmentManifests(request);
    const metadata = { namespace: 'team-web', labels: { 'secretscope.dev/enrollment': 'true' } };
    expect([role.kind, binding.kind]).toEqual(['Role', 'RoleBinding']);
    expect(role).toMatchObject({ metadata });
    expect(binding).toMatchObject({
      metadata,
      roleRef: { kind: 'Role', name: role.metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: 'secretscope', namespace: 'secretscope-system' }],
    });
  });

  it('gives Secrets without update, and no token at all when no account is named', () => {
    const [role] = enrollmentManifests(request);
    expect(role.rules).toEqual([
      {
        apiGroups: [''],
        resources: ['secrets'],
        verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
      },
    ]);
  });

  it('gives tokens of exactly the named accounts, each once', () => {
    const [role] = enrollmentManifests({ ...request, secrets: false, serviceAccounts: ['b', 'a', 'b'] });
    expect(role.rules).toEqual([
      { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: ['a', 'b'], verbs: ['create'] },
    ]);
  });
});

describe('the right to restart', () => {
  const of = (...workloads: string[]) =>
    restartManifests({ namespace: 'team-web', operatorNamespace: 'secretscope-system', workloads });

  it('is a Role of its own without the label of an enrolment, to read and patch three kinds', () => {
    const [role, binding] = of();
    expect(role.rules).toEqual([
      {
        apiGroups: ['apps'],
        resources: ['deployments', 'statefulsets', 'daemonsets'],
        verbs: ['get', 'patch'],
      },
    ]);
    expect(role.metadata.labels).not.toHaveProperty('secretscope.dev/enrollment');
    expect(binding.roleRef.name).toBe(role.metadata.name);
  });

  it('is for the workloads that are named, each once', () => {
    expect(of('web', 'api', 'web')[0].rules[0]?.resourceNames).toEqual(['api', 'web']);
  });
});
