/** Enrolment: who lets the operator into a namespace, and what it reaches then. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrollmentManifests } from '../../src/model/enrollment.ts';
import { KINDS } from '../../src/model/kinds/all-kinds.ts';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { loadManifests } from '../cluster/manifests.ts';
import {
  eventually,
  type GuardedCluster,
  guardedCluster,
  namespace,
  OPERATOR_NAMESPACE,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import {
  account,
  BRIEF,
  lends,
  MANAGED,
  requestToken,
  secret,
} from '../scenarios-support/operator-things.ts';
import type { Person, Thing } from '../scenarios-support/person.ts';

let cluster: GuardedCluster;
let operator: Person;
/** admin of team-web by the built-in role, and nothing else */
let ana: Person;

beforeAll(async () => {
  cluster = await guardedCluster('enrollment', 'default');
  [operator, ana] = await Promise.all([cluster.operator(), cluster.person('ana')]);
  await cluster.have(
    namespace('team-web'),
    namespace('team-other'),
    roleBinding('ana', 'admin', 'team-web'),
    account('reader'),
    account('stranger'),
  );
});
afterAll(() => cluster?.stop());

describe('API-REVIEW 21: an admin of a namespace enrols it alone', () => {
  const [role, binding] = enrollmentManifests({
    namespace: 'team-web',
    operatorNamespace: OPERATOR_NAMESPACE,
    serviceAccounts: ['reader'],
    secrets: true,
  });
  const asThing = (object: object): Thing => object as Thing;

  it('before that, the operator reaches no Secret and no token', async () => {
    expect((await operator.get(secret('any'))).status).toBe(403);
    expect((await operator.apply(secret('any', { labels: MANAGED }))).status).toBe(403);
    expect((await requestToken(operator, 'reader', BRIEF)).status).toBe(403);
  });

  it('the printed objects hold nothing that the built-in role admin lacks', async () => {
    await eventually(() => ana.apply(asThing(role)));
    expect((await ana.apply(asThing(binding))).message).toBe('');
  });

  it('the admin may lend an account, and so can bind the role that does', async () => {
    expect((await ana.apply(lends('reader'))).message).toBe('');
  });

  it('from then on the operator writes Secrets there, and only there', async () => {
    await eventually(() => operator.apply(secret('web', { labels: MANAGED })));
    expect((await operator.apply(secret('web', { labels: MANAGED }, 'team-other'))).status).toBe(403);
    expect((await operator.get(secret('any', {}, OPERATOR_NAMESPACE))).status).toBe(403);
  });

  it('and gets tokens of the accounts that were named, and of no other', async () => {
    await eventually(() => requestToken(operator, 'reader', BRIEF));
    expect((await requestToken(operator, 'stranger', BRIEF)).status).toBe(403);
  });

  it('the operator finds the enrolment by its label', async () => {
    const path =
      '/apis/rbac.authorization.k8s.io/v1/rolebindings?labelSelector=secretscope.dev/enrollment%3Dtrue';
    const { body } = await operator.call('GET', path);
    expect(body).toMatchObject({
      items: [{ metadata: { namespace: 'team-web', name: 'secretscope-operator' } }],
    });
  });
});

/** What it may do with objects of ours besides reading them and writing their status; admission narrows it. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  SecretScope: ['PATCH'],
  SecretRequest: ['POST', 'DELETE'],
  RequestReview: ['DELETE'],
  // those that ask for it, which a policy sees to
  SealedValue: ['DELETE'],
};

describe('the shipped rights of the operator', () => {
  it.each(KINDS)('reach $kind and its status, and no further', async ({ kind, plural, namespaced }) => {
    const place = namespaced ? '/namespaces/team-web' : '';
    const missing = `/apis/${API_VERSION}${place}/${plural}/missing`;
    expect((await operator.call('GET', `/apis/${API_VERSION}/${plural}`)).status).toBe(200);
    expect(
      (
        await operator.call(
          'GET',
          `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.secretscope.dev`,
        )
      ).status,
    ).toBe(200);
    // allowed, and then nothing is there
    expect((await operator.call('PATCH', `${missing}/status`, {}, 'merge-patch+json')).status).toBe(404);
    const made = { apiVersion: API_VERSION, kind, metadata: { name: 'made' }, spec: {} };
    const answers = {
      PATCH: await operator.call('PATCH', missing, {}, 'merge-patch+json'),
      PUT: await operator.call('PUT', missing, { ...made, metadata: { name: 'missing' } }),
      DELETE: await operator.call('DELETE', missing),
      POST: await operator.call('POST', `/apis/${API_VERSION}${place}/${plural}`, made),
    };
    for (const [verb, { message }] of Object.entries(answers))
      expect([verb, message.includes('is forbidden: User')]).toEqual([verb, !MORE[kind]?.includes(verb)]);
  });

  it('THREATS 8: a ledger it writes in its own namespace, and there alone', async () => {
    const ledgers = (place: string) => `/apis/${API_VERSION}/namespaces/${place}/scopeledgers`;
    for (const place of ['team-web', OPERATOR_NAMESPACE]) {
      const answers = [
        await operator.call('PATCH', `${ledgers(place)}/missing`, {}, 'merge-patch+json'),
        await operator.call('DELETE', `${ledgers(place)}/missing`),
      ];
      const expected = place === OPERATOR_NAMESPACE ? 404 : 403;
      expect(answers.map(({ status }) => status)).toEqual([expected, expected]);
    }
  });

  it.each([
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
    'mutatingadmissionpolicies',
    'mutatingadmissionpolicybindings',
  ])('THREATS 9: see whether the policies are in force: %s', async (plural) => {
    const path = `/apis/admissionregistration.k8s.io/v1/${plural}`;
    const { body } = await operator.call('GET', path);
    const { items } = body as { items: { metadata: { name: string } }[] };
    expect(items.map(({ metadata }) => metadata.name)).toContain(
      plural.startsWith('mutating') ? 'scope-authors.secretscope.dev' : 'review-identity.secretscope.dev',
    );
    expect((await operator.call('DELETE', `${path}/review-identity.secretscope.dev`)).status).toBe(403);
  });

  it.each([
    ['/apis/rbac.authorization.k8s.io/v1/namespaces/team-web/roles', 'Role', 'rbac.authorization.k8s.io/v1'],
    [
      '/apis/rbac.authorization.k8s.io/v1/namespaces/team-web/rolebindings',
      'RoleBinding',
      'rbac.authorization.k8s.io/v1',
    ],
    ['/api/v1/namespaces/team-web/pods', 'Pod', 'v1'],
    [
      '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
      'ValidatingAdmissionPolicy',
      'admissionregistration.k8s.io/v1',
    ],
  ])('create nothing at %s', async (path, kind, apiVersion) => {
    expect((await operator.call('POST', path, { apiVersion, kind, metadata: { name: 'made' } })).status).toBe(
      403,
    );
  });
});

describe('the deployment', () => {
  const stored = async () => {
    const versions: Record<string, string> = {};
    for (const kind of [
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
    ]) {
      const { body } = await cluster.admin.call('GET', `/apis/admissionregistration.k8s.io/v1/${kind}`);
      const { items } = body as { items: { metadata: { name: string; resourceVersion: string } }[] };
      for (const { metadata } of items) versions[`${kind}/${metadata.name}`] = metadata.resourceVersion;
    }
    return versions;
  };

  it('can be applied again and changes no policy, so that none is out of force for a moment', async () => {
    const before = await stored();
    await applyManifests(cluster.control, await loadManifests('deploy/default'));
    expect(await stored()).toEqual(before);
    expect(Object.keys(before).length).toBeGreaterThanOrEqual(32);
  });
});
