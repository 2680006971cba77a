/** Owns: fields that requests, votes and the ledger share. Used by: those kinds. */
import { z } from 'zod';
import { DECISIONS, MAX_AUTHORS } from '../approval.ts';
import { namespaceName, objectName, PRINTABLE } from './common.ts';
import { distinctList } from './schema-rules.ts';

export const uid = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[0-9A-Za-z-]+$/);

/** The digest that votes name; the algorithm stands in front, so that a later one leaves earlier votes valid. */
export const subjectDigest = z.string().regex(/^v1:sha256:[0-9a-f]{64}$/);

/** A user as the API server calls it, from an identity provider; free text that reaches terminals (THREATS 24). */
export const username = z.string().min(1).max(256).regex(PRINTABLE);

export const instant = z.string().meta({ format: 'date-time' });

export const scopeRef = z.strictObject({
  name: objectName.describe('Name of the scope.'),
  uid: uid.describe('UID of the scope: one that is made again is another one.'),
});

export const requestRef = z.strictObject({
  name: objectName.describe('Name of the SecretRequest.'),
  uid: uid.describe('UID of the SecretRequest.'),
});

export const consumerSchema = z.strictObject({
  kind: z.enum(['Target', 'SecretClaim', 'WebhookAutomation']).describe('What asks.'),
  namespace: namespaceName.describe('Its namespace.'),
  name: objectName.describe("Its name; a target's is that of its Secret."),
  uid: uid.optional().describe('Its UID. A target has none: its identity is that of the scope.'),
});

export const authorList = distinctList(username.describe('One user.'), MAX_AUTHORS);

/** A value of the annotation `secretscope.dev/request`. */
export const askedAgain = z.string().min(1).max(63).regex(PRINTABLE);

export const countedVote = z
  .strictObject({
    uid: uid.describe('UID of the RequestReview.'),
    username: username.describe('Who voted, as admission proved it.'),
    decision: z.enum(DECISIONS).describe('What was voted.'),
    castAt: instant.describe('When it was created, by the API server.'),
  })
  .describe('One vote.');
