/** Owns: what an automation says of itself, which is its queue as well. Used by: webhook-automation.ts. */
import { z } from 'zod';
import { conditionList, objectName } from './common.ts';
import { instant } from './request-parts.ts';
import { atomicList, boundedMap } from './schema-rules.ts';

/** What an automation can be told of; docs/reference/webhookautomation.md says when each of them happens. */
export const AUTOMATION_EVENTS = [
  'Materialized',
  'Rotated',
  'ReviewRequested',
  'ReviewApproved',
  'ReviewRejected',
  'SyncFailed',
] as const;
export type AutomationEvent = (typeof AUTOMATION_EVENTS)[number];

/** Deliveries of one automation that wait at most; what else happens is told when there is room (700 bytes each: 35 kB). */
export const MAX_WAITING = 50;
/** Deliveries that were given up and can be replayed; the oldest makes room. */
export const MAX_UNDELIVERED = 20;

/** Who or what an attempt ended with; never text of the receiver. */
export const ATTEMPT_OUTCOMES = [
  'Answered',
  'TimedOut',
  'ConnectionFailed',
  'NameNotResolved',
  'AddressRefused',
  'HostRefused',
  'TLSRefused',
  'AnswerRefused',
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

const attemptFields = {
  outcome: z.enum(ATTEMPT_OUTCOMES).describe('Answered, or why there was no answer.'),
  code: z.int().min(100).max(599).optional().describe('The status code of the answer.'),
};

/** One of waiting or undelivered, as it is stored. */
export const storedDeliverySchema = z
  .strictObject({
    id: z
      .string()
      .max(36)
      .describe('What the receiver tells deliveries apart by; it stays the same however often it is sent.'),
    event: z.enum(AUTOMATION_EVENTS).describe('What happened.'),
    at: instant.describe('When it was noticed.'),
    variables: boundedMap(z.string().max(63), z.string().max(512).describe('Its value.'), 32).describe(
      'What is known of it; never a value of a secret.',
    ),
    attempts: z.int().min(0).describe('How often it was sent.'),
    firstAttempt: instant
      .optional()
      .describe('When it was sent for the first time; retryFor runs from then on.'),
    last: z
      .strictObject({ ...attemptFields, at: instant.describe('When.') })
      .optional()
      .describe('How the last attempt ended.'),
    nextAttempt: instant.optional().describe('Not before. Default: at once.'),
  })
  .describe('One delivery.');
export type StoredDelivery = z.infer<typeof storedDeliverySchema>;

/** What was told, as it is stored. */
export const storedToldSchema = z
  .strictObject({
    versions: z
      .array(z.string().max(512).describe('NAME@version.'))
      .max(300)
      .meta(atomicList)
      .optional()
      .describe('The versions that were delivered when it was looked at last.'),
    targets: z
      .array(z.string().max(320).describe('A target, and a digest of its names.'))
      .max(64)
      .meta(atomicList)
      .optional()
      .describe('The targets, and which names they had.'),
    requests: z
      .array(z.string().max(128).describe('UID and state of a request.'))
      .max(256)
      .meta(atomicList)
      .optional()
      .describe('The requests, and where they stood.'),
    failure: z.string().max(128).optional().describe('The reason and the time of a failure that was told.'),
  })
  .describe('What the scope looked like when events were looked for last: what differs from it is an event.');
export type StoredTold = z.infer<typeof storedToldSchema>;

export const automationStatusSchema = z.strictObject({
  observedGeneration: z
    .int()
    .optional()
    .describe('The generation that the conditions speak of; -1 before the operator has looked.'),
  conditions: conditionList,
  request: objectName.optional().describe('The SecretRequest that reviewers decide on, in this namespace.'),
  waiting: z
    .array(storedDeliverySchema)
    .max(MAX_WAITING)
    .meta(atomicList)
    .optional()
    .describe('Deliveries to be sent, in order.'),
  undelivered: z
    .array(storedDeliverySchema)
    .max(MAX_UNDELIVERED)
    .meta(atomicList)
    .optional()
    .describe(
      'Deliveries that were given up, the newest last; secretscope automation replay sends them again.',
    ),
  counts: z
    .strictObject({
      waiting: z.int().min(0).describe('Deliveries that wait.'),
      delivered: z.int().min(0).describe('Deliveries that were answered with success, since this was made.'),
      undelivered: z.int().min(0).describe('Deliveries that were given up, since this was made.'),
    })
    .optional()
    .describe('How many.'),
  lastDelivery: z
    .strictObject({
      id: z.string().max(36).describe('Which one.'),
      event: z.enum(AUTOMATION_EVENTS).describe('What happened.'),
      at: instant.describe('When it was answered.'),
      code: z.int().min(100).max(599).describe('The status code of the answer.'),
      milliseconds: z.int().min(0).describe('How long the answer took.'),
    })
    .optional()
    .describe('The last one that was answered with success.'),
  told: storedToldSchema.optional(),
  test: z
    .strictObject({
      id: z.string().max(63).describe('The value that asked for it.'),
      at: instant.describe('When it ended.'),
      ...attemptFields,
      milliseconds: z.int().min(0).describe('How long it took.'),
      placeholders: z.boolean().describe('True: placeholders were sent in the place of secrets.'),
      message: z.string().max(1024).optional().describe('Why nothing was sent.'),
    })
    .partial({ outcome: true })
    .optional()
    .describe('How the last test ended; its payload and the answer are not kept.'),
  lastHandledReplay: z
    .string()
    .max(128)
    .optional()
    .describe('The value of the annotation secretscope.dev/replay that was handled last.'),
  lastHandledReconcileAt: z
    .string()
    .max(1024)
    .optional()
    .describe('The value of the annotation reconcile.secretscope.dev/requestedAt that was handled last.'),
});
export type AutomationStatus = z.infer<typeof automationStatusSchema>;
