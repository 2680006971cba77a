/** What the operator's own account cannot do although RBAC lets it: the policies that bind even the operator. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/kube/clock.ts';
import { eventName } from '../../src/kube/event-note.ts';
import { EventRecorder } from '../../src/kube/event-recorder.ts';
import { loadKubeConfig } from '../../src/kube/kube-config.ts';
import { openClient } from '../../src/kube/open-client.ts';
import {
  eventually,
  type GuardedCluster,
  guardedCluster,
  namespace,
  OPERATOR_NAMESPACE,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import {
  AUDIENCE,
  account,
  BRIEF,
  CANARY,
  lends,
  MANAGED,
  requestToken,
  secret,
} from '../scenarios-support/operator-things.ts';
import type { ApplyChoice, Person, Thing } from '../scenarios-support/person.ts';
import { until } from '../scenarios-support/until.ts';

let cluster: GuardedCluster;
let operator: Person;
/** admin of team-web by the built-in role, and nothing else */
let ana: Person;

beforeAll(async () => {
  cluster = await guardedCluster('operator-bounds', 'cluster-wide');
  [operator, ana] = await Promise.all([cluster.operator(), cluster.person('ana')]);
  await cluster.have(
    namespace('team-web'),
    namespace('team-other'),
    roleBinding('ana', 'admin', 'team-web'),
    account('reader'),
    account('stranger'),
  );
  // rights arrive a moment after they are stored
  await eventually(() => operator.apply(secret('probe', { labels: MANAGED }), { dryRun: true }));
  await untilBound();
});
afterAll(() => cluster?.stop());

/** A busy API server needs seconds until a policy is in force. */
async function untilBound(): Promise<void> {
  const attempts = [
    () => operator.apply(secret('unlabelled'), { dryRun: true }),
    () => requestToken(operator, 'stranger', BRIEF),
  ];
  for (const attempt of attempts)
    await until(async () => expect((await attempt()).message).toContain('ValidatingAdmissionPolicy'), 20_000);
}

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
    expect(JSON.stringify(body)).not.toContain(CANARY);
    expect(message).toContain(
      'kubectl annotate secret foreign --namespace=team-web secretscope.dev/adopt=NAMESPACE/SCOPE',
    );
  });

  it('cannot label it as its own, nor write to it, nor delete it', async () => {
    expect((await operator.merge(emptyPatch, { metadata: { labels: MANAGED } })).status).toBe(403);
    expect((await operator.apply(secret('foreign', { labels: MANAGED }), { force: true })).status).toBe(403);
    expect((await operator.remove(emptyPatch)).status).toBe(403);
  });

  it('takes over one that its owner hands over, and keeps it after that', async () => {
    await cluster.have(secret('handed', { annotations: { 'secretscope.dev/adopt': 'team-web/web' } }));
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

  it('API-REVIEW 24, THREATS 20: get no owner and no finalizer', async () => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u' }];
    expect((await operator.create(secret('owned', { labels: MANAGED, ownerReferences }))).message).toContain(
      'ownerReferences',
    );
    await operator.apply(secret('plain', { labels: MANAGED }));
    expect((await operator.merge(secret('plain'), { metadata: { ownerReferences } })).message).toContain(
      'ownerReferences',
    );
    expect(
      (await operator.merge(secret('plain'), { metadata: { finalizers: ['a.b/c'] } })).message,
    ).toContain('finalizers');
  });

  it('go on being written when somebody else has set a finalizer', async () => {
    await cluster.admin.merge(secret('plain'), { metadata: { finalizers: ['a.b/c'] } });
    expect((await operator.apply({ ...secret('plain', { labels: MANAGED }), data: {} })).message).toBe('');
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
    await eventually(() => requestToken(operator, 'reader', BRIEF));
  });

  it('of an account that does not lend there are none, and the refusal says how to lend', async () => {
    const { status, message } = await requestToken(operator, 'stranger', BRIEF);
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
    const { status, message } = await requestToken(operator, 'reader', spec);
    expect([status, message]).toEqual([403, expect.stringContaining(reason)]);
  });

  it.each(['kube-system', OPERATOR_NAMESPACE])('none of %s', async (place) => {
    await cluster.have(account('default', place));
    expect((await requestToken(operator, 'default', BRIEF, place)).message).toContain(
      `no token in namespace ${place}`,
    );
  });
});

it('everybody else is left alone', async () => {
  await vi.waitFor(async () => expect((await ana.create(secret('private'))).status).toBe(201));
  expect((await ana.apply(secret('private'))).status).toBe(200);
  expect((await ana.remove(secret('private'))).status).toBe(200);
});

describe('the operator and events', () => {
  it('counts on after a restart, with the rights it is shipped with', async () => {
    const kubeconfig = await cluster.control.serviceAccountKubeconfig(OPERATOR_NAMESPACE, 'secretscope');
    const endpoint = await loadKubeConfig({ kubeconfig }, systemClock);
    const { client, close } = openClient({
      endpoint,
      clock: systemClock,
      random: Math.random,
      userAgent: 'test',
    });
    const dropped: unknown[] = [];
    const tell = async (times: number) => {
      const reporter = { controller: 'test', instance: 'test' };
      const onDrop = (...why: unknown[]) => void dropped.push(why);
      const recorder = new EventRecorder({ client, clock: systemClock, reporter, onDrop });
      for (let told = 0; told < times; told += 1) recorder.record(repeated);
      await recorder.flush(5_000);
    };
    await tell(1);
    // another process: it finds the event of the first one
    await tell(1);
    await tell(3);
    const { body } = await operator.call(
      'GET',
      `/apis/events.k8s.io/v1/namespaces/team-web/events/${eventName(repeated)}`,
    );
    await close();
    expect(dropped).toEqual([]);
    expect(body).toMatchObject({ series: { count: 3 } });
  });
});

const repeated = {
  regarding: { apiVersion: 'v1', kind: 'Secret', namespace: 'team-web', name: 'web', uid: 'uid-of-web' },
  type: 'Normal',
  reason: 'Materialized',
  action: 'Deliver',
  note: 'told again and again',
} as const;
