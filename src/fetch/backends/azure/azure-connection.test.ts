import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { FakeAzure } from '../../../../test/peers/fake-azure.ts';
import { CLIENT, CLIENT_SECRET, clusterToken, TENANT } from '../../../../test/peers/fake-azure-tokens.ts';
import { systemClock } from '../../../kube/clock.ts';
import type { AzureIdentity } from '../../../model/backend-identity.ts';
import { authority } from '../../outbound/outbound-fixture.ts';
import type { Backend } from '../../port.ts';
import { cloudAccess, FakeCluster } from '../cloud-access-fixture.ts';
import { azureConnection } from './azure-connection.ts';

const APP = { tenantID: TENANT, clientID: CLIENT };
const FEDERATED = { serviceAccountRef: { namespace: 'team', name: 'reader' }, ...APP };
const STORED = { secretRef: { namespace: 'vault', name: 'app' } };
const FIELDS = { tenantId: TENANT, clientId: CLIENT, clientSecret: CLIENT_SECRET };

describe('a connection to Azure', () => {
  let fake: FakeAzure;
  let cluster: FakeCluster;
  const open: Backend[] = [];
  beforeEach(async () => {
    fake = await FakeAzure.open({ authority, host: 'localhost' });
    fake.vault.store('a', 'x');
    cluster = new FakeCluster();
    cluster.token = clusterToken;
    cluster.store('vault/app', FIELDS);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((backend) => backend.close()));
    await fake.close();
  });

  /** To the fake; `flags` are what the operator was started with. */
  function connected(auth: AzureIdentity['auth'], change: Partial<AzureIdentity> = {}, flags?: string[]) {
    const endpoints = flags ?? [fake.vaultUrl];
    const access = cloudAccess(cluster, endpoints, { clock: systemClock, ca: authority.certificate });
    const identity = { vaultName: 'acme', endpoint: fake.vaultUrl, auth, ...change };
    const backend = azureConnection(identity, {}, access).open();
    open.push(backend);
    return backend;
  }

  it('reads as an application that trusts the service account’s token, which is for Entra and ten minutes', async () => {
    expect(await connected(FEDERATED).read([{ key: 'a' }], idle())).toMatchObject([{ kind: 'found' }]);
    expect(cluster.orders).toEqual([
      { account: 'team/reader', audiences: ['api://AzureADTokenExchange'], seconds: 600 },
    ]);
    expect(fake.tokens.exchanges.map((form) => form.get('client_id'))).toEqual([CLIENT]);
    expect([cluster.reads, cluster.resolved]).toEqual([[], []]);
  });

  it('reads with a client secret in a Secret, and asks the cluster for no token', async () => {
    const backend = connected(STORED);
    expect(await backend.describe([{ key: 'a' }], idle())).toMatchObject([{ kind: 'found' }]);
    expect([cluster.orders, cluster.reads]).toEqual([[], ['vault/app']]);
    expect(fake.tokens.exchanges.map((form) => form.get('client_secret'))).toEqual([CLIENT_SECRET]);
  });

  it('if the vault refuses the token of a stored credential, reads the Secret again', async () => {
    const backend = connected(STORED);
    await backend.describe([{ key: 'a' }], idle());
    cluster.store('vault/app', FIELDS);
    fake.tokens.revoke();
    await backend.describe([{ key: 'a' }], idle());
    expect(await backend.describe([{ key: 'a' }], idle())).toMatchObject([{ kind: 'found' }]);
    expect(cluster.reads).toEqual(['vault/app', 'vault/app']);
  });

  it('if Entra refuses a stored credential, reads the Secret again', async () => {
    cluster.store('vault/app', { ...FIELDS, clientSecret: 'of-yesterday' });
    const backend = connected(STORED);
    const refused = { kind: 'identityUnavailable', code: 'AADSTS7000215' };
    expect(await backend.describe([{ key: 'a' }], idle())).toEqual([refused]);
    cluster.store('vault/app', FIELDS);
    expect(await backend.describe([{ key: 'a' }], idle())).toMatchObject([{ kind: 'found' }]);
    expect(cluster.reads).toEqual(['vault/app', 'vault/app']);
  });

  it.each<[string, Record<string, string>, string]>([
    ['an authority', { ...FIELDS, authorityHost: 'https://evil.example' }, 'CredentialUnsafe'],
    ['a certificate’s file', { ...FIELDS, clientCertificatePath: '/etc/passwd' }, 'CredentialUnsafe'],
    ['any tenant', { ...FIELDS, tenantId: 'common' }, 'CredentialInvalid'],
    ['nothing', {}, 'CredentialInvalid'],
  ])('THREATS 3: if the Secret names %s, Entra is asked nothing', async (_what, fields, code) => {
    cluster.store('vault/app', fields);
    expect(await connected(STORED).check(idle())).toEqual({ kind: 'identityUnavailable', code });
    expect([fake.tokens.exchanges, cluster.resolved]).toEqual([[], []]);
  });

  it.each<[string, Partial<AzureIdentity>, string]>([
    ['the public cloud', {}, 'acme.vault.azure.net.'],
    ['China', { cloud: 'AzureChina' }, 'acme.vault.azure.cn.'],
    ['the US government', { cloud: 'AzureUSGovernment' }, 'acme.vault.usgovcloudapi.net.'],
    ['in other letters', { vaultName: 'Acme' }, 'acme.vault.azure.net.'],
  ])('THREATS 4: if it names no endpoint, asks the vault’s own host: %s', async (_case, change, host) => {
    const backend = connected(FEDERATED, { endpoint: undefined, ...change }, []);
    expect(await backend.check(idle())).toEqual({ kind: 'unavailable', code: 'NotResolved' });
    expect([cluster.resolved, cluster.orders]).toEqual([[host], []]);
  });

  it('THREATS 4: if the operator was started without it, a stand-in is not asked', async () => {
    const backend = connected(FEDERATED, {}, []);
    expect(await backend.check(idle())).toEqual({ kind: 'unavailable', code: 'HostRefused' });
    expect([fake.calls, fake.tokens.exchanges, cluster.orders]).toEqual([[], [], []]);
  });

  it('THREATS 4: if another one would be reached all the same, no identity leaves for it', async () => {
    const tests = { endpoints: new Set<string>() };
    const access = cloudAccess(cluster, [fake.vaultUrl], { tests, ca: authority.certificate });
    const identity = { vaultName: 'acme', endpoint: fake.vaultUrl, auth: FEDERATED };
    const backend = azureConnection({ ...identity, cloud: 'AzureChina' }, {}, access).open();
    open.push(backend);
    expect(await backend.check(idle())).toMatchObject({ kind: 'unavailable' });
    expect([fake.tokens.exchanges, cluster.resolved, cluster.orders]).toEqual([[], [], []]);
  });

  it('counts the requests to the vault, but for those of its identity', async () => {
    const backend = connected(FEDERATED);
    expect(backend.requests?.()).toBe(0);
    await backend.check(idle());
    // the first one is challenged
    expect(backend.requests?.()).toBe(2);
  });
});
