import { expect, it } from 'vitest';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { FakeAws, REGION } from '../../../../test/peers/fake-aws.ts';
import { cloudAccess, FakeCluster } from '../cloud-access-fixture.ts';
import { awsConnection } from './aws-connection.ts';

it('if AWS does not know the stored keys any more, reads the Secret again at once', async () => {
  const fake = await FakeAws.open();
  fake.secrets.store.add(fake.secrets.store.create('a'), { SecretString: 'x' });
  const cluster = new FakeCluster();
  const give = (id: string) => {
    fake.keys.clear();
    fake.keys.set(id, { secretAccessKey: 'k'.repeat(40) });
    cluster.store('vault/keys', { accessKeyId: id, secretAccessKey: 'k'.repeat(40) });
  };
  give('AKIAOLDOLDOLDOLDOLD1');
  const identity = {
    region: REGION,
    endpoint: fake.url,
    auth: { secretRef: { namespace: 'vault', name: 'keys' } },
  };
  const backend = awsConnection(identity, {}, cloudAccess(cluster, [fake.url])).open();
  expect(await backend.describe([{ key: 'a' }], idle())).toMatchObject([{ kind: 'found' }]);
  give('AKIANEWNEWNEWNEWNEW1');
  expect(await backend.describe([{ key: 'a' }], idle())).toMatchObject([{ kind: 'found' }]);
  await backend.close();
  await fake.close();
});
