/** Who would lose a value that is deleted, on the level that holds it and on those below. */
import { describe, expect, it } from 'vitest';
import { CLAIMS } from '../../watch/resources.ts';
import { automationView } from '../../watch/views.ts';
import { entry, SealingOperator, WEB } from './sealing-fixture.ts';

const ORG = 'org/acme';
const ALL = { access: { visibility: 'All' } };

/** A of the organization; `targets` are those of the repository. */
function world(targets: readonly object[], secrets: readonly object[] = []): SealingOperator {
  return new SealingOperator()
    .scope(ORG, { secrets: [entry('A', ALL), entry('AB', ALL)] })
    .scope(WEB, { secrets, targets });
}

async function afterDelete(operator: SealingOperator, change: object = {}): Promise<SealingOperator> {
  operator.destroy('A', change, 'gone', ORG);
  await operator.reconcile(ORG);
  return operator;
}

/** An automation of the repository that uses names so. */
function automated(operator: SealingOperator, uses: object, metadata: object = {}): SealingOperator {
  const spec = {
    scopeRef: { name: 'web' },
    events: ['Rotated'],
    url: 'https://hooks.acme.dev/in',
    payload: { text: 'rotated' },
    ...uses,
  };
  const view = automationView({
    apiVersion: 'secretscope.dev/v1alpha1',
    kind: 'WebhookAutomation',
    metadata: { name: 'deploys', namespace: 'team', uid: 'a', resourceVersion: '1', ...metadata },
    ...{ spec },
  });
  operator.small.world.automations.set('team/deploys', view);
  return operator;
}

describe('while claims and automations cannot be seen', () => {
  const forbidden = { missing: 'the operator may not list it' };
  it.each<[string, object, string]>([
    ['for want of rights, a deletion waits', forbidden, 'InUse InUse'],
    [
      'since the kinds are not installed, nobody uses anything',
      { missing: 'it', absent: true },
      'Deleted Destroyed',
    ],
  ])('%s', async (_what, known, told) => {
    const operator = world([]);
    Object.assign(operator.small.world, { claiming: known });
    await afterDelete(operator);
    expect(operator.state('gone', 'org')).toBe(told);
  });
});

describe('a deletion waits while it is named', () => {
  it.each<[string, object]>([
    ['in include', { secretName: 'app', include: ['A'] }],
    ['in a template', { secretName: 'app', template: { 'app.ini': 'token=${A}' } }],
    ['through a filter of a template', { secretName: 'app', template: { 'app.ini': 'token=${A | base64}' } }],
  ])('%s', async (_what, target) => {
    const operator = await afterDelete(world([target]));
    expect(operator.state('gone', 'org')).toBe('InUse InUse');
    expect(operator.status('gone', 'org').usedBy).toEqual(['target app of SecretScope team/web']);
    expect(operator.writesOf('uid-acme')).toEqual([]);
    expect(operator.held()).toBe('old-a');
  });

  it('by a claim', async () => {
    const operator = world([]);
    operator.claim('team/job', ['A']);
    await afterDelete(operator);
    expect(operator.status('gone', 'org').usedBy).toEqual(['SecretClaim team/job']);
  });

  it.each<[string, object]>([
    ['in the texts of an automation', { secrets: ['A'], payload: { text: '${A}' } }],
    ['in an automation that may use it and does not', { secrets: ['A'] }],
    ['as the access token of one', { accessToken: { secret: 'A' } }],
    ['as the key of its signature', { signature: { secret: 'A' } }],
  ])('W25 %s', async (_where, uses) => {
    const operator = await afterDelete(automated(world([]), uses));
    expect(operator.state('gone', 'org')).toBe('InUse InUse');
    expect(operator.status('gone', 'org').usedBy).toEqual(['WebhookAutomation team/deploys']);
  });

  it('two levels below', async () => {
    const operator = world([]).scope('prod/web-prod', {
      level: 'Environment',
      parentRef: { namespace: 'team', name: 'web' },
      targets: [{ secretName: 'app', include: ['A'] }],
    });
    await afterDelete(operator);
    expect(operator.status('gone', 'org').usedBy).toEqual(['target app of SecretScope prod/web-prod']);
  });

  it('and tells twenty of those who do', async () => {
    const targets = Array.from({ length: 30 }, (_, index) => ({
      secretName: `app-${index}`,
      include: ['A'],
    }));
    const operator = await afterDelete(world(targets));
    expect(operator.status('gone', 'org').usedBy).toHaveLength(20);
  });

  it('goes on when nobody does any more, or when it is forced', async () => {
    const target = { secretName: 'app', include: ['A'] };
    const patient = await afterDelete(world([target]));
    patient.scope(WEB, { targets: [] });
    await patient.settle(ORG);
    const forced = await afterDelete(world([target]), { force: true });
    for (const operator of [patient, forced]) {
      expect(operator.state('gone', 'org')).toBe('Deleted Destroyed');
      expect(operator.status('gone', 'org').usedBy).toBeUndefined();
    }
  });
});

describe('a deletion does not wait for', () => {
  it.each<[string, readonly object[], readonly object[]]>([
    ['what takes all there is', [{ secretName: 'app', includeAll: true }], []],
    ['another name', [{ secretName: 'app', include: ['B'] }], [entry('B')]],
    [
      'a more specific value of that name',
      [{ secretName: 'app', include: ['A'] }],
      [entry('A', {}, { key: 'b' })],
    ],
  ])('%s', async (_what, targets, secrets) => {
    const operator = await afterDelete(world(targets, secrets));
    expect(operator.state('gone', 'org')).toBe('Deleted Destroyed');
  });

  it.each<[string, object, object, readonly object[]]>([
    ['an automation with another name', { secrets: ['AB'] }, {}, []],
    ['one that is going', { secrets: ['A'] }, { deletionTimestamp: '2026-11-22T10:00:00Z' }, []],
    ['one that a more specific value reaches', { secrets: ['A'] }, {}, [entry('A', {}, { key: 'b' })]],
  ])('%s', async (_what, uses, metadata, secrets) => {
    const operator = await afterDelete(automated(world([], secrets), uses, metadata));
    expect(operator.state('gone', 'org')).toBe('Deleted Destroyed');
  });

  it('a claim that is over', async () => {
    const operator = world([]).claim('team/job', ['A']);
    const metadata = { name: 'job', namespace: 'team' };
    const ended = { generation: 1, reason: 'Expired', message: 'its ttl is over' };
    operator.api.put(CLAIMS, { metadata, status: { state: 'Expired', ended } });
    await afterDelete(operator);
    expect(operator.state('gone', 'org')).toBe('Deleted Destroyed');
  });

  it('a repository that is not given it', async () => {
    const operator = world([{ secretName: 'app', include: ['A'] }]);
    operator.scope(ORG, { secrets: [entry('A', { access: { visibility: 'Selected', repositories: [] } })] });
    await afterDelete(operator);
    expect(operator.state('gone', 'org')).toBe('Deleted Destroyed');
  });
});
