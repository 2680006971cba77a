/** Changes of AWS that a queue tells of, as the operator is deployed; docs/guides/push.md. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kube/clock.ts';
import { labelUpdated } from '../peers/fake-aws-events.ts';
import { FakeSqs } from '../peers/fake-sqs.ts';
import { StandInAws } from '../peers/stand-in-aws.ts';
import { ACCOUNT, canaryOf } from '../scenarios-support/cloud-things.ts';
import { CloudWorld } from '../scenarios-support/cloud-world.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { until } from '../scenarios-support/until.ts';

const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/123456789012/changes';
const TOLD = 'told';

let world: CloudWorld<StandInAws>;
let queue: FakeSqs;

/** Compared by itself once an hour at most: what arrives sooner was told. */
function toldBackend(): Thing {
  const thing = world.backendThing(TOLD, world.cloud.workload(ACCOUNT), { events: { queueURL: QUEUE } });
  return { ...thing, spec: { ...(thing['spec'] as object), refreshInterval: '1h' } };
}

interface Status {
  readonly conditions?: readonly { readonly type: string; readonly reason: string }[];
  readonly callsToday?: { readonly date: string; readonly count: number };
}

async function status(): Promise<Status> {
  const { body } = await world.cluster.platform.get(toldBackend());
  return (body as { status?: Status }).status ?? {};
}

const untilEventsMissing = (missing: boolean) =>
  until(async () => {
    const types = (await status()).conditions?.map(({ type }) => type) ?? [];
    expect(types.includes('EventsMissing')).toBe(missing);
  }, 60_000);

beforeAll(async () => {
  const cloud = await StandInAws.open();
  queue = FakeSqs.behind(systemClock, cloud.fake.keys, QUEUE);
  cloud.fake.queue = queue;
  world = await CloudWorld.start(cloud);
  await world.cluster.have(toldBackend());
}, 90_000);
afterAll(() => world?.stop());

describe('a backend of AWS with a queue', () => {
  it('delivers a rotation when its event arrives, and not before', async () => {
    const key = await world.settled('rotated', TOLD);
    await until(() => expect(queue.count('ReceiveMessage')).toBeGreaterThan(0), 30_000);
    world.cloud.store(key, canaryOf('rotated-again'));
    await pause(3_000);
    expect((await world.delivered('rotated'))?.data['VALUE']?.toString()).toBe(canaryOf('rotated'));
    queue.send(labelUpdated(key));
    await world.untilDelivered('rotated', { VALUE: canaryOf('rotated-again') });
    expect(queue.stored).toBe(0);
  });

  it('reads nothing for events that are forged, strange, or of a key that nobody wants', async () => {
    await world.settled('quiet', TOLD);
    const { reads } = world.cloud;
    queue.send('not even JSON', labelUpdated('elsewhere'), labelUpdated('web/quiet', { source: 'evil' }));
    await until(() => expect(queue.stored).toBe(0), 30_000);
    await pause(2_000);
    expect(world.cloud.reads).toBe(reads);
  });

  it('says so when no events can arrive any more, and no longer when they can', async () => {
    await untilEventsMissing(false);
    queue.exists = false;
    // ends the long poll: the next one finds no queue
    queue.send(labelUpdated('web/quiet'));
    await untilEventsMissing(true);
    queue.exists = true;
    await untilEventsMissing(false);
  });

  it('tells how many calls it made today', async () => {
    const { callsToday } = await status();
    expect(callsToday?.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(callsToday?.count).toBeGreaterThan(0);
  });
});
