/**
 * The admission policies on labels of namespaces, on statuses, and the words about Kubernetes as a store and about
 * production that nobody guards.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import {
  clusterRole,
  clusterRoleBinding,
  eventually,
  type GuardedCluster,
  guardedCluster,
  namespace,
  OPERATOR_NAMESPACE,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import { scope } from '../scenarios-support/kinds-cluster.ts';
import type { Person, Thing } from '../scenarios-support/person.ts';
import { until } from '../scenarios-support/until.ts';

let cluster: GuardedCluster;
/** may do everything with namespaces that RBAC can give */
let eve: Person;
/** the same, and assigns labels */
let lena: Person;

beforeAll(async () => {
  cluster = await guardedCluster('label-policies', 'default');
  [eve, lena] = await Promise.all([cluster.person('eve'), cluster.person('lena')]);
  const everything = [
    { apiGroups: [''], resources: ['namespaces', 'namespaces/status', 'namespaces/finalize'], verbs: ['*'] },
    { apiGroups: ['secretscope.dev'], resources: ['secretscopes', 'secretscopes/status'], verbs: ['*'] },
  ];
  await cluster.have(
    clusterRole('namespaces', everything),
    clusterRoleBinding('eve', 'namespaces'),
    clusterRoleBinding('lena', 'namespaces'),
    clusterRoleBinding('lena', 'secretscope-namespace-labeler'),
    roleBinding('eve', 'edit', 'default'),
  );
  const probe = namespace('probe', { org: 'acme' });
  await eventually(() => lena.apply(probe, { dryRun: true }));
  await eventually(() => eve.apply(namespace('probe'), { dryRun: true }));
});
afterAll(() => cluster?.stop());

describe('API-REVIEW 4, THREATS 11: who may label a namespace', () => {
  const team = namespace('team-web', { org: 'acme', 'secretscope.dev/trust': 'internal', colour: 'blue' });
  beforeAll(() => eventually(() => lena.apply(team)));

  it.each([
    ['set a secretscope.dev/ label', { 'secretscope.dev/visibility': 'Private' }],
    ['change one', { 'secretscope.dev/trust': 'full' }],
    ['remove one', { 'secretscope.dev/trust': null }],
    ['set a configured key', { team: 'payments' }],
    ['change one of those', { org: 'other' }],
    ['remove one of those', { org: null }],
  ])('eve cannot %s', async (_, changed) => {
    const { status, message } = await eve.merge(team, { metadata: { labels: changed } });
    expect(status).toBe(403);
    expect(message).toContain(`eve may not set, change or remove the label ${Object.keys(changed)[0]}`);
    expect(message).toContain('the verb assign on namespacelabels.secretscope.dev');
    expect(message).toContain(
      'kubectl create clusterrolebinding namespace-labeler --clusterrole=secretscope-namespace-labeler --user=eve',
    );
  });

  it.each([
    ['/status', 'org'],
    ['/status', 'secretscope.dev/trust'],
    ['/finalize', 'org'],
    ['/finalize', 'secretscope.dev/trust'],
  ])('not through %s either: %s', async (subresource, key) => {
    const { body } = await eve.get(team);
    const { metadata, ...rest } = body as Thing;
    const labels = { ...(metadata['labels'] as object), [key]: 'other' };
    const relabelled = { ...rest, metadata: { ...metadata, labels } };
    const { status, message } = await eve.call(
      'PUT',
      `/api/v1/namespaces/team-web${subresource}`,
      relabelled,
    );
    expect([status, message]).toEqual([403, expect.stringContaining('remove the label')]);
  });

  it('nor on a namespace that eve creates', async () => {
    expect((await eve.create(namespace('evil', { org: 'acme' }))).status).toBe(403);
    expect((await eve.create(namespace('evil', { 'secretscope.dev/trust': 'internal' }))).status).toBe(403);
  });

  it('every other label is free, and so is a namespace without guarded ones', async () => {
    expect(
      (await eve.merge(team, { metadata: { labels: { colour: 'red', 'example.com/org': 'x' } } })).status,
    ).toBe(200);
    expect(
      (await eve.create(namespace('harmless', { 'kubernetes.io/metadata.name': 'harmless' }))).status,
    ).toBe(201);
  });

  it('lena sets, changes and removes them', async () => {
    for (const org of ['one', 'two', null])
      expect((await lena.merge(namespace('harmless'), { metadata: { labels: { org } } })).status).toBe(200);
  });

  it('controllers go on: a namespace with guarded labels is emptied and removed', async () => {
    await cluster.have(namespace('leaving', { org: 'acme', 'secretscope.dev/trust': 'internal' }));
    await cluster.admin.remove(namespace('leaving'));
    await vi.waitFor(async () => expect((await cluster.admin.get(namespace('leaving'))).status).toBe(404), {
      timeout: 30_000,
    });
  });

  const configMap = (data?: object): Thing => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'secretscope-authority-labels', namespace: OPERATOR_NAMESPACE },
    ...(data && { data }),
  });

  it('other keys are guarded when the ConfigMap names them', async () => {
    await cluster.admin.merge(configMap(), { data: { keys: ' colour , org' } });
    await vi.waitFor(async () =>
      expect((await eve.merge(team, { metadata: { labels: { colour: 'green' } } })).status).toBe(403),
    );
    expect((await eve.merge(team, { metadata: { labels: { team: 'free' } } })).status).toBe(200);
  });

  it('an empty ConfigMap, or none, stops nobody, and secretscope.dev/ stays guarded', async () => {
    await cluster.admin.merge(configMap(), { data: null });
    await eventually(() => eve.merge(team, { metadata: { labels: { colour: 'green' } } }));
    await cluster.admin.remove(configMap());
    await eventually(() => eve.merge(team, { metadata: { labels: { org: 'gone' } } }));
    expect((await eve.merge(team, { metadata: { labels: { 'secretscope.dev/trust': 'x' } } })).status).toBe(
      403,
    );
  });
});

describe('THREATS 24: who may write a status', () => {
  const web = scope('web', { level: 'Repository' });
  const status = { observedGeneration: 7 };
  beforeAll(() => cluster.have(web));

  it('not a person, whatever RBAC says', async () => {
    const patched = await eve.merge(web, { status }, '/status');
    expect(patched.status).toBe(403);
    expect(patched.message).toContain('eve may not write the status of secretscopes: only the operator does');
    expect((await eve.apply({ ...web, status }, { subresource: 'status', force: true })).status).toBe(403);
  });

  it('not through the object itself: such a status is dropped', async () => {
    const { body } = await eve.merge(web, { status, spec: { suspend: true } });
    expect(body).toMatchObject({ status: { observedGeneration: -1 } });
  });

  it('the operator does', async () => {
    const operator = await cluster.operator();
    const { spec: _, ...reported } = web;
    const { message, body } = await operator.apply(
      { ...(reported as Thing), status },
      { subresource: 'status', force: true },
    );
    expect(message).toBe('');
    expect(body).toMatchObject({ status: { observedGeneration: 7 } });
  });

  it('the operator writes nothing else of a scope', async () => {
    const operator = await cluster.operator();
    expect((await operator.merge(web, { spec: { suspend: false } })).status).toBe(403);
    expect((await operator.remove(web)).status).toBe(403);
  });
});

describe('Kubernetes as a store', () => {
  const auth = { serviceAccountRef: { name: 'reader' } };
  const backends: Thing[] = [
    {
      apiVersion: API_VERSION,
      kind: 'SecretBackend',
      metadata: { name: 'store' },
      spec: { kubernetes: { auth } },
    },
    {
      apiVersion: API_VERSION,
      kind: 'ClusterSecretBackend',
      metadata: { name: 'store' },
      spec: { kubernetes: { namespace: 'vault', auth } },
    },
  ];

  it.each(backends)('a $kind is taken with a warning', async (backend) => {
    const { status, warnings } = await cluster.admin.create(backend);
    expect(status).toBe(201);
    expect(warnings.join()).toContain('Kubernetes as a store of secrets is discouraged');
  });

  it.each(backends)('a $kind that only gets a label is changed without a word', async (backend) => {
    const { status, warnings } = await cluster.admin.merge(backend, { metadata: { labels: { a: 'b' } } });
    expect([status, warnings]).toEqual([200, []]);
  });
});

describe('GX63 an environment that is called production', () => {
  const environment = (name: string, environmentName?: string, protection?: object): Thing => ({
    apiVersion: API_VERSION,
    kind: 'SecretScope',
    metadata: { name, namespace: 'default' },
    spec: {
      level: 'Environment',
      parentRef: { name: 'web' },
      ...(environmentName && { environmentName }),
      ...(protection && { protection }),
    },
  });
  const warned = 'This environment is called production, and has neither reviewers nor a wait timer';
  const reviewers = [{ kind: 'User', name: 'ana' }];

  it.each([
    ['by its name', environment('web-prod')],
    ['by environmentName, whatever its case', environment('x', 'Production')],
    ['between other marks', environment('x', 'eu_live')],
    ['with a protection that asks nobody', environment('x', 'prd', { requiredReviewers: [] })],
    ['with a timer of no time', environment('x', 'prod', { waitTimerMinutes: 0 })],
  ])('%s is taken with a warning', (_, scope) =>
    until(async () => {
      const { status, warnings } = await cluster.admin.apply(scope, { dryRun: true });
      expect([status, warnings.join()]).toEqual([201, expect.stringContaining(warned)]);
    }),
  );

  it.each([
    ['has reviewers', environment('x', 'prod', { requiredReviewers: reviewers })],
    ['has a wait timer', environment('web-production', undefined, { waitTimerMinutes: 5 })],
    ['is only called something like it', environment('x', 'products')],
    ['says that it is not', environment('x', 'pre-prod')],
    ['is called otherwise than its object', environment('web-prod', 'staging')],
  ])('is taken without a word where it %s', async (_, scope) => {
    const { status, warnings } = await cluster.admin.apply(scope, { dryRun: true });
    expect([status, warnings]).toEqual([201, []]);
  });

  it('is no word of a Repository, and none where the spec stays as it is', async () => {
    const repository = { ...environment('live'), spec: { level: 'Repository' } };
    expect((await cluster.admin.apply(repository, { dryRun: true })).warnings).toEqual([]);
    expect((await cluster.admin.create(environment('live'))).warnings).toHaveLength(1);
    const { status, warnings } = await cluster.admin.merge(environment('live'), {
      metadata: { labels: { a: 'b' } },
    });
    expect([status, warnings]).toEqual([200, []]);
  });
});
