import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet, ORGANIZATION, SHARED, untilReconciled } from '../scenarios-support/fleet.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
  secretThing,
} from '../scenarios-support/operated-cluster.ts';
import { getsOf, lines, writesOf } from '../scenarios-support/requests.ts';

const REPOSITORIES = 50;
const IDLE_MS = 20_000;

const parentRef = { namespace: ORGANIZATION, name: 'acme' };
const repository = (name: string, namespace: string, spec: object) =>
  scopeThing(name, namespace, { level: 'Repository', ...spec });

/** Scopes in trouble of every kind that lasts: they have to be as silent as the healthy ones. */
const TROUBLED = [
  repository('absent', 'team-0', {
    backendRef: LOCAL,
    secrets: [{ name: 'MISSING', from: { key: 'nothing-there' } }],
    targets: [{ secretName: 'absent', include: ['MISSING'] }],
  }),
  repository('conflict', 'team-0', { parentRef, targets: [{ secretName: 'repo-0', include: ['TOKEN'] }] }),
  repository('foreign', 'team-0', { parentRef, targets: [{ secretName: 'foreign', include: ['TOKEN'] }] }),
  repository('outside', 'team-out', { parentRef, targets: [{ secretName: 'outside', include: ['TOKEN'] }] }),
  repository('unknown', 'team-0', {
    parentRef: { namespace: ORGANIZATION, name: 'nobody' },
    targets: [{ secretName: 'unknown', include: ['TOKEN'] }],
  }),
];
const SCOPES = REPOSITORIES + 1 + TROUBLED.length;

describe('a world in which nothing changes', () => {
  let cluster: OperatedCluster;
  let fleet: Fleet;

  beforeAll(async () => {
    cluster = await operatedCluster('restart-silence');
    fleet = new Fleet(cluster, REPOSITORIES, 5);
    await fleet.build('first');
    await fleet.untilAll('first');
    await cluster.team('team-out', { org: 'acme' }, { enrolled: false });
    await cluster.have(secretThing('team-0', 'foreign', { mine: 'x' }), ...TROUBLED);
    await cluster.untilReady('team-0', 'absent', 'False', 'SecretMissing');
    await cluster.untilReady('team-0', 'conflict', 'False', 'TargetConflict');
    await cluster.untilReady('team-0', 'foreign', 'False', 'TargetConflict');
    await cluster.untilReady('team-out', 'outside', 'False', 'NamespaceNotEnrolled');
    await cluster.untilReady('team-0', 'unknown', 'False', 'NotAvailable');
  }, 120_000);

  afterAll(() => cluster?.stop());

  it('a rotation costs one read of the value, however many scopes inherit it', async () => {
    for (const value of ['second', 'third', 'fourth']) {
      const mark = await cluster.audit.mark();
      await fleet.rotate(value);
      const ms = await fleet.untilAll(value);
      console.log(`${REPOSITORIES} repositories had the new value after ${ms} ms`);
      expect(lines(getsOf(await cluster.audit.since(mark), ORGANIZATION, SHARED))).toHaveLength(1);
    }
  });

  it('a restart reads no value and writes nothing but the Lease, and so do the seconds after it', async () => {
    // its last words about the rotations before are events
    await cluster.operator.stop();
    const mark = await cluster.audit.mark();
    const started = performance.now();
    await cluster.restartOperator();
    await untilReconciled(cluster.operator, SCOPES);
    console.log(`restart: everything looked at after ${Math.round(performance.now() - started)} ms`);
    await pause(IDLE_MS);
    const entries = await cluster.audit.since(mark);
    expect(lines(writesOf(entries))).toEqual([]);
    expect(lines(getsOf(entries, ORGANIZATION, SHARED))).toEqual([]);
  });

  it('loss of the installation key costs one read and a new stamp, and changes no data', async () => {
    const before = await cluster.secret('team-1', 'repo-1');
    await cluster.gone(secretThing(OPERATOR_NAMESPACE, 'secretscope-keys'));
    const mark = await cluster.audit.mark();
    await cluster.restartOperator();
    await untilReconciled(cluster.operator, SCOPES);
    await expect
      .poll(async () => writesOf(await cluster.audit.since(mark)).filter(isTargetWrite).length)
      .toBe(REPOSITORIES);
    expect(await fleet.values()).toEqual(fleet.repositories.map(() => 'fourth'));
    const after = await cluster.secret('team-1', 'repo-1');
    expect(after).toMatchObject({ uid: before?.uid, data: before?.data });
    expect(stampOf(after)).not.toBe(stampOf(before));
    expect(lines(getsOf(await cluster.audit.since(mark), ORGANIZATION, SHARED))).toHaveLength(1);
    expect(await eventReasons(cluster, 'team-1')).not.toContain('TargetHandEdited');
  });

  it('and after that a restart is silent again', async () => {
    // its last words about the new stamps are events, too
    await cluster.operator.stop();
    const mark = await cluster.audit.mark();
    await cluster.restartOperator();
    await untilReconciled(cluster.operator, SCOPES);
    await pause(2_000);
    const entries = await cluster.audit.since(mark);
    expect(lines(writesOf(entries))).toEqual([]);
    expect(lines(getsOf(entries, ORGANIZATION, SHARED))).toEqual([]);
  });
});

const isTargetWrite = ({
  resource,
  namespace,
}: {
  resource: string | undefined;
  namespace: string | undefined;
}) => resource === 'secrets' && namespace !== OPERATOR_NAMESPACE;

/** Which key the record was made with. */
function stampOf(secret: Awaited<ReturnType<OperatedCluster['secret']>>): unknown {
  const record = secret?.annotations['secretscope.dev/delivery'] ?? '{}';
  return (JSON.parse(record) as { kid?: unknown }).kid;
}

async function eventReasons(cluster: OperatedCluster, namespace: string): Promise<string[]> {
  const { body } = await cluster.platform.call(
    'GET',
    `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
  );
  return (body as { items: { reason: string }[] }).items.map(({ reason }) => reason);
}
