/** The admission policies as people meet them: who may make, protect, label and report what. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import {
  clusterRole,
  eventually,
  type GuardedCluster,
  guardedCluster,
  namespace,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import { scope } from '../scenarios-support/kinds-cluster.ts';
import type { Person } from '../scenarios-support/person.ts';

let cluster: GuardedCluster;
/** may edit everything in team-web, and holds no right of ours */
let eve: Person;
/** may edit as eve, and owns what the tests give to ana */
let ana: Person;

beforeAll(async () => {
  cluster = await guardedCluster('policies', 'default');
  [eve, ana] = await Promise.all([cluster.person('eve'), cluster.person('ana')]);
  await cluster.have(
    namespace('team-web'),
    namespace('team-web-prod'),
    ...['eve', 'ana'].flatMap((user) => [
      roleBinding(user, 'edit', 'team-web'),
      roleBinding(user, 'edit', 'team-web-prod'),
    ]),
    roleBinding('ana', 'secretscope-repository-owner', 'team-web'),
    roleBinding('ana', 'secretscope-environment-owner', 'team-web-prod'),
    roleBinding('eve', 'secretscope-environment-owner', 'team-web-prod'),
    roleBinding('ana', 'secretscope-protection-owner', 'team-web-prod'),
  );
  const probe = scope('probe', { level: 'Repository' }, 'team-web');
  await eventually(() => ana.apply(probe, { dryRun: true }));
});
afterAll(() => cluster?.stop());

const repository = (name: string) => scope(name, { level: 'Repository' }, 'team-web');
const organization = scope('acme', { level: 'Organization' }, 'team-web');

describe('API-REVIEW 2: who may create a scope of which level', () => {
  it('an editor of the namespace cannot create an Organization, and reads what is missing', async () => {
    const { status, message } = await eve.create(organization);
    expect(status).toBe(403);
    expect(message).toContain('eve may not create a scope of level Organization in namespace team-web');
    expect(message).toContain('the verb use on secretscopelevels/organization');
    expect(message).toContain(
      'kubectl create rolebinding organization-owner --namespace=team-web --clusterrole=secretscope-organization-owner --user=eve',
    );
  });

  it('neither by server-side apply, nor as a dry run', async () => {
    expect((await eve.apply(organization)).status).toBe(403);
    expect((await eve.apply(organization, { dryRun: true })).status).toBe(403);
  });

  it('the right to one level in one namespace is a right to nothing else', async () => {
    expect((await ana.create(repository('web'))).status).toBe(201);
    expect((await ana.create(organization)).message).toContain('secretscopelevels/organization');
    const elsewhere = scope('web', { level: 'Repository' }, 'team-web-prod');
    expect((await ana.create(elsewhere)).message).toContain('secretscopelevels/repository');
  });

  it('whoever may edit can change a scope that is there, but not its level', async () => {
    await ana.create(repository('edited'));
    expect((await eve.merge(repository('edited'), { spec: { suspend: true } })).status).toBe(200);
    const raised = await eve.merge(repository('edited'), { spec: { level: 'Organization' } });
    expect(raised.message).toContain('level cannot be changed');
  });

  it('the command of the refusal gives exactly what was missing', async () => {
    await cluster.have(roleBinding('eve', 'secretscope-organization-owner', 'team-web'));
    await eventually(() => eve.create(organization));
  });

  it('a service account is told the command for a service account', async () => {
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'bot', namespace: 'team-web' },
    };
    const binding = roleBinding('bot', 'edit', 'team-web');
    const subjects = [{ kind: 'ServiceAccount', name: 'bot', namespace: 'team-web' }];
    await cluster.have(account, { ...binding, subjects });
    const bot = await cluster.serviceAccount('team-web', 'bot');
    await vi.waitFor(async () =>
      expect((await bot.create(repository('bots'))).message).toContain('--serviceaccount=team-web:bot'),
    );
  });
});

describe('API-REVIEW 1: who may change or remove protection', () => {
  const parentRef = { namespace: 'team-web', name: 'web' };
  const environment = (name: string, more: object = {}) =>
    scope(name, { level: 'Environment', parentRef, ...more }, 'team-web-prod');
  const protection = { requiredReviewers: [{ kind: 'Group', name: 'web-leads' }] };
  const protectedOne = environment('production', { protection });

  beforeAll(() => eventually(() => ana.apply(protectedOne, { manager: 'ana' })));

  it.each([
    ['remove', { protection: null }],
    ['change', { protection: { minApprovals: 2 } }],
  ])('an editor cannot %s it', async (verb, spec) => {
    const { status, message } = await eve.merge(protectedOne, { spec });
    expect(status).toBe(403);
    expect(message).toContain(`eve may not ${verb} spec.protection of the scope team-web-prod/production`);
    expect(message).toContain('the verb update on secretscopes/protection');
    expect(message).toContain('--clusterrole=secretscope-protection-owner --user=eve');
  });

  it('an editor cannot delete the scope, alone or with all others', async () => {
    expect((await eve.remove(protectedOne)).message).toContain(
      'may not delete the protected scope team-web-prod/production',
    );
    const collection = '/apis/secretscope.dev/v1alpha1/namespaces/team-web-prod/secretscopes';
    expect((await eve.call('DELETE', collection)).status).toBe(403);
    expect((await ana.get(protectedOne)).status).toBe(200);
  });

  it('an editor cannot add it either, be it to a new scope', async () => {
    await eve.create(environment('staging'));
    expect((await eve.merge(environment('staging'), { spec: { protection } })).message).toContain(
      'may not add spec.protection',
    );
    expect((await eve.create(environment('mine', { protection }))).message).toContain(
      'may not add spec.protection',
    );
  });

  it('an editor changes everything else of a protected scope, and deletes an open one', async () => {
    expect((await eve.merge(protectedOne, { spec: { suspend: true } })).status).toBe(200);
    await eve.create(environment('open'));
    expect((await eve.remove(environment('open'))).status).toBe(200);
  });

  it('an editor may send the protection along unchanged, as every applier does', async () => {
    const { status } = await eve.apply(environment('production', { protection, suspend: false }), {
      force: true,
    });
    expect(status).toBe(200);
  });

  it('whoever holds the right does all of it', async () => {
    expect((await ana.merge(protectedOne, { spec: { protection: { minApprovals: 1 } } })).status).toBe(200);
    const other = environment('other', { protection });
    expect((await ana.create(other)).status).toBe(201);
    expect((await ana.merge(other, { spec: { protection: null } })).status).toBe(200);
    expect((await ana.merge(other, { spec: { protection } })).status).toBe(200);
    expect((await ana.remove(other)).status).toBe(200);
  });

  it('the right for one scope by name is a right for that scope only', async () => {
    const one = {
      apiGroups: ['secretscope.dev'],
      resources: ['secretscopes/protection'],
      resourceNames: ['one'],
      verbs: ['update'],
    };
    await cluster.have(clusterRole('protect-one', [one]), roleBinding('eve', 'protect-one', 'team-web-prod'));
    await eventually(() => eve.create(environment('one', { protection })));
    expect((await eve.create(environment('two', { protection }))).status).toBe(403);
    expect((await eve.remove(environment('one'))).status).toBe(200);
  });

  it('API-REVIEW 14: a namespace with a protected scope can still be deleted', async () => {
    await cluster.have(namespace('doomed'), scope('production', protectedOne['spec'] as object, 'doomed'));
    await cluster.admin.remove(namespace('doomed'));
    await vi.waitFor(async () => expect((await cluster.admin.get(namespace('doomed'))).status).toBe(404), {
      timeout: 60_000,
    });
  });

  it('API-REVIEW 14: garbage collection still removes an owned, protected scope', async () => {
    const { body } = await cluster.admin.apply(scope('owner', { level: 'Repository' }));
    const { uid } = (body as { metadata: { uid: string } }).metadata;
    const owned = scope('owned', protectedOne['spec'] as object);
    const ownerReferences = [{ apiVersion: API_VERSION, kind: 'SecretScope', name: 'owner', uid }];
    await cluster.have({ ...owned, metadata: { ...owned.metadata, ownerReferences } });
    await cluster.admin.remove(scope('owner', {}), { propagationPolicy: 'Foreground' });
    await vi.waitFor(async () => expect((await cluster.admin.get(owned)).status).toBe(404), {
      timeout: 60_000,
    });
  });
});
