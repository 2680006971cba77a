import { z } from 'zod';
import { MAX_VOTES, RELEASED_BY } from '../approval.ts';
import { conditionList, type KindDefinition, type Resource } from './common.ts';
import {
  askedAgain,
  authorList,
  consumerSchema,
  countedVote,
  instant,
  requestRef,
  scopeRef,
  subjectDigest,
} from './request-parts.ts';
import { planFields } from './request-plan.ts';
import { atomicList, withRules } from './schema-rules.ts';

/** What the column STATE shows. Releasing is between the decision and the write of the Secret (API-REVIEW 15). */
export const SHOWN_STATES = [
  'Waiting',
  'Releasing',
  'Released',
  'Rejected',
  'Withdrawn',
  'Revoked',
  'Expired',
  'Superseded',
] as const;

const requestFields = z.strictObject({
  scopeRef: scopeRef.describe('The protected scope, in this namespace.'),
  consumer: consumerSchema.describe('Who gets what is delivered.'),
  subject: subjectDigest.describe(
    'Digest of the plan: what votes name, and what the operator computes again.',
  ),
  pin: z
    .enum(['Access', 'Version'])
    .describe('Access: whatever version is current may be delivered. Version: exactly those listed.'),
  ...planFields,
  replaces: requestRef
    .optional()
    .describe('The request that is released now, with which the lines are compared. Default: there is none.'),
  authors: authorList.describe('Who changed what this covers since the last decision.'),
  authorsComplete: z
    .boolean()
    .describe(
      'False: somebody may be missing, because a backend or a level above changed, or nobody was stamped.',
    ),
  askedAgain: askedAgain
    .optional()
    .describe(
      'The value of the annotation secretscope.dev/request that asked for it. Default: the operator asked.',
    ),
});

export const requestSpecSchema = withRules(requestFields, {
  rule: 'self == oldSelf',
  message:
    'a request cannot be changed: votes were cast on what it says; change the scope, and there will be another',
});
export type RequestSpec = z.infer<typeof requestSpecSchema>;

export const requestStatusSchema = z.strictObject({
  observedGeneration: z
    .int()
    .optional()
    .describe('The generation that the conditions speak of; -1 before the operator has looked.'),
  conditions: conditionList,
  state: z.enum(SHOWN_STATES).optional().describe('Where it stands.'),
  approvals: z
    .string()
    .max(16)
    .optional()
    .describe('Approvals that count, of those that are needed, as 1/2.'),
  authors: z.string().max(1024).optional().describe('Who asked, in one line.'),
  expires: z
    .string()
    .max(64)
    .optional()
    .describe(
      'Until when it may wait, or until when its release lasts; text, since kubectl shows future dates as invalid.',
    ),
  release: z
    .strictObject({
      at: instant.describe('When it was decided.'),
      by: z.enum(RELEASED_BY).describe('How: by approval, by its timer, by a bypass, or carried over.'),
      votes: z.array(countedVote).max(MAX_VOTES).meta(atomicList).describe('The votes that were valid then.'),
      scopeResourceVersion: z.string().max(128).describe('The version of the scope that it was decided on.'),
    })
    .optional()
    .describe('The moment of release; written before the Secret is.'),
});
export type RequestStatus = z.infer<typeof requestStatusSchema>;
export type SecretRequest = Resource<RequestSpec, RequestStatus>;

export const secretRequestKind: KindDefinition = {
  kind: 'SecretRequest',
  plural: 'secretrequests',
  singular: 'secretrequest',
  shortNames: ['secretreq'],
  namespaced: true,
  description: 'One immutable plan of a protected scope, that reviewers decide on. Made by the operator.',
  spec: requestSpecSchema,
  status: requestStatusSchema,
  columns: [
    { name: 'Scope', type: 'string', jsonPath: '.spec.scopeRef.name' },
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Approvals', type: 'string', jsonPath: '.status.approvals' },
    { name: 'Authors', type: 'string', jsonPath: '.status.authors' },
    { name: 'Expires', type: 'string', jsonPath: '.status.expires' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Consumer', type: 'string', jsonPath: '.spec.consumer.name', priority: 1 },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      priority: 1,
    },
  ],
  selectableFields: ['.spec.scopeRef.name', '.spec.consumer.name', '.status.state'],
};
