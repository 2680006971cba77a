import { execFile } from 'node:child_process';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SteppedClock } from '../../../../test/contract/stepped-clock.ts';
import { labelUpdated } from '../../../../test/peers/fake-aws-events.ts';
import { FakeSqs } from '../../../../test/peers/fake-sqs.ts';
import { openQueue } from '../../../../test/peers/feed-subjects.ts';
import { awsHosts } from '../../outbound/cloud-hosts.ts';
import { listenTo, passUntil, until } from '../polled-feed-fixture.ts';
import type { AwsEventQueue } from './aws-event-queue.ts';

const run = promisify(execFile);

describe('a queue of events at AWS', () => {
  let clock: SteppedClock;
  let fake: FakeSqs;
  let queue: AwsEventQueue;
  beforeEach(async () => {
    clock = new SteppedClock();
    fake = await FakeSqs.open(clock);
    queue = openQueue(fake, clock);
  });
  afterEach(async () => {
    await queue.close();
    await fake.close();
    vi.unstubAllEnvs();
  });

  it('THREATS 3: goes to its endpoint only, whatever the queue’s URL or the environment say', async () => {
    const trap = await FakeSqs.open(clock);
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_SQS', 'HTTP_PROXY', 'http_proxy'])
      vi.stubEnv(name, trap.url);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    queue = openQueue(fake, clock, { queueUrl: trap.queueUrl });
    const { states } = listenTo(queue);
    await until(() => states.length > 0);
    expect([states, trap.calls]).toEqual([['down QueueMissing'], []]);
    await trap.close();
  });

  it.each(['eu-west-1', 'cn-north-1', 'us-gov-west-1'])(
    'THREATS 4: goes to the host of %s',
    async (region) => {
      const asked: string[] = [];
      const https = new HttpsAgent({
        lookup: (host, _options, done) => {
          asked.push(host);
          done(Object.assign(new Error('nowhere'), { code: 'ENOTFOUND' }), []);
        },
      });
      const queueUrl = 'https://evil.example/123456789012/changes';
      queue = openQueue(fake, clock, {
        region,
        endpoint: undefined,
        queueUrl,
        agents: { https, http: new HttpAgent() },
      });
      const { states } = listenTo(queue);
      await until(() => states.length > 0);
      const found = awsHosts(region);
      expect(asked).toEqual([found.kind === 'hosts' ? found.hosts.sqs : '']);
      expect(states).toEqual(['down ENOTFOUND']);
    },
  );

  it('leaves agents open that it was given, as others may use them', async () => {
    const agents = { https: new HttpsAgent(), http: new HttpAgent({ keepAlive: true }) };
    queue = openQueue(fake, clock, { agents });
    const other = openQueue(fake, clock, { agents });
    listenTo(queue);
    listenTo(other);
    await until(() => queue.live && other.live);
    await queue.close();
    fake.send(labelUpdated('a'));
    await passUntil(clock, () => fake.stored === 0 && other.live);
    await other.close();
    await vi.waitFor(() => expect(Object.keys(agents.http.sockets)).toEqual([]));
    agents.http.destroy();
  });

  it('does not load the SDK before the first request', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import { AwsEventQueue } from './src/fetch/backends/aws/aws-event-queue.ts';
      import { systemClock as clock } from './src/kube/clock.ts';
      const { cache } = createRequire(process.cwd() + '/');
      const loaded = () => Object.keys(cache).some((path) => path.includes('@aws-sdk'));
      const credentials = async () => { throw new Error('none'); };
      const at = { region: 'eu-west-1', endpoint: '${fake.url}', queueUrl: '${fake.queueUrl}' };
      const feed = new AwsEventQueue({ ...at, credentials, clock, random: () => 0 });
      const before = loaded();
      feed.onLive(async () => { await feed.close(); console.log(before, loaded()); });
      feed.watch(() => undefined);`;
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script]);
    expect([stdout, stderr]).toEqual(['false true\n', '']);
  });

  it.each([
    'https://evil.example/',
    'changes',
    'https://sqs.eu-west-1.amazonaws.com/123456789012/a?x=1',
    'https://u:p@sqs.eu-west-1.amazonaws.com/123456789012/a',
    'https://sqs.eu-west-1.amazonaws.com/123456789012/a\n',
  ])('THREATS 4: %j is no queue', (queueUrl) => {
    expect(() => openQueue(fake, clock, { queueUrl })).toThrow(TypeError);
  });

  it('THREATS 16: shows no key and no text of AWS', async () => {
    fake.trouble.set('*', { kind: 'error', name: 'text-of-the-provider' });
    const { states } = listenTo(queue);
    await until(() => states.length > 0);
    expect(states).toEqual(['down UnknownError']);
  });
});
