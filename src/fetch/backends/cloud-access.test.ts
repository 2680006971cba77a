import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../kube/testing/fake-clock.ts';
import type { AwsIdentity } from '../../model/backend-identity.ts';
import {
  accountOf,
  clusterTokens,
  hostOfUrl,
  isReserved,
  refusedEndpoint,
  refusedIdentity,
  testIdentityHost,
} from './cloud-access.ts';
import { cloudAccess, FakeCluster } from './cloud-access-fixture.ts';

const identity = (change: Partial<AwsIdentity> = {}): AwsIdentity => ({
  region: 'eu-west-1',
  auth: { serviceAccountRef: { namespace: 'team', name: 'reader' }, roleARN: 'arn:aws:iam::1:role/r' },
  ...change,
});
const auth = (namespace: string, name: string) => ({ serviceAccountRef: { namespace, name } });
const signal = new AbortController().signal;

describe('THREATS 1: the account that a backend means', () => {
  it('is the same for equal identities, in whatever order their fields stand', () => {
    const { region, auth: reader } = identity();
    const account = accountOf('aws:eu-west-1', identity());
    expect(accountOf('aws:eu-west-1', { auth: reader, region })).toBe(account);
    expect(account).toMatch(/^aws:eu-west-1:[0-9a-f]{64}$/);
  });

  it.each<[string, AwsIdentity]>([
    ['another service account', identity({ auth: auth('team', 'other') })],
    ['the service account of another namespace', identity({ auth: auth('other', 'reader') })],
    ['a name that moves a letter across', identity({ auth: auth('teamr', 'eader') })],
    ['another role', identity({ auth: { ...auth('team', 'reader'), roleARN: 'arn:aws:iam::2:role/r' } })],
    ['the operator’s own identity', identity({ auth: { ambient: true } })],
    ['another host', identity({ endpoint: 'http://127.0.0.1:1' })],
    ['other authorities', identity({ caBundle: 'PEM' })],
  ])('if it is %s, is another one', (_case, other) => {
    expect(accountOf('aws:eu-west-1', other)).not.toBe(accountOf('aws:eu-west-1', identity()));
  });

  it('if other settings go with it, is another one: they are not shared', () => {
    const one = identity();
    const accounts = [undefined, 'queue-a', 'queue-b'].map((settings) => accountOf('aws', one, settings));
    expect(new Set(accounts).size).toBe(3);
  });

  it('names no service account, role or Secret: logs show it', () => {
    expect(accountOf('aws:eu-west-1', identity())).not.toMatch(/team|reader|arn/);
  });
});

describe('THREATS 2: a namespace whose identities no backend may use', () => {
  it.each([
    ['kube-system', true],
    ['kube-public', true],
    ['secretscope-system', true],
    ['kubernetes', false],
    ['secretscope-system-2', false],
    ['team', false],
  ])('%s: %s', (namespace, reserved) => {
    expect(isReserved(namespace, 'secretscope-system')).toBe(reserved);
  });

  it.each<[string, object]>([
    ['its service account lies there', auth('kube-system', 'x')],
    ['its credential lies there', { secretRef: { namespace: 'secretscope-system', name: 'x' } }],
  ])('if %s, the backend answers every question with a refusal', async (_case, reader) => {
    const refused = refusedIdentity('aws', reader, cloudAccess(new FakeCluster()));
    expect(await refused?.check(signal)).toEqual({ kind: 'sourceRefused' });
    expect(await refused?.read([{ key: 'a' }, { key: 'b' }], signal)).toEqual([
      { kind: 'sourceRefused' },
      { kind: 'sourceRefused' },
    ]);
    expect(refused?.capabilities.provider).toBe('aws');
  });

  it('if it lies elsewhere, or is the operator’s own, nothing is refused', () => {
    const access = cloudAccess(new FakeCluster());
    for (const reader of [auth('team', 'x'), { secretRef: { namespace: 'vault', name: 'x' } }, {}])
      expect(refusedIdentity('aws', reader, access)).toBeUndefined();
  });
});

describe('THREATS 4: a stand-in on loopback', () => {
  const STAND_IN = 'http://127.0.0.1:4566';

  it('if the operator was started with it, identities go there too', () => {
    expect(testIdentityHost(STAND_IN, cloudAccess(new FakeCluster(), [STAND_IN]))).toBe(STAND_IN);
  });

  it('if they were given another place, they go there', () => {
    const identityHost = 'https://127.0.0.1:4567';
    const tests = { endpoints: new Set([STAND_IN]), identity: identityHost };
    expect(testIdentityHost(STAND_IN, cloudAccess(new FakeCluster(), [STAND_IN], { tests }))).toBe(
      identityHost,
    );
  });

  it.each<[string, string | undefined, string[]]>([
    ['the operator was started without', STAND_IN, []],
    ['it is another one', 'http://127.0.0.1:4567', [STAND_IN]],
    ['it is a host that only begins like it', `${STAND_IN}.evil.example`, [STAND_IN]],
    ['the backend names none', undefined, [STAND_IN]],
  ])('if %s, identities go to the cloud', (_case, endpoint, flags) => {
    expect(testIdentityHost(endpoint, cloudAccess(new FakeCluster(), flags))).toBeUndefined();
  });
});

describe('THREATS 4: an endpoint on loopback that the operator was not started with', () => {
  it.each(['http://127.0.0.1:9', 'https://localhost:9', 'http://[::1]:9'])(
    'if it is %s, is refused before any token is asked for',
    async (endpoint) => {
      const cluster = new FakeCluster();
      const instead = refusedEndpoint('aws', endpoint, cloudAccess(cluster));
      expect(await instead?.check(signal)).toEqual({ kind: 'unavailable', code: 'HostRefused' });
      expect(cluster.orders).toEqual([]);
    },
  );

  it('if it is a stand-in or a public host, or there is none, is not refused here', () => {
    const access = cloudAccess(new FakeCluster(), ['http://127.0.0.1:9']);
    for (const endpoint of ['http://127.0.0.1:9', 'https://secrets.example.com', undefined])
      expect(refusedEndpoint('aws', endpoint, access)).toBeUndefined();
  });
});

describe('a token of a service account', () => {
  it('is asked for with one audience and for ten minutes, and kept for eight', async () => {
    const cluster = new FakeCluster();
    const clock = new FakeClock();
    const access = cloudAccess(cluster, [], { clock });
    const tokens = clusterTokens({ namespace: 'team', name: 'reader' }, 'sts.amazonaws.com', access);
    const order = { account: 'team/reader', audiences: ['sts.amazonaws.com'], seconds: 600 };
    await Promise.all([tokens({ fresh: false }), tokens({ fresh: false })]);
    await clock.advance(7 * 60_000);
    await tokens({ fresh: false });
    expect(cluster.orders).toEqual([order]);
    await clock.advance(60_000);
    await tokens({ fresh: false });
    expect(cluster.orders).toEqual([order, order]);
  });
});

describe('the host of an endpoint', () => {
  it.each([
    ['https://secrets.acme.example', 'secrets.acme.example'],
    ['http://127.0.0.1:4566', '127.0.0.1'],
    ['http://[::1]:4566', '::1'],
  ])('of %s is %s', (url, host) => {
    expect(hostOfUrl(url)).toBe(host);
  });
});
