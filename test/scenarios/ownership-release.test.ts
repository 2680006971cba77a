import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { loadManifests } from '../cluster/manifests.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';

const WEB = 'team-web';
const PREVIEW = 'team-preview';
const GRACE_MS = 12_000;
const AT_ONCE_MS = 2_000;
const MANAGED = 'secretscope.dev/managed';
const ORPHANED = 'secretscope.dev/orphaned-since';
const DATA = { VALUE: 'value' };

const repository = (name: string, targets: object[], more: object = {}, namespace = WEB) =>
  scopeThing(name, namespace, {
    level: 'Repository',
    backendRef: LOCAL,
    secrets: [{ name: 'VALUE', from: { key: 'source' } }],
    targets,
    ...more,
  });
const target = (secretName: string, more: object = {}) => ({ secretName, include: ['VALUE'], ...more });
const PREVIEWS = {
  namespaces: { matchLabels: { preview: 'yes' } },
  consumers: [{ namespaces: { matchLabels: { preview: 'yes' } } }],
};

let cluster: OperatedCluster;

beforeAll(async () => {
  cluster = await operatedCluster('ownership-release', { orphanGrace: `${GRACE_MS}ms` });
  await cluster.team(WEB);
  await cluster.team(PREVIEW, { preview: 'yes' });
  await cluster.have(secretThing(WEB, 'source', { value: 'value' }));
}, 60_000);

afterAll(() => cluster?.stop());

const untilGone = (name: string, timeout: number, namespace = WEB) =>
  until(async () => expect(await cluster.secret(namespace, name)).toBeUndefined(), timeout);

const reasonsIn = async (namespace: string): Promise<string[]> => {
  const { body } = await cluster.platform.call(
    'GET',
    `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
  );
  const { items } = body as { items: { reason: string; regarding: { kind: string; name: string } }[] };
  return items.map(({ reason, regarding }) => `${reason} ${regarding.kind}/${regarding.name}`);
};

/** The time in which the operator does not run is spent with `work`. */
async function whileDown(work: () => Promise<void>): Promise<void> {
  await cluster.operator.stop();
  await work();
  await cluster.restartOperator({ orphanGrace: `${GRACE_MS}ms` });
}

describe('a Secret that is no longer wanted, while the operator looks on', () => {
  it.each([
    ['its scope is deleted', () => cluster.gone(repository('one', []))],
    ['its target leaves the spec', () => cluster.have(repository('one', []))],
    ['its target is renamed', () => cluster.have(repository('one', [target('other')]))],
  ])('goes at once when %s', async (_how, leave) => {
    await cluster.have(repository('one', [target('web')]));
    await cluster.untilData(WEB, 'web', DATA);
    await leave();
    await untilGone('web', AT_ONCE_MS);
    await cluster.gone(repository('one', []));
  });

  it('stays with deletionPolicy Retain, and is nobody’s from then on', async () => {
    await cluster.have(repository('one', [target('kept', { deletionPolicy: 'Retain' })]));
    await cluster.untilData(WEB, 'kept', DATA);
    await cluster.gone(repository('one', []));
    const left = await until(async () => {
      const secret = await cluster.secret(WEB, 'kept');
      expect(secret?.labels[MANAGED]).toBeUndefined();
      return secret;
    }, AT_ONCE_MS);
    expect([left?.data, left?.annotations]).toEqual([DATA, {}]);
    await until(async () => expect(await reasonsIn(WEB)).toContain('Retained Secret/kept'));
  });

  it('goes with the namespace’s right to it, in a namespace that it was spread to', async () => {
    const { consumers, namespaces } = PREVIEWS;
    await cluster.have(repository('spread', [target('spread', { namespaces })], { consumers }));
    await cluster.untilData(PREVIEW, 'spread', DATA);
    await cluster.have({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: PREVIEW, labels: { preview: 'no' } },
    });
    await untilGone('spread', AT_ONCE_MS, PREVIEW);
    await cluster.untilData(WEB, 'spread', DATA);
    await cluster.gone(repository('spread', []));
  });
});

describe('a Secret whose scope was deleted while the operator was down', () => {
  it('is reported, stays for the grace period, which a restart does not shorten or prolong, and then goes', async () => {
    await cluster.have(repository('two', [target('orphan')]));
    await cluster.untilData(WEB, 'orphan', DATA);
    await whileDown(() => cluster.gone(repository('two', [])));
    const marked = await until(async () => {
      const secret = await cluster.secret(WEB, 'orphan');
      expect(secret?.annotations[ORPHANED]).toMatch(/^\d{4}-/);
      return secret;
    });
    await until(async () => expect(await reasonsIn(WEB)).toContain('Orphaned Secret/orphan'));
    await cluster.restartOperator({ orphanGrace: `${GRACE_MS}ms` });
    const since = Date.parse(marked?.annotations[ORPHANED] ?? '');
    expect((await cluster.secret(WEB, 'orphan'))?.data).toEqual(DATA);
    expect(Date.now() - since).toBeLessThan(GRACE_MS);
    await untilGone('orphan', GRACE_MS + 5_000);
    expect(Date.now() - since).toBeGreaterThanOrEqual(GRACE_MS - 500);
  });

  it('is taken up again when the scope comes back, whatever its UID, and its data does not change', async () => {
    await cluster.have(repository('two', [target('revived')]));
    const before = await cluster.untilData(WEB, 'revived', DATA);
    await whileDown(() => cluster.gone(repository('two', [])));
    await until(async () =>
      expect((await cluster.secret(WEB, 'revived'))?.annotations[ORPHANED]).toBeDefined(),
    );
    await cluster.have(repository('two', [target('revived')]));
    await cluster.untilReady(WEB, 'two', 'True');
    const after = await until(async () => {
      const secret = await cluster.secret(WEB, 'revived');
      expect(secret?.annotations[ORPHANED]).toBeUndefined();
      return secret;
    });
    await pause(GRACE_MS);
    expect(await cluster.secret(WEB, 'revived')).toEqual(after);
    expect([after?.uid, after?.data]).toEqual([before.uid, DATA]);
    await cluster.gone(repository('two', []));
    await untilGone('revived', AT_ONCE_MS);
  });

  it('is taken up at once when the scope was made anew meanwhile', async () => {
    await cluster.have(repository('three', [target('renewed')]));
    const before = await cluster.untilData(WEB, 'renewed', DATA);
    await whileDown(async () => {
      await cluster.gone(repository('three', []));
      await cluster.have(repository('three', [target('renewed')]));
    });
    await cluster.untilReady(WEB, 'three', 'True');
    const after = await cluster.secret(WEB, 'renewed');
    expect([after?.uid, after?.data, after?.annotations[ORPHANED]]).toEqual([before.uid, DATA, undefined]);
    await cluster.gone(repository('three', []));
  });
});

describe('uninstalling', () => {
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'secretscopes.secretscope.dev' },
  };

  it('a namespace that is deleted is gone soon, scopes and Secrets with it', async () => {
    await cluster.team('team-brief', { preview: 'yes' });
    await cluster.have(
      secretThing('team-brief', 'source', { value: 'value' }),
      repository('brief', [target('brief')], {}, 'team-brief'),
    );
    await cluster.untilData('team-brief', 'brief', DATA);
    const place = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-brief' } };
    await cluster.gone(place);
    await until(async () => expect((await cluster.platform.get(place)).status).toBe(404), 20_000);
  });

  it('the kind leaves every Secret, also when it is installed anew and the scopes are not there yet', async () => {
    await cluster.restartOperator({ orphanGrace: '24h' });
    await cluster.have(repository('left', [target('left')]), repository('back', [target('back')]));
    const before = await cluster.untilData(WEB, 'back', DATA);
    await cluster.untilData(WEB, 'left', DATA);
    await cluster.gone(crd);
    await until(async () => expect((await cluster.platform.get(crd)).status).toBe(404));
    await pause(1_000);
    expect((await cluster.secret(WEB, 'left'))?.data).toEqual(DATA);

    await applyManifests(cluster.guarded.control, await loadManifests('crds'));
    // any event makes the operator look whether somebody still wants it
    await cluster.platform.merge(secretThing(WEB, 'left'), { metadata: { annotations: { looked: 'at' } } });
    await until(async () => expect((await cluster.secret(WEB, 'left'))?.annotations[ORPHANED]).toBeDefined());
    await pause(1_000);
    expect((await cluster.secret(WEB, 'left'))?.data).toEqual(DATA);

    await cluster.have(repository('back', [target('back')]));
    await cluster.untilReady(WEB, 'back', 'True', 'Materialized', 40_000);
    const after = await cluster.secret(WEB, 'back');
    expect([after?.uid, after?.data]).toEqual([before.uid, DATA]);
  });
});
