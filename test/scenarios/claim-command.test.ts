/** `secretscope claim` as the account of a job, on a real API server with the shipped rights and policies. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApprovalCluster, approvalCluster, PROD } from '../scenarios-support/approval-cluster.ts';
import { CI, claim } from '../scenarios-support/claim-things.ts';
import { type CliProcess, startCli } from '../scenarios-support/cli-process.ts';
import { clusterRole, eventually, namespace } from '../scenarios-support/guarded-cluster.ts';
import type { Person } from '../scenarios-support/person.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const SCOPE = `${PROD}/web-production`;
const SINCE = '2026-11-22T10:00:00Z';

let cluster: ApprovalCluster;
let operator: Person;
let kubeconfig: string;

const bound = (place: string, role: string, account: string) => ({
  apiVersion: RBAC,
  kind: 'RoleBinding',
  metadata: { name: `${account}-${role}`, namespace: place },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ kind: 'ServiceAccount', namespace: CI, name: account }],
});
const account = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: CI },
});

beforeAll(async () => {
  cluster = await approvalCluster('claim-command');
  await cluster.have(
    namespace(CI),
    account('deployer'),
    account('stranger'),
    // as docs/guides/claims.md gives them
    clusterRole('job', [
      { apiGroups: ['secretscope.dev'], resources: ['secretclaims'], verbs: ['create', 'get'] },
    ]),
    bound(CI, 'job', 'deployer'),
    bound(CI, 'job', 'stranger'),
    bound(PROD, 'secretscope-claimer', 'deployer'),
  );
  operator = await cluster.guarded.operator();
  kubeconfig = await cluster.guarded.control.serviceAccountKubeconfig(CI, 'deployer');
  const deployer = await cluster.guarded.serviceAccount(CI, 'deployer');
  await eventually(() => deployer.create(claim('probe')));
});
afterAll(() => cluster?.stop());

const command = (config: string, ...args: string[]) =>
  startCli('claim', ...args, '-n', CI, '--kubeconfig', config);

/** The program takes a second to begin. */
async function hears({ heard }: CliProcess, text: string): Promise<void> {
  await expect.poll(heard, { timeout: 10_000 }).toContain(text);
}

const want = (secret: string, ...more: string[]) => [
  SCOPE,
  '--include',
  'database_url,NPM_TOKEN',
  '--secret',
  secret,
  '--ttl',
  '2h',
  ...more,
];

/** As the operator reports; nobody else may. */
async function report(name: string, state: string, reason: string, more: object = {}): Promise<void> {
  const status = state === 'Delivered' ? 'True' : 'False';
  const ready = { type: 'Ready', status, reason, message: 'as the test says', lastTransitionTime: SINCE };
  const said = { observedGeneration: 1, state, conditions: [ready], ...more };
  expect((await operator.merge(claim(name), { status: said }, '/status')).message).toBe('');
}

describe('the account of a job', () => {
  it('waits for its reviewers, and gets the name of the Secret', async () => {
    const running = command(kubeconfig, ...want('deploy-1'));
    await hears(running, 'waiting for the operator to look at it');
    await report('deploy-1', 'AwaitingApproval', 'AwaitingApproval', {
      request: { namespace: PROD, name: 'web-production-deploy-1-1' },
    });
    const request = `${PROD}/web-production-deploy-1-1`;
    await hears(
      running,
      `waiting for approval of SecretRequest ${request}: secretscope review show ${request}`,
    );
    await report('deploy-1', 'Delivered', 'Materialized');
    expect(await running.ended).toMatchObject({ code: 0, out: 'deploy-1\n' });
  });

  it('takes up what it made when it is run once more, and nothing else', async () => {
    const again = await command(kubeconfig, ...want('deploy-1')).ended;
    expect([again.code, again.out]).toEqual([0, 'deploy-1\n']);
    const other = await command(kubeconfig, ...want('deploy-1', '--include', 'ROOT_CA')).ended;
    expect([other.code, other.out]).toEqual([1, '']);
    expect(other.err).toContain('asks for something else (include)');
  });

  it('may leave: the claim stays', async () => {
    const running = command(kubeconfig, ...want('deploy-2'));
    await hears(running, 'waiting for the operator');
    running.interrupt();
    const { code, out, err } = await running.ended;
    expect([code, out]).toEqual([130, '']);
    expect(err).toContain('kubectl delete secretclaim deploy-2 -n ci');
    expect((await cluster.admin.get(claim('deploy-2'))).status).toBe(200);
  });

  it('is told that it was rejected', async () => {
    const running = command(kubeconfig, ...want('deploy-3'));
    await hears(running, 'waiting for the operator');
    await report('deploy-3', 'Waiting', 'Rejected');
    expect((await running.ended).code).toBe(6);
  });

  it('without the right to claim is refused by admission, in its words', async () => {
    const stranger = await cluster.guarded.control.serviceAccountKubeconfig(CI, 'stranger');
    const { code, out, err } = await command(stranger, ...want('deploy-4')).ended;
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('refused by an admission policy');
    expect(err).toContain('may not claim from the scope team-web-prod/web-production');
  });

  it('with a wish that the schema refuses ends with 3, too', async () => {
    const names = Array.from({ length: 301 }, (_, index) => `N${index}`).join();
    const { code, err } = await command(kubeconfig, SCOPE, '--include', names, '--secret', 'many').ended;
    expect([code, err]).toEqual([3, expect.stringContaining('refuses this claim')]);
  });
});
