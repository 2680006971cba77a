/**
 * A process of its own that uses the AWS backend, for aws-environment.test.ts: environment and loaded modules are a
 * process' own. Asks the endpoint of its first argument, then the region's own host, which it never reaches.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent } from 'node:https';
import { AwsWebIdentity } from '../../src/fetch/backends/aws/aws-web-identity.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { openBackend } from './aws-subject.ts';
import { REGION } from './fake-aws.ts';

const signal = new AbortController().signal;
const endpoint = process.argv[2] ?? '';
const asked: string[] = [];
const agent = new Agent({
  lookup: (host, _options, done) => {
    asked.push(host);
    done(Object.assign(new Error('nowhere'), { code: 'ENOTFOUND' }), []);
  },
});

const near = openBackend(endpoint);
const refs = [{ key: 'a' }, { key: 'b' }];
const answers: unknown[] = [await near.describe(refs, signal), await near.read(refs, signal)];
await near.close();

const agents = { https: agent, http: new HttpAgent() };
const far = openBackend('', { endpoint: undefined, agents });
const identity = new AwsWebIdentity({
  region: REGION,
  agents,
  roleArn: 'arn:aws:iam::123456789012:role/reader',
  sessionName: 'test',
  token: async () => SecretValue.fromText('a.b.c'),
  clock: systemClock,
  random: () => 0.5,
});
answers.push(await far.check(signal));
answers.push(
  await identity.credentials({ fresh: false }).catch((error: { answer: unknown }) => error.answer),
);
await far.close();
identity.close();

process.stdout.write(JSON.stringify({ answers, asked }));
