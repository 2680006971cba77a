/**
 * Restarts of workloads, with the operator as it is deployed and the rights that `enroll --restart` prints: once for each
 * change of data, through kills at the worst moments, and never for a restart of the operator itself. No Pod runs here:
 * a restart is the annotation on the pod template, which moves the generation.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { marksText, parseMarks, RESTARTED_ANNOTATION } from '../../src/model/restart-marks.ts';
import { WISH_ANNOTATION } from '../../src/model/restart-wish.ts';
import { FaultProxy, type SeenRequest } from '../faults/proxy/fault-proxy.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import { OperatorProcess } from '../scenarios-support/operator-process.ts';
import { lines, OPERATOR, writesOf } from '../scenarios-support/requests.ts';
import { restartsOf, workload } from '../scenarios-support/workload-things.ts';

const TEAM = 'team-web';
// ten seconds until changes have settled, thirteen until the Lease of a killed operator is over
const PATIENT_MS = 45_000;

let cluster: OperatedCluster;
let proxy: FaultProxy;

beforeAll(async () => {
  cluster = await operatedCluster('workload-restart');
  proxy = await FaultProxy.start(cluster.guarded.control);
  await cluster.operator.stop();
  await start();
  await cluster.team(TEAM);
  await rotate('first');
  await cluster.have(
    workload('Deployment', 'web', TEAM),
    workload('StatefulSet', 'db', TEAM),
    workload('Deployment', 'busy', TEAM),
    scope(),
  );
  await until(() => atValue('web', 'first'), PATIENT_MS);
}, 120_000);
afterAll(async () => {
  proxy?.clear();
  await cluster?.stop();
  await proxy?.stop();
});

function scope(asked = '0') {
  const workloads = [
    { kind: 'Deployment', name: 'web' },
    { kind: 'StatefulSet', name: 'db' },
  ];
  const busy = { workloads: [{ kind: 'Deployment', name: 'busy' }] };
  const thing = scopeThing('web', TEAM, {
    level: 'Repository',
    backendRef: LOCAL,
    secrets: [{ name: 'TOKEN', from: { key: 'source', property: 'value' } }],
    targets: [
      { secretName: 'web', includeAll: true, restart: { workloads } },
      { secretName: 'busy', includeAll: true, restart: busy },
    ],
  });
  const annotations = { 'reconcile.secretscope.dev/requestedAt': asked };
  return { ...thing, metadata: { ...thing.metadata, annotations } };
}

async function start(): Promise<void> {
  const kubeconfig = await proxy.kubeconfig(cluster.operatorKubeconfig);
  cluster.operator = await OperatorProcess.start(kubeconfig);
}

const rotate = (value: string) => cluster.have(secretThing(TEAM, 'source', { value }));

async function atValue(name: string, value: string): Promise<void> {
  const secret = await cluster.secret(TEAM, name);
  expect(secret?.data['TOKEN']).toBe(value);
}

/** How often it was rolled, and what was noted of it. */
async function restartsFor(kind: 'Deployment' | 'StatefulSet', name: string) {
  const { body } = await cluster.platform.get(workload(kind, name, TEAM));
  const { metadata, spec } = body as {
    metadata: { generation: number };
    spec: { template: { metadata: { annotations: Record<string, string> } } };
  };
  const { annotations } = spec.template.metadata;
  return {
    rolls: metadata.generation - 1,
    marks: parseMarks(annotations[RESTARTED_ANNOTATION]).length,
    theirs: annotations['example.com/theirs'],
  };
}

/** So often, and not once more. */
const restarted = (times: number) =>
  until(async () => {
    const once = { rolls: times, marks: times, theirs: 'kept' };
    expect([await restartsFor('Deployment', 'web'), await restartsFor('StatefulSet', 'db')]).toEqual([
      once,
      once,
    ]);
  }, PATIENT_MS);

/** As their controllers would, of which none runs here: every Pod is new. */
async function rollOut(): Promise<void> {
  for (const kind of ['Deployment', 'StatefulSet'] as const) {
    const thing = workload(kind, kind === 'Deployment' ? 'web' : 'db', TEAM);
    const { body } = await cluster.platform.get(thing);
    const { generation } = (body as { metadata: { generation: number } }).metadata;
    const status = { observedGeneration: generation, replicas: 0 };
    expect((await cluster.platform.merge(thing, { status }, '/status')).message).toBe('');
  }
}

const heldFor = (reason: string) =>
  until(
    async () =>
      expect(await cluster.condition(TEAM, 'web', 'RestartPending')).toMatchObject({
        status: 'True',
        reason,
      }),
    PATIENT_MS,
  );

it('without the right the Secret is new all the same, and the scope says what to run', async () => {
  await rotate('second');
  await heldFor('RestartForbidden');
  await atValue('web', 'second');
  expect(await cluster.condition(TEAM, 'web')).toMatchObject({ status: 'True', reason: 'Materialized' });
  const { message = '' } = (await cluster.condition(TEAM, 'web', 'RestartPending')) ?? {};
  expect(message).toContain(`secretscope enroll ${TEAM} --restart`);
});

it(
  'with the right that enroll --restart gives, it is made up for, once',
  async () => {
    await cluster.have(...restartsOf(TEAM, 'web', 'db', 'busy'));
    await cluster.have(scope('1'));
    await restarted(1);
  },
  PATIENT_MS * 2,
);

it(
  'killed after the Secret was written and before any workload was: restarted once',
  async () => {
    const mark = Array.from({ length: 6 }, (_, index) => ({
      at: Date.now() - (index + 1) * 60_000,
      changes: [`earlier-${index}`],
    }));
    const annotations = { [RESTARTED_ANNOTATION]: marksText(mark) };
    await cluster.platform.merge(workload('Deployment', 'busy', TEAM), {
      spec: { template: { metadata: { annotations } } },
    });
    const armed = killAt('secrets', 'web', ({ body }) => JSON.stringify(body).includes(WISH_ANNOTATION));
    await rotate('third');
    await armed.whenHit();
    await cluster.operator.untilExit();
    await start();
    await restarted(2);
  },
  PATIENT_MS * 2,
);

it('a workload that was restarted six times within the hour holds, and its Secret is new', async () => {
  await heldFor('Flapping');
  await atValue('busy', 'third');
});

it(
  'killed when a workload was restarted and nobody heard of it: restarted once',
  async () => {
    const armed = killAt('deployments', 'web');
    await rotate('fourth');
    await armed.whenHit();
    await cluster.operator.untilExit();
    await start();
    await restarted(3);
    await rollOut();
    await until(async () => {
      const { annotations = {} } = (await cluster.secret(TEAM, 'web')) ?? {};
      expect(Object.keys(annotations)).not.toContain(WISH_ANNOTATION);
    }, PATIENT_MS);
    await restarted(3);
  },
  PATIENT_MS * 2,
);

it('a restart of the operator writes nothing, and asks for no workload that has its data', async () => {
  const mark = await cluster.audit.mark();
  await cluster.operator.stop();
  await start();
  await cluster.operator.untilLeading();
  await until(async () =>
    expect(await cluster.operator.metrics()).toMatch(/reconcile_seconds_count\{.*scope/),
  );
  const entries = await cluster.audit.since(mark);
  expect(lines(writesOf(entries))).toEqual([]);
  const asked = entries.filter(({ user, resource }) => user === OPERATOR && resource === 'statefulsets');
  expect(lines(asked)).toEqual([]);
});

/** Kills the operator when the API server has done what it asked for, before it hears so. */
function killAt(resource: string, name: string, match: (request: SeenRequest) => boolean = () => true) {
  return proxy.onRequest({
    match: (request) =>
      request.method === 'PATCH' && request.resource === resource && request.name === name && match(request),
    fault: { kind: 'run', when: 'applied', run: () => cluster.operator.kill() },
  });
}
