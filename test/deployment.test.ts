/** What the manifests in deploy/ say, without a cluster. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { KINDS } from '../src/model/kinds/all-kinds.ts';
import { GROUP } from '../src/model/kinds/common.ts';
import { PUBLIC_KEY_MAPS } from '../src/seal/public-keys.ts';
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
    for (const kind of ['ValidatingAdmissionPolicyBinding', 'MutatingAdmissionPolicyBinding']) {
      expect(kinds).toContain(kind);
      expect(kinds.lastIndexOf(kind)).toBeLessThan(kinds.indexOf('CustomResourceDefinition'));
    }
  });

  it('API-REVIEW 13: can be had without the mutating policies, and lacks nothing else then', () => {
    const path = 'deploy/without-mutating-policies/kustomization.yaml';
    const { resources, patches } = parse(readFileSync(path, 'utf8')) as {
      resources: string[];
      patches: { target: object; patch: string }[];
    };
    expect(resources).toEqual(['../default']);
    const mutating = [...new Set(everything.map(({ kind }) => kind))].filter((kind) =>
      kind.startsWith('Mutating'),
    );
    const group = 'admissionregistration.k8s.io';
    expect(patches.map(({ target }) => target)).toEqual(mutating.map((kind) => ({ group, kind })));
    for (const { patch } of patches) expect(parse(patch)).toMatchObject({ $patch: 'delete' });
  });
});

describe('the rights of the operator', () => {
  const operators = [...ofKind('ClusterRole'), ...ofKind('Role')].filter(({ metadata }) =>
    metadata.name.startsWith('secretscope-operator'),
  );

  it('hold no wildcard and none of the verbs that lead to other rights', () => {
    expect(operators).toHaveLength(3);
    const verbs = operators.flatMap(rulesOf).flatMap((rule) => rule.verbs);
    for (const verb of ['*', 'escalate', 'bind', 'impersonate', 'deletecollection'])
      expect([verb, verbs.filter((each) => each === verb).length]).toEqual([verb, 0]);
  });

  it('THREATS 15: change no object as a whole but its Lease, ledgers and public keys, in its own namespace', () => {
    const changing = operators.filter((role) => rulesOf(role).some(({ verbs }) => verbs.includes('update')));
    expect(changing.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
      ['Role', 'secretscope-system'],
    ]);
    const resources = changing.flatMap(rulesOf).filter(({ verbs }) => verbs.includes('update'));
    expect(resources.flatMap((rule) => rule.resources)).toEqual(['leases', 'scopeledgers', 'configmaps']);
  });

  it('THREATS 15: write no vote, no claim, no automation, and no ledger elsewhere', () => {
    const everywhere = operators.filter(({ kind }) => kind === 'ClusterRole').flatMap(rulesOf);
    const verbsOn = (resource: string) =>
      everywhere.filter(({ resources }) => resources.includes(resource)).flatMap(({ verbs }) => verbs);
    expect(verbsOn('requestreviews')).toEqual(['get', 'list', 'watch', 'delete']);
    expect(verbsOn('secretrequests')).toEqual(['get', 'list', 'watch', 'create', 'delete']);
    expect(verbsOn('secretscopes')).toEqual(['get', 'list', 'watch', 'patch']);
    expect(verbsOn('secretclaims')).toEqual(['get', 'list', 'watch']);
    expect(verbsOn('webhookautomations')).toEqual(['get', 'list', 'watch']);
    expect(verbsOn('webhookautomations/status')).toEqual(['patch']);
    expect(verbsOn('scopeledgers')).toEqual(['get', 'list', 'watch']);
  });

  it('THREATS 14, 15: make and change no SealedValue, and no ConfigMap but those of public keys', () => {
    const onSealed = operators.flatMap(rulesOf).filter(({ resources }) => resources.includes('sealedvalues'));
    expect(onSealed.flatMap(({ verbs }) => verbs)).toEqual(['get', 'list', 'watch', 'delete']);
    const onMaps = operators.flatMap((role) =>
      rulesOf(role)
        .filter(({ resources }) => resources.includes('configmaps'))
        .map(({ resourceNames, verbs }) => [role.metadata.namespace, resourceNames, verbs]),
    );
    expect(onMaps).toEqual([
      // a create cannot be limited to a name here; the policy operator-public-keys does it
      ['secretscope-system', undefined, ['get', 'list', 'watch', 'create']],
      ['secretscope-system', PUBLIC_KEY_MAPS, ['update']],
    ]);
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

describe('the rights of those who write values', () => {
  const holders = (verb: string) =>
    ofKind('ClusterRole')
      .filter((role) =>
        rulesOf(role).some(
          ({ resources, verbs }) => resources.includes('sealedvalues') && verbs.includes(verb),
        ),
      )
      .map(({ metadata }) => metadata.name);

  it('W4: only admins have them, and whoever is given just that', () => {
    for (const verb of ['create', 'update', 'patch'])
      expect(holders(verb)).toEqual(['secretscope-admin', 'secretscope-value-writer']);
    const writer = ofKind('ClusterRole').find(({ metadata }) => metadata.name === 'secretscope-value-writer');
    expect(writer?.metadata.labels).toEqual({ 'app.kubernetes.io/part-of': 'secretscope' });
    expect(writer && rulesOf(writer).map(({ resources, verbs }) => [resources, verbs])).toEqual([
      [['sealedvalues'], ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']],
      [['secretscopes'], ['get', 'list']],
    ]);
  });

  it('GX22: everybody who is logged in gets the public keys, and can list and change nothing there', () => {
    const role = ofKind('Role').filter(({ metadata }) => metadata.name === 'secretscope-public-keys');
    expect(role.map(({ metadata }) => metadata.namespace)).toEqual(['secretscope-system']);
    expect(role.flatMap(rulesOf)).toEqual([
      { apiGroups: [''], resources: ['configmaps'], resourceNames: PUBLIC_KEY_MAPS, verbs: ['get'] },
    ]);
    const binding = ofKind('RoleBinding').find(({ metadata }) => metadata.name === 'secretscope-public-keys');
    expect(binding).toMatchObject({
      metadata: { namespace: 'secretscope-system' },
      roleRef: { kind: 'Role', name: 'secretscope-public-keys' },
      subjects: [{ kind: 'Group', name: 'system:authenticated' }],
    });
  });
});

describe('the rights of reviewers and of those who claim', () => {
  const rightsOf = (role: string) =>
    ofKind('ClusterRole')
      .filter(({ metadata }) => metadata.name === role)
      .flatMap(rulesOf);

  it.each([
    ['secretscope-reviewer', 'secretscopes/approval', 'approve'],
    ['secretscope-bypasser', 'secretscopes/bypass', 'bypass'],
  ])('%s: to decide, to read what is decided on, and to vote', (role, resource, verb) => {
    expect(rightsOf(role).map(({ resources, verbs }) => [resources, verbs])).toEqual([
      [[resource], [verb]],
      [
        ['secretscopes', 'secretrequests', 'requestreviews'],
        ['get', 'list', 'watch'],
      ],
      [['requestreviews'], ['create']],
    ]);
  });

  it('API-REVIEW 18: to claim is a right by itself, in one role and no other', () => {
    const withRight = ofKind('ClusterRole').filter((role) =>
      rulesOf(role).some(({ resources, verbs }) =>
        [...resources, ...verbs].some((one) => ['claim', 'secretscopes/claims'].includes(one)),
      ),
    );
    expect(withRight.map(({ metadata }) => metadata.name)).toEqual(['secretscope-claimer']);
    expect(withRight.flatMap(rulesOf).map(({ resources, verbs }) => [resources, verbs])).toEqual([
      [['secretscopes/claims'], ['claim']],
    ]);
  });

  it('THREATS 7: to send secrets elsewhere is a right by itself, in one role and no other', () => {
    const withRight = ofKind('ClusterRole').filter((role) =>
      rulesOf(role).some(({ resources }) => resources.includes('secretscopes/automations')),
    );
    expect(withRight.map(({ metadata }) => metadata.name)).toEqual(['secretscope-automator']);
    expect(withRight[0]?.metadata.labels).toEqual({ 'app.kubernetes.io/part-of': 'secretscope' });
    expect(withRight.flatMap(rulesOf).map(({ resources, verbs }) => [resources, verbs])).toEqual([
      [['secretscopes/automations'], ['use']],
    ]);
  });

  it('automations are seen and edited by whoever sees and edits claims', () => {
    for (const verb of ['get', 'create', 'patch', 'delete']) {
      const holders = (resource: string) =>
        ofKind('ClusterRole')
          .filter((role) =>
            rulesOf(role).some(
              ({ resources, verbs }) => resources.includes(resource) && verbs.includes(verb),
            ),
          )
          .map(({ metadata }) => metadata.name);
      expect(holders('webhookautomations')).toEqual(holders('secretclaims'));
      expect(holders('webhookautomations').length).toBeGreaterThan(0);
    }
  });

  it('THREATS 8: no role of people names a ledger', () => {
    const named = ofKind('ClusterRole')
      .filter(({ metadata }) => !metadata.name.startsWith('secretscope-operator'))
      .filter((role) =>
        rulesOf(role).some(({ resources }) => resources.some((one) => /ledger|[*]/.test(one))),
      );
    expect(named.map(({ metadata }) => metadata.name)).toEqual([]);
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

  const mutating = ofKind('MutatingAdmissionPolicy');

  it('that writes is bound to everything, and fails closed', () => {
    const names = mutating.map(({ metadata }) => metadata.name);
    expect(names).toEqual(['review-stamp.secretscope.dev', 'scope-authors.secretscope.dev']);
    const bound = ofKind('MutatingAdmissionPolicyBinding').map(({ metadata, spec }) => [metadata.name, spec]);
    expect(bound).toEqual(names.map((name) => [name, { policyName: name }]));
    for (const { spec } of mutating)
      expect(spec).toMatchObject({ failurePolicy: 'Fail', reinvocationPolicy: 'IfNeeded' });
  });

  it('that writes knows the operator by its name, and everybody of one name alike', () => {
    const text = JSON.stringify(mutating);
    expect([...new Set(text.match(/system:serviceaccount:secretscope[^'"]*/g))]).toEqual([OPERATOR]);
    // what stamps and what checks the stamp have to agree on names that cannot be printed
    const kept = everything.filter(({ metadata }) => metadata.name.startsWith('scope-authors'));
    const forms = JSON.stringify(kept).match(/matches\('[^']*'\)/g);
    expect([forms?.length, new Set(forms).size]).toEqual([2, 1]);
  });
});

describe('the Pod of the operator', () => {
  const [deployment] = ofKind('Deployment') as [Manifest];
  const { template } = deployment['spec'] as { template: { spec: PodSpec } };
  const [container] = template.spec.containers;

  it('is what the restricted profile lets run, in a namespace that demands it', () => {
    const [namespace] = ofKind('Namespace');
    expect(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted');
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('THREATS 15: is the only one that gets the token of its account by itself', () => {
    const [account] = ofKind('ServiceAccount');
    expect(account?.['automountServiceAccountToken']).toBe(false);
    expect(template.spec.automountServiceAccountToken).toBe(true);
  });

  it('is asked on one port whether it started, lives and is ready, and has longer to start than to be silent', () => {
    const { startupProbe, livenessProbe, readinessProbe } = container ?? {};
    expect([startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet)).toEqual([
      { path: '/healthz', port: 'http' },
      { path: '/healthz', port: 'http' },
      { path: '/readyz', port: 'http' },
    ]);
    const patience = (probe?: Probe) => (probe?.periodSeconds ?? 0) * (probe?.failureThreshold ?? 3);
    expect([patience(startupProbe), patience(livenessProbe)]).toEqual([60, 30]);
  });
});

interface Probe {
  readonly httpGet: object;
  readonly periodSeconds: number;
  readonly failureThreshold?: number;
}
interface PodSpec {
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: object;
  readonly containers: readonly {
    readonly securityContext: object;
    readonly startupProbe: Probe;
    readonly livenessProbe: Probe;
    readonly readinessProbe: Probe;
  }[];
}

describe('the components', () => {
  it('network-policy: lets in to health and metrics, and out to DNS, the API server and HTTPS', async () => {
    const file = 'deploy/components/network-policy/network-policy.yaml';
    const [policy] = (await loadManifests(file)) as [Manifest];
    const { policyTypes, ingress, egress } = policy['spec'] as NetworkPolicySpec;
    const ports = (rules: NetworkPolicySpec['egress']) =>
      rules.map((rule) => rule.ports.map(({ port }) => port));
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    expect(ports(ingress)).toEqual([[8080, 8443]]);
    expect(ports(egress)).toEqual([
      [53, 53],
      [443, 6443],
    ]);
  });

  it('monitoring: whoever scrapes needs one right, and gets no other', async () => {
    const [role] = await loadManifests('deploy/components/monitoring/metrics-reader.yaml');
    expect(role?.metadata).toMatchObject({ name: 'secretscope-metrics-reader' });
    expect(role?.['rules']).toEqual([{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]);
  });

  it.each(['network-policy', 'monitoring', 'priority-class'])('%s says whose it is', async (name) => {
    const folder = `deploy/components/${name}`;
    const { resources } = parse(readFileSync(`${folder}/kustomization.yaml`, 'utf8')) as {
      resources: string[];
    };
    const loaded = (await Promise.all(resources.map((file) => loadManifests(`${folder}/${file}`)))).flat();
    for (const { metadata } of loaded)
      expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/part-of': 'secretscope' });
  });
});

interface NetworkPolicySpec {
  readonly policyTypes: readonly string[];
  readonly ingress: readonly { readonly ports: readonly { readonly port: number }[] }[];
  readonly egress: readonly { readonly ports: readonly { readonly port: number }[] }[];
}

describe('the rights of an organization admin', () => {
  it('THREATS 4, 5, 11: scopes and backends of a namespace, and neither values, votes, lending nor shared backends', () => {
    const [role] = ofKind('ClusterRole').filter(
      ({ metadata }) => metadata.name === 'secretscope-organization-admin',
    );
    expect(role?.metadata.labels).toEqual({ 'app.kubernetes.io/part-of': 'secretscope' });
    const writing = role ? rulesOf(role).filter(({ verbs }) => !verbs.includes('get')) : [];
    expect(writing.map(({ resources, resourceNames, verbs }) => [resources, resourceNames, verbs])).toEqual([
      [['secretscopelevels'], ['organization'], ['use']],
      [['secretscopes', 'secretbackends'], undefined, ['create', 'update', 'patch', 'delete']],
    ]);
  });
});
