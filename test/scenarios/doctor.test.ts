/** `secretscope doctor` on a real cluster, as people with many rights and with few. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/cli/doctor-finding.ts';
import { roleBinding } from '../scenarios-support/guarded-cluster.ts';
import {
  backendIn,
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import { MAIN } from '../scenarios-support/operator-process.ts';

const run = promisify(execFile);
const POLICY = 'claim-rights.secretscope.dev';

interface Told {
  readonly healthy: boolean;
  readonly checks: readonly Finding[];
  readonly code: number;
}

let cluster: OperatedCluster;
let platform: string;
let viewer: string;

beforeAll(async () => {
  cluster = await operatedCluster('doctor', { extra: ['--policy-settle', '1s'] });
  await cluster.team('team-web');
  await cluster.have(
    secretThing('team-web', 'source', { value: 'one' }),
    repository('team-web'),
    roleBinding('vera', 'view', 'team-web'),
  );
  platform = await cluster.guarded.control.userKubeconfig('platform');
  viewer = await cluster.guarded.control.userKubeconfig('vera');
  await cluster.untilReady('team-web', 'app', 'True');
}, 90_000);
afterAll(() => cluster?.stop());

const repository = (namespace: string) =>
  scopeThing('app', namespace, {
    level: 'Repository',
    backendRef: LOCAL,
    secrets: [{ name: 'TOKEN', from: { key: 'source', property: 'value' } }],
    targets: [{ secretName: 'app', include: ['TOKEN'] }],
  });

async function doctor(kubeconfig: string, ...args: string[]) {
  const full = [MAIN, 'doctor', '--policy-settle', '1s', '--kubeconfig', kubeconfig, ...args];
  const ended = await run(process.execPath, full).catch((error: unknown) => error);
  const { code = 0, stdout, stderr } = ended as { code?: number; stdout: string; stderr: string };
  return { code, stdout, stderr };
}

async function told(kubeconfig: string, ...args: string[]): Promise<Told> {
  const { code, stdout, stderr } = await doctor(kubeconfig, '-o', 'json', ...args);
  if (stdout === '') throw new Error(stderr);
  return { ...(JSON.parse(stdout) as Told), code };
}

const problems = ({ checks }: Told) => checks.filter(({ outcome }) => outcome === 'problem');

/** The operator looks again within a moment. */
const untilTold = (kubeconfig: string, message: RegExp): Promise<Finding> =>
  until(async () => {
    const seen = await told(kubeconfig);
    const found = problems(seen).find((one) => message.test(one.message));
    if (!found || seen.code !== 1) throw new Error(`not told: ${JSON.stringify(seen, null, 1)}`);
    return found;
  }, 20_000);

const untilHealthy = () => until(async () => expect(problems(await told(platform))).toEqual([]), 20_000);

describe('doctor', () => {
  it('finds nothing wrong where everything is as shipped, and says who leads', async () => {
    await untilHealthy();
    const { checks, healthy, code } = await told(platform);
    expect({ healthy, code }).toEqual({ healthy: true, code: 0 });
    const outcomes = new Map(checks.map(({ check, outcome }) => [check, outcome]));
    expect(Object.fromEntries(outcomes)).toEqual({
      'api server': 'ok',
      clock: 'ok',
      kinds: 'ok',
      policies: 'ok',
      'policies since': 'ok',
      rights: 'ok',
      // the operator is a process here, and the Deployment has no Pods
      operator: 'warning',
      leader: 'ok',
      enrolment: 'ok',
      backends: 'ok',
      push: 'ok',
      restarts: 'ok',
      scopes: 'ok',
      production: 'ok',
      automations: 'ok',
      deliveries: 'ok',
      'sealing keys': 'ok',
    });
    expect(checks.find(({ check }) => check === 'operator')?.message).toMatch(
      /^0 of 2 Pods .* and yet somebody leads/,
    );
  });

  it('prints a line for each check, without colours where there is no terminal', async () => {
    const { stdout, stderr } = await doctor(platform);
    expect(stdout).toMatch(/^ok {7}api server +v1\.\d+/);
    expect(stdout).not.toContain('\u001b');
    expect(stderr).toBe('');
  });

  it('tells a viewer of one namespace what they may see, and what they may not look at', async () => {
    const everywhere = await told(viewer);
    expect(
      everywhere.checks.filter(({ outcome }) => outcome === 'skipped').map(({ message }) => message),
    ).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^you may not list secretscopes in every namespace; name one with -n$/),
        expect.stringMatching(/^you may not list validatingadmissionpolicies$/),
      ]),
    );
    expect(everywhere.code).toBe(0);
    const here = await told(viewer, '-n', 'team-web');
    expect(here.checks).toContainEqual({
      check: 'scopes',
      outcome: 'ok',
      message: '1 SecretScope, all ready',
    });
  });

  it('refuses a namespace that is not there: nothing could be wrong with it', async () => {
    const { code, stderr } = await doctor(platform, '-n', 'no-such');
    expect(stderr).toBe('error: there is no namespace no-such; look with: kubectl get namespaces\n');
    expect(code).toBe(4);
  });

  it('tells a policy that is gone and one that was altered, and what brings them back', async () => {
    const { body } = await cluster.platform.call('GET', `${POLICIES}/${POLICY}`);
    const { body: binding } = await cluster.platform.call('GET', `${BINDINGS}/${POLICY}`);
    const { spec } = body as { spec: object };
    await policySpec({ failurePolicy: 'Ignore' });
    expect((await cluster.platform.call('DELETE', `${BINDINGS}/${POLICY}`)).status).toBe(200);
    const found = await untilTold(platform, /claim-rights/);
    expect(found.message).toContain(`ValidatingAdmissionPolicy ${POLICY} is not what this version ships`);
    expect(found.message).toContain(`ValidatingAdmissionPolicyBinding ${POLICY} is not there`);
    expect(found).toMatchObject({
      fix: 'apply again what you installed with: kubectl apply --server-side -k deploy/default, or your own kustomization',
    });
    await policySpec(spec);
    const { metadata, ...rest } = binding as { metadata: { name: string; labels: object } };
    const { name, labels } = metadata;
    const made = await cluster.platform.call('POST', BINDINGS, { ...rest, metadata: { name, labels } });
    expect(made.status).toBe(201);
    await untilHealthy();
  });

  it('tells a namespace that is not enrolled, with the command', async () => {
    await cluster.team('team-new', {}, { enrolled: false });
    await cluster.have(repository('team-new'));
    const found = await untilTold(platform, /no rights in team-new/);
    expect(found).toMatchObject({
      check: 'enrolment',
      fix: 'secretscope enroll team-new',
    });
    await cluster.gone(repository('team-new'), backendIn('team-new'));
    await untilHealthy();
  });

  it('tells a backend that cannot be read, with what the operator says of it', async () => {
    await cluster.have({
      ...backendIn('team-web', 'nobody'),
      metadata: { name: 'broken', namespace: 'team-web' },
    });
    const found = await untilTold(platform, /SecretBackend team-web\/broken/);
    expect(found).toMatchObject({ fix: 'read: kubectl describe secretbackend broken -n team-web' });
    await cluster.gone({ ...backendIn('team-web'), metadata: { name: 'broken', namespace: 'team-web' } });
    await untilHealthy();
  });

  it('tells that nobody leads any more', async () => {
    await cluster.operator.stop();
    const found = await untilTold(platform, /no operator works/);
    expect(found.check).toBe('leader');
    expect(problems(await told(platform)).map(({ check }) => check)).toContain('operator');
    await cluster.restartOperator({ extra: ['--policy-settle', '1s'] });
    await untilHealthy();
  });
});

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const POLICIES = `${ADMISSION}/validatingadmissionpolicies`;
const BINDINGS = `${ADMISSION}/validatingadmissionpolicybindings`;

async function policySpec(spec: object): Promise<void> {
  const type = 'merge-patch+json';
  const { status } = await cluster.platform.call('PATCH', `${POLICIES}/${POLICY}`, { spec }, type);
  expect(status).toBe(200);
}
