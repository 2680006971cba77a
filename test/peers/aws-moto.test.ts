/**
 * The AWS backend against moto, which nobody here wrote: the same contract, and what is AWS' own. Where moto is known
 * to differ from AWS a test must fail; the day it passes, its line below goes.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AwsWebIdentity } from '../../src/fetch/backends/aws/aws-web-identity.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { idle } from '../contract/contract-calls.ts';
import { READING } from '../contract/contract-reading.ts';
import { TROUBLE } from '../contract/contract-trouble.ts';
import { WRITING } from '../contract/contract-writing.ts';
import { AWS_CHECKS, type AwsChecks } from './aws-checks.ts';
import { AwsGateway } from './aws-gateway.ts';
import { AWS_SKIPS, type AwsSubject, awsSubject, openBackend } from './aws-subject.ts';
import { REGION } from './fake-aws.ts';
import { installMoto, MOTO_VERSION, type Moto, startMoto } from './moto.ts';

const DIFFERENCES: Readonly<Record<string, string>> = {
  'follows AWSCURRENT back to an older version, in a batch':
    'BatchGetSecretValue answers the newest version, wherever AWSCURRENT was moved',
  'does not write to a secret that is scheduled for deletion': 'PutSecretValue takes a value for it',
};

const CHECKS: AwsChecks = { ...READING, ...WRITING, ...TROUBLE, ...AWS_CHECKS };
const skipped = new Map(AWS_SKIPS.map(({ test, reason }) => [test, reason]));

const installed = await installMoto();
if (installed.kind === 'missing') process.stdout.write(`moto ${MOTO_VERSION}: not there: ${installed.why}\n`);
const mustRun = process.env['CI'] === 'true';
const title = installed.kind === 'ready' ? 'the aws backend on moto' : `no moto: ${installed.why}`;

describe.skipIf(installed.kind === 'missing' && !mustRun)(title, () => {
  let moto: Moto;
  let gateway: AwsGateway;
  let subject: AwsSubject;
  let passed = 0;
  let differed = 0;

  beforeAll(async () => {
    if (installed.kind === 'missing') throw new Error(`moto is needed in CI: ${installed.why}`);
    moto = await startMoto(installed.dir);
    gateway = await AwsGateway.open(moto.url);
    subject = awsSubject(gateway.url, moto.url, {
      trouble: async (kind) => {
        gateway.trouble = kind;
      },
      valueReads: async () => gateway.valueReads,
      close: () => gateway.close(),
    });
  });

  afterAll(async () => {
    await subject?.close();
    await moto?.stop();
    process.stdout.write(`moto ${MOTO_VERSION}: ${passed} passed, ${differed} expected differences\n`);
  });

  for (const [index, [name, check]] of Object.entries(CHECKS).entries()) {
    const run = () => check(subject, (key) => `t${index}.${key}`, gateway.url);
    const reason = DIFFERENCES[name];
    if (skipped.has(name)) it.skip(`${name} (${skipped.get(name)})`, run);
    else if (reason === undefined)
      it(name, async () => {
        await run();
        passed++;
      });
    else
      it(`${name} (unlike AWS: ${reason})`, async () => {
        await expect(run()).rejects.toMatchObject({ name: 'AssertionError' });
        differed++;
      });
  }

  it('takes keys for a service account token', async () => {
    const identity = new AwsWebIdentity({
      region: REGION,
      endpoint: moto.url,
      roleArn: 'arn:aws:iam::123456789012:role/reader',
      sessionName: 'acme-org.acme-secrets',
      token: async () => SecretValue.fromText('any.string.does'),
      clock: systemClock,
      random: () => 0.5,
    });
    const backend = openBackend(gateway.url, { credentials: identity.credentials });
    expect(await backend.check(idle())).toEqual({ kind: 'reachable' });
    await backend.close();
    identity.close();
    passed++;
  });
});
