import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/fetch/port.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { AuditLog } from '../cluster/audit-log.ts';
import { backendContract } from '../contract/backend-contract.ts';
import { idle } from '../contract/contract-calls.ts';
import { KubernetesWorld, NAMESPACE, READER } from '../contract/kubernetes-world.ts';

let world: KubernetesWorld;
const open: Backend[] = [];

beforeAll(async () => {
  world = await KubernetesWorld.start();
});
afterAll(async () => {
  await Promise.all(open.map((backend) => backend.close()));
  await world?.stop();
});

const opened = <B extends Backend>(backend: B): B => {
  open.push(backend);
  return backend;
};

backendContract('kubernetes', async () => {
  const backend = opened(world.openThroughGateway());
  return {
    backend,
    property: 'value',
    store: (key, content) => world.store(key, { value: content }),
    trouble: async (kind) => {
      world.gateway.trouble = kind;
    },
    valueReads: async () => world.gateway.valueReads,
    close: () => backend.close(),
  };
});

describe('the identity', () => {
  it('THREATS 2: everything is asked as the service account; the operator asks for its token and nothing else', async () => {
    const log = new AuditLog(world.cluster.auditLogPath);
    const mark = await log.mark();
    await world.store('mine', { value: 'x' });
    const backend = opened(world.open('reader'));
    await backend.describe([{ key: 'mine' }], idle());
    expect(await kindsRead(backend, 'mine')).toEqual(['found']);
    await backend.list('', idle());
    const entries = await log.since(mark);
    const asReader = entries.filter(({ user }) => user === READER);
    const asOperator = entries.filter(({ user }) => user === 'operator');
    expect(asReader.map(({ verb, resource, name }) => [verb, resource, name])).toEqual([
      ['get', 'secrets', 'mine'],
      ['get', 'secrets', 'mine'],
      ['list', 'secrets', undefined],
    ]);
    expect(asOperator.map(({ verb, resource, subresource }) => [verb, resource, subresource])).toEqual([
      ['create', 'serviceaccounts', 'token'],
    ]);
  });

  it('THREATS 2: an account without rights is denied, and so is one in another namespace', async () => {
    await world.store('mine', { value: 'x' });
    expect(await kindsRead(opened(world.open('stranger')), 'mine')).toEqual(['denied']);
    expect(await kindsRead(opened(world.openThroughGateway(undefined, 'other')), 'mine')).toEqual(['denied']);
  });

  it('THREATS 2: reserved namespaces and what the cluster or this product made are never a source', async () => {
    const account = { annotations: { 'kubernetes.io/service-account.name': 'reader' } };
    await world.store(
      'delivered',
      { a: 'x' },
      { metadata: metadata('delivered', { labels: { 'secretscope.dev/managed': 'true' } }) },
    );
    await world.store(
      'token',
      {},
      { type: 'kubernetes.io/service-account-token', metadata: metadata('token', account) },
    );
    await world.store(
      'bootstrap-token-abcdef',
      { 'token-id': 'abcdef' },
      { type: 'bootstrap.kubernetes.io/token' },
    );
    const backend = opened(world.open('reader'));
    for (const key of ['delivered', 'token', 'bootstrap-token-abcdef']) {
      expect(await kindsRead(backend, key)).toEqual(['sourceRefused']);
      const answer = await backend.put({ key, property: 'a' }, SecretValue.fromText('x'), idle());
      expect(answer.kind).toBe('sourceRefused');
      expect((await backend.remove({ key }, idle())).kind).toBe('sourceRefused');
    }
    expect(await backend.describe([{ key: 'delivered' }], idle())).toEqual([{ kind: 'sourceRefused' }]);
    expect(await backend.list('', idle())).toMatchObject({
      keys: expect.not.arrayContaining(['delivered', 'token', 'bootstrap-token-abcdef']),
    });
    for (const namespace of ['kube-system', 'secretscope-system']) {
      expect(await kindsRead(world.open('reader', namespace), 'x')).toEqual(['sourceRefused']);
    }
  });

  it('a missing service account is no identity, never an absent secret', async () => {
    const backend = opened(world.open('nobody'));
    const answer = { kind: 'identityUnavailable', code: 'ServiceAccountNotFound' };
    expect(await backend.read([{ key: 'mine' }], idle())).toEqual([answer]);
    expect(await backend.describe([{ key: 'mine' }], idle())).toEqual([answer]);
    expect(await backend.check(idle())).toEqual(answer);
    expect(await backend.list('', idle())).toEqual(answer);
    expect(await backend.remove({ key: 'mine' }, idle())).toEqual(answer);
  });

  it('a refused token is renewed once, and then it is denied', async () => {
    await world.store('mine', { value: 'x' });
    const good = world.tokensOf('reader');
    let asked = 0;
    const stale = SecretValue.fromText('stale');
    const renewing = opened(world.openThroughGateway(async ({ fresh }) => (fresh ? good({ fresh }) : stale)));
    expect(await kindsRead(renewing, 'mine')).toEqual(['found']);
    const hopeless = opened(
      world.openThroughGateway(async () => {
        asked++;
        return stale;
      }),
    );
    expect(await kindsRead(hopeless, 'mine')).toEqual(['denied']);
    expect(asked).toBe(2);
  });
});

async function kindsRead(backend: Backend, key: string): Promise<string[]> {
  return (await backend.read([{ key }], idle())).map(({ kind }) => kind);
}

function metadata(name: string, rest: object) {
  return { name, namespace: NAMESPACE, ...rest };
}
