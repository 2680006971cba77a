import { generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { SteppedClock } from '../../../../test/contract/stepped-clock.ts';
import { FakeAws, KEYS, REGION } from '../../../../test/peers/fake-aws.ts';
import { FakeSqs } from '../../../../test/peers/fake-sqs.ts';
import type { AwsIdentity } from '../../../model/backend-identity.ts';
import type { Backend } from '../../port.ts';
import { cloudAccess, FakeCluster } from '../cloud-access-fixture.ts';
import { until } from '../polled-feed-fixture.ts';
import { awsConnection } from './aws-connection.ts';

const ROLE = 'arn:aws:iam::123456789012:role/reader';
const ISSUER = 'https://oidc.example/cluster';
const ACCOUNT = { namespace: 'team', name: 'reader' };
const AS_ROLE = { serviceAccountRef: ACCOUNT, roleARN: ROLE };
const STORED = { secretRef: { namespace: 'vault', name: 'keys' } };
const key = generateKeyPairSync('rsa', { modulusLength: 2_048 });

/** As the cluster issues them to team/reader. */
function token(): string {
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const claims = { iss: ISSUER, sub: 'system:serviceaccount:team:reader', aud: ['sts.amazonaws.com'], exp };
  const parts = [{ alg: 'RS256' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signature = sign('sha256', Buffer.from(parts.join('.')), key.privateKey);
  return [...parts, signature.toString('base64url')].join('.');
}

describe('a connection to AWS', () => {
  let fake: FakeAws;
  let cluster: FakeCluster;
  const open: Backend[] = [];
  beforeEach(async () => {
    fake = await FakeAws.open();
    const publicKey = key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    fake.sts.issuer = { url: ISSUER, publicKey };
    fake.sts.roles.set(ROLE, { subject: 'system:serviceaccount:team:reader' });
    fake.secrets.store.add(fake.secrets.store.create('a'), { SecretString: 'x' });
    cluster = new FakeCluster();
    cluster.token = token;
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((backend) => backend.close()));
    await fake.close();
  });

  function connected(auth: AwsIdentity['auth'], { endpoint = fake.url, flags = [fake.url] } = {}): Backend {
    const identity = { region: REGION, endpoint, auth };
    const backend = awsConnection(identity, {}, cloudAccess(cluster, flags)).open();
    open.push(backend);
    return backend;
  }

  it('reads as a role that the service account’s token is exchanged for, for AWS and ten minutes', async () => {
    const [answer] = await connected(AS_ROLE).read([{ key: 'a' }], idle());
    expect(answer).toMatchObject({ kind: 'found' });
    expect(cluster.orders).toEqual([
      { account: 'team/reader', audiences: ['sts.amazonaws.com'], seconds: 600 },
    ]);
    // what AWS' audit log shows
    expect(fake.sts.sessions).toEqual(['team.reader']);
    expect([cluster.reads, cluster.resolved]).toEqual([[], []]);
  });

  it('reads with keys of a Secret, and exchanges nothing', async () => {
    cluster.store('vault/keys', {
      ...KEYS,
      secretAccessKey: 'k'.repeat(40),
      accessKeyId: 'AKIA0123456789ABCDEF',
    });
    fake.keys.set('AKIA0123456789ABCDEF', { secretAccessKey: 'k'.repeat(40) });
    expect(await connected(STORED).describe([{ key: 'a' }], idle())).toMatchObject([{ kind: 'found' }]);
    expect([cluster.orders, fake.sts.exchanges, cluster.reads]).toEqual([[], 0, ['vault/keys']]);
  });

  it('THREATS 3: if that Secret holds more than keys, AWS is asked nothing', async () => {
    cluster.store('vault/keys', { ...KEYS, credential_process: '/bin/sh' });
    expect(await connected(STORED).check(idle())).toEqual({
      kind: 'identityUnavailable',
      code: 'CredentialUnsafe',
    });
    expect(fake.calls).toEqual([]);
  });

  it.each([
    ['eu-west-1', 'amazonaws.com'],
    ['cn-north-1', 'amazonaws.com.cn'],
    ['us-gov-west-1', 'amazonaws.com'],
  ])('THREATS 4: if it names no endpoint, asks the hosts of %s and no other', async (region, domain) => {
    const backend = awsConnection({ region, auth: AS_ROLE }, {}, cloudAccess(cluster)).open();
    expect(await backend.check(idle())).toEqual({ kind: 'unavailable', code: 'NotResolved' });
    expect(cluster.resolved).toEqual([`sts.${region}.${domain}.`]);
    await backend.close();
  });

  it('THREATS 4: if the operator was started without it, a stand-in is not asked, and neither is its STS', async () => {
    const backend = connected(AS_ROLE, { flags: [] });
    expect(await backend.check(idle())).toEqual({ kind: 'unavailable', code: 'HostRefused' });
    expect([fake.calls, cluster.resolved, cluster.orders]).toEqual([[], [], []]);
  });

  it('THREATS 4: if it names another host, identities are exchanged at AWS all the same', async () => {
    const backend = connected(AS_ROLE, { endpoint: 'https://secrets.acme.example' });
    await backend.check(idle());
    expect(cluster.resolved).toEqual([`sts.${REGION}.amazonaws.com.`]);
  });

  it('if a queue tells of changes, listens to it while it is open, and no longer', async () => {
    const clock = new SteppedClock();
    const queue = await FakeSqs.open(clock);
    queue.keys.set('AKIA0123456789ABCDEF', { secretAccessKey: 'k'.repeat(40) });
    cluster.store('vault/keys', { accessKeyId: 'AKIA0123456789ABCDEF', secretAccessKey: 'k'.repeat(40) });
    const access = cloudAccess(cluster, [queue.url], { clock });
    const identity = { region: REGION, endpoint: queue.url, auth: STORED };
    const settings = { queueUrl: queue.queueUrl };
    expect(awsConnection(identity, settings, access).account).not.toBe(
      awsConnection(identity, {}, access).account,
    );
    const backend = awsConnection(identity, settings, access).open();
    expect(backend.live?.()).toBe(false);
    backend.watch?.(() => undefined);
    await until(() => backend.live?.() === true);
    await backend.close();
    const calls = queue.calls.length;
    await clock.pass(120_000);
    expect([backend.live?.(), queue.calls.length]).toEqual([false, calls]);
    await queue.close();
  });

  it('if no queue does, nothing is watched', () => {
    const backend = connected(AS_ROLE);
    expect([backend.watch, backend.live?.()]).toEqual([undefined, false]);
  });

  it('counts the requests to AWS, but for those of its identity', async () => {
    const backend = connected(AS_ROLE);
    expect(backend.requests?.()).toBe(0);
    await backend.describe([{ key: 'a' }, { key: 'b' }], idle());
    expect([backend.requests?.(), fake.sts.exchanges]).toEqual([2, 1]);
  });
});
