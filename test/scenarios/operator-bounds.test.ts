/** What the operator's own account cannot do: by enrolment, and by the policies that bind even the operator. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { enrollmentManifests } from '../../src/model/enrollment.ts';
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
import type { ApplyChoice, Person, Thing } from '../scenarios-support/person.ts';

let cluster: GuardedCluster;
let operator: Person;
/** admin of team-web by the built-in role, and nothing else */
let ana: Person;

beforeAll(async () => {
  cluster = await guardedCluster('operator-bounds', 'default');
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

function account(name: string, place = 'team-web'): Thing {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: place } };
}

const MANAGED = { 'secretscope.dev/managed': 'true' };

function secret(name: string, metadata: object = {}, place = 'team-web'): Thing {
  const data = { PASSWORD: Buffer.from('canary-value').toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: place, ...metadata }, data };
}

const token = (name: string, spec: object, place = 'team-web') =>
  operator.call('POST', `/api/v1/namespaces/${place}/serviceaccounts/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec,
  });
const AUDIENCE = ['https://kubernetes.default.svc.cluster.local'];
const BRIEF = { audiences: AUDIENCE, expirationSeconds: 600 };

const lends = (name: string): Thing => ({
  ...roleBinding(name, 'secretscope-lender', 'team-web'),
  subjects: [{ kind: 'ServiceAccount', name, namespace: 'team-web' }],
});

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
    expect((await token('reader', BRIEF)).status).toBe(403);
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
    await eventually(() => token('reader', BRIEF));
    expect((await token('stranger', BRIEF)).status).toBe(403);
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

describe('with the rights of the cluster-wide profile', () => {
  beforeAll(async () => {
    await applyManifests(cluster.control, await loadManifests('deploy/cluster-wide'));
    await eventually(() =>
      operator.apply(secret('probe', { labels: MANAGED }, 'team-other'), { dryRun: true }),
    );
  });

  describe('THREATS 15: the operator and Secrets that are not its own', () => {
    beforeAll(() => cluster.have(secret('foreign')));

    const emptyPatch: Thing = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'foreign', namespace: 'team-web' },
    };

    it.each<[string, ApplyChoice]>([
      ['an empty apply', {}],
      ['an empty apply as a dry run', { dryRun: true }],
      ['a forced one', { force: true, dryRun: true }],
    ])('cannot read one by %s', async (_, choice) => {
      const { status, body, message } = await operator.apply(emptyPatch, choice);
      expect(status).toBe(403);
      expect(JSON.stringify(body)).not.toContain(Buffer.from('canary-value').toString('base64'));
      expect(message).toContain(
        'kubectl annotate secret foreign --namespace=team-web secretscope.dev/adopt=true',
      );
    });

    it('cannot label it as its own, nor write to it, nor delete it', async () => {
      expect((await operator.merge(emptyPatch, { metadata: { labels: MANAGED } })).status).toBe(403);
      expect((await operator.apply(secret('foreign', { labels: MANAGED }), { force: true })).status).toBe(
        403,
      );
      expect((await operator.remove(emptyPatch)).status).toBe(403);
    });

    it('takes over one that its owner hands over, and keeps it after that', async () => {
      await cluster.have(secret('handed', { annotations: { 'secretscope.dev/adopt': 'true' } }));
      const mine = secret('handed', { labels: MANAGED, annotations: { 'secretscope.dev/holder': 'x' } });
      expect((await operator.apply(mine, { force: true, manager: 'secretscope' })).message).toBe('');
      expect((await operator.remove(mine)).status).toBe(200);
    });
  });

  describe('the operator and Secrets of its own', () => {
    it('are made with its label, or not at all', async () => {
      const { status, message } = await operator.create(secret('unlabelled'));
      expect(status).toBe(403);
      expect(message).toContain('creates only Secrets with the label secretscope.dev/managed=true');
    });

    it.each(['kube-system', 'kube-public', 'default-token', OPERATOR_NAMESPACE])(
      'are never in %s',
      async (place) => {
        if (place === 'default-token') return;
        expect((await operator.create(secret('web', { labels: MANAGED }, place))).message).toContain(
          `writes no Secret in namespace ${place}`,
        );
      },
    );

    it.each(['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token', 'helm.sh/release.v1'])(
      'are never of type %s',
      async (type) => {
        const annotations = { 'kubernetes.io/service-account.name': 'reader' };
        const { status, message } = await operator.create({
          ...secret('typed', { labels: MANAGED, annotations }),
          type,
        });
        expect(status).toBe(403);
        expect(message).toContain(`writes no Secret of type ${type}`);
      },
    );

    it('get no owner and no finalizer', async () => {
      const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u' }];
      expect(
        (await operator.create(secret('owned', { labels: MANAGED, ownerReferences }))).message,
      ).toContain('ownerReferences');
      await operator.apply(secret('plain', { labels: MANAGED }));
      expect((await operator.merge(secret('plain'), { metadata: { ownerReferences } })).message).toContain(
        'ownerReferences',
      );
      expect(
        (await operator.merge(secret('plain'), { metadata: { finalizers: ['a.b/c'] } })).message,
      ).toContain('finalizers');
    });

    it('an owner that somebody else set does not stop the next write', async () => {
      const ownerReferences = [
        { apiVersion: 'v1', kind: 'Namespace', name: 'x', uid: 'u', controller: false },
      ];
      await cluster.admin.merge(secret('plain'), { metadata: { finalizers: ['a.b/c'] } });
      const { message } = await operator.apply({ ...secret('plain', { labels: MANAGED }), data: {} });
      expect([message, ownerReferences.length]).toEqual(['', 1]);
      await cluster.admin.merge(secret('plain'), { metadata: { finalizers: null } });
    });

    it('its keys are the one Secret of its own namespace', async () => {
      const keys = secret('secretscope-keys', {}, OPERATOR_NAMESPACE);
      expect((await operator.create(keys)).message).toBe('');
      expect((await operator.merge(keys, { data: { next: 'eA==' } })).status).toBe(200);
      expect((await operator.get(keys)).status).toBe(200);
      expect((await operator.remove(keys)).status).toBe(403);
      expect((await operator.create(secret('other', { labels: MANAGED }, OPERATOR_NAMESPACE))).status).toBe(
        403,
      );
    });
  });

  describe('API-REVIEW 21, THREATS 2: the operator and tokens', () => {
    beforeAll(() => cluster.have(lends('reader')));

    it('are brief, for one audience, of an account that lends', async () => {
      await eventually(() => token('reader', BRIEF));
    });

    it('of an account that does not lend there are none, and the refusal says how to lend', async () => {
      const { status, message } = await token('stranger', BRIEF);
      expect(status).toBe(403);
      expect(message).toContain('team-web/stranger does not lend its identity');
      expect(message).toContain(
        'kubectl create rolebinding stranger-lends --namespace=team-web --clusterrole=secretscope-lender --serviceaccount=team-web:stranger',
      );
    });

    it.each([
      ['longer than 600 seconds', { ...BRIEF, expirationSeconds: 601 }, 'at most 600 seconds'],
      ['as long as the server likes', { audiences: AUDIENCE }, 'at most 600 seconds'],
      [
        'for two audiences',
        { ...BRIEF, audiences: [...AUDIENCE, 'sts.amazonaws.com'] },
        'exactly one audience',
      ],
    ])('none %s', async (_, spec, reason) => {
      const { status, message } = await token('reader', spec);
      expect([status, message]).toEqual([403, expect.stringContaining(reason)]);
    });

    it.each(['kube-system', OPERATOR_NAMESPACE])('none of %s', async (place) => {
      await cluster.have(account('default', place));
      expect((await token('default', BRIEF, place)).message).toContain(`no token in namespace ${place}`);
    });
  });

  it('everybody else is left alone', async () => {
    await vi.waitFor(async () => expect((await ana.create(secret('private'))).status).toBe(201));
    expect((await ana.apply(secret('private'))).status).toBe(200);
    expect((await ana.remove(secret('private'))).status).toBe(200);
  });
});
