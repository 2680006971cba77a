/**
 * What people may who hold a built-in role or one of ours in a namespace, asked of a real API server: `edit` is held by
 * whole teams, so nothing that decides over others comes with it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import {
  eventually,
  type GuardedCluster,
  guardedCluster,
  namespace,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import { scope } from '../scenarios-support/kinds-cluster.ts';
import type { Person, Thing } from '../scenarios-support/person.ts';

const TEAM = 'team-web';
/** Each by the role that they hold in the namespace. */
const ROLES = {
  view: 'view',
  edit: 'edit',
  admin: 'admin',
  reviewer: 'secretscope-reviewer',
  organization: 'secretscope-organization-admin',
} as const;
type Holder = keyof typeof ROLES;
const HOLDERS = Object.keys(ROLES) as Holder[];

let cluster: GuardedCluster;
const people = new Map<Holder, Person>();

beforeAll(async () => {
  cluster = await guardedCluster('people-rights', 'default');
  await cluster.have(namespace(TEAM));
  for (const holder of HOLDERS) {
    await cluster.have(roleBinding(holder, ROLES[holder], TEAM));
    people.set(holder, await cluster.person(holder));
  }
  // what joins a built-in role does so a moment after it was made
  for (const holder of HOLDERS)
    await eventually(() =>
      person(holder)
        .get(scope('any', {}, TEAM))
        .then(found),
    );
  await eventually(() => person('admin').apply(sealed(), { dryRun: true }).then(notForbidden));
});
afterAll(() => cluster?.stop());

function person(holder: Holder): Person {
  const one = people.get(holder);
  if (!one) throw new Error(`nobody holds ${holder}`);
  return one;
}

/** That there is no such object says that one may look. */
const found = ({ status, message }: { status: number; message: string }) =>
  status === 404 ? { status: 200, message: '' } : { status, message };
const notForbidden = ({ status, message }: { status: number; message: string }) =>
  status === 403 ? { status, message } : { status: 200, message };

const sealed = (): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SealedValue',
  metadata: { name: 'any', namespace: TEAM },
  spec: {},
});

async function may(holder: Holder, verb: string, what: string): Promise<boolean> {
  const [path = '', name] = what.split(' ');
  const [resource = '', subresource] = path.split('/');
  const group = resource === 'secrets' ? '' : 'secretscope.dev';
  const { status, body } = await person(holder).call(
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace: TEAM, group, resource, subresource, verb, name } },
    },
  );
  expect(status).toBe(201);
  return (body as { status: { allowed: boolean } }).status.allowed;
}

describe('THREATS 4, 5, 7, 8, 11: who may what in a namespace', () => {
  it.each<[verb: string, what: string, who: Holder[]]>([
    ['get', 'secrets', ['edit', 'admin']],
    ['list', 'secretscopes', HOLDERS],
    ['list', 'secretrequests', HOLDERS],
    ['create', 'secretscopes', ['edit', 'admin', 'organization']],
    ['create', 'secretbackends', ['edit', 'admin', 'organization']],
    ['create', 'secretclaims', ['edit', 'admin']],
    ['create', 'webhookautomations', ['edit', 'admin']],
    ['create', 'sealedvalues', ['admin']],
    ['lend', 'secretbackends', ['admin']],
    ['create', 'requestreviews', ['reviewer']],
    ['approve', 'secretscopes/approval', ['reviewer']],
    ['use', 'secretscopelevels organization', ['organization']],
    ['use', 'secretscopelevels repository', []],
    ['use', 'secretscopelevels environment', []],
    ['bypass', 'secretscopes/bypass', []],
    ['update', 'secretscopes/protection', []],
    ['claim', 'secretscopes/claims', []],
    ['use', 'secretscopes/automations', []],
    ['assign', 'namespacelabels', []],
    ['create', 'clustersecretbackends', []],
    ['create', 'secretrequests', []],
    ['delete', 'requestreviews', []],
    ['get', 'scopeledgers', []],
    ['patch', 'secretscopes/status', []],
  ])('%s %s: %j', async (verb, what, who) => {
    const allowed: Holder[] = [];
    for (const holder of HOLDERS) if (await may(holder, verb, what)) allowed.push(holder);
    expect(allowed).toEqual(who);
  });
});

describe('with these rights', () => {
  it('a viewer reads no Secret', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'any', namespace: TEAM } };
    expect((await person('view').get(secret)).status).toBe(403);
  });

  it.each(['edit', 'admin'] as const)(
    'an %s makes no scope of any level, since that is a right of its own',
    async (who) => {
      for (const level of ['Organization', 'Repository']) {
        const { status, message } = await person(who).apply(scope('mine', { level }, TEAM), { dryRun: true });
        expect([status, message]).toEqual([403, expect.stringContaining(`scope of level ${level}`)]);
      }
    },
  );

  it('an organization admin makes one of the organization, and none of a repository', async () => {
    const olga = person('organization');
    expect((await olga.apply(scope('acme', { level: 'Organization' }, TEAM), { dryRun: true })).message).toBe(
      '',
    );
    const { status } = await olga.apply(scope('web', { level: 'Repository' }, TEAM), { dryRun: true });
    expect(status).toBe(403);
  });

  it('an editor casts no vote', async () => {
    const vote: Thing = {
      apiVersion: API_VERSION,
      kind: 'RequestReview',
      metadata: { name: 'mine', namespace: TEAM },
      spec: {},
    };
    const { status, message } = await person('edit').apply(vote, { dryRun: true });
    expect([status, message]).toEqual([
      403,
      expect.stringContaining('cannot patch resource "requestreviews"'),
    ]);
  });
});
