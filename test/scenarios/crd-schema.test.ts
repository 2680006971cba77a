/** The kinds as a real API server takes them: what it accepts, refuses, merges, defaults and shows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../src/model/kinds/all-kinds.ts';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { AUTOMATION } from '../scenarios-support/automation-things.ts';
import { type KindsCluster, kindsCluster, scope } from '../scenarios-support/kinds-cluster.ts';
import { REQUEST, REVIEW } from '../scenarios-support/largest-approvals.ts';
import { budgetOf, LARGEST_OBJECTS } from '../scenarios-support/largest-objects.ts';
import { SEALED } from '../scenarios-support/largest-sealed.ts';
import { pathOf } from '../scenarios-support/person.ts';

let cluster: KindsCluster;

beforeAll(async () => {
  cluster = await kindsCluster('kinds');
});
afterAll(() => cluster?.stop());

const backendRef = { kind: 'SecretBackend', name: 'store' };
const parentRef = { name: 'parent' };

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const KINDS_BY_PLURAL = KINDS.map(({ plural }) => plural);

describe('every kind', () => {
  it.each(KINDS_BY_PLURAL)('%s is established and its schema breaks no rule', async (plural) => {
    const { body } = await cluster.admin.call('GET', `${CRDS}/${plural}.secretscope.dev`);
    const { conditions } = (body as { status: { conditions: { type: string; status: string }[] } }).status;
    const states = Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
    expect(states).toEqual({ NamesAccepted: 'True', Established: 'True' });
  });

  it.each(KINDS_BY_PLURAL)('%s can be listed with the others, and by its own names', async (plural) => {
    const { body } = await cluster.admin.call('GET', `/apis/${API_VERSION}`);
    const { resources } = body as { resources: { name: string; categories?: string[] }[] };
    expect(resources.find(({ name }) => name === plural)).toMatchObject({ categories: ['secretscope-all'] });
  });

  it.each([
    ['SecretScope', { level: 'Organization' }],
    ['SecretBackend', { kubernetes: { auth: { serviceAccountRef: { name: 'a' } } } }],
    ['ClusterSecretBackend', { kubernetes: { namespace: 'a', auth: { serviceAccountRef: { name: 'a' } } } }],
    ['SecretClaim', { scopeRef: { name: 'a' }, include: ['A'], secretName: 'a' }],
    ['SecretRequest', REQUEST],
    ['RequestReview', REVIEW],
    ['SealedValue', SEALED],
    ['WebhookAutomation', AUTOMATION],
  ])('API-REVIEW 22: %s starts with a status that nobody takes for finished work', async (kind, spec) => {
    const { status, body } = await cluster.admin.create({
      ...scope(`fresh-${kind.toLowerCase()}`, spec),
      kind,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: { observedGeneration: -1 }, spec });
  });
});

describe('API-REVIEW 20: the largest legal object', () => {
  it.each(LARGEST_OBJECTS)('$title stays within the budget for a spec', (large) => {
    expect(JSON.stringify(large.object.spec).length).toBeLessThanOrEqual(budgetOf(large));
  });

  it.each(LARGEST_OBJECTS)(
    '$title is accepted, can be changed and takes a status',
    async ({ object, change }) => {
      const { apiVersion, kind, metadata, spec } = object;
      const created = await cluster.admin.apply({ apiVersion, kind, metadata, spec }, { manager: 'gitops' });
      expect(created.message).toBe('');
      const changed = await cluster.admin.apply(
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
      const reported = await cluster.admin.apply(
        { apiVersion, kind, metadata, status },
        { manager: 'operator', subresource: 'status' },
      );
      expect(reported.message).toBe('');
    },
  );
});

describe('what cannot be changed', () => {
  const thing = (kind: string, name: string, spec: object) => ({ ...scope(name, spec), kind });

  it.each([
    ['SecretRequest', REQUEST, { pin: 'Version' }, 'a request cannot be changed'],
    ['RequestReview', REVIEW, { decision: 'Reject' }, 'a vote cannot be changed'],
    ['RequestReview', REVIEW, { comment: 'x' }, 'a vote cannot be changed'],
  ])('API-REVIEW 9: the spec of a %s', async (kind, spec, change, message) => {
    const name = `immutable-${kind.toLowerCase()}`;
    expect((await cluster.admin.apply(thing(kind, name, spec), { manager: 'a' })).message).toBe('');
    const changed = await cluster.admin.apply(thing(kind, name, { ...spec, ...change }), { manager: 'a' });
    expect(changed.message).toContain(message);
  });

  it('the scope of a ledger, and that its name is the UID of that scope', async () => {
    const ledger = (name: string, uid: string) =>
      cluster.admin.apply(thing('ScopeLedger', name, { scope: { namespace: 'default', name: 'web', uid } }), {
        manager: 'a',
      });
    expect((await ledger('uid-1', 'uid-1')).message).toBe('');
    expect((await ledger('uid-1', 'uid-2')).message).toContain('a ledger is');
    expect((await ledger('web', 'uid-3')).message).toContain('a ledger is named for the UID of its scope');
  });

  it('THREATS 13: a bypass needs a reason', async () => {
    const bypass = (more: object) =>
      cluster.admin.apply(thing('RequestReview', 'bypass', { ...REVIEW, decision: 'Bypass', ...more }), {
        dryRun: true,
      });
    expect((await bypass({})).message).toContain('a bypass needs a reason');
    expect((await bypass({ comment: 'the reviewers are asleep' })).message).toBe('');
  });
});

describe('what kubectl shows', () => {
  beforeAll(async () => {
    await cluster.admin.create(scope('shown', { level: 'Repository', parentRef, backendRef }));
  });
  const collection = pathOf({ apiVersion: API_VERSION, kind: 'SecretScope', metadata: {} });

  it('columns: level, parent, readiness and its reason', async () => {
    const accept = 'json;as=Table;g=meta.k8s.io;v=v1';
    const { body } = await cluster.admin.call('GET', `${collection}/shown`, undefined, 'json', accept);
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
      const { body } = await cluster.admin.call(
        'GET',
        `${collection}?fieldSelector=${encodeURIComponent(selector)}`,
      );
      const { items } = body as { items: { metadata: { name: string } }[] };
      expect(items.map(({ metadata }) => metadata.name)).toContain('shown');
    },
  );

  it('nothing selected by a field that is not offered', async () => {
    const { status } = await cluster.admin.call(
      'GET',
      `${collection}?fieldSelector=${encodeURIComponent('spec.suspend=true')}`,
    );
    expect(status).toBe(400);
  });
});
