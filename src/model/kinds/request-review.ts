import { z } from 'zod';
import { DECISIONS } from '../approval.ts';
import { conditionList, type KindDefinition, PRINTABLE, type Resource } from './common.ts';
import { reviewerSchema } from './protection.ts';
import { requestRef, scopeRef, subjectDigest, username } from './request-parts.ts';
import { withRules } from './schema-rules.ts';

const reviewFields = z.strictObject({
  scopeRef: scopeRef.describe('The scope of the request: the right to vote is asked about it.'),
  requestRef: requestRef.describe('The request.'),
  subject: subjectDigest.describe('spec.subject of the request: a vote is for this plan and no other.'),
  decision: z
    .enum(DECISIONS)
    .describe(
      'Approve; Reject; Revoke, which ends a release, or withdraws a rejection so that it can be asked again; Bypass, which releases without approval.',
    ),
  as: reviewerSchema.describe(
    'The capacity it is cast in: the listed reviewer that the voter is, or is a member of.',
  ),
  comment: z
    .string()
    .max(256)
    .regex(PRINTABLE)
    .optional()
    .describe('Why. Printable ASCII, for it reaches terminals. A bypass needs one.'),
  reviewer: z
    .strictObject({
      username: username.describe('User name, as the API server knows it.'),
      uid: z
        .string()
        .max(256)
        .regex(PRINTABLE)
        .optional()
        .describe('UID of the user, where the API server knows one; client certificates have none.'),
    })
    .describe('Who votes. Set by admission policy, which refuses everybody else.'),
});

export const reviewSpecSchema = withRules(
  reviewFields,
  { rule: 'self == oldSelf', message: 'a vote cannot be changed; cast another one' },
  {
    rule: "self.decision != 'Bypass' || (has(self.comment) && self.comment.size() > 0)",
    message: 'a bypass needs a reason in spec.comment',
    fieldPath: '.comment',
    holds: ({ decision, comment = '' }) => decision !== 'Bypass' || comment !== '',
  },
);
export type ReviewSpec = z.infer<typeof reviewSpecSchema>;

export const reviewStatusSchema = z.strictObject({
  observedGeneration: z
    .int()
    .optional()
    .describe('The generation that the conditions speak of; -1 before the operator has looked.'),
  conditions: conditionList,
});
export type ReviewStatus = z.infer<typeof reviewStatusSchema>;
export type RequestReview = Resource<ReviewSpec, ReviewStatus>;

export const requestReviewKind: KindDefinition = {
  kind: 'RequestReview',
  plural: 'requestreviews',
  singular: 'requestreview',
  shortNames: ['reqreview'],
  namespaced: true,
  description: 'One vote on a SecretRequest, beside it. It cannot be changed.',
  spec: reviewSpecSchema,
  status: reviewStatusSchema,
  columns: [
    { name: 'Request', type: 'string', jsonPath: '.spec.requestRef.name' },
    { name: 'Decision', type: 'string', jsonPath: '.spec.decision' },
    { name: 'Reviewer', type: 'string', jsonPath: '.spec.reviewer.username' },
    { name: 'Counted', type: 'string', jsonPath: '.status.conditions[?(@.type=="Counted")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Counted")].reason' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Comment', type: 'string', jsonPath: '.spec.comment', priority: 1 },
  ],
  // the votes on one request are read live before each release (THREATS 21)
  selectableFields: ['.spec.requestRef.uid', '.spec.requestRef.name', '.spec.scopeRef.name'],
};
