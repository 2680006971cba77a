/**
 * Which secret an event of EventBridge is about. Pure; called for every message of a queue. Whoever may write to the
 * queue wrote it, so it is believed nothing but a name to look at; and nothing of it is shown or kept.
 *
 * Three forms are known, each from AWS Secrets Manager itself:
 * - `Secret Label Updated`, sent for every secret: a label, mostly AWSCURRENT, moved to another version
 *   https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
 * - `AWS API Call via CloudTrail`, where there is a trail: a call that changed something
 * - `AWS Service Event via CloudTrail`: what Secrets Manager does by itself, rotation for instance
 *   https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
 */
import { z } from 'zod';
import { isAwsName } from './aws-names.ts';

// no event of EventBridge is longer, a message of SQS may have four times as much
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
export const MAX_EVENT_BYTES = 262_144;

// reads are left out: each hint causes one, so each would cause the next
const CALLS = [
  'CreateSecret',
  'DeleteSecret',
  'PutSecretValue',
  'RemoveRegionsFromReplication',
  'ReplicateSecretToRegions',
  'RestoreSecret',
  'RotateSecret',
  'StopReplicationToReplica',
  // lists may be of those with a tag
  'TagResource',
  'UntagResource',
  'UpdateSecret',
  'UpdateSecretVersionStage',
] as const;

const OWN_DOINGS = [
  'CancelSecretVersionDelete',
  'EndSecretVersionDelete',
  'ReplicationSucceeded',
  'RotationAbandoned',
  'RotationFailed',
  'RotationSucceeded',
  'StartSecretVersionDelete',
] as const;

// 512 characters of a name and 90 of an ARN around it
const text = z.string().max(1_024).nullish();
const eventSource = z.literal('secretsmanager.amazonaws.com');
const common = { source: z.literal('aws.secretsmanager'), region: z.string() };

const labelUpdated = z.object({
  ...common,
  'detail-type': z.literal('Secret Label Updated'),
  detail: z.object({ name: z.string() }),
});

const apiCall = z.object({
  ...common,
  'detail-type': z.literal('AWS API Call via CloudTrail'),
  detail: z.object({
    eventSource,
    eventName: z.enum(CALLS),
    // of a call that failed, so nothing has changed
    errorCode: z.null().optional(),
    requestParameters: z.object({ secretId: text, name: text }).nullish(),
    // written in three ways: https://repost.aws/knowledge-center/secrets-manager-arn
    responseElements: z.object({ name: text, arn: text, aRN: text, ARN: text }).nullish(),
  }),
});

const serviceEvent = z.object({
  ...common,
  'detail-type': z.literal('AWS Service Event via CloudTrail'),
  detail: z.object({
    eventSource,
    eventName: z.enum(OWN_DOINGS),
    additionalEventData: z.object({ SecretId: text }).nullish(),
    // instead of it in newer events of rotation
    serviceEventDetails: z.object({ secretId: text }).nullish(),
  }),
});

const secretEvent = z.discriminatedUnion('detail-type', [labelUpdated, apiCall, serviceEvent]);
type SecretEvent = z.output<typeof secretEvent>;

const ARN = /^arn:aws(?:-cn|-us-gov)?:secretsmanager:([a-z0-9-]{1,32}):[0-9]{12}:secret:([^:]{1,512})$/;
const SUFFIX = /-[A-Za-z0-9]{6}$/;

/** Keys that the event may be about, in a backend of this region; none where it is about anything else. */
export function changedKeys(body: string, region: string): readonly string[] {
  const event = eventIn(body);
  if (event?.region !== region) return [];
  return [...new Set(namesIn(event))].filter(isAwsName);
}

function eventIn(body: string): SecretEvent | undefined {
  if (Buffer.byteLength(body) > MAX_EVENT_BYTES) return undefined;
  try {
    return secretEvent.safeParse(JSON.parse(body)).data;
  } catch (error) {
    // its text quotes the body
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function namesIn(event: SecretEvent): readonly string[] {
  switch (event['detail-type']) {
    case 'Secret Label Updated':
      return [event.detail.name];
    case 'AWS API Call via CloudTrail': {
      const { requestParameters: asked, responseElements: answered } = event.detail;
      const arn = answered?.arn ?? answered?.aRN ?? answered?.ARN;
      if (answered?.name != null) return [answered.name];
      if (arn != null) return nameOfArn(arn, event.region);
      return namesOfId(asked?.secretId ?? asked?.name, event.region);
    }
    case 'AWS Service Event via CloudTrail': {
      const { additionalEventData: data, serviceEventDetails: details } = event.detail;
      return nameOfArn(data?.SecretId ?? details?.secretId ?? '', event.region);
    }
  }
}

/** What a caller may call a secret: its name, its ARN, or its ARN without the six characters that AWS appends. */
function namesOfId(id: string | null | undefined, region: string): readonly string[] {
  if (id == null) return [];
  return id.startsWith('arn:') ? [...nameOfArn(id, region), ...endOfArn(id, region)] : [id];
}

function nameOfArn(arn: string, region: string): readonly string[] {
  return endOfArn(arn, region).map((end) => end.replace(SUFFIX, ''));
}

function endOfArn(arn: string, region: string): readonly string[] {
  const [, inRegion, end] = ARN.exec(arn) ?? [];
  return end !== undefined && inRegion === region ? [end] : [];
}
