/** The metrics as a Prometheus of the cluster gets them, and the log level as an administrator changes it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrollmentManifests } from '../../src/model/enrollment.ts';
import { loadManifests } from '../cluster/manifests.ts';
import { OPERATOR_NAMESPACE, RBAC } from '../scenarios-support/guarded-cluster.ts';
import { type OperatedCluster, operatedCluster, until } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { scrape, tokenIn } from '../scenarios-support/scraper.ts';

const MONITORING = 'monitoring';
const SETTINGS: Thing = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'secretscope-settings', namespace: OPERATOR_NAMESPACE },
};

let cluster: OperatedCluster;
let port: number;

const account = (name: string): Thing => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: MONITORING },
});

/** As docs/reference/metrics.md has it. */
const reads = (name: string): Thing => ({
  apiVersion: RBAC,
  kind: 'ClusterRoleBinding',
  metadata: { name: `${name}-secretscope` },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'secretscope-metrics-reader' },
  subjects: [{ kind: 'ServiceAccount', name, namespace: MONITORING }],
});

const tokenOf = async (name: string) =>
  tokenIn(await cluster.guarded.control.serviceAccountKubeconfig(MONITORING, name));

const untilStatus = (status: number, token?: string) =>
  until(async () => expect((await scrape(port, token)).status).toBe(status), 30_000);

beforeAll(async () => {
  cluster = await operatedCluster('metrics-endpoint', {
    logLevel: 'info',
    extra: ['--metrics-address', '0.0.0.0:0'],
  });
  const [reader] = await loadManifests('deploy/components/monitoring/metrics-reader.yaml');
  if (!reader) throw new Error('there is no role for whoever scrapes');
  await cluster.have(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: MONITORING } },
    reader as Thing,
    ...['prometheus', 'leaving', 'curious'].map(account),
    ...['prometheus', 'leaving'].map(reads),
  );
  port = Number(cluster.operator.logs.find(({ message }) => message === 'serving')?.['metrics']);
}, 90_000);
afterAll(() => cluster?.stop());

describe('the metrics of an operator that listens to the cluster', () => {
  it('are for an account that may get /metrics', async () => {
    const token = await tokenOf('prometheus');
    await untilStatus(200, token);
    const { body } = await scrape(port, token);
    expect(body).toMatch(/^secretscope_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
    expect(body).toMatch(/^secretscope_leading [01]$/m);
  });

  it('are for nobody else, who is told nothing', async () => {
    await untilStatus(403, await tokenOf('curious'));
    expect(await scrape(port)).toEqual({ status: 401, body: '' });
    expect(await scrape(port, 'eyJhbGciOiJSUzI1NiJ9.forged.token')).toEqual({ status: 401, body: '' });
    expect((await scrape(port, await tokenOf('prometheus'), '/debug')).status).toBe(404);
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  it('are gone for whoever loses the right, and for an account that goes', async () => {
    const [prometheus, leaving] = await Promise.all([tokenOf('prometheus'), tokenOf('leaving')]);
    await untilStatus(200, leaving);
    await cluster.gone(reads('prometheus'), account('leaving'));
    await Promise.all([untilStatus(403, prometheus), untilStatus(401, leaving)]);
  });

  it('no token of a scraper is in what the operator prints', async () => {
    await cluster.have(reads('prometheus'));
    const token = await tokenOf('prometheus');
    await untilStatus(200, token);
    expect(cluster.operator.output).not.toContain(token);
  });
});

describe('the log level', () => {
  const told = (level: string) =>
    until(() => {
      const changes = cluster.operator.logs.filter(({ to }) => to !== undefined);
      expect(changes.at(-1)).toMatchObject({ level: 'info', to: level });
    }, 20_000);
  const debugLines = () => cluster.operator.logs.filter(({ level }) => level === 'debug').length;

  it('is what a ConfigMap of the operator says, while it is there', async () => {
    expect(debugLines()).toBe(0);
    await cluster.have({ ...SETTINGS, data: { logLevel: 'debug' } });
    await told('debug');
    // a namespace that lends an identity, and gives no right on its Secrets, is told of at that level only
    const lending = {
      namespace: 'lender',
      operatorNamespace: OPERATOR_NAMESPACE,
      serviceAccounts: ['prometheus'],
    };
    await cluster.have(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lender' } },
      ...enrollmentManifests({ ...lending, secrets: false }).map((one) => ({
        ...one,
        metadata: { ...one.metadata },
      })),
    );
    await until(() => expect(debugLines()).toBeGreaterThan(0), 20_000);
    await cluster.have({ ...SETTINGS, data: { logLevel: 'verbose' } });
    await told('info');
    expect(cluster.operator.output).toContain(
      'logLevel in ConfigMap secretscope-system/secretscope-settings is no level',
    );
    await cluster.have({ ...SETTINGS, data: { logLevel: 'error' } });
    await told('error');
    await cluster.gone(SETTINGS);
    await told('info');
  });
});
