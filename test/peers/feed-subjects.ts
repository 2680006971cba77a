/** Feeds of changes on loopback. Called by their tests. */
import { AwsEventQueue, type AwsEventQueueOptions } from '../../src/fetch/backends/aws/aws-event-queue.ts';
import {
  GcpSubscription,
  type GcpSubscriptionOptions,
} from '../../src/fetch/backends/gcp/gcp-subscription.ts';
import type { Clock } from '../../src/kube/clock.ts';
import { staticKeys } from './aws-subject.ts';
import { REGION } from './fake-aws.ts';
import type { FakePubsub } from './fake-pubsub.ts';
import type { FakeSqs } from './fake-sqs.ts';
import { aToken, PROJECT } from './gcp-open.ts';

export function openQueue(
  fake: FakeSqs,
  clock: Clock,
  change: Partial<AwsEventQueueOptions> = {},
): AwsEventQueue {
  const { url: endpoint, queueUrl } = fake;
  const at = { region: REGION, endpoint, queueUrl, credentials: staticKeys };
  return new AwsEventQueue({ ...at, clock, random: () => 0.5, ...change });
}

export const PUBSUB_TOKEN = 'ya29.cAnary';

export function openSubscription(
  fake: FakePubsub,
  clock: Clock,
  change: Partial<GcpSubscriptionOptions> = {},
): GcpSubscription {
  const at = { project: PROJECT, subscription: 'changes', host: fake.url, agent: fake.agent };
  return new GcpSubscription({ ...at, token: aToken(PUBSUB_TOKEN), clock, random: () => 0.5, ...change });
}
