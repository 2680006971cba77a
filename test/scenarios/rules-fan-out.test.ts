/** One target in many namespaces: who gets it, who loses it, and what happens when it is no longer wanted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf, Family } from '../scenarios-support/family.ts';
import {
  enrolmentOf,
  type OperatedCluster,
  operatedCluster,
  until,
} from '../scenarios-support/operated-cluster.ts';

let cluster: OperatedCluster;

beforeAll(async () => {
  cluster = await operatedCluster('rules-fan-out');
}, 90_000);
afterAll(() => cluster?.stop());

const OWN = entryOf('OWN', 'own', 'url');
const labelled = (labels: Record<string, string>) => ({ namespaces: { matchLabels: labels } });
const namespaceThing = (name: string, labels: Record<string, string | null>) =>
  cluster.platform.merge(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    { metadata: { labels } },
  );

const untilGone = (namespace: string, name: string) =>
  until(async () => expect(await cluster.secret(namespace, name)).toBeUndefined());
const untilThere = (namespace: string, data: Record<string, string>) =>
  cluster.untilData(namespace, 'app', data);

/** A family whose repository gives OWN and TOKEN to namespaces labelled `wants`, if consumers let it. */
async function giving(name: string, consumers: object[], target: object = {}): Promise<Family> {
  const family = await Family.settle(cluster, name);
  const wants = labelled({ wants: name });
  const targets = [{ secretName: 'app', includeAll: true, ...wants, ...target }];
  await family.have('app', { secrets: [OWN], targets, consumers });
  await family.untilData('app', { OWN: 'own-url', TOKEN: 'org-token' });
  return family;
}

describe('API-REVIEW 3: a fan-out target goes where it is wanted and every level on the way lets it', () => {
  it('wanted by label, admitted by consumers, enrolled: all three', async () => {
    await cluster.team('wanting', { wants: 'three', may: 'yes' });
    await cluster.team('not-admitted', { wants: 'three' });
    await cluster.team('not-wanting', { may: 'yes' });
    await cluster.team('not-enrolled', { wants: 'three', may: 'yes' }, { enrolled: false });
    await giving('three', [labelled({ may: 'yes' })]);
    await untilThere('wanting', { OWN: 'own-url' });
    for (const namespace of ['not-admitted', 'not-wanting', 'not-enrolled'])
      expect(await cluster.secret(namespace, 'app'), namespace).toBeUndefined();
    await cluster.have(...enrolmentOf('not-enrolled'));
    await untilThere('not-enrolled', { OWN: 'own-url' });
    await namespaceThing('not-wanting', { wants: 'three' });
    await untilThere('not-wanting', { OWN: 'own-url' });
    await namespaceThing('not-admitted', { may: 'yes' });
    await untilThere('not-admitted', { OWN: 'own-url' });
  });

  it('what is inherited goes on only where the organization admits the namespace, too', async () => {
    await cluster.team('inner', { wants: 'inherited', org: 'inherited' });
    const family = await giving('inherited', [labelled({ wants: 'inherited' })]);
    await untilThere('inner', { OWN: 'own-url' });
    await family.organize({ consumers: [labelled({ org: 'inherited' })] });
    await untilThere('inner', { OWN: 'own-url', TOKEN: 'org-token' });
    await family.organize();
    await untilThere('inner', { OWN: 'own-url' });
    await family.untilReady('app', 'True');
  });

  it('an include that does not reach one namespace is told of that one', async () => {
    await cluster.team('partial', { wants: 'named' });
    const include = { includeAll: false, include: ['OWN', 'TOKEN'] };
    const family = await giving('named', [labelled({ wants: 'named' })], include);
    await untilThere('partial', { OWN: 'own-url' });
    await family.untilReady('app', 'False', 'NotAvailable');
    const { targets = [] } = await cluster.status(family.team, 'app');
    expect(targets).toEqual([
      expect.objectContaining({ secretName: 'app', state: 'Materialized', keys: 2 }),
      expect.objectContaining({ namespace: 'partial', state: 'NotAvailable', keys: 1 }),
    ]);
  });

  it('kube-system and the operator’s own namespace get nothing, whoever selects them', async () => {
    const family = await giving('greedy', [{ namespaces: {} }], { namespaces: {} });
    await family.store(family.team, 'own', { url: 'own-2' });
    await family.untilData('app', { OWN: 'own-2', TOKEN: 'org-token' });
    for (const namespace of ['kube-system', 'kube-public', 'secretscope-system'])
      expect(await cluster.secret(namespace, 'app'), namespace).toBeUndefined();
    await cluster.gone(family.repository('app'));
  });
});

describe('THREATS 10: a namespace that is no longer admitted loses its copy within seconds', () => {
  const losses: [because: string, lose: (family: Family, namespace: string) => Promise<unknown>][] = [
    ['its label was removed', (_, namespace) => namespaceThing(namespace, { wants: null })],
    ['consumers no longer admit it', (family) => give(family, { consumers: [] })],
    ['the target goes nowhere else any more', (family) => give(family, {}, { namespaces: undefined })],
    ['the target is gone', (family) => give(family, { targets: [] })],
    ['the scope is gone', (family) => cluster.gone(family.repository('app'))],
  ];
  const give = (family: Family, spec: object, target: object = {}) => {
    const wants = labelled({ wants: family.team });
    const targets = [{ secretName: 'app', includeAll: true, ...wants, ...target }];
    return family.have('app', { secrets: [OWN], targets, consumers: [wants], ...spec });
  };

  it.each(losses)('because %s', async (because, lose) => {
    const name = `loss-${losses.findIndex(([other]) => other === because)}`;
    await cluster.team(`${name}-ci`, { wants: name });
    const family = await giving(name, [labelled({ wants: name })]);
    await untilThere(`${name}-ci`, { OWN: 'own-url' });
    await lose(family, `${name}-ci`);
    await untilGone(`${name}-ci`, 'app');
  });

  it('also while it is suspended, and also when the copy was to be retained', async () => {
    await cluster.team('kept-ci', { wants: 'kept' });
    const family = await giving('kept', [labelled({ wants: 'kept' })], { deletionPolicy: 'Retain' });
    await untilThere('kept-ci', { OWN: 'own-url' });
    await give(family, { suspend: true, consumers: [] }, { deletionPolicy: 'Retain' });
    await untilGone('kept-ci', 'app');
  });

  it('what could not be withdrawn without enrolment is withdrawn with the next one', async () => {
    await cluster.team('away', { wants: 'absent' });
    await giving('absent', [labelled({ wants: 'absent' })]);
    await untilThere('away', { OWN: 'own-url' });
    await cluster.gone(...enrolmentOf('away'));
    await namespaceThing('away', { wants: null });
    await cluster.have(...enrolmentOf('away'));
    await untilGone('away', 'app');
  });
});

describe('deletionPolicy decides what is left behind', () => {
  const targets = (deletionPolicy?: string) => [
    { secretName: 'app', includeAll: true, ...(deletionPolicy && { deletionPolicy }) },
    { secretName: 'second', includeAll: true },
  ];
  const rows: [policy: string | undefined, how: 'target' | 'scope', left: boolean][] = [
    [undefined, 'target', false],
    ['Delete', 'scope', false],
    ['Retain', 'target', true],
    ['Retain', 'scope', true],
  ];

  it.each(rows)('%s, when the %s is removed', async (policy, how, left) => {
    const family = await Family.settle(
      cluster,
      `policy-${rows.findIndex((row) => row[0] === policy && row[1] === how)}`,
    );
    await family.have('app', { secrets: [OWN], targets: targets(policy) });
    const data = { OWN: 'own-url', TOKEN: 'org-token' };
    const before = await family.untilData('app', data);
    await family.untilData('second', data);
    if (how === 'scope') await cluster.gone(family.repository('app'));
    else await family.have('app', { secrets: [OWN], targets: targets(policy).slice(1) });
    if (how === 'scope') await untilGone(family.team, 'second');
    if (!left) return untilGone(family.team, 'app');
    await until(async () => {
      const { uid, data: kept, labels, annotations } = (await cluster.secret(family.team, 'app')) ?? {};
      expect({ uid, data: kept, labels, annotations }).toEqual({
        uid: before.uid,
        data,
        labels: {},
        annotations: {},
      });
    });
    // nobody holds it any more: another scope is told how to take it over
    await family.have('heir', { secrets: [OWN], targets: targets().slice(0, 1) });
    const { message } = await family.untilReady('heir', 'False', 'TargetConflict');
    expect(message).toContain(
      `annotate secret app -n ${family.team} secretscope.dev/adopt=${family.team}/heir`,
    );
  });
});

it('nothing of all this was done by system:masters', async () => {
  expect(await cluster.requestsByMasters()).toEqual([]);
});
