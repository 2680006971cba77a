/** Who may use what: access policies, what a parent takes its children for, and every level on the way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf, sourceThing } from '../scenarios-support/family.ts';
import { eventually, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import type { Person } from '../scenarios-support/person.ts';

let cluster: OperatedCluster;
/** owns the repository of namespace `private`, and nothing above it */
let mallory: Person;

const named = (...names: string[]) => ({
  matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: names }],
});
const takes = (visibility: string, ...names: string[]) => ({
  namespaces: named(...names),
  visibility,
  trusted: true,
});
const ACME = { namespace: 'acme-org', name: 'acme' };

/** What the organization says of namespaces; its own words for each are the names of the namespaces. */
const children = [
  takes('Private', 'private', 'twice', 'by-name', 'by-label', 'by-group', 'grouped', 'mixed', 'forked'),
  takes('Internal', 'internal'),
  takes('Public', 'public', 'twice'),
  { namespaces: named('unclassified'), trusted: true },
  { namespaces: named('mixed', 'unmentioned') },
  { namespaces: named('forked'), visibility: 'Private', trusted: false },
];

const policies: Record<string, object | undefined> = {
  TO_ALL: { visibility: 'All' },
  TO_PRIVATE: undefined,
  TO_NAMED: { visibility: 'Selected', repositories: [{ namespace: 'by-name', name: 'web' }] },
  TO_LABEL: { namespaces: { matchLabels: { 'secretscope.dev/pays': 'yes' } } },
  TO_GROUP: { groups: ['payments'] },
  TO_NOBODY: { visibility: 'Selected' },
};
const accessGroups = [
  {
    name: 'payments',
    repositories: [{ namespace: 'by-group', name: 'web' }],
    namespaces: { matchLabels: { 'secretscope.dev/group': 'payments' } },
  },
];
const labels: Record<string, Record<string, string>> = {
  'by-label': { 'secretscope.dev/pays': 'yes' },
  grouped: { 'secretscope.dev/group': 'payments' },
};

const rows: [namespace: string, because: string, inherited: string[]][] = [
  ['private', 'a private repository has what is for all and for private ones', ['TO_ALL', 'TO_PRIVATE']],
  ['internal', 'an internal one too', ['TO_ALL', 'TO_PRIVATE']],
  ['public', 'a public one has what is for all', ['TO_ALL']],
  ['unclassified', 'a trusted one that is not classified counts as public', ['TO_ALL']],
  ['twice', 'of two classes the lower counts', ['TO_ALL']],
  ['by-name', 'Selected by name', ['TO_ALL', 'TO_NAMED', 'TO_PRIVATE']],
  ['by-label', 'Selected by a label of the namespace', ['TO_ALL', 'TO_LABEL', 'TO_PRIVATE']],
  ['by-group', 'Selected by a group that names it', ['TO_ALL', 'TO_GROUP', 'TO_PRIVATE']],
  ['grouped', 'Selected by a group that selects its label', ['TO_ALL', 'TO_GROUP', 'TO_PRIVATE']],
  ['mixed', 'who is trusted by one rule and not by another inherits nothing', []],
  ['forked', 'a preview of a fork inherits nothing', []],
  ['unmentioned', 'who is admitted without a word about trust inherits nothing', []],
  ['stranger', 'who is not admitted inherits nothing', []],
];

const OWN = entryOf('OWN', 'own', 'value');
const repository = (namespace: string, change: object = {}) =>
  scopeThing('web', namespace, {
    level: 'Repository',
    parentRef: ACME,
    backendRef: LOCAL,
    secrets: [OWN],
    targets: [{ secretName: 'web', includeAll: true }],
    ...change,
  });
const environment = (namespace: string, parent: string) =>
  scopeThing('prod', namespace, {
    level: 'Environment',
    environmentName: namespace,
    parentRef: { namespace: parent, name: 'web' },
    targets: [{ secretName: 'prod', includeAll: true }],
  });

beforeAll(async () => {
  cluster = await operatedCluster('access-levels');
  mallory = await cluster.guarded.person('mallory');
  const organization = {
    level: 'Organization',
    backendRef: LOCAL,
    children,
    accessGroups,
    secrets: Object.entries(policies).map(([name, access]) =>
      entryOf(name, 'shared', 'value', access && { access }),
    ),
  };
  await cluster.team('acme-org');
  await cluster.have(
    sourceThing('acme-org', 'shared', { value: 'of-acme' }),
    scopeThing('acme', 'acme-org', organization),
  );
  for (const [namespace] of rows) {
    await cluster.team(namespace, labels[namespace]);
    await cluster.have(sourceThing(namespace, 'own', { value: 'own' }), repository(namespace));
  }
  await cluster.team('elsewhere');
  await cluster.have(
    roleBinding('mallory', 'edit', 'private'),
    roleBinding('mallory', 'secretscope-repository-owner', 'private'),
  );
}, 120_000);
afterAll(() => cluster?.stop());

const untilNames = (namespace: string, secret: string, names: readonly string[]) =>
  until(async () => {
    const data = (await cluster.secret(namespace, secret))?.data ?? {};
    expect(Object.keys(data).sort()).toEqual([...names].sort());
  });

describe('API-REVIEW 4, THREATS 11: an organization decides who uses what', () => {
  it.each(rows)('%s: %s', async (namespace, _because, inherited) => {
    await untilNames(namespace, 'web', ['OWN', ...inherited]);
    await until(async () => {
      const { supplied = [] } = await cluster.status(namespace, 'web');
      const names = supplied.flatMap((one) => one.names.map((name) => name.split('@')[0]));
      expect(names.sort()).toEqual(['OWN', ...inherited].sort());
    });
  });

  it('what is not granted is not counted, named or hinted at in the status of a child', async () => {
    const { counts, ...status } = await cluster.status('public', 'web');
    expect(JSON.stringify(status)).not.toMatch(/TO_(PRIVATE|NAMED|LABEL|GROUP|NOBODY)/);
    expect(counts).toMatchObject({ entries: 1, resolved: 2, delivered: 2 });
  });

  it('the organization sees how many name it as their parent, and how many it refuses', async () => {
    await until(async () => {
      const { counts } = await cluster.status('acme-org', 'acme');
      expect(counts).toMatchObject({ children: rows.length - 1, refusedChildren: 1 });
    });
  });

  it('whose access is withdrawn and given again loses and gets it within seconds', async () => {
    const scope = scopeThing('acme', 'acme-org', {});
    const { body } = await cluster.platform.get(scope);
    const { secrets } = (body as { spec: { secrets: { name: string }[] } }).spec;
    const only = secrets.map((entry) => (entry.name === 'TO_ALL' ? { ...entry, access: {} } : entry));
    await cluster.platform.merge(scope, { spec: { secrets: only } });
    await untilNames('public', 'web', ['OWN']);
    await cluster.platform.merge(scope, { spec: { secrets } });
    await untilNames('public', 'web', ['OWN', 'TO_ALL']);
  });
});

describe('API-REVIEW 3: every level on the way has to admit the namespace', () => {
  it('without children a repository takes the environments of its own namespace, and no other', async () => {
    await cluster.have(environment('private', 'private'), environment('elsewhere', 'private'));
    await untilNames('private', 'prod', ['OWN', 'TO_ALL', 'TO_PRIVATE']);
    await cluster.untilReady('elsewhere', 'prod', 'False', 'NotAvailable');
    expect(await cluster.secret('elsewhere', 'prod')).toBeUndefined();
  });

  it('THREATS 1: a repository that opens itself to all cannot hand on what is not its own', async () => {
    const open = { children: [{ namespaces: {}, visibility: 'Private', trusted: true }] };
    await eventually(() => mallory.apply(repository('private', open), { manager: 'mallory', force: true }));
    await untilNames('elsewhere', 'prod', ['OWN']);
    await cluster.untilReady('elsewhere', 'prod', 'True');
  });

  it('an environment is as private as its least private namespace on the way', async () => {
    const trusting = { children: [takes('Private', 'internal', 'public', 'forked')] };
    await cluster.have(repository('internal', trusting), environment('public', 'internal'));
    await untilNames('public', 'prod', ['OWN', 'TO_ALL']);
  });

  it('an environment in a namespace that the organization does not trust has the repository’s own', async () => {
    await cluster.have(environment('forked', 'internal'));
    await untilNames('forked', 'prod', ['OWN']);
  });

  it('an environment that the repository does not trust inherits nothing', async () => {
    const doubting = { children: [{ namespaces: named('twice'), visibility: 'Private' }] };
    await cluster.have(repository('unclassified', doubting), environment('twice', 'unclassified'));
    await cluster.untilReady('twice', 'prod', 'True');
    expect(await cluster.secret('twice', 'prod')).toBeUndefined();
  });
});

describe('THREATS 1: a level reads with its own backend', () => {
  it('a key of the organization is not there for a repository that names it', async () => {
    await cluster.have(repository('by-name', { secrets: [OWN, entryOf('STOLEN', 'shared', 'value')] }));
    const { message } = await cluster.untilReady('by-name', 'web', 'False', 'SecretMissing');
    expect(message).toContain('STOLEN: backend by-name/local has no key "shared"');
    expect((await cluster.secret('by-name', 'web'))?.data).not.toHaveProperty('STOLEN');
  });
});

it('nothing of all this was done by system:masters', async () => {
  expect(await cluster.requestsByMasters()).toEqual([]);
});
