/** The kinds as a real API server takes them: what it accepts, refuses, merges, defaults and shows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { loadManifests } from '../cluster/manifests.ts';
import { LARGEST_OBJECTS, SPEC_BUDGET } from '../scenarios-support/largest-objects.ts';
import { type Person, pathOf, personOf, type Thing } from '../scenarios-support/person.ts';

let cluster: ControlPlane;
let admin: Person;

beforeAll(async () => {
  cluster = await startControlPlane({ name: 'kinds' });
  await applyManifests(cluster, await loadManifests('crds'));
  admin = await personOf(cluster.adminKubeconfig);
});
afterAll(async () => {
  await admin?.close();
  await cluster?.stop();
});

const scope = (name: string, spec: object): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SecretScope',
  metadata: { name },
  spec,
});
const backendRef = { kind: 'SecretBackend', name: 'store' };
const parentRef = { name: 'parent' };
const entry = (name: string) => ({ name, from: { key: 'k' } });

/** The message of the refusal, or '' when the API server would take it. */
async function refusal(spec: object): Promise<string> {
  const { status, message } = await admin.apply(scope('tried', spec), { dryRun: true });
  if (status >= 500) throw new Error(message);
  return message;
}

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const KINDS_BY_PLURAL = ['clustersecretbackends', 'secretbackends', 'secretscopes'];

describe('every kind', () => {
  it.each(KINDS_BY_PLURAL)('%s is established and its schema breaks no rule', async (plural) => {
    const { body } = await admin.call('GET', `${CRDS}/${plural}.secretscope.dev`);
    const { conditions } = (body as { status: { conditions: { type: string; status: string }[] } }).status;
    const states = Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
    expect(states).toEqual({ NamesAccepted: 'True', Established: 'True' });
  });

  it.each(KINDS_BY_PLURAL)('%s can be listed with the others, and by its own names', async (plural) => {
    const { body } = await admin.call('GET', `/apis/${API_VERSION}`);
    const { resources } = body as { resources: { name: string; categories?: string[] }[] };
    expect(resources.find(({ name }) => name === plural)).toMatchObject({ categories: ['secretscope-all'] });
    // kubectl would take a category of this name for all kinds, and refuse `kubectl get secretscope NAME`
    const names = (resources as { singularName?: string }[]).map(({ singularName }) => singularName);
    expect(names).not.toContain('secretscope-all');
  });

  it.each([
    ['SecretScope', { level: 'Organization' }],
    ['SecretBackend', { kubernetes: { auth: { serviceAccountRef: { name: 'a' } } } }],
    ['ClusterSecretBackend', { kubernetes: { namespace: 'a', auth: { serviceAccountRef: { name: 'a' } } } }],
  ])('%s starts with a status that nobody takes for finished work', async (kind, spec) => {
    const { status, body } = await admin.create({ ...scope(`fresh-${kind.toLowerCase()}`, spec), kind });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: { observedGeneration: -1 }, spec });
  });
});

describe('API-REVIEW 20: the largest legal object', () => {
  it.each(LARGEST_OBJECTS)('$title stays within the budget for a spec', ({ object }) => {
    expect(JSON.stringify(object.spec).length).toBeLessThanOrEqual(SPEC_BUDGET);
  });

  it.each(LARGEST_OBJECTS)('$title is accepted, can be changed and takes a status', async ({ object }) => {
    const { apiVersion, kind, metadata, spec } = object;
    const created = await admin.apply({ apiVersion, kind, metadata, spec }, { manager: 'gitops' });
    expect(created.message).toBe('');
    const change = kind === 'SecretScope' ? { suspend: true } : { refreshInterval: '10m' };
    const changed = await admin.apply(
      { apiVersion, kind, metadata, spec: { ...spec, ...change } },
      { manager: 'gitops' },
    );
    expect(changed.message).toBe('');
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'Materialized',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    // as much as a status is ever meant to hold, in the one field that every kind has
    const status = {
      conditions: Array.from({ length: 4 }, (_, i) => ({
        ...condition,
        type: `T${i}`,
        message: 'm'.repeat(32_000),
      })),
    };
    const reported = await admin.apply(
      { apiVersion, kind, metadata, status },
      { manager: 'operator', subresource: 'status' },
    );
    expect(reported.message).toBe('');
  });
});

describe('what a name may be', () => {
  it.each(['lower', '1ST', 'WITH-DASH', 'WITH SPACE', '', 'Ä'])('%j is not one', async (name) => {
    expect(await refusal({ level: 'Organization', backendRef, secrets: [entry(name)] })).toMatch(
      /secrets\[0\]\.name|should match|at least 1/,
    );
  });

  it.each(['A', '_', 'NPM_TOKEN', 'GITHUB', 'X'.repeat(253)])('%s is one', async (name) => {
    expect(await refusal({ level: 'Organization', backendRef, secrets: [entry(name)] })).toBe('');
  });

  it('names that GitHub keeps for itself are refused', async () => {
    const secrets = [entry('GITHUB_TOKEN')];
    expect(await refusal({ level: 'Organization', backendRef, secrets })).toContain('GITHUB_ are reserved');
  });

  it('API-REVIEW 19: no two entries differ only in case, since there is no lower case', async () => {
    const secrets = [entry('NPM_TOKEN'), entry('npm_token')];
    expect(await refusal({ level: 'Organization', backendRef, secrets })).toContain('should match');
  });
});

describe('API-REVIEW 25: which field belongs to which level', () => {
  const hundredAndOne = Array.from({ length: 101 }, (_, i) => entry(`N${i}`));
  const access = { visibility: 'All' };
  const rows: [string, string, object][] = [
    ['an Organization with a parent', 'has no parent', { level: 'Organization', parentRef }],
    ['an Organization with targets', 'delivers nothing itself', { level: 'Organization', targets: [] }],
    [
      'an Organization with protection',
      'belongs to the level Environment',
      { level: 'Organization', protection: {} },
    ],
    [
      'a Repository with protection',
      'belongs to the level Environment',
      { level: 'Repository', protection: {} },
    ],
    [
      'a Repository with an environment name',
      'belongs to the level Environment',
      { level: 'Repository', environmentName: 'e' },
    ],
    [
      'a Repository with access groups',
      'belongs to the level Organization',
      { level: 'Repository', accessGroups: [] },
    ],
    [
      'a Repository with access',
      'access belongs to',
      { level: 'Repository', backendRef, secrets: [{ ...entry('A'), access }] },
    ],
    [
      'a Repository with discovered access',
      'access belongs to',
      { level: 'Repository', backendRef, discover: [{ prefix: 'a/', access }] },
    ],
    [
      'a Repository with 101 secrets',
      'at most 100',
      { level: 'Repository', backendRef, secrets: hundredAndOne },
    ],
    [
      'an Environment with 101 secrets',
      'at most 100',
      { level: 'Environment', parentRef, backendRef, secrets: hundredAndOne },
    ],
    ['an Environment without a parent', 'needs parentRef', { level: 'Environment' }],
    ['an Environment with children', 'has no children', { level: 'Environment', parentRef, children: [] }],
    ['entries without a backend', 'never inherited', { level: 'Organization', secrets: [entry('A')] }],
    [
      'discovery without a backend',
      'never inherited',
      { level: 'Organization', discover: [{ prefix: 'a/' }] },
    ],
    ['an unknown level', 'Unsupported value', { level: 'Team' }],
  ];
  it.each(rows)('%s is refused', async (_, message, spec) => {
    expect(await refusal(spec)).toContain(message);
  });

  const legal: [string, object][] = [
    ['an Organization with 101 secrets', { level: 'Organization', backendRef, secrets: hundredAndOne }],
    ['a Repository without a parent', { level: 'Repository' }],
    ['a protected Environment', { level: 'Environment', parentRef, protection: { minApprovals: 1 } }],
  ];
  it.each(legal)('%s is accepted', async (_, spec) => {
    expect(await refusal(spec)).toBe('');
  });

  it('reviewers are people, groups, or service accounts with their namespace', async () => {
    const reviewed = (reviewer: object) =>
      refusal({ level: 'Environment', parentRef, protection: { requiredReviewers: [reviewer] } });
    expect(await reviewed({ kind: 'Group', name: 'web-leads' })).toBe('');
    expect(await reviewed({ kind: 'ServiceAccount', name: 'bot', namespace: 'ci' })).toBe('');
    expect(await reviewed({ kind: 'ServiceAccount', name: 'bot' })).toContain('needs its namespace');
    expect(await reviewed({ kind: 'Group', name: 'system:authenticated' })).toContain(
      'may not begin with system:',
    );
  });
});

describe('API-REVIEW 19: what cannot be changed', () => {
  const environment = scope('fixed', {
    level: 'Environment',
    environmentName: 'production',
    parentRef: { namespace: 'team-web', name: 'web' },
    backendRef,
    secrets: [entry('A')],
  });
  beforeAll(async () => {
    expect((await admin.create(environment)).message).toBe('');
  });

  it.each([
    ['the level', { level: 'Repository', environmentName: null }, 'level cannot be changed'],
    ['the parent', { parentRef: { name: 'other' } }, 'parentRef cannot be'],
    ['the parent, by removing it first', { parentRef: null }, 'parentRef cannot be'],
    ['the environment name', { environmentName: 'staging' }, 'environmentName cannot be changed'],
    [
      'the environment name, by removing it first',
      { environmentName: null },
      'environmentName cannot be changed',
    ],
    ['the kind of backend', { backendRef: { kind: 'ClusterSecretBackend' } }, 'nor its kind changed'],
    [
      'the kind of backend, by removing it first',
      { secrets: null, backendRef: null },
      'nor its kind changed',
    ],
  ])('%s', async (_, spec, message) => {
    expect((await admin.merge(environment, { spec })).message).toContain(message);
  });

  it('anything, by removing spec first', async () => {
    expect((await admin.merge(environment, { spec: null })).message).toContain('spec: Required value');
  });

  it('anything, by a write to the status', async () => {
    const { body } = await admin.merge(environment, { spec: { level: 'Repository' } }, '/status');
    expect(body).toMatchObject({ spec: { level: 'Environment' } });
  });

  it('a parent that was not there', async () => {
    const orphan = scope('orphan', { level: 'Repository' });
    await admin.create(orphan);
    expect((await admin.merge(orphan, { spec: { parentRef } })).message).toContain(
      'parentRef cannot be added',
    );
  });

  it('but a backend can be added, and another one of its kind named', async () => {
    const plain = scope('plain', { level: 'Repository' });
    await admin.create(plain);
    expect((await admin.merge(plain, { spec: { backendRef } })).status).toBe(200);
    expect((await admin.merge(plain, { spec: { backendRef: { name: 'other' } } })).status).toBe(200);
  });
});

describe('two appliers of one scope', () => {
  const shared = (secrets: object[]) => scope('shared', { level: 'Organization', backendRef, secrets });

  it('keep each their own entries', async () => {
    await admin.apply(shared([entry('FROM_GIT')]), { manager: 'gitops' });
    const { body } = await admin.apply(shared([entry('FROM_CLI')]), { manager: 'cli' });
    expect(names(body)).toEqual(['FROM_GIT', 'FROM_CLI']);
    const dropped = await admin.apply(shared([]), { manager: 'cli' });
    expect(names(dropped.body)).toEqual(['FROM_GIT']);
  });

  it('cannot claim one entry both', async () => {
    await admin.apply(shared([entry('FROM_GIT')]), { manager: 'gitops' });
    const { status, message } = await admin.apply(shared([{ name: 'FROM_GIT', from: { key: 'mine' } }]), {
      manager: 'cli',
    });
    expect(status).toBe(409);
    expect(message).toContain('gitops');
  });

  it.each([
    ['secrets', { secrets: [entry('A'), entry('A')] }],
    ['discover', { discover: [{ prefix: 'a/' }, { prefix: 'a/' }] }],
    ['accessGroups', { accessGroups: [{ name: 'a' }, { name: 'a' }] }],
  ])('find no second item of the same key in %s', async (_, lists) => {
    const doubled = scope('doubled', { level: 'Organization', backendRef, ...lists });
    expect((await admin.create(doubled)).message).toContain('Duplicate value');
  });

  it('find no target twice, and no name twice in it', async () => {
    const target = { secretName: 'web', include: ['A'] };
    const twice = scope('twice', { level: 'Repository', targets: [target, target] });
    expect((await admin.create(twice)).message).toContain('Duplicate value');
    const named = scope('named', { level: 'Repository', targets: [{ ...target, include: ['A', 'A'] }] });
    expect((await admin.create(named)).message).toContain('Duplicate value');
  });
});

function names(body: unknown): string[] {
  return (body as { spec: { secrets?: { name: string }[] } }).spec.secrets?.map(({ name }) => name) ?? [];
}

describe('what kubectl shows', () => {
  beforeAll(async () => {
    await admin.create(scope('shown', { level: 'Repository', parentRef, backendRef }));
  });
  const collection = pathOf({ apiVersion: API_VERSION, kind: 'SecretScope', metadata: {} });

  it('columns: level, parent, readiness and its reason', async () => {
    const accept = 'json;as=Table;g=meta.k8s.io;v=v1';
    const { body } = await admin.call('GET', `${collection}/shown`, undefined, 'json', accept);
    const { columnDefinitions, rows } = body as {
      columnDefinitions: { name: string }[];
      rows: { cells: unknown[] }[];
    };
    expect(columnDefinitions.map(({ name }) => name)).toEqual([
      'Name',
      'Level',
      'Parent',
      'Ready',
      'Reason',
      'Secrets',
      'Age',
      'Message',
    ]);
    expect(rows[0]?.cells.slice(0, 3)).toEqual(['shown', 'Repository', 'parent']);
  });

  it.each(['spec.level=Repository', 'spec.parentRef.name=parent', 'spec.backendRef.name=store'])(
    'scopes selected by %s',
    async (selector) => {
      const { body } = await admin.call('GET', `${collection}?fieldSelector=${encodeURIComponent(selector)}`);
      const { items } = body as { items: { metadata: { name: string } }[] };
      expect(items.map(({ metadata }) => metadata.name)).toContain('shown');
    },
  );

  it('nothing selected by a field that is not offered', async () => {
    const { status } = await admin.call(
      'GET',
      `${collection}?fieldSelector=${encodeURIComponent('spec.suspend=true')}`,
    );
    expect(status).toBe(400);
  });
});
