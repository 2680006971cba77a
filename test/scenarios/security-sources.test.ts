import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import type { AuditEntry } from '../cluster/audit-log.ts';
import { OPERATOR_NAMESPACE, RBAC } from '../scenarios-support/guarded-cluster.ts';
import {
  backendIn,
  enrolmentOf,
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  READER,
  readerIn,
  scopeThing,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { lines, OPERATOR } from '../scenarios-support/requests.ts';

const VICTIM = 'team-victim';
const MALLORY = 'team-mallory';
const LENT = 'team-lent';

const repository = (namespace: string, name: string, from: object, backendRef: object = LOCAL) =>
  scopeThing(name, namespace, {
    level: 'Repository',
    backendRef,
    secrets: [{ name: 'VALUE', from }],
    targets: [{ secretName: `${name}-target`, include: ['VALUE'] }],
  });

/** What a service account of the namespace may do with Secrets, and that it lends its identity. */
const roleOf = (namespace: string, rules: object[]): Thing => ({
  apiVersion: RBAC,
  kind: 'Role',
  metadata: { name: READER, namespace },
  rules,
});
const LENDS = { apiGroups: ['secretscope.dev'], resources: ['secretbackends'], verbs: ['lend'] };
const secrets = (...verbs: string[]) => ({ apiGroups: [''], resources: ['secrets'], verbs });

let cluster: OperatedCluster;

beforeAll(async () => {
  cluster = await operatedCluster('security-sources');
  for (const name of [VICTIM, MALLORY]) await cluster.team(name);
  await cluster.have({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: LENT } });
  await cluster.have(
    ...enrolmentOf(LENT),
    ...readerIn(LENT),
    roleOf(LENT, [secrets('get', 'list', 'watch')]),
  );
  await cluster.have(
    secretThing(VICTIM, 'source', { value: 'of the victim' }),
    secretThing(LENT, 'source', { value: 'lent' }),
    secretThing(MALLORY, 'own', { value: 'own' }),
    repository(VICTIM, 'victim', { key: 'source' }),
  );
  await cluster.untilData(VICTIM, 'victim-target', { VALUE: 'of the victim' });
}, 60_000);

afterAll(() => cluster?.stop());

/** Gets, lists and watches of Secrets: what can show one. */
async function reads(): Promise<AuditEntry[]> {
  const entries = await cluster.audit.since(cluster.ready);
  return entries.filter(
    ({ resource, verb }) => resource === 'secrets' && ['get', 'list', 'watch'].includes(verb),
  );
}

describe('THREATS 2: a backend of a tenant', () => {
  it.each([
    ['a namespace', { kubernetes: { namespace: VICTIM, auth: { serviceAccountRef: { name: READER } } } }],
    [
      'an account of another namespace',
      { kubernetes: { auth: { serviceAccountRef: { name: READER, namespace: VICTIM } } } },
    ],
    [
      'an account in the words of a token',
      { kubernetes: { auth: { serviceAccountRef: { name: `${VICTIM}:${READER}` } } } },
    ],
    ['no account', { kubernetes: {} }],
    ['a kubeconfig', { kubernetes: { auth: { kubeconfig: 'x' } } }],
  ])('cannot name %s', async (_what, spec) => {
    const forged = { ...backendIn(MALLORY), metadata: { name: 'forged', namespace: MALLORY }, spec };
    const { status, message } = await cluster.platform.apply(forged);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(message).toContain('spec.kubernetes');
  });

  it.each([
    `${VICTIM}/source`,
    `../${VICTIM}/secrets/source`,
    `..%2f${VICTIM}%2fsecrets%2fsource`,
    'source?namespace=team-victim',
    '.',
    '..',
  ])('attack 6: key %s reads nothing anywhere else', async (key) => {
    await cluster.have(repository(MALLORY, 'mallory', { key }));
    // not the first word about it: the rights of the namespace may arrive a moment after the scope
    await until(async () => {
      const ready = await cluster.condition(MALLORY, 'mallory');
      expect(['KeyInvalid', 'SecretMissing']).toContain(ready?.reason);
      expect(ready?.message).toContain('from.key');
    });
    expect(await cluster.secret(MALLORY, 'mallory-target')).toBeUndefined();
  });

  it('a backend of another namespace cannot be named', async () => {
    const forged = repository(MALLORY, 'mallory', { key: 'source' }, { ...LOCAL, namespace: VICTIM });
    const { status } = await cluster.platform.apply(forged, { force: true });
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it('a name that the victim has, too, is the own one', async () => {
    await cluster.have(
      secretThing(MALLORY, 'source', { value: 'mine' }),
      repository(MALLORY, 'mallory', { key: 'source' }),
    );
    await cluster.untilData(MALLORY, 'mallory-target', { VALUE: 'mine' });
  });

  it('in all this nobody read Secrets of the victim but the account that the victim lent', async () => {
    const readers = (await reads()).filter(({ namespace }) => namespace === VICTIM).map(({ user }) => user);
    const lent = `system:serviceaccount:${VICTIM}:${READER}`;
    // the operator watches what it delivered there, by its label; the platform are the people of this test
    expect(new Set(readers)).toEqual(new Set([lent, OPERATOR, 'platform']));
  });
});

describe('THREATS 2: the operator’s own token', () => {
  it('shows it its own Secrets, by label or by the name of a target, and no source', async () => {
    const targets = new Set(['victim-target', 'mallory-target']);
    const others = (await reads())
      .filter(({ user }) => user === OPERATOR)
      .filter(
        ({ verb, uri }) => verb === 'get' || !uri.includes('labelSelector=secretscope.dev%2Fmanaged%3Dtrue'),
      )
      .filter(
        ({ name = '', namespace }) =>
          !(targets.has(name) || (name === 'secretscope-keys' && namespace === OPERATOR_NAMESPACE)),
      );
    expect(lines(others)).toEqual([]);
  });

  it('is never the one that a source is read with, whatever a backend names', async () => {
    const readers = (await reads())
      .filter(({ name }) => name === 'source' || name === 'own')
      .map(({ user }) => user);
    expect(readers).not.toContain(OPERATOR);
    expect(readers.length).toBeGreaterThan(0);
  });
});

describe('an account whose identity a backend borrows', () => {
  it('that does not lend it is not borrowed: IdentityUnavailable, what to do, and it goes on by itself', async () => {
    await cluster.have(backendIn(LENT), repository(LENT, 'lent', { key: 'source' }));
    const { message } = await cluster.untilReady(LENT, 'lent', 'False', 'IdentityUnavailable');
    expect(message).toContain('TokenRequestForbidden');
    expect(message).toContain('lend');
    await cluster.have(roleOf(LENT, [secrets('get', 'list', 'watch'), LENDS]));
    await cluster.untilData(LENT, 'lent-target', { VALUE: 'lent' }, 15_000);
    await cluster.untilReady(LENT, 'lent', 'True');
  });

  it('that the enrolment does not name is not borrowed either', async () => {
    const other = { ...backendIn(LENT, 'unnamed'), metadata: { name: 'unnamed', namespace: LENT } };
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'unnamed', namespace: LENT },
    };
    await cluster.have(
      account,
      other,
      repository(LENT, 'unnamed', { key: 'source' }, { ...LOCAL, name: 'unnamed' }),
    );
    const { message } = await cluster.untilReady(LENT, 'unnamed', 'False', 'IdentityUnavailable');
    expect(message).toContain('secretscope enroll');
  });

  it('that may not read is denied, with what to do, and what it may not read stays unread', async () => {
    await cluster.have(roleOf(MALLORY, [LENDS]));
    await cluster.have(repository(MALLORY, 'denied', { key: 'own' }));
    const { message } = await cluster.untilReady(MALLORY, 'denied', 'False', 'BackendDenied', 20_000);
    expect(message).toContain('may not read key "own"; grant it that right');
    expect(await cluster.secret(MALLORY, 'denied-target')).toBeUndefined();
  });

  it('that may only get one name is enough for that name', async () => {
    await cluster.have(roleOf(MALLORY, [{ ...secrets('get'), resourceNames: ['own'] }, LENDS]));
    await cluster.untilData(MALLORY, 'denied-target', { VALUE: 'own' }, 30_000);
  });
});

describe('what is never a source', () => {
  it('a Secret that was delivered: reading it back would go around access and approval', async () => {
    await cluster.have(repository(VICTIM, 'again', { key: 'victim-target', property: 'VALUE' }));
    await cluster.untilReady(VICTIM, 'again', 'False', 'SourceRefused');
    expect(await cluster.secret(VICTIM, 'again-target')).toBeUndefined();
  });

  it('a token of the cluster', async () => {
    const annotations = { 'kubernetes.io/service-account.name': READER };
    await cluster.have(
      {
        ...secretThing(VICTIM, 'token'),
        metadata: { name: 'token', namespace: VICTIM, annotations },
        type: 'kubernetes.io/service-account-token',
      },
      repository(VICTIM, 'again', { key: 'token', property: 'token' }),
    );
    await cluster.untilReady(VICTIM, 'again', 'False', 'SourceRefused');
  });

  it('a Secret that became ours after it was read is not read again', async () => {
    await cluster.have(
      secretThing(VICTIM, 'turned', { value: 'x' }),
      repository(VICTIM, 'again', { key: 'turned' }),
    );
    await cluster.untilData(VICTIM, 'again-target', { VALUE: 'x' });
    await cluster.platform.merge(secretThing(VICTIM, 'turned'), {
      metadata: { labels: { 'secretscope.dev/managed': 'true' } },
      data: { value: btoa('y') },
    });
    await cluster.untilReady(VICTIM, 'again', 'False', 'SourceRefused');
    expect((await cluster.secret(VICTIM, 'again-target'))?.data).toEqual({ VALUE: 'x' });
  });

  it('the operator’s namespace, for a shared backend too', async () => {
    const shared: Thing = {
      apiVersion: API_VERSION,
      kind: 'ClusterSecretBackend',
      metadata: { name: 'inside' },
      spec: {
        kubernetes: { namespace: OPERATOR_NAMESPACE, auth: { serviceAccountRef: { name: 'secretscope' } } },
        grants: [{ namespaces: {}, keys: [{ key: 'secretscope-keys' }] }],
      },
    };
    await cluster.have(shared);
    await cluster.have(
      repository(
        VICTIM,
        'inside',
        { key: 'secretscope-keys', property: 'hmac' },
        { kind: 'ClusterSecretBackend', name: 'inside' },
      ),
    );
    await cluster.untilReady(VICTIM, 'inside', 'False', 'SourceRefused');
    const entries = await cluster.audit.since(cluster.ready);
    expect(
      lines(
        entries.filter(
          ({ subresource, namespace }) => subresource === 'token' && namespace === OPERATOR_NAMESPACE,
        ),
      ),
    ).toEqual([]);
  });
});

it('the enrolment of one namespace gives no right in another', async () => {
  await cluster.gone(...enrolmentOf(LENT).toReversed());
  await until(async () =>
    expect((await cluster.condition(LENT, 'lent'))?.reason).toBe('NamespaceNotEnrolled'),
  );
  await cluster.have(secretThing(LENT, 'source', { value: 'after' }));
  expect((await cluster.secret(LENT, 'lent-target'))?.data).toEqual({ VALUE: 'lent' });
  await cluster.untilReady(VICTIM, 'victim', 'True');
});

it('nothing of all this was done by system:masters', async () => {
  expect(await cluster.requestsByMasters()).toEqual([]);
});
