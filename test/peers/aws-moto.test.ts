/** The AWS backend against moto, which nobody here wrote: the same contract, and what is AWS' own. */
import { expect, inject } from 'vitest';
import { AwsWebIdentity } from '../../src/fetch/backends/aws/aws-web-identity.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { idle } from '../contract/contract-calls.ts';
import { CONTRACT } from '../contract/whole-contract.ts';
import { AWS_CHECKS, type AwsChecks } from './aws-checks.ts';
import { AwsGateway } from './aws-gateway.ts';
import { AWS_SKIPS, awsSubject, openBackend } from './aws-subject.ts';
import { REGION } from './fake-aws.ts';
import { type MotoInstall, startMoto } from './moto.ts';
import { peerSuite } from './peer-suite.ts';

const API = 'https://docs.aws.amazon.com/secretsmanager/latest/apireference';

async function open(install: MotoInstall) {
  const moto = await startMoto(install);
  const gateway = await AwsGateway.open(moto.url);
  const subject = awsSubject(gateway.url, moto.url, {
    trouble: async (kind) => {
      gateway.trouble = kind;
    },
    valueReads: async () => gateway.valueReads,
    close: () => gateway.close(),
  });
  return { subject, address: gateway.url, stop: moto.stop };
}

/** It looks at no signature: that the exchange is understood is all that it can say. */
const IDENTITY: AwsChecks = {
  'takes keys for a service account token': async (_subject, _key, url) => {
    const identity = new AwsWebIdentity({
      region: REGION,
      endpoint: url,
      roleArn: 'arn:aws:iam::123456789012:role/reader',
      sessionName: 'acme-org.acme-secrets',
      token: async () => SecretValue.fromText('any.string.does'),
      clock: systemClock,
      random: () => 0.5,
    });
    const backend = openBackend(url, { credentials: identity.credentials });
    expect(await backend.check(idle())).toEqual({ kind: 'reachable' });
    await backend.close();
    identity.close();
  },
};

peerSuite({
  name: 'moto',
  provider: 'AWS',
  install: inject('peers').moto,
  checks: { ...CONTRACT, ...AWS_CHECKS, ...IDENTITY },
  skips: AWS_SKIPS,
  differences: {
    'follows AWSCURRENT back to an older version, in a batch': {
      reason: 'BatchGetSecretValue answers the newest version, wherever AWSCURRENT was moved',
      page: `${API}/API_BatchGetSecretValue.html`,
    },
    'does not write to a secret that is scheduled for deletion': {
      reason: 'PutSecretValue takes a value for it',
      page: `${API}/API_PutSecretValue.html`,
    },
  },
  open,
});
