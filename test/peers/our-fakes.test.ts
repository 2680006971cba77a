/**
 * Our own fakes in the frame of the peers: the same checks, none of which may differ. What a peer is too lenient for,
 * these are strict about; what we misread, a peer shows.
 */
import { CONTRACT } from '../contract/whole-contract.ts';
import { AWS_CHECKS } from './aws-checks.ts';
import { AWS_SKIPS, fakeSubject as fakeAws } from './aws-subject.ts';
import { AZURE_CHECKS } from './azure-checks.ts';
import { AZURE_SKIPS, fakeSubject as fakeAzure } from './azure-subject.ts';
import { FakeGcp } from './fake-gcp.ts';
import { GCP_CHECKS } from './gcp-checks.ts';
import { GcpGateway } from './gcp-gateway.ts';
import { GCP_DIFFERENCES, gcpBehind } from './gcp-subject.ts';
import { peerSuite } from './peer-suite.ts';

const install = { kind: 'ready', version: '(ours)' } as const;
const stop = async () => undefined;

peerSuite({
  name: 'fake-aws',
  provider: 'AWS',
  install,
  checks: { ...CONTRACT, ...AWS_CHECKS },
  skips: AWS_SKIPS,
  open: async () => {
    const subject = await fakeAws();
    return { subject, address: subject.fake.url, stop };
  },
});

peerSuite({
  name: 'fake-gcp',
  provider: 'Google',
  install,
  checks: { ...CONTRACT, ...GCP_CHECKS },
  skips: GCP_DIFFERENCES,
  open: async () => {
    const fake = await FakeGcp.open();
    const gateway = await GcpGateway.open(fake.port);
    const subject = gcpBehind(gateway, async (key, content) => void fake.put(key, content));
    return { subject, address: gateway.port, stop: () => fake.close() };
  },
});

peerSuite({
  name: 'fake-azure',
  provider: 'Azure',
  install,
  checks: { ...CONTRACT, ...AZURE_CHECKS },
  skips: AZURE_SKIPS,
  open: async () => ({ subject: await fakeAzure(), address: undefined, stop }),
});
