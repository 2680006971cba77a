/** The fake behind the gateway that stands before peers: the gateway changes nothing, and Google's own checks hold. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { backendContract } from '../../../../test/contract/backend-contract.ts';
import type { ContractSubject } from '../../../../test/contract/contract-subject.ts';
import { FakeGcp } from '../../../../test/peers/fake-gcp.ts';
import { GCP_CHECKS } from '../../../../test/peers/gcp-checks.ts';
import { GcpGateway } from '../../../../test/peers/gcp-gateway.ts';
import { plainGcp } from '../../../../test/peers/gcp-open.ts';
import { GCP_DIFFERENCES, gcpSubject } from '../../../../test/peers/gcp-subject.ts';

async function behindGateway(): Promise<{ readonly subject: ContractSubject; readonly port: number }> {
  const fake = await FakeGcp.open();
  const gateway = await GcpGateway.open(fake.port);
  const subject = gcpSubject(plainGcp(gateway.port), {
    store: async (key, content) => void fake.put(key, content),
    trouble: async (kind) => {
      gateway.trouble = kind;
    },
    valueReads: async () => gateway.valueReads,
    close: () => Promise.all([gateway.close(), fake.close()]).then(() => undefined),
  });
  return { subject, port: gateway.port };
}

backendContract('gcp, behind a gateway,', async () => (await behindGateway()).subject, {
  skip: GCP_DIFFERENCES,
});

describe('Google, as the fake plays it,', () => {
  let world: Awaited<ReturnType<typeof behindGateway>>;
  beforeAll(async () => {
    world = await behindGateway();
  });
  afterAll(() => world.subject.close());
  for (const [name, check] of Object.entries(GCP_CHECKS)) {
    it(name, () => check(world.subject, (key) => `${name.replaceAll(' ', '-')}.${key}`, world.port));
  }
});
