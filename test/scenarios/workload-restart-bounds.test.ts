/**
 * THREATS 15: what the operator's own account may do with workloads, where it holds what `enroll --restart` gives and
 * more than that. A stolen token must not become the right to run an image.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RESTARTED_ANNOTATION } from '../../src/model/restart-marks.ts';
import {
  eventually,
  type GuardedCluster,
  guardedCluster,
  namespace,
  OPERATOR_NAMESPACE,
  RBAC,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import { type Person, pathOf, type Thing } from '../scenarios-support/person.ts';
import { until } from '../scenarios-support/until.ts';
import { restartsOf, WORKLOADS, workload } from '../scenarios-support/workload-things.ts';

let cluster: GuardedCluster;
let operator: Person;
let ana: Person;

const TEAM = 'team-web';
const restartedAt = { spec: { template: { metadata: { annotations: { [RESTARTED_ANNOTATION]: 'now' } } } } };
const stolen: Thing = {
  apiVersion: RBAC,
  kind: 'ClusterRole',
  metadata: { name: 'everything-with-workloads' },
  rules: [{ apiGroups: ['apps'], resources: ['*'], verbs: ['*'] }],
};

beforeAll(async () => {
  cluster = await guardedCluster('workload-restart-bounds', 'default');
  [operator, ana] = await Promise.all([cluster.operator(), cluster.person('ana')]);
  const subjects = [{ kind: 'ServiceAccount', name: 'secretscope', namespace: OPERATOR_NAMESPACE }];
  await cluster.have(
    namespace(TEAM),
    namespace('team-other'),
    roleBinding('ana', 'admin', TEAM),
    stolen,
    ...['team-stolen', OPERATOR_NAMESPACE].flatMap((place) => [
      namespace(place),
      { ...roleBinding('stolen', 'everything-with-workloads', place), subjects },
    ]),
    ...[TEAM, 'team-other', 'team-stolen', OPERATOR_NAMESPACE].flatMap((place) =>
      WORKLOADS.map((kind) => workload(kind, 'web', place)),
    ),
    ...WORKLOADS.map((kind) => workload(kind, 'db', TEAM)),
  );
}, 120_000);
afterAll(() => cluster?.stop());

describe('enroll --restart', () => {
  const web = workload('Deployment', 'web', TEAM);

  it('without it the operator reads and restarts nothing', async () => {
    expect((await operator.get(web)).status).toBe(403);
    expect((await operator.merge(web, restartedAt)).status).toBe(403);
  });

  it('the admin of the namespace may give it, for the workloads that are named', async () => {
    for (const thing of restartsOf(TEAM, 'web')) await eventually(() => ana.apply(thing));
    for (const kind of WORKLOADS)
      await eventually(() => operator.merge(workload(kind, 'web', TEAM), restartedAt));
    for (const kind of WORKLOADS) {
      expect((await operator.merge(workload(kind, 'db', TEAM), restartedAt)).status).toBe(403);
      expect((await operator.merge(workload(kind, 'web', 'team-other'), restartedAt)).status).toBe(403);
    }
  });

  it('and gives neither list nor create nor delete', async () => {
    expect((await operator.call('GET', `/apis/apps/v1/namespaces/${TEAM}/deployments`)).status).toBe(403);
    expect((await operator.remove(web)).status).toBe(403);
    expect((await operator.create(workload('Deployment', 'new', TEAM))).status).toBe(403);
  });
});

/** Refused by one of ours, not by RBAC. */
async function refused(
  attempt: () => Promise<{ status: number; message: string }>,
  by = 'operator-restarts.secretscope.dev',
): Promise<void> {
  // a policy is in force some time after it is stored
  await until(async () => {
    const { status, message } = await attempt();
    if (status !== 403 || !message.includes(`ValidatingAdmissionPolicy '${by}'`))
      throw new Error(`not refused by a policy on restarts: ${status} ${message}`);
  }, 20_000);
}

describe.each(WORKLOADS)('with every right on workloads, of a %s', (kind) => {
  const web = workload(kind, 'web', 'team-stolen');
  const own = `operator-restarts-${kind.toLowerCase()}s.secretscope.dev`;
  const template = (template: object) => ({ spec: { template } });
  const podSpec = (spec: object) => template({ spec });
  const podMeta = (metadata: object) => template({ metadata });

  it('the one annotation may be set, and set again', async () => {
    await eventually(() => operator.merge(web, restartedAt));
    const again = { [RESTARTED_ANNOTATION]: 'later' };
    expect((await operator.merge(web, podMeta({ annotations: again }))).message).toBe('');
  });

  const image = { containers: [{ name: 'app', image: 'registry.invalid/evil:1' }] };
  it.each<[string, object]>([
    ['another image', podSpec(image)],
    ['another image beside the annotation', template({ spec: image, ...restartedAt.spec.template })],
    ['another account', podSpec({ serviceAccountName: 'admin' })],
    ['a volume with a Secret', podSpec({ volumes: [{ name: 'v', secret: { secretName: 'other' } }] })],
    ['an init container', podSpec({ initContainers: [{ name: 'i', image: 'evil' }] })],
    ['the host network', podSpec({ hostNetwork: true })],
    ['labels of its Pods', podMeta({ labels: { more: 'yes' } })],
    ['another annotation of its Pods', podMeta({ annotations: { 'evil.example/inject': 'yes' } })],
    ['taking an annotation of its Pods away', podMeta({ annotations: { 'example.com/theirs': null } })],
    ['a changed annotation of its Pods', podMeta({ annotations: { 'example.com/theirs': 'x' } })],
    ['finalizers of its Pods', podMeta({ finalizers: ['example.com/stays'] })],
    [
      'an annotation that has no end',
      podMeta({ annotations: { [RESTARTED_ANNOTATION]: 'x'.repeat(5_001) } }),
    ],
    ['its labels', { metadata: { labels: { owner: 'operator' } } }],
    ['its annotations', { metadata: { annotations: { 'secretscope.dev/x': 'y' } } }],
    ['its finalizers', { metadata: { finalizers: ['example.com/stays'] } }],
    [
      'its owner',
      { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'b' }] } },
    ],
    ['minReadySeconds', { spec: { minReadySeconds: 30 } }],
    ['revisionHistoryLimit', { spec: { revisionHistoryLimit: 0 } }],
    kind === 'Deployment'
      ? ['its strategy', { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } }]
      : ['its strategy', { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } }],
    ...(kind === 'DaemonSet' ? [] : [['replicas', { spec: { replicas: 3 } }] satisfies [string, object]]),
  ])('%s: refused', (_what, patch) => refused(() => operator.merge(web, patch), own));

  it('creating and deleting: refused', async () => {
    await refused(() => operator.create(workload(kind, 'new', 'team-stolen')));
    await refused(() => operator.remove(web));
  });

  it('its subresources: refused', async () => {
    await refused(() => operator.merge(web, { status: { observedGeneration: 99 } }, '/status'));
    if (kind !== 'DaemonSet') await refused(() => operator.merge(web, { spec: { replicas: 9 } }, '/scale'));
  });

  it('in the namespace of the operator itself: refused', () =>
    refused(() => operator.merge(workload(kind, 'web', OPERATOR_NAMESPACE), restartedAt), own));

  it('a trial run is refused as well, and whoever owns the workload is bound by nothing of this', async () => {
    const path = `${pathOf(web)}?dryRun=All`;
    const asTrial = () => operator.call('PATCH', path, podSpec(image), 'merge-patch+json');
    await refused(asTrial, own);
    const theirs = workload(kind, 'web', TEAM);
    expect((await ana.merge(theirs, podSpec({ ...image, terminationGracePeriodSeconds: 5 }))).message).toBe(
      '',
    );
  });
});

describe('the policies compare every field that the API server knows', () => {
  it.each(WORKLOADS)('of a %s', async (kind) => {
    const { body } = await cluster.admin.call('GET', '/openapi/v3/apis/apps/v1');
    const { components } = body as {
      components: { schemas: Record<string, { properties?: Record<string, unknown> }> };
    };
    const fields = Object.keys(components.schemas[`io.k8s.api.apps.v1.${kind}Spec`]?.properties ?? {});
    const name = `operator-restarts-${kind.toLowerCase()}s.secretscope.dev`;
    const policy = await cluster.admin.call(
      'GET',
      `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${name}`,
    );
    const { spec, status } = policy.body as {
      spec: { validations: { expression: string }[] };
      status?: { typeChecking?: { expressionWarnings?: unknown[] } };
    };
    const text = spec.validations.map(({ expression }) => expression).join('\n');
    expect(fields.length).toBeGreaterThan(4);
    const missing = fields.filter(
      (field) => field !== 'template' && !text.includes(`object.spec.?${field} ==`),
    );
    expect([missing, status?.typeChecking?.expressionWarnings ?? []]).toEqual([[], []]);
  });
});
