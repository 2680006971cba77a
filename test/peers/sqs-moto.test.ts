/**
 * The event queue of AWS against moto, which nobody here wrote: its SQS, and the events that its EventBridge puts into
 * a queue. moto checks no signature and never throttles; fake-sqs.ts does.
 */
import { SQS } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { AwsEventQueue } from '../../src/fetch/backends/aws/aws-event-queue.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { staticKeys } from './aws-subject.ts';
import { KEYS, REGION } from './fake-aws.ts';
import { apiCall, arnOf, labelUpdated, serviceEvent } from './fake-aws-events.ts';
import { type Moto, startMoto } from './moto.ts';
import { missingPeer } from './peer-suite.ts';

const install = inject('peers').moto;
const title = 'the event queue of AWS on moto';
if (install.kind === 'missing') missingPeer('moto', title, install);

describe.skipIf(install.kind === 'missing')(title, () => {
  let moto: Moto;
  let person: SQS;
  const feeds: AwsEventQueue[] = [];

  beforeAll(async () => {
    if (install.kind === 'missing') return;
    moto = await startMoto(install);
    const useQueueUrlAsEndpoint = false;
    person = new SQS({ region: REGION, endpoint: moto.url, credentials: KEYS, useQueueUrlAsEndpoint });
  });

  afterAll(async () => {
    await Promise.all(feeds.map((feed) => feed.close()));
    person?.destroy();
    await moto?.stop();
  });

  async function queueNamed(QueueName: string): Promise<string> {
    return (await person.createQueue({ QueueName })).QueueUrl ?? '';
  }

  function watched(queueUrl: string) {
    const at = { region: REGION, endpoint: moto.url, queueUrl };
    const feed = new AwsEventQueue({
      ...at,
      credentials: staticKeys,
      clock: systemClock,
      random: Math.random,
    });
    feeds.push(feed);
    const keys: string[] = [];
    const states: string[] = [];
    feed.onLive((_live, code) => states.push(code));
    feed.watch((key) => keys.push(key ?? '*'));
    return { feed, keys, states };
  }

  /** Messages that nobody deleted, seen or not. */
  async function left(QueueUrl: string): Promise<number> {
    const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes = {} } = await person.getQueueAttributes({
      QueueUrl,
      AttributeNames: [...AttributeNames],
    });
    return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0);
  }

  it('hands on what is in the queue, and empties it', async () => {
    const QueueUrl = await queueNamed('kept');
    for (const event of [
      labelUpdated('a'),
      apiCall('PutSecretValue', { requestParameters: { secretId: arnOf('b') } }),
      serviceEvent('RotationSucceeded', { additionalEventData: { SecretId: arnOf('c/d') } }),
      { garbage: true },
    ])
      await person.sendMessage({ QueueUrl, MessageBody: JSON.stringify(event) });
    const { feed, keys } = watched(QueueUrl);
    await expect.poll(() => left(QueueUrl), { timeout: 10_000 }).toBe(0);
    expect(feed.live).toBe(true);
    expect(feed.ignored).toBe(1);
    expect([...new Set(keys)].sort()).toEqual(['a', 'b', 'b-a1b2c3', 'c/d']);
  });

  it('hears of what comes while it waits', async () => {
    const QueueUrl = await queueNamed('empty');
    const { feed, keys } = watched(QueueUrl);
    await expect.poll(() => feed.live).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await person.sendMessage({ QueueUrl, MessageBody: JSON.stringify(labelUpdated('late')) });
    await expect.poll(() => keys, { timeout: 10_000 }).toEqual(['late']);
    await expect.poll(() => left(QueueUrl), { timeout: 10_000 }).toBe(0);
  });

  it('understands what EventBridge wraps around an event', async () => {
    const QueueUrl = await queueNamed('bridged');
    const { keys } = watched(QueueUrl);
    const EventPattern = JSON.stringify({ source: ['aws.secretsmanager'] });
    await events('PutRule', { Name: 'secrets', EventPattern });
    const Arn = `arn:aws:sqs:${REGION}:123456789012:bridged`;
    await events('PutTargets', { Rule: 'secrets', Targets: [{ Id: '1', Arn }] });
    const Detail = JSON.stringify({ name: 'acme/npm', labelUpdated: 'AWSCURRENT', versionId: 'x' });
    const entry = { Source: 'aws.secretsmanager', DetailType: 'Secret Label Updated', Detail };
    await events('PutEvents', { Entries: [entry] });
    await expect.poll(() => keys, { timeout: 10_000 }).toEqual(['acme/npm']);
  });

  it('says that there is no such queue, until there is', { timeout: 30_000 }, async () => {
    const QueueUrl = `${moto.url}/123456789012/missing`;
    const { feed, states } = watched(QueueUrl);
    await expect.poll(() => states, { timeout: 10_000 }).toEqual(['QueueMissing']);
    await queueNamed('missing');
    await expect.poll(() => feed.live, { timeout: 20_000 }).toBe(true);
  });

  it('stays live through a long poll in which nothing comes', { timeout: 60_000 }, async () => {
    const { feed, states } = watched(await queueNamed('silent'));
    await new Promise((resolve) => setTimeout(resolve, 25_000));
    expect([feed.live, states]).toEqual([true, ['Answered']]);
  });

  it('ends its long poll at once when it is closed', async () => {
    const { feed } = watched(await queueNamed('closed'));
    await expect.poll(() => feed.live).toBe(true);
    const began = performance.now();
    await feed.close();
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  /** As a person's client would; moto looks at nothing of the signature but the service. */
  async function events(operation: string, input: object): Promise<void> {
    const scope = `${KEYS.accessKeyId}/20261122/${REGION}/events/aws4_request`;
    const answer = await fetch(moto.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSEvents.${operation}`,
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(input),
    });
    expect([answer.status, await answer.text()]).toEqual([200, expect.not.stringContaining('Failed":[{')]);
  }
});
