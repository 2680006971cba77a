/**
 * The charts against kustomize: what both render is the same, and all of it is what the API server takes to the last
 * field. The programs are the ones that users have.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import type { Manifest } from '../cluster/manifests.ts';
import { CHARTS, ChartCommands, objectsIn, successOf } from '../tools/chart-commands.ts';
import { kubernetesTools } from '../tools/kubernetes-tools.ts';

const tools = await kubernetesTools();
const notRun = tools.kind === 'missing' ? ` (not run: ${tools.why})` : '';
const COMPONENTS = ['network-policy', 'monitoring', 'priority-class'];
/** By which the chart switches on what the components add. */
const WITH_COMPONENTS = [
  'networkPolicy.enabled=true',
  'monitoring.enabled=true',
  'priorityClassName=secretscope',
];

let commands: ChartCommands;
beforeAll(() => {
  if (tools.kind === 'ready') commands = new ChartCommands(tools);
});
afterAll(() => commands?.close());

/** Without the two marks that only Helm's objects have, and without the Namespace, which no chart makes. */
function asKustomized(objects: Map<string, Manifest>): Map<string, Manifest> {
  return new Map(
    [...objects].filter(([, { kind }]) => kind !== 'Namespace').map(([key, one]) => [key, plain(one)]),
  );
}

function plain(object: Manifest): Manifest {
  const { annotations = {}, labels = {}, ...metadata } = object.metadata;
  const { 'helm.sh/resource-policy': _kept, ...others } = annotations;
  const { 'app.kubernetes.io/version': _version, ...own } = labels;
  return {
    ...object,
    metadata: { ...metadata, labels: own, ...(Object.keys(others).length > 0 && { annotations: others }) },
  };
}

/** An overlay of the default with every component, as docs/guides/deployment.md has it. */
function withComponents(): string {
  const folder = join(commands.home, 'everything');
  for (const part of ['deploy', 'crds']) cpSync(part, join(folder, part), { recursive: true });
  const overlay = join(folder, 'mine');
  mkdirSync(overlay, { recursive: true });
  const kustomization = {
    resources: ['../deploy/default'],
    components: COMPONENTS.map((name) => `../deploy/components/${name}`),
    sortOptions: { order: 'fifo' },
  };
  writeFileSync(join(overlay, 'kustomization.yaml'), stringify(kustomization));
  return overlay;
}

describe.skipIf(tools.kind === 'missing')(`what helm and kubectl render${notRun}`, () => {
  it.each([
    ['deploy/default', {}],
    ['deploy/cluster-wide', { operator: ['clusterWide=true'] }],
    ['deploy/without-mutating-policies', { policies: ['withoutMutatingPolicies=true'] }],
  ])('both charts have the objects of %s and no other', async (folder, values) => {
    const kustomized = asKustomized(objectsIn(await commands.kustomized(folder)));
    expect(asKustomized(objectsIn(await commands.rendered(values)))).toEqual(kustomized);
  });

  it('and with every component what kustomize makes of them', async () => {
    const kustomized = asKustomized(objectsIn(await commands.kustomized(withComponents())));
    const charts = asKustomized(objectsIn(await commands.rendered({ operator: WITH_COMPONENTS })));
    expect(charts).toEqual(kustomized);
    expect([...charts.keys()]).toContain('ServiceMonitor secretscope-system/secretscope');
  });

  it('kustomize keeps the order: namespace, policies, kinds, and then the rest', async () => {
    const kinds = [...objectsIn(await commands.kustomized(withComponents())).values()].map(
      ({ kind }) => kind,
    );
    const firstKind = kinds.indexOf('CustomResourceDefinition');
    expect(kinds[0]).toBe('Namespace');
    expect(kinds.lastIndexOf('ValidatingAdmissionPolicyBinding')).toBeLessThan(firstKind);
    expect(kinds.lastIndexOf('MutatingAdmissionPolicyBinding')).toBeLessThan(firstKind);
  });

  it("helm's own linter finds nothing", async () => {
    const { out, code } = await commands.helm(['lint', '--strict', ...Object.values(CHARTS)]);
    expect(out).not.toMatch(/WARNING|ERROR/);
    expect(code).toBe(0);
  });

  it.each([
    ['another namespace', ['--namespace', 'tools'], /in no other.*say --namespace secretscope-system/],
    ['a value that there is not', ['--set', 'replica=3'], /additional properties 'replica' not allowed/],
    ['one within another', ['--set', 'image.tags=1'], /additional properties 'tags' not allowed/],
    ['a value of another type', ['--set-string', 'replicas=two'], /got string, want integer/],
    ['a digest that is none', ['--set', 'image.digest=latest'], /does not match pattern/],
  ])('refuses %s, and says why', async (_, more, words) => {
    const base = ['template', 'secretscope', CHARTS.operator, '--namespace', 'secretscope-system'];
    const { code, err } = await commands.helm([...base, ...more]);
    expect(code).not.toBe(0);
    expect(err).toMatch(words);
  });
});

const VALUES = {
  image: {
    repository: 'registry.example:5000/secretscope',
    digest: `sha256:${'0'.repeat(64)}`,
    pullPolicy: 'Always',
  },
  replicas: 1,
  clusterWide: true,
  options: { logLevel: 'debug', workers: 4, refuseAddresses: ['10.96.0.0/12', 'fd00::/8'] },
  extraArgs: ['--orphan-grace=48h'],
  extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/ca/ca.crt' }],
  extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
  extraVolumeMounts: [{ name: 'ca', mountPath: '/ca', readOnly: true }],
  affinity: { nodeAffinity: {} },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'infra', operator: 'Exists' }],
  priorityClassName: 'secretscope',
  imagePullSecrets: [{ name: 'registry' }],
  podLabels: { 'azure.workload.identity/use': 'true' },
  podAnnotations: { example: 'on' },
  serviceAccount: {
    annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/secretscope' },
  },
  networkPolicy: {
    enabled: true,
    extraEgress: [{ to: [{ ipBlock: { cidr: '169.254.170.23/32' } }], ports: [{ port: 80 }] }],
  },
};

describe.skipIf(tools.kind === 'missing')(`the API server${notRun}`, () => {
  let control: ControlPlane;
  beforeAll(async () => {
    control = await startControlPlane({ name: 'charts' });
    const made = await commands.kubectl(
      ['create', 'namespace', 'secretscope-system'],
      control.adminKubeconfig,
    );
    successOf(made);
  });
  afterAll(() => control?.stop());

  /** As a rehearsal in which an unknown field is a mistake; kinds of Prometheus are not served here. */
  async function rehearse(name: string, text: string): Promise<string> {
    const file = join(commands.home, name);
    const objects = [...objectsIn(text).values()].filter(
      ({ apiVersion }) => !apiVersion.startsWith('monitoring.coreos.com/'),
    );
    writeFileSync(file, objects.map((object) => stringify(object, { version: '1.1' })).join('---\n'));
    const args = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', file];
    const lines = successOf(await commands.kubectl(args, control.adminKubeconfig))
      .trim()
      .split('\n');
    expect(lines).toHaveLength(objects.length);
    return lines.join('\n');
  }

  it('takes everything that kustomize renders, to the last field', async () => {
    await rehearse('kustomized.yaml', await commands.kustomized(withComponents()));
  });

  it('takes what the charts render with every value set', async () => {
    const file = join(commands.home, 'values.yaml');
    // helm reads YAML 1.1, in which `on` is a boolean
    writeFileSync(file, stringify(VALUES, { version: '1.1' }));
    const base = ['template', 'secretscope', CHARTS.operator, '--namespace', 'secretscope-system'];
    const text = successOf(await commands.helm([...base, '--values', file]));
    expect(await rehearse('values-set.yaml', text)).not.toContain('poddisruptionbudget');
    const deployment = objectsIn(text).get('Deployment secretscope-system/secretscope');
    expect(deployment?.['spec']).toMatchObject({
      replicas: 1,
      template: {
        metadata: { labels: VALUES.podLabels, annotations: VALUES.podAnnotations },
        spec: {
          priorityClassName: 'secretscope',
          volumes: VALUES.extraVolumes,
          containers: [
            {
              image: `registry.example:5000/secretscope:0.1.0@${VALUES.image.digest}`,
              args: [
                'run',
                '--workers=4',
                '--refuse-addresses=10.96.0.0/12',
                '--refuse-addresses=fd00::/8',
                '--log-level=debug',
                '--orphan-grace=48h',
              ],
            },
          ],
        },
      },
    });
  });

  it('takes the Pod under the restricted profile, and would warn of any other', async () => {
    const namespace = [
      'label',
      'namespace',
      'secretscope-system',
      'pod-security.kubernetes.io/warn=restricted',
    ];
    successOf(await commands.kubectl(namespace, control.adminKubeconfig));
    const deployment = objectsIn(await commands.rendered()).get('Deployment secretscope-system/secretscope');
    const warningsOf = async (object: unknown) => {
      const file = join(commands.home, 'deployment.json');
      writeFileSync(file, JSON.stringify(object));
      const args = ['apply', '--server-side', '--dry-run=server', '-f', file];
      const ran = await commands.kubectl(args, control.adminKubeconfig);
      successOf(ran);
      return ran.err;
    };
    expect(await warningsOf(deployment)).toBe('');
    const loose = structuredClone(deployment) as unknown as {
      spec: { template: { spec: { securityContext: object } } };
    };
    loose.spec.template.spec.securityContext = {};
    expect(await warningsOf(loose)).toContain('would violate PodSecurity "restricted');
  });
});
