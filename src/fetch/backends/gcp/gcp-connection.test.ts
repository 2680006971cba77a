import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { FakeGcp } from '../../../../test/peers/fake-gcp.ts';
import type { GcpIdentity } from '../../../model/backend-identity.ts';
import { authority, httpsServer } from '../../outbound/outbound-fixture.ts';
import type { Backend } from '../../port.ts';
import { cloudAccess, FakeCluster } from '../cloud-access-fixture.ts';
import { gcpConnection } from './gcp-connection.ts';

const PROVIDER =
  '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/cluster/providers/main';
const FEDERATED = { serviceAccountRef: { namespace: 'team', name: 'reader' }, audience: PROVIDER };
const STORED = { secretRef: { namespace: 'vault', name: 'keys' } };
const EMAIL = 'reader@acme-prod.iam.gserviceaccount.com';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const DOCUMENT = {
  type: 'service_account',
  project_id: 'acme-prod',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  client_email: EMAIL,
  token_uri: 'https://oauth2.googleapis.com/token',
};

describe('a connection to Google', () => {
  let cluster: FakeCluster;
  const open: Backend[] = [];
  beforeEach(() => {
    cluster = new FakeCluster();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((backend) => backend.close()));
  });

  function connected(change: Partial<GcpIdentity>, access = cloudAccess(cluster)): Backend {
    const identity = { projectID: 'acme-prod', auth: FEDERATED, ...change };
    const backend = gcpConnection(identity, {}, access).open();
    open.push(backend);
    return backend;
  }

  /** A Google on loopback, with a token service that takes anything but the first few: what it was asked is noted. */
  async function standIn(refused = 0) {
    const fake = await FakeGcp.open();
    fake.put('a', 'x');
    const asked: string[] = [];
    const { port } = await httpsServer(
      (request, response) => {
        asked.push(request.url ?? '');
        request.resume();
        const isRefused = asked.length <= refused;
        const token = { access_token: 'ya29.x', expires_in: 3_600, token_type: 'Bearer' };
        response
          .writeHead(isRefused ? 400 : 200, { 'content-type': 'application/json' })
          .end(JSON.stringify(isRefused ? { error: 'invalid_grant' } : token));
      },
      ['localhost'],
    );
    const [endpoint, identity] = [`http://127.0.0.1:${fake.port}`, `https://localhost:${port}`];
    const tests = { endpoints: new Set([endpoint]), identity, ca: authority.certificate };
    const access = cloudAccess(cluster, [endpoint, identity], { tests, ca: authority.certificate });
    return { fake, asked, endpoint, access };
  }

  it('reads as an identity that the service account’s token is exchanged for, for its provider and ten minutes', async () => {
    const { fake, asked, endpoint, access } = await standIn();
    const backend = connected({ endpoint }, access);
    expect(await backend.read([{ key: 'a' }], idle())).toMatchObject([{ kind: 'found', version: '1' }]);
    expect(cluster.orders).toEqual([
      { account: 'team/reader', audiences: [`https:${PROVIDER}`], seconds: 600 },
    ]);
    expect([asked, backend.requests?.(), cluster.resolved]).toEqual([['/v1/token'], 1, []]);
    await backend.close();
    await fake.close();
  });

  it('reads with a key of a Secret, and asks the cluster for no token', async () => {
    const { fake, asked, endpoint, access } = await standIn();
    cluster.store('vault/keys', { 'key.json': JSON.stringify(DOCUMENT) });
    const backend = connected({ endpoint, auth: STORED }, access);
    expect(await backend.describe([{ key: 'a' }], idle())).toEqual([{ kind: 'found', version: '1' }]);
    expect([asked, cluster.orders, cluster.reads]).toEqual([['/token'], [], ['vault/keys']]);
    await backend.close();
    await fake.close();
  });

  it('if no token is given for a stored key, reads the Secret again', async () => {
    const { fake, asked, endpoint, access } = await standIn(1);
    cluster.store('vault/keys', { 'key.json': JSON.stringify(DOCUMENT) });
    const backend = connected({ endpoint, auth: STORED }, access);
    const refused = { kind: 'identityUnavailable' };
    expect(await backend.describe([{ key: 'a' }], idle())).toMatchObject([refused]);
    cluster.store('vault/keys', { 'key.json': JSON.stringify(DOCUMENT) });
    expect(await backend.describe([{ key: 'a' }], idle())).toEqual([{ kind: 'found', version: '1' }]);
    expect([asked, cluster.reads]).toEqual([
      ['/token', '/token'],
      ['vault/keys', 'vault/keys'],
    ]);
    await backend.close();
    await fake.close();
  });

  it.each<[string, Record<string, string>, string]>([
    ['no key', {}, 'CredentialInvalid'],
    ['a key elsewhere', { 'credentials.json': JSON.stringify(DOCUMENT) }, 'CredentialInvalid'],
    [
      'a document that names programs',
      {
        'key.json': JSON.stringify({
          type: 'external_account',
          credential_source: { executable: { command: '/bin/sh' } },
        }),
      },
      'CredentialUnsafe',
    ],
    [
      'a key that is to be shown elsewhere',
      { 'key.json': JSON.stringify({ ...DOCUMENT, token_uri: 'https://evil.example/token' }) },
      'CredentialUnsafe',
    ],
  ])('THREATS 3: if the Secret holds %s, nobody is asked anything', async (_what, fields, code) => {
    cluster.store('vault/keys', fields);
    expect(await connected({ auth: STORED }).check(idle())).toEqual({ kind: 'identityUnavailable', code });
    expect(cluster.resolved).toEqual([]);
  });

  it.each<[string, Partial<GcpIdentity>, string]>([
    ['as the federated identity', {}, 'sts.googleapis.com.'],
    [
      'as an account of Google',
      { auth: { ...FEDERATED, serviceAccountEmail: EMAIL } },
      'sts.googleapis.com.',
    ],
    ['at another host', { endpoint: 'https://secrets.acme.example' }, 'sts.googleapis.com.'],
    ['with a key of a Secret', { auth: STORED }, 'oauth2.googleapis.com.'],
  ])('THREATS 4: if it reads %s, identities are exchanged at Google', async (_case, change, host) => {
    cluster.store('vault/keys', { 'key.json': JSON.stringify(DOCUMENT) });
    expect(await connected(change).check(idle())).toEqual({ kind: 'unavailable', code: 'NotResolved' });
    expect(cluster.resolved).toEqual([host]);
  });

  it('THREATS 4: if the operator was started without it, a stand-in is not asked', async () => {
    const { fake, asked, endpoint } = await standIn();
    await connected({ endpoint }).check(idle());
    expect([fake.calls, asked, cluster.resolved]).toEqual([[], [], []]);
    await fake.close();
  });

  it('THREATS 4: if it was started with another one, this one is asked nothing, with a token or without', async () => {
    const { fake, endpoint } = await standIn();
    const other = 'http://127.0.0.1:9';
    cluster.store('vault/keys', { 'key.json': JSON.stringify(DOCUMENT) });
    await connected({ endpoint }, cloudAccess(cluster, [other])).check(idle());
    expect(fake.calls).toEqual([]);
    await fake.close();
  });

  it('if a subscription tells of changes, it is watched, and nobody without it shares the account', async () => {
    const identity = { projectID: 'acme-prod', auth: FEDERATED };
    const connect = (settings: object) => gcpConnection(identity, settings, cloudAccess(cluster));
    const backend = connect({ subscription: 'changes' }).open();
    expect([typeof backend.watch, backend.live?.()]).toEqual(['function', false]);
    expect(connect({ subscription: 'changes' }).account).not.toBe(connect({}).account);
    await backend.close();
  });

  it('if none does, nothing is watched', () => {
    const backend = connected({});
    expect([backend.watch, backend.live?.()]).toEqual([undefined, false]);
  });
});
