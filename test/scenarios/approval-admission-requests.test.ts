/** The operator's own part in approval: what it may ask, that it casts no vote, and that what has to go goes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import {
  type ApprovalCluster,
  approvalCluster,
  asUser,
  dryRun,
  ledger,
  PROD,
  secretRequest,
  vote,
  withOwners,
} from '../scenarios-support/approval-cluster.ts';
import {
  clusterRoleBinding,
  eventually,
  namespace,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import { scope } from '../scenarios-support/kinds-cluster.ts';
import type { Person, Thing } from '../scenarios-support/person.ts';
import { OPERATOR } from '../scenarios-support/requests.ts';
import { until } from '../scenarios-support/until.ts';

let cluster: ApprovalCluster;
let operator: Person;
let ana: Person;

beforeAll(async () => {
  cluster = await approvalCluster('approval-requests');
  [operator, ana] = await Promise.all([cluster.guarded.operator(), cluster.person('ana')]);
  await cluster.have(roleBinding('ana', 'secretscope-reviewer', PROD));
  await eventually(() => dryRun(ana, vote('probe', asUser('ana'))));
});
afterAll(() => cluster?.stop());

const uidOf = (body: unknown) => String((body as Thing).metadata['uid']);
const gone = (thing: Thing) =>
  until(async () => expect((await cluster.admin.get(thing)).status).toBe(404), { timeout: 60_000 });

const scopeOwner = (uid: string) => ({
  apiVersion: API_VERSION,
  kind: 'SecretScope',
  name: 'production',
  uid,
});
const uid = '00000000-0000-0000-0000-000000000000';

describe('API-REVIEW 14: what has to go goes', () => {
  const production = (place: string) =>
    scope('production', { level: 'Environment', parentRef: { name: 'web' }, protection: {} }, place);

  /** A protected scope, a request of it and a vote. */
  async function protectedPlace(place: string): Promise<Thing[]> {
    await cluster.have(namespace(place), roleBinding('ana', 'secretscope-reviewer', place));
    const uid = uidOf((await cluster.admin.apply(production(place))).body);
    const asked = secretRequest('asked', place);
    const spec = { ...(asked['spec'] as object), scopeRef: { name: 'production', uid } };
    const made = await operator.create({ ...withOwners(asked, scopeOwner(uid)), spec });
    expect(made.message).toBe('');
    await eventually(() => ana.create(vote('cast', asUser('ana'), place)));
    return [asked, vote('cast', {}, place)];
  }

  it('a namespace with a protected scope, requests and votes', async () => {
    await protectedPlace('doomed');
    await cluster.admin.remove(namespace('doomed'));
    await gone(namespace('doomed'));
  });

  it.each(['Background', 'Foreground'])(
    'the requests of a scope that is deleted: %s',
    async (propagationPolicy) => {
      const [asked] = await protectedPlace(`left-${propagationPolicy.toLowerCase()}`);
      const place = asked?.metadata.namespace ?? '';
      await cluster.admin.remove(production(place), { propagationPolicy });
      await gone(production(place));
      if (asked) await gone(asked);
    },
  );

  it('and a request that is left without its scope stays, without an owner', async () => {
    const [asked] = await protectedPlace('orphaned');
    await cluster.admin.remove(production('orphaned'), { propagationPolicy: 'Orphan' });
    await gone(production('orphaned'));
    const { body } = await operator.get(asked ?? production('orphaned'));
    expect((body as Thing).metadata['ownerReferences']).toBeUndefined();
  });
});

describe('THREATS 15: the operator and what reviewers rely on', () => {
  it('keeps no ledger where tenants may be', async () => {
    const { status, message } = await operator.create(ledger(PROD));
    expect([status, message]).toEqual([
      403,
      expect.stringContaining('cannot create resource "scopeledgers"'),
    ]);
  });

  it.each([
    ['another kind', { ...scopeOwner(uid), kind: 'SecretBackend' }],
    ['a kind of the same name elsewhere', { ...scopeOwner(uid), apiVersion: 'evil.dev/v1' }],
    ['another scope', { ...scopeOwner(uid), uid: 'another' }],
  ])('gives a request no owner but its scope: %s', async (_, owner) => {
    expect((await dryRun(operator, withOwners(secretRequest('r'), scopeOwner(uid)))).message).toBe('');
    const { status, message } = await dryRun(operator, withOwners(secretRequest('r'), owner));
    expect([status, message]).toEqual([403, expect.stringContaining('no other owner than its scope')]);
  });

  it('has no right to vote, and with every right it is refused all the same', async () => {
    const mine = { as: { kind: 'ServiceAccount', namespace: 'secretscope-system', name: 'secretscope' } };
    expect((await operator.create(vote('mine', mine))).message).toContain('cannot create resource');
    await ana.create(vote('hers', asUser('ana')));
    await operator.create(secretRequest('asked'));
    await cluster.have({
      ...clusterRoleBinding(OPERATOR, 'whole-group'),
      metadata: { name: 'operator-more' },
    });
    await until(
      async () =>
        expect((await operator.create(vote('mine', mine))).message).toContain(
          'the operator may not create votes',
        ),
      { timeout: 20_000 },
    );
    const labels = { metadata: { labels: { a: 'b' } } };
    expect((await operator.merge(vote('hers'), labels)).message).toContain(
      'the operator may not change votes',
    );
    expect((await operator.merge(secretRequest('asked'), labels)).message).toBe('');
    expect((await operator.merge(secretRequest('asked'), { spec: { authors: ['x'] } })).message).toContain(
      'a request cannot be changed',
    );
    const ownerReferences = [{ ...scopeOwner(uid), kind: 'ConfigMap' }];
    expect(
      (await operator.merge(secretRequest('asked'), { metadata: { ownerReferences } })).message,
    ).toContain('no other owner than its scope');
  });
});
