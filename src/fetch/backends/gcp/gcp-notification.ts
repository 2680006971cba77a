/**
 * What a pull from Pub/Sub answered: which secret each message is about. Pure. Whoever may publish to the topic wrote
 * the messages, so they are believed nothing but a name to look at. Their data, which describes the secret, is not read.
 *
 * https://cloud.google.com/secret-manager/docs/event-notifications
 * https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/pull
 */
import { z } from 'zod';
import { isSecretId } from './gcp-names.ts';

export interface GcpNotification {
  /** by which it is acknowledged */
  readonly ackId: string;
  /** undefined for a message about anything else */
  readonly key: string | undefined;
}

// TOPIC_CONFIGURED, a test message, names no secret
const EVENTS = [
  'SECRET_CREATE',
  'SECRET_DELETE',
  'SECRET_ROTATE',
  'SECRET_UPDATE',
  'SECRET_VERSION_ADD',
  'SECRET_VERSION_DESTROY',
  'SECRET_VERSION_DESTROY_SCHEDULED',
  'SECRET_VERSION_DISABLE',
  'SECRET_VERSION_ENABLE',
] as const;

const answer = z.object({ receivedMessages: z.array(z.unknown()).nullish() });
// 50 of them are 200 KB of the 512 KiB that a request to acknowledge may have
const received = z.object({ ackId: z.string().min(1).max(4_096), message: z.unknown() });
const about = z.object({
  attributes: z.object({ eventType: z.enum(EVENTS), secretId: z.string().max(512) }),
});

// global or regional; the project stands there as its number, whatever a backend calls it
const SECRET = /^projects\/[^/]{1,128}(?:\/locations\/[a-z0-9-]{1,63})?\/secrets\/([^/]{1,255})$/;

/** undefined where it is no answer of Pub/Sub. A message without an id cannot be acknowledged and is passed over. */
export function notificationsIn(fields: unknown): readonly GcpNotification[] | undefined {
  const { data } = answer.safeParse(fields);
  return data && (data.receivedMessages ?? []).flatMap(notificationIn);
}

function notificationIn(each: unknown): readonly GcpNotification[] {
  const { data } = received.safeParse(each);
  return data ? [{ ackId: data.ackId, key: keyOf(data.message) }] : [];
}

function keyOf(message: unknown): string | undefined {
  const secretId = about.safeParse(message).data?.attributes.secretId;
  const key = SECRET.exec(secretId ?? '')?.[1];
  return key !== undefined && isSecretId(key) ? key : undefined;
}
