/** The guide's own sample, as it stands, reviewed with the command that reviewers have: operator, policies, people. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { loadManifests } from '../cluster/manifests.ts';
import {
  type OperatedCluster,
  operatedCluster,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import { MAIN } from '../scenarios-support/operator-process.ts';

const run = promisify(execFile);
const PROD = 'team-web-prod';
const REQUEST = 'web-production-web-1';

let cluster: OperatedCluster;
let lena: string;

beforeAll(async () => {
  cluster = await operatedCluster('approval-sample', { extra: ['--policy-settle', '1s'] });
  await applyManifests(cluster.guarded.control, await loadManifests('deploy/samples/production'));
  await cluster.have(
    secretThing('acme-secrets', 'teams.team-web.sentry', { dsn: 'https://sentry' }),
    secretThing('acme-secrets', 'teams.team-web-prod.database', { url: 'postgres://prod' }),
  );
  lena = await cluster.guarded.control.userKubeconfig('lena', ['web-leads']);
}, 120_000);

afterAll(() => cluster?.stop());

const review = (kubeconfig: string, ...args: string[]) =>
  run(process.execPath, [MAIN, 'review', ...args, '-n', PROD, '--kubeconfig', kubeconfig]);

it('waits, and shows a reviewer what would be delivered', async () => {
  await cluster.untilReady(PROD, 'web-production', 'False', 'AwaitingApproval', 30_000);
  expect((await review(lena, 'list')).stdout).toMatch(new RegExp(`${REQUEST} .*Waiting`));
  expect((await review(lena, 'show', REQUEST)).stdout).toContain(
    '+ DATABASE_URL: key teams.team-web-prod.database',
  );
  expect(await cluster.secret(PROD, 'web')).toBeUndefined();
});

it('refuses whoever is in no listed group, in the words of the command', async () => {
  const otto = await cluster.guarded.control.userKubeconfig('otto', ['web']);
  const refused = await review(otto, 'approve', REQUEST, '--yes').catch((error: { code: number }) => error);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('web-leads') });
});

it('is delivered once the group has approved, and the vote is told that it counted', async () => {
  const one = await review(lena, 'approve', REQUEST, '--yes', '--comment', 'first');
  expect(one.stdout).toMatch(/count/);
  await cluster.untilData(
    PROD,
    'web',
    { DATABASE_URL: 'postgres://prod', SENTRY_DSN: 'https://sentry' },
    20_000,
  );
  // the backend lies elsewhere and keeps the key for this scope: nobody gets round the gate in this namespace
  expect(await cluster.condition(PROD, 'web-production', 'GateBypassable')).toBeUndefined();
});

it('tells of it by Events and metrics', async () => {
  const metrics = await cluster.operator.metrics();
  expect(metrics).toMatch(/secretscope_approval_decisions_total\{edge="ask"\} 1/);
  expect(metrics).toMatch(/secretscope_approval_decisions_total\{edge="approve"\} 1/);
  expect(metrics).toMatch(/secretscope_approval_wait_seconds_count\{edge="approve"\} 1/);
  await until(async () => {
    const { body } = await cluster.platform.call('GET', `/apis/events.k8s.io/v1/namespaces/${PROD}/events`);
    const { items } = body as { items: { reason: string; regarding: { kind: string } }[] };
    const told = items.map(({ reason, regarding }) => `${regarding.kind} ${reason}`);
    for (const kind of ['SecretScope', 'SecretRequest'])
      expect(told).toEqual(expect.arrayContaining([`${kind} AwaitingApproval`, `${kind} Released`]));
  }, 20_000);
});
