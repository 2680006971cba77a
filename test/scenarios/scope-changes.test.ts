/** What cannot be changed in a scope, and how two appliers share one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry, type KindsCluster, kindsCluster, scope } from '../scenarios-support/kinds-cluster.ts';

let cluster: KindsCluster;

beforeAll(async () => {
  cluster = await kindsCluster('scope-changes');
});
afterAll(() => cluster?.stop());

const backendRef = { kind: 'SecretBackend', name: 'store' };
const parentRef = { name: 'parent' };

describe('API-REVIEW 19: what cannot be changed', () => {
  const environment = scope('fixed', {
    level: 'Environment',
    environmentName: 'production',
    parentRef: { namespace: 'team-web', name: 'web' },
    backendRef,
    secrets: [entry('A')],
  });
  beforeAll(async () => {
    expect((await cluster.admin.create(environment)).message).toBe('');
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
    expect((await cluster.admin.merge(environment, { spec })).message).toContain(message);
  });

  it('anything, by removing spec first', async () => {
    expect((await cluster.admin.merge(environment, { spec: null })).message).toContain(
      'spec: Required value',
    );
  });

  it('anything, by a write to the status', async () => {
    const { body } = await cluster.admin.merge(environment, { spec: { level: 'Repository' } }, '/status');
    expect(body).toMatchObject({ spec: { level: 'Environment' } });
  });

  it('a parent that was not there', async () => {
    const orphan = scope('orphan', { level: 'Repository' });
    await cluster.admin.create(orphan);
    expect((await cluster.admin.merge(orphan, { spec: { parentRef } })).message).toContain(
      'parentRef cannot be added',
    );
  });

  it('but a backend can be added, and another one of its kind named', async () => {
    const plain = scope('plain', { level: 'Repository' });
    await cluster.admin.create(plain);
    expect((await cluster.admin.merge(plain, { spec: { backendRef } })).status).toBe(200);
    expect((await cluster.admin.merge(plain, { spec: { backendRef: { name: 'other' } } })).status).toBe(200);
  });
});

describe('two appliers of one scope', () => {
  const shared = (secrets: object[]) => scope('shared', { level: 'Organization', backendRef, secrets });

  it('keep each their own entries', async () => {
    await cluster.admin.apply(shared([entry('FROM_GIT')]), { manager: 'gitops' });
    const { body } = await cluster.admin.apply(shared([entry('FROM_CLI')]), { manager: 'cli' });
    expect(names(body)).toEqual(['FROM_GIT', 'FROM_CLI']);
    const dropped = await cluster.admin.apply(shared([]), { manager: 'cli' });
    expect(names(dropped.body)).toEqual(['FROM_GIT']);
  });

  it('cannot claim one entry both', async () => {
    await cluster.admin.apply(shared([entry('FROM_GIT')]), { manager: 'gitops' });
    const { status, message } = await cluster.admin.apply(
      shared([{ name: 'FROM_GIT', from: { key: 'mine' } }]),
      {
        manager: 'cli',
      },
    );
    expect(status).toBe(409);
    expect(message).toContain('gitops');
  });

  it.each([
    ['secrets', { secrets: [entry('A'), entry('A')] }],
    ['discover', { discover: [{ prefix: 'a/' }, { prefix: 'a/' }] }],
    ['accessGroups', { accessGroups: [{ name: 'a' }, { name: 'a' }] }],
  ])('find no second item of the same key in %s', async (_, lists) => {
    const doubled = scope('doubled', { level: 'Organization', backendRef, ...lists });
    expect((await cluster.admin.create(doubled)).message).toContain('Duplicate value');
  });

  it('have nothing written into them that is not in Git', async () => {
    const requiredReviewers = [{ kind: 'User', name: 'ana' }];
    const spec = { level: 'Environment', parentRef: { name: 'web' }, protection: { requiredReviewers } };
    const { body, message } = await cluster.admin.create(scope('reviewed', spec));
    expect(message).toBe('');
    expect((body as { spec: object }).spec).toEqual(spec);
    await cluster.admin.remove(scope('reviewed', spec));
  });

  it('find no target twice, and no name twice in it', async () => {
    const target = { secretName: 'web', include: ['A'] };
    const twice = scope('twice', { level: 'Repository', targets: [target, target] });
    expect((await cluster.admin.create(twice)).message).toContain('Duplicate value');
    const named = scope('named', { level: 'Repository', targets: [{ ...target, include: ['A', 'A'] }] });
    expect((await cluster.admin.create(named)).message).toContain('Duplicate value');
  });
});

function names(body: unknown): string[] {
  return (body as { spec: { secrets?: { name: string }[] } }).spec.secrets?.map(({ name }) => name) ?? [];
}
