import { z } from 'zod';
import { duration } from './common.ts';
import { atomicList, withRules } from './schema-rules.ts';

/** RBAC's subject, without the wildcards that would make everybody a reviewer (API convention of rbac/v1). */
const reviewerFields = z
  .strictObject({
    kind: z.enum(['User', 'Group', 'ServiceAccount']).describe('What kind of subject it is.'),
    name: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[!-~]+$/)
      .describe('Name of the user, group or service account.'),
    namespace: z.string().max(63).optional().describe('ServiceAccount only: its namespace.'),
  })
  .describe('One reviewer.');

export const reviewerSchema = withRules(reviewerFields, {
  rule: "self.kind == 'ServiceAccount' ? has(self.namespace) && self.namespace != '' : (!has(self.namespace) || self.namespace == '') && !self.name.startsWith('system:')",
  message: 'a service account needs its namespace; users and groups have none and may not begin with system:',
  holds: ({ kind, name, namespace = '' }) =>
    kind === 'ServiceAccount' ? namespace !== '' : namespace === '' && !name.startsWith('system:'),
});

/** A reviewer as a list names it, and the capacity that a vote is cast in. */
export type Reviewer = z.infer<typeof reviewerSchema>;

/** How a protected Environment is guarded. Refused at run time until the approval gate exists. */
export const protectionSchema = z.strictObject({
  // atomic: the key of a list map needs a default, which the API server writes into the list, and what is in Git then
  // differs from it for ever wherever lists are compared as a whole, as Argo CD does. Naming somebody twice gives one vote
  requiredReviewers: z
    .array(reviewerSchema)
    .max(6)
    .optional()
    .meta(atomicList)
    .describe('Who may approve, at most 6.'),
  minApprovals: z
    .int()
    .min(1)
    .max(6)
    .optional()
    .describe('How many different reviewers have to approve. Default: 1.'),
  preventSelfReview: z.boolean().optional().describe('True: whoever asked cannot approve. Default: false.'),
  waitTimerMinutes: z
    .int()
    .min(0)
    .max(43_200)
    .optional()
    .describe('Minutes to wait besides approval. Default: 0.'),
  pin: z
    .enum(['Access', 'Version'])
    .optional()
    .describe('What an approval covers: the access, or each version. Default: Access.'),
  pendingTTL: duration.optional().describe('How long a request may wait for a decision. Default: 720h.'),
  grantTTL: duration
    .optional()
    .describe('How long an approval holds. Default: until what it covers changes.'),
  onRevoke: z
    .enum(['Delete', 'Retain'])
    .optional()
    .describe('What a revocation does to the Secret. Default: Delete.'),
  onExpiry: z
    .enum(['Retain', 'Delete'])
    .optional()
    .describe('What an expired approval does to the Secret. Default: Retain.'),
  allowBypass: z
    .boolean()
    .optional()
    .describe('True: holders of the right bypass may release without approval. Default: false.'),
});
export type Protection = z.infer<typeof protectionSchema>;
