/** The Google backend against localgcp, which nobody here wrote: the same contract, and what is Google's own. */
import { inject } from 'vitest';
import { SecretValue } from '../../src/model/secret-value.ts';
import { idle } from '../contract/contract-calls.ts';
import { CONTRACT } from '../contract/whole-contract.ts';
import { GCP_CHECKS } from './gcp-checks.ts';
import { GcpGateway } from './gcp-gateway.ts';
import { plainGcp } from './gcp-open.ts';
import { GCP_DIFFERENCES, gcpBehind } from './gcp-subject.ts';
import { type LocalgcpBuild, startLocalgcp } from './localgcp.ts';
import { peerSuite } from './peer-suite.ts';

/** What a person stores goes around the gateway. */
async function open(build: LocalgcpBuild) {
  const localgcp = await startLocalgcp(build);
  const gateway = await GcpGateway.open(localgcp.port);
  const person = plainGcp(localgcp.port);
  const subject = gcpBehind(gateway, async (key, content) => {
    const answer = await person.put({ key }, SecretValue.fromText(content), idle());
    if (answer.kind !== 'stored') throw new Error(`not stored but ${answer.kind}`);
  });
  const stop = async () => {
    await person.close();
    await localgcp.stop();
  };
  return { subject, address: gateway.port, stop };
}

peerSuite({
  name: 'localgcp',
  provider: 'Google',
  install: inject('peers').localgcp,
  checks: { ...CONTRACT, ...GCP_CHECKS },
  skips: GCP_DIFFERENCES,
  differences: {
    // from its source (internal/secretmanager); it has not run where this was written
    'keeps the secrets of a region apart': {
      reason: 'it understands no name with a location when a version is accessed',
      page: 'https://cloud.google.com/secret-manager/regional-secrets/create-regional-secret',
    },
  },
  open,
});
