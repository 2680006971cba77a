/**
 * The charts in the hands of helm, on a real API server: installed in their order, over the manifests of a release,
 * upgraded, and removed, while the operator runs under its account and a team has a Secret.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/cli/doctor-finding.ts';
import { isAsShipped } from '../../src/model/policy-shape.ts';
import { SHIPPED_POLICIES } from '../../src/model/shipped-policies.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { startCli } from '../scenarios-support/cli-process.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  type SecretSeen,
  scopeThing,
  secretThing,
} from '../scenarios-support/operated-cluster.ts';
import { OperatorProcess } from '../scenarios-support/operator-process.ts';
import type { Person } from '../scenarios-support/person.ts';
import { ChartCommands, successOf } from '../tools/chart-commands.ts';
import { kubernetesTools } from '../tools/kubernetes-tools.ts';

const tools = await kubernetesTools();
const notRun = tools.kind === 'missing' ? ` (not run: ${tools.why})` : '';
const WEB = 'team-web';
const RELEASED = 'test/releases/0.1.0/default.yaml';
/** Of everything but the Namespace, which no chart has, its name: the guide has kubectl apply just that. */
const NAMES_ONLY = /-o jsonpath='(.*)'/.exec(readFileSync('docs/guides/helm.md', 'utf8'))?.[1] ?? '';
/** Objects that somebody else made become Helm's, as docs/guides/helm.md says. */
const ADOPT = ['--take-ownership', '--force-conflicts'];

interface Stored {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

let commands: ChartCommands;
beforeAll(() => {
  if (tools.kind === 'ready') commands = new ChartCommands(tools);
});
afterAll(() => commands?.close());

describe.skipIf(tools.kind === 'missing')(`on an empty cluster${notRun}`, () => {
  let control: ControlPlane;
  beforeAll(async () => {
    control = await startControlPlane({ name: 'helm-empty' });
    successOf(await kubectl('create', 'namespace', 'secretscope-system'));
  });
  afterAll(() => control?.stop());

  const kubectl = (...args: string[]) => commands.kubectl(args, control.adminKubeconfig);
  const namesOf = async (kind: string) => successOf(await kubectl('get', kind, '-o', 'name')).split('\n');
  const ours = (names: readonly string[]) => names.filter((name) => name.includes('secretscope'));

  it('THREATS 9: nothing is made before the policies that guard it, and it says what to do', async () => {
    const { code, err } = await commands.install(control.adminKubeconfig, 'operator');
    expect(code).not.toBe(0);
    expect(err).toContain('is not in force');
    expect(err).toContain('helm upgrade --install secretscope-policies charts/secretscope-policies');
    expect(ours(await namesOf('customresourcedefinitions'))).toEqual([]);
    expect(ours(await namesOf('clusterroles'))).toEqual([]);
  });

  it('nor before those of the same version', async () => {
    successOf(await commands.install(control.adminKubeconfig, 'policies'));
    const binding = 'validatingadmissionpolicybindings/scope-levels.secretscope.dev';
    successOf(await kubectl('label', binding, 'app.kubernetes.io/version=0.0.9', '--overwrite'));
    const { code, err } = await commands.install(control.adminKubeconfig, 'operator');
    expect(code).not.toBe(0);
    expect(err).toContain('scope-levels.secretscope.dev is of version 0.0.9');
    expect(ours(await namesOf('customresourcedefinitions'))).toEqual([]);
  });

  it('and then everything is', async () => {
    successOf(await commands.install(control.adminKubeconfig, 'policies', '--force-conflicts'));
    successOf(await commands.install(control.adminKubeconfig, 'operator'));
    expect(ours(await namesOf('customresourcedefinitions'))).toHaveLength(9);
    expect(ours(await namesOf('clusterroles')).length).toBeGreaterThan(10);
  });

  it('what doctor says of a policy that is gone is a command of Helm, which brings it back', async () => {
    const binding = 'validatingadmissionpolicybindings/scope-levels.secretscope.dev';
    const policies = async () => {
      const args = ['doctor', '--policy-settle', '1s', '-o', 'json', '--kubeconfig', control.adminKubeconfig];
      const { checks } = JSON.parse((await startCli(...args).ended).out) as { checks: readonly Finding[] };
      return checks.filter(({ check }) => check === 'policies');
    };
    expect(await policies()).toMatchObject([{ outcome: 'ok' }]);
    successOf(await kubectl('delete', binding));
    const [found] = await policies();
    expect(found).toMatchObject({ outcome: 'problem', message: expect.stringContaining('scope-levels') });
    const [, ...args] = found && 'fix' in found ? found.fix.split(' ') : [];
    successOf(await commands.helm(args, control.adminKubeconfig));
    expect(await policies()).toMatchObject([{ outcome: 'ok' }]);
  });
});

describe.skipIf(tools.kind === 'missing')(`over the manifests of 0.1.0${notRun}`, () => {
  let cluster: OperatedCluster;
  let kubeconfig: string;
  let before: SecretSeen | undefined;
  /** may everything with namespaces and scopes that RBAC can give, and nothing that the policies ask for */
  let stranger: Person;

  beforeAll(async () => {
    cluster = await operatedCluster('helm-upgrade', {}, RELEASED);
    kubeconfig = cluster.guarded.control.adminKubeconfig;
    stranger = await cluster.guarded.person('canary');
    await cluster.team(WEB);
    await cluster.have(
      secretThing(WEB, 'source', { value: 'first' }),
      scopeThing('app', WEB, {
        level: 'Repository',
        backendRef: LOCAL,
        secrets: [{ name: 'VALUE', from: { key: 'source', property: 'value' } }],
        targets: [{ secretName: 'app', include: ['VALUE'] }],
      }),
    );
    before = await cluster.untilData(WEB, 'app', { VALUE: 'first' }, 30_000);
    await cluster.untilReady(WEB, 'app', 'True');
  });
  afterAll(() => cluster?.stop());

  const unchanged = async () => expect(await cluster.secret(WEB, 'app')).toEqual(before);
  const deployment = async () => {
    const args = ['get', 'deployment', 'secretscope', '-n', 'secretscope-system', '-o', 'json'];
    const { spec } = JSON.parse(successOf(await commands.kubectl(args, kubeconfig))) as {
      spec: { template: { spec: Record<string, unknown> } };
    };
    return spec.template.spec;
  };
  /** Those that are not what this version ships. */
  const otherPolicies = async () => {
    const kinds = [...new Set(SHIPPED_POLICIES.map(({ kind }) => kind))].join(',');
    const text = successOf(await commands.kubectl(['get', kinds, '-o', 'json'], kubeconfig));
    const { items } = JSON.parse(text) as { items: Stored[] };
    const specs = new Map(items.map(({ kind, metadata, spec }) => [`${kind}/${metadata.name}`, spec]));
    const others = SHIPPED_POLICIES.filter(
      ({ kind, name }) => !isAsShipped(kind, name, specs.get(`${kind}/${name}`)),
    );
    return others.map(({ kind, name }) => `${kind} ${name}`);
  };

  it('without a word nothing is taken over', async () => {
    const { code, err } = await commands.install(kubeconfig, 'policies');
    expect(code).not.toBe(0);
    expect(err).toMatch(/exists and cannot be imported into the current release/);
  });

  it('with it everything is, no Secret is touched, and the policies are those of today', async () => {
    successOf(await commands.install(kubeconfig, 'policies', ...ADOPT));
    successOf(await commands.install(kubeconfig, 'operator', ...ADOPT));
    expect(await otherPolicies()).toEqual([]);
    await cluster.restartOperator();
    await cluster.untilReady(WEB, 'app', 'True');
    await unchanged();
  });

  it('when kubectl gave up what it had set, only what the charts say is left', async () => {
    expect((await deployment())['affinity']).toBeDefined();
    const stripped = successOf(
      await commands.kubectl(['get', '-f', RELEASED, '-o', `jsonpath=${NAMES_ONLY}`], kubeconfig),
    );
    const file = join(commands.home, 'names-only.yaml');
    writeFileSync(file, stripped);
    // in the guide the manager is kubectl itself; here another applied the manifests
    const args = ['apply', '--server-side', '--field-manager', 'cluster-setup', '-f', file];
    successOf(await commands.kubectl(args, kubeconfig));
    expect((await deployment())['affinity']).toBeUndefined();
    expect((await deployment())['topologySpreadConstraints']).toBeDefined();
    expect(await otherPolicies()).toEqual([]);
    await unchanged();
  });

  it('an upgrade changes what its values say, and no Secret', async () => {
    successOf(
      await commands.install(kubeconfig, 'operator', '--set', 'replicas=3,priorityClassName=secretscope'),
    );
    expect((await deployment())['priorityClassName']).toBe('secretscope');
    await unchanged();
  });

  it('and it goes on delivering', async () => {
    await cluster.have(secretThing(WEB, 'source', { value: 'second' }));
    before = await cluster.untilData(WEB, 'app', { VALUE: 'second' }, 30_000);
    await cluster.untilReady(WEB, 'app', 'True');
    // what is written last of a delivery is its status; from here on nothing has to change
    before = await cluster.secret(WEB, 'app');
  });

  it('THREATS 9: helm uninstall under a running operator leaves kinds, scopes, policies and every Secret', async () => {
    successOf(await commands.uninstall(kubeconfig, 'operator'));
    successOf(await commands.uninstall(kubeconfig, 'policies'));
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'secretscope-operator' },
    };
    expect((await cluster.platform.get(role)).status).toBe(404);
    const scope = await cluster.platform.get(scopeThing('app', WEB, {}));
    expect([scope.status, (scope.body as { metadata: object }).metadata]).toEqual([
      200,
      expect.not.objectContaining({ deletionTimestamp: expect.anything() }),
    ]);
    expect(await otherPolicies()).toEqual([]);
    await unchanged();
  });

  it('and what they refused before, they refuse still', async () => {
    const organization = scopeThing('mine', WEB, { level: 'Organization' });
    const labelled = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'mine', labels: { org: 'acme' } },
    };
    for (const thing of [organization, labelled]) {
      const { status, message } = await stranger.apply(thing, { dryRun: true });
      expect([status, message]).toEqual([403, expect.stringContaining('ValidatingAdmissionPolicy')]);
    }
  });

  it('installed again, it takes up what it left', async () => {
    await cluster.operator.stop();
    successOf(await commands.install(kubeconfig, 'policies'));
    successOf(await commands.install(kubeconfig, 'operator'));
    // its account is a new one, and so is its token
    const account = cluster.guarded.control.serviceAccountKubeconfig('secretscope-system', 'secretscope');
    cluster.operator = await OperatorProcess.start(await account);
    await cluster.untilReady(WEB, 'app', 'True');
    await unchanged();
    await cluster.have(secretThing(WEB, 'source', { value: 'third' }));
    await cluster.untilData(WEB, 'app', { VALUE: 'third' }, 30_000);
  });
});
