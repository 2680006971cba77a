import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { idle } from '../../../test/contract/contract-calls.ts';
import { SteppedClock } from '../../../test/contract/stepped-clock.ts';
import { systemClock } from '../../kube/clock.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { KubeError } from '../../kube/kube-error.ts';
import { openClient } from '../../kube/open-client.ts';
import { SecretValue } from '../../model/secret-value.ts';
import type { Backend } from '../port.ts';
import { accountLogin, LoginFailed } from './account-login.ts';
import { KubernetesBackend } from './kubernetes.ts';
import { kubernetesConnection } from './kubernetes-connection.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

/** A backend whose API server gives this one answer to everything. */
async function against(body: string, status = 200): Promise<Backend> {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const endpoint = {
    server: url,
    namespace: 'a',
    trust: async () => ({}),
    identity: async () => ({ headers: {} }),
  };
  const parts = { clock: systemClock, random: Math.random };
  const open = openClient({ ...parts, endpoint, userAgent: 'test' });
  closing.push(async () => {
    await open.close();
    server.close();
  });
  return new KubernetesBackend({
    ...parts,
    namespace: 'a',
    token: async () => SecretValue.fromText('token'),
    clientFor: (token) => open.client.clientWithToken(token),
  });
}

const stored = (data: unknown) =>
  JSON.stringify({ metadata: { name: 'a', uid: 'u', resourceVersion: '1' }, data });

describe.each(['hunter2', 'k7Qz!ca~nary-15', 'zK9$'.repeat(15)])(
  'THREATS 16: an API server that sends canary %#',
  (canary) => {
    it.each<[string, string, number]>([
      ['as text', canary, 200],
      ['in broken JSON', `{"data":{"a":"${canary}`, 200],
      ['as a number', stored({ a: 1, [canary]: 2 }), 200],
      ['as a data key', stored({ [`${canary} no key`]: 'eA==' }), 200],
      ['as all data', stored(canary), 200],
      ['without metadata', JSON.stringify({ data: { a: canary } }), 200],
      ['as null', 'null', 200],
      ['in an error page', `<html>${canary}</html>`, 404],
      ['in a refusal', JSON.stringify({ kind: 'Status', reason: 'Invalid', message: canary }), 422],
      ['as a reason', JSON.stringify({ kind: 'Status', reason: `${canary}!`, message: canary }), 500],
    ])('%s is answered with a code, and neither absent nor quoted', async (_how, body, status) => {
      const backend = await against(body, status);
      const answers = [...(await backend.read([{ key: 'a' }], idle())), await backend.list('', idle())];
      for (const answer of answers) expect(answer.kind).toBe('unavailable');
      const shown = inspect(answers, { depth: 9 });
      for (let at = 0; at + 4 <= canary.length; at++) expect(shown).not.toContain(canary.slice(at, at + 4));
    });
  },
);

describe('a write', () => {
  const status = (reason: string, code: number) => JSON.stringify({ kind: 'Status', reason, code });

  it.each<[string, number, string, object]>([
    ['the server does not accept', 422, 'Invalid', { kind: 'refused', why: 'rejected' }],
    ['the account may not make', 403, 'Forbidden', { kind: 'denied' }],
    ['others always come before', 409, 'Conflict', { kind: 'refused', why: 'conflict' }],
  ])('that %s says so', async (_what, code, reason, answer) => {
    const backend = await against(status(reason, code), code);
    const ref = { key: 'a', property: 'p' };
    expect(await backend.put(ref, SecretValue.fromText('x'), idle())).toEqual(answer);
    expect(await backend.remove(ref, idle())).toEqual(answer);
  });

  it('without a data key needs a Secret that has one only', async () => {
    const put = async (data: Record<string, string>) =>
      (await against(stored(data))).put({ key: 'a' }, SecretValue.fromText('x'), idle());
    expect(await put({ a: 'eA==', b: 'eA==' })).toEqual({ kind: 'refused', why: 'partNeeded' });
    expect(await put({})).toEqual({ kind: 'refused', why: 'partNeeded' });
    expect(await put({ a: 'eA==' })).toEqual({ kind: 'stored', version: 'u/1', earlier: 'unusable' });
  });

  it('goes under a name that a data key can have', async () => {
    const backend = await against(stored({ a: 'eA==' }));
    const put = (property: string) => backend.put({ key: 'a', property }, SecretValue.fromText('x'), idle());
    expect(await put('a b')).toEqual({ kind: 'refused', why: 'keyInvalid' });
    expect(await put('b')).toMatchObject({ kind: 'stored', earlier: 'none' });
  });

  it('never goes to what this product delivered', async () => {
    const labels = { 'secretscope.dev/managed': 'true' };
    const delivered = {
      metadata: { name: 'a', uid: 'u', resourceVersion: '1', labels },
      data: { a: 'eA==' },
    };
    const backend = await against(JSON.stringify(delivered));
    const put = await backend.put({ key: 'a', property: 'a' }, SecretValue.fromText('x'), idle());
    expect([put, await backend.remove({ key: 'a' }, idle())]).toEqual([
      { kind: 'sourceRefused' },
      { kind: 'sourceRefused' },
    ]);
  });
});

describe('the login', () => {
  const label = { verb: 'create', resource: 'serviceaccounts/token', target: 'a/b', sensitive: true };

  it.each([
    ['notFound', { kind: 'identityUnavailable', code: 'ServiceAccountNotFound' }],
    ['forbidden', { kind: 'identityUnavailable', code: 'TokenRequestForbidden' }],
    ['network', { kind: 'unavailable', code: 'network' }],
    ['throttled', { kind: 'throttled', afterMs: 1_000 }],
  ] as const)('that fails with %s is an answer of its own', async (kind, answer) => {
    const login = accountLogin(
      () => Promise.reject(new KubeError({ kind, call: label })),
      new SteppedClock(),
    );
    await expect(login({ fresh: false })).rejects.toMatchObject({ answer });
  });

  it('is not tried again within a second of a failure', async () => {
    const clock = new SteppedClock();
    let asked = 0;
    const login = accountLogin(() => {
      asked++;
      return Promise.reject(new Error('token abc is bad'));
    }, clock);
    for (let time = 0; time < 3; time++) {
      const failure: unknown = await login({ fresh: true }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(LoginFailed);
      expect(inspect(failure)).not.toContain('abc');
    }
    expect(asked).toBe(1);
    await clock.pass(1_000);
    await login({ fresh: true }).catch(() => undefined);
    expect(asked).toBe(2);
  });

  it('is renewed once for a burst of refusals', async () => {
    const freshness: boolean[] = [];
    const login = accountLogin(async ({ fresh }) => {
      freshness.push(fresh);
      return SecretValue.fromText('t');
    }, new SteppedClock());
    for (let time = 0; time < 3; time++) await login({ fresh: true });
    expect(freshness).toEqual([true, false, false]);
  });
});

describe('a connection', () => {
  const access = {
    // opening asks for nothing
    kube: {} as KubeClient,
    operatorNamespace: 'secretscope-system',
    clock: new SteppedClock(),
    random: Math.random,
  };

  it('THREATS 2: is shared only by the same account of the same namespace', () => {
    const account = (namespace: string, serviceAccount: string) =>
      kubernetesConnection({ namespace, serviceAccount }, access).account;
    expect(account('a', 'reader')).toBe(account('a', 'reader'));
    const ids = [account('a', 'reader'), account('b', 'reader'), account('a', 'other')];
    expect(new Set(ids).size).toBe(3);
  });

  it.each(['kube-system', 'kube-public', 'secretscope-system'])(
    'THREATS 2: to %s is refused',
    async (namespace) => {
      const backend = kubernetesConnection({ namespace, serviceAccount: 'default' }, access).open();
      const refused = { kind: 'sourceRefused' };
      expect(await backend.read([{ key: 'a' }], idle())).toEqual([refused]);
      expect(await backend.list('', idle())).toEqual(refused);
      expect(await backend.check(idle())).toEqual(refused);
    },
  );
});
