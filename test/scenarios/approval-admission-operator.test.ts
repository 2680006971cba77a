/** Behind the stamp of authors: what the operator may do with the list, and another policy that meddles with it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ApprovalCluster,
  approvalCluster,
  collectionOf,
  PROD,
  refusedBy,
} from '../scenarios-support/approval-cluster.ts';
import { clusterRoleBinding, eventually, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { scope } from '../scenarios-support/kinds-cluster.ts';
import type { Answer, Person, Thing } from '../scenarios-support/person.ts';
import { OPERATOR } from '../scenarios-support/requests.ts';
import { until } from '../scenarios-support/until.ts';

let cluster: ApprovalCluster;
/** with every right of RBAC in the group, so that only policies are left to refuse it */
let operator: Person;
let ana: Person;
let bob: Person;

beforeAll(async () => {
  cluster = await approvalCluster('approval-authors-kept');
  [operator, ana, bob] = await Promise.all([
    cluster.guarded.operator(),
    cluster.person('ana'),
    cluster.person('bob'),
  ]);
  await cluster.have(...['ana', 'bob'].map((user) => roleBinding(user, 'whole-group', PROD)), {
    ...clusterRoleBinding(OPERATOR, 'whole-group'),
    metadata: { name: 'operator-more' },
  });
  for (const who of [ana, bob]) await eventually(() => who.apply(web('probe'), { dryRun: true }));
  await refusedBy('operator-scopes', () => operator.remove(web('canary')));
});
afterAll(() => cluster?.stop());

const web = (name: string, more: object = {}): Thing => scope(name, { level: 'Repository', ...more }, PROD);
const authorsOf = (answer: Answer): unknown => {
  expect(answer.message).toBe('');
  return (answer.body as { authors?: string[] }).authors;
};

describe('the operator counts authors and lets go of them', () => {
  const version = (answer: Answer) => (answer.body as Thing).metadata['resourceVersion'];

  it('all or some, with the version it has counted', async () => {
    await ana.create(web('counted'));
    const seen = await bob.merge(web('counted'), { spec: { suspend: true } });
    const stale = await operator.merge(web('counted'), { metadata: { resourceVersion: '1' }, authors: null });
    expect(stale.status).toBe(409);
    const metadata = { resourceVersion: version(seen) };
    expect(authorsOf(await operator.merge(web('counted'), { metadata, authors: ['bob'] }))).toEqual(['bob']);
    expect(authorsOf(await operator.merge(web('counted'), { authors: null }))).toBeUndefined();
  });

  it('and then they are told anew', async () => {
    expect(authorsOf(await ana.merge(web('counted'), { metadata: { labels: { a: 'b' } } }))).toBeUndefined();
    expect(authorsOf(await ana.merge(web('counted'), { authors: ['bob'] }))).toBeUndefined();
    expect(authorsOf(await ana.merge(web('counted'), { spec: { suspend: false } }))).toEqual(['ana']);
  });

  it('it puts nobody in', async () => {
    const { status, message } = await operator.merge(web('counted'), { authors: ['ana', 'bob'] });
    expect([status, message]).toEqual([403, expect.stringContaining('the operator may not add to authors')]);
  });

  it.each([
    ['spec', { spec: { suspend: true } }, 'may not change the spec of a scope'],
    ['a label', { metadata: { labels: { x: 'y' } } }, 'may not change labels, annotations'],
    ['an annotation', { metadata: { annotations: { x: 'y' } } }, 'may not change labels, annotations'],
    ['a finalizer', { metadata: { finalizers: ['x.dev/y'] } }, 'may not change labels, annotations'],
  ])('THREATS 15: it changes nothing else although RBAC lets it: %s', async (_, patch, words) => {
    const { status, message } = await operator.merge(web('counted'), { ...patch, authors: null });
    expect([status, message]).toEqual([403, expect.stringContaining(`the operator ${words}`)]);
  });

  it('THREATS 15: nor does it make a scope or delete one', async () => {
    expect((await operator.create(web('made-up'))).message).toContain('the operator may not create scopes');
    expect((await operator.remove(web('counted'))).message).toContain('the operator may not delete scopes');
    expect((await operator.call('DELETE', collectionOf('SecretScope'))).status).toBe(403);
  });
});

describe('API-REVIEW 5: a policy that runs after the stamp and plants a name', () => {
  const PATH = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolic';
  const meddled = (name: string): Thing => ({
    ...web(name),
    metadata: { name, namespace: PROD, labels: { meddled: name } },
  });

  /** It says that it was there. */
  async function meddle(name: string, reinvocationPolicy: string): Promise<void> {
    const common = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: `zz-${name}` } };
    const rule = {
      apiGroups: ['secretscope.dev'],
      apiVersions: ['*'],
      resources: ['secretscopes'],
      operations: ['CREATE', 'UPDATE'],
    };
    const add = (path: string, value: string) => `JSONPatch{op: 'add', path: '${path}', value: ${value}}`;
    const expression = `[${add('/authors', "['mallory']")}, ${add('/metadata/annotations', "{'by': 'meddler'}")}]`;
    const spec = {
      failurePolicy: 'Fail',
      reinvocationPolicy,
      matchConstraints: { resourceRules: [rule], objectSelector: { matchLabels: { meddled: name } } },
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
    };
    const made = [
      await cluster.admin.call('POST', `${PATH}ies`, { ...common, kind: 'MutatingAdmissionPolicy', spec }),
      await cluster.admin.call('POST', `${PATH}ybindings`, {
        ...common,
        kind: 'MutatingAdmissionPolicyBinding',
        spec: { policyName: `zz-${name}` },
      }),
    ];
    expect(made.map(({ message }) => message)).toEqual(['', '']);
  }

  it('once: the stamp is put over it', async () => {
    await meddle('once', 'Never');
    await until(async () => {
      const answer = await ana.apply(meddled('once'), { dryRun: true });
      expect((answer.body as Thing).metadata['annotations']).toEqual({ by: 'meddler' });
      expect(authorsOf(answer)).toEqual(['ana']);
    });
  });

  // the API server runs mutating policies in no order that is promised: where the stamp comes last it is put over the name
  it('again and again: the request is refused, or the stamp comes last', async () => {
    await meddle('again', 'IfNeeded');
    const plantsNothing = (answer: Answer) => {
      if (answer.message.includes(`ana may not add names to authors of the scope ${PROD}/again`)) return;
      expect((answer.body as Thing).metadata['annotations']).toEqual({ by: 'meddler' });
      expect(authorsOf(answer)).toEqual(['ana']);
    };
    await until(async () => plantsNothing(await ana.apply(meddled('again'), { dryRun: true })));
    plantsNothing(await ana.create(meddled('again')));
  });
});
