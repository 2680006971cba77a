/** What holds for the connections to all three clouds. No name resolves here: nothing is asked of anybody. */
import { describe, expect, it, vi } from 'vitest';
import type { AwsIdentity, AzureIdentity, GcpIdentity } from '../../model/backend-identity.ts';
import { AccountPool, type BackendLine, type Connection } from '../account-pool.ts';
import { awsConnection } from './aws/aws-connection.ts';
import { azureConnection } from './azure/azure-connection.ts';
import type { CloudAccess } from './cloud-access.ts';
import { cloudAccess, FakeCluster } from './cloud-access-fixture.ts';
import { gcpConnection } from './gcp/gcp-connection.ts';

const UUID = '11111111-2222-3333-4444-555555555555';
const AUDIENCE = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/main';
const signal = new AbortController().signal;

type Account = { readonly namespace: string; readonly name: string };
interface Way {
  readonly cloud: string;
  readonly connect: (account: Account, access: CloudAccess, settings?: object) => Connection;
  /** with a credential in a Secret */
  readonly stored: (secret: Account, access: CloudAccess) => Connection;
  readonly trusting: (caBundle: string, access: CloudAccess) => Connection;
  /** with something in it that a schema would have refused */
  readonly odd: (access: CloudAccess) => Connection;
  readonly code: string;
}

const WAYS: readonly Way[] = [
  {
    cloud: 'aws',
    connect: (serviceAccountRef, access, settings = {}) => {
      const roleARN = 'arn:aws:iam::123456789012:role/reader';
      return awsConnection({ region: 'eu-west-1', auth: { serviceAccountRef, roleARN } }, settings, access);
    },
    stored: (secretRef, access) => awsConnection({ region: 'eu-west-1', auth: { secretRef } }, {}, access),
    trusting: (caBundle, access) =>
      awsConnection({ region: 'eu-west-1', caBundle, auth: { ambient: true } }, {}, access),
    odd: (access) => {
      const identity: AwsIdentity = { region: 'eu-west-1.evil.example', auth: { ambient: true } };
      return awsConnection(identity, {}, access);
    },
    code: 'RegionUnknown',
  },
  {
    cloud: 'gcp',
    connect: (serviceAccountRef, access, settings = {}) => {
      const auth = { serviceAccountRef, audience: AUDIENCE };
      return gcpConnection({ projectID: 'acme-prod', auth }, settings, access);
    },
    stored: (secretRef, access) => gcpConnection({ projectID: 'acme-prod', auth: { secretRef } }, {}, access),
    trusting: (caBundle, access) =>
      gcpConnection({ projectID: 'acme-prod', caBundle, auth: { ambient: true } }, {}, access),
    odd: (access) => {
      const identity: GcpIdentity = { projectID: 'acme-prod', location: 'evil.example/', auth: {} };
      return gcpConnection(identity, {}, access);
    },
    code: 'LocationUnknown',
  },
  {
    cloud: 'azure',
    connect: (serviceAccountRef, access, settings = {}) => {
      const auth = { serviceAccountRef, tenantID: UUID, clientID: UUID };
      return azureConnection({ vaultName: 'acme', auth }, settings, access);
    },
    stored: (secretRef, access) => azureConnection({ vaultName: 'acme', auth: { secretRef } }, {}, access),
    trusting: (caBundle, access) =>
      azureConnection({ vaultName: 'acme', caBundle, auth: { ambient: true } }, {}, access),
    odd: (access) => {
      const identity: AzureIdentity = { vaultName: 'evil.example/', auth: { ambient: true } };
      return azureConnection(identity, {}, access);
    },
    code: 'VaultNameInvalid',
  },
];

const READER = { namespace: 'team', name: 'reader' };
const line = (uid: string, identity: Account): BackendLine => ({
  id: { namespace: 'team', name: 'backend', uid },
  provider: 'memory',
  identity,
});

/** Backend objects by UID; `identity` of a line is its service account. */
function pooled({ connect }: Way) {
  const cluster = new FakeCluster();
  const access = cloudAccess(cluster);
  const agents = vi.spyOn(access.outbound, 'agents');
  const pool = new AccountPool({
    connect: ({ identity }) => connect(identity as unknown as Account, access),
    clock: access.clock,
    random: access.random,
  });
  return { cluster, pool, agents };
}

describe.each(WAYS)('a connection to $cloud', (way) => {
  it('opens nothing before it is used: it is asked for again and again', () => {
    const cluster = new FakeCluster();
    const access = cloudAccess(cluster);
    const agents = vi.spyOn(access.outbound, 'agents');
    const { refreshIntervalMs } = way.connect(READER, access, { refreshIntervalMs: 30_000 });
    expect([refreshIntervalMs, agents.mock.calls.length]).toEqual([30_000, 0]);
    expect([cluster.orders, cluster.reads, cluster.resolved]).toEqual([[], [], []]);
  });

  it('THREATS 1: if two backend objects have equal identities, they share one account', async () => {
    const { pool, agents } = pooled(way);
    const [one, two] = ['uid-1', 'uid-2'].map((uid) => pool.open(line(uid, { ...READER })));
    expect(one?.account).toBe(two?.account);
    const opened = agents.mock.calls.length;
    pool.open(line('uid-3', { ...READER }));
    expect(agents).toHaveBeenCalledTimes(opened);
    await pool.close();
  });

  it.each<[string, Account]>([
    ['another service account', { ...READER, name: 'other' }],
    ['the same name in another namespace', { ...READER, namespace: 'other' }],
  ])('THREATS 1: if they name %s, they share nothing', async (_case, other) => {
    const { pool } = pooled(way);
    const [one, two] = [pool.open(line('uid-1', READER)), pool.open(line('uid-2', other))];
    expect(one?.account.id).not.toBe(two?.account.id);
    expect([...pool.accounts]).toHaveLength(2);
    await pool.close();
  });

  it.each(['kube-system', 'secretscope-system'])(
    'THREATS 2: if its identity lies in %s, no question is passed on',
    async (namespace) => {
      const cluster = new FakeCluster();
      const access = cloudAccess(cluster);
      for (const connect of [way.connect, way.stored]) {
        const backend = connect({ namespace, name: 'x' }, access).open();
        expect(await backend.check(signal)).toEqual({ kind: 'sourceRefused' });
        expect(await backend.describe([{ key: 'a' }], signal)).toEqual([{ kind: 'sourceRefused' }]);
        await backend.close();
      }
      expect([cluster.orders, cluster.reads, cluster.resolved]).toEqual([[], [], []]);
    },
  );

  it('THREATS 4: if a host cannot be built from it, that is said without a call', async () => {
    const cluster = new FakeCluster();
    const access = cloudAccess(cluster);
    const agents = vi.spyOn(access.outbound, 'agents');
    const backend = way.odd(access).open();
    expect(await backend.check(signal)).toEqual({ kind: 'unavailable', code: way.code });
    expect([agents.mock.calls.length, cluster.resolved]).toEqual([0, []]);
  });

  it('THREATS 4: if it trusts what is no certificate, that is said without a call', async () => {
    const cluster = new FakeCluster();
    const access = cloudAccess(cluster);
    for (const caBundle of ['garbage', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
      const backend = way.trusting(caBundle, access).open();
      expect(await backend.check(signal)).toEqual({ kind: 'unavailable', code: 'CABundleInvalid' });
    }
    expect(cluster.resolved).toEqual([]);
  });

  it('if it is closed, the connections of every host go, whether they were used or not', async () => {
    const access = cloudAccess(new FakeCluster());
    const agents = vi.spyOn(access.outbound, 'agents');
    const backend = way.connect(READER, access).open();
    const destroyed = agents.mock.results.map(({ value }) => vi.spyOn(value.https, 'destroy'));
    expect(destroyed.length).toBeGreaterThan(0);
    await backend.close();
    for (const destroy of destroyed) expect(destroy).toHaveBeenCalled();
  });
});
