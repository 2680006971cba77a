import { z } from 'zod';
import { MAX_VOTES, RELEASED_BY, REQUEST_STATES } from '../approval.ts';
import { conditionList, type KindDefinition, namespaceName, objectName, type Resource } from './common.ts';
import { secretName } from './entry.ts';
import {
  askedAgain,
  authorList,
  consumerSchema,
  countedVote,
  instant,
  scopeRef,
  subjectDigest,
  uid,
} from './request-parts.ts';
import { atomicList, keyedList, withRules } from './schema-rules.ts';
import { boxDigest } from './sealed-value.ts';

/** How many requests of claims a scope may have that wait, are released or were rejected. */
export const MAX_CLAIM_REQUESTS = 48;
// 64 targets, each with a release and a request, and the claims; with twice 6 votes of 200 bytes on each that is 500 kB
export const MAX_REQUESTS = 128 + MAX_CLAIM_REQUESTS;
const MAX_PINNED = 256;
// as many as an organization has entries: one for each, of at most 450 bytes; it has no requests
const MAX_WRITES = 1_000;
const MAX_POLICIES = 32;

const votes = z.array(countedVote).max(MAX_VOTES).meta(atomicList);

const requestRecord = z
  .strictObject({
    uid: uid.describe('UID of the SecretRequest; one that is not in the list was made by somebody else.'),
    name: objectName.describe('Name of the SecretRequest.'),
    consumer: consumerSchema.describe('Who gets what is delivered.'),
    subject: subjectDigest.describe('Digest of the plan that was decided on.'),
    state: z.enum(REQUEST_STATES).describe('Where it stands.'),
    createdAt: instant.describe('When the request was made; its timer and its expiry run from here.'),
    authors: authorList
      .optional()
      .describe(
        'Who had asked, as long as that matters: while it waits, or is rejected. Default: nobody is known.',
      ),
    authorsComplete: z.boolean().optional().describe('Whether that is everybody. Default: false.'),
    askedAgain: askedAgain
      .optional()
      .describe('The value of the annotation that asked for it. Default: the operator asked.'),
    decided: z
      .strictObject({
        at: instant.describe('When.'),
        votes: votes.describe('By which votes.'),
        askedAgain: askedAgain
          .optional()
          .describe('The value of the annotation at that moment. Default: none.'),
        secret: z.enum(['Delete', 'Retain']).optional().describe('What becomes of the Secret.'),
      })
      .optional()
      .describe('The last decision. Default: none yet.'),
    grant: z
      .strictObject({
        at: instant.describe('When.'),
        by: z.enum(RELEASED_BY).describe('How.'),
        votes: votes.describe('By which votes.'),
        expiresAt: instant.optional().describe('Until when. Default: until what it covers changes.'),
      })
      .optional()
      .describe('Its release, kept when it has ended. Default: it was never released.'),
  })
  .describe('One request.');

const pinnedSchema = z
  .strictObject({
    kind: z.string().min(1).max(63).describe('Kind of the object.'),
    namespace: z
      .string()
      .max(63)
      .optional()
      .meta({ default: '' })
      .describe('Its namespace; empty for a Namespace.'),
    name: objectName.describe('Its name.'),
    uid: uid.describe('The UID that it had when it was first admitted; another one has to be confirmed.'),
  })
  .describe('One object that is meant by name elsewhere.');

const policySchema = z
  .strictObject({
    name: objectName.describe('Name of the policy or binding.'),
    uid: uid.describe('Its UID.'),
    generation: z.int().min(0).describe('Its generation: it moves on every edit.'),
  })
  .describe('One object of the policies that prove who votes.');

const writeRecord = z
  .strictObject({
    name: secretName.describe('The entry.'),
    action: z.enum(['Set', 'Delete']).describe('Whether its value was stored, or taken away from everybody.'),
    digest: boxDigest
      .optional()
      .describe(
        'Digest of the sealed box that was stored; with Delete, of the one that is being stored: until it is, nobody gets the value.',
      ),
    created: instant.describe('When that was sealed, or decided: what is older is not carried out any more.'),
    at: instant.describe(
      'When it was carried out, or begun where it is not done, by the clock of the API server.',
    ),
    version: z
      .string()
      .max(128)
      .optional()
      .describe('Set: which version the backend made of it. Default: not known.'),
    done: z
      .boolean()
      .optional()
      .describe('That the backend has confirmed it. Default: false, it is being carried out.'),
  })
  .describe('One write.');
export type WriteRecord = z.infer<typeof writeRecord>;

const ledgerFields = z.strictObject({
  scope: scopeRef
    .extend({ namespace: namespaceName.describe('Namespace of the scope.') })
    .describe('The scope that this is about.'),
  authors: authorList.optional().describe('Who changed what the scope covers since the last decision.'),
  authorsComplete: z.boolean().optional().describe('Whether that is everybody. Default: false.'),
  policies: z
    .strictObject({
      inForceSince: instant.describe(
        'Since when they are what they are now; votes from before do not count.',
      ),
      authorsSince: instant
        .optional()
        .describe(
          'Since when those that stamp authors are what they are now. Default: they are not in force.',
        ),
      seen: keyedList(policySchema, MAX_POLICIES, 'name').describe(
        'What they were when they were seen last.',
      ),
    })
    .optional()
    .describe('The admission policies that prove who votes. Default: not known to be in force.'),
  requests: keyedList(requestRecord, MAX_REQUESTS, 'uid')
    .optional()
    .describe('Requests and decisions; their order is that of createdAt.'),
  pinned: keyedList(pinnedSchema, MAX_PINNED, 'kind', 'namespace', 'name')
    .optional()
    .describe('UIDs of the levels above, of those who may receive, and of their namespaces.'),
  writes: z
    .array(writeRecord)
    .max(MAX_WRITES)
    .optional()
    .meta(atomicList)
    .describe(
      'The last write of each entry through the product: a box is used once, and none after a newer one.',
    ),
});

export const ledgerSpecSchema = withRules(ledgerFields, {
  rule: 'self.scope == oldSelf.scope',
  message: 'a ledger is about one scope for ever; the operator makes another',
  fieldPath: '.scope',
});
export type LedgerSpec = z.infer<typeof ledgerSpecSchema>;
export type RequestRecord = z.infer<typeof requestRecord>;

export const ledgerStatusSchema = z.strictObject({
  observedGeneration: z.int().optional().describe('Not used: a ledger reports nothing.'),
  conditions: conditionList,
});
export type ScopeLedger = Resource<LedgerSpec, z.infer<typeof ledgerStatusSchema>>;

/** Everything is in spec: nothing is decided from a status, and this is what the operator decides from. */
export const scopeLedgerKind: KindDefinition = {
  kind: 'ScopeLedger',
  plural: 'scopeledgers',
  singular: 'scopeledger',
  shortNames: ['ledger'],
  namespaced: true,
  description:
    "What the operator has to remember of a scope. In the operator's namespace; nobody else writes it.",
  spec: ledgerSpecSchema,
  status: ledgerStatusSchema,
  columns: [
    { name: 'Namespace', type: 'string', jsonPath: '.spec.scope.namespace' },
    { name: 'Scope', type: 'string', jsonPath: '.spec.scope.name' },
    { name: 'Proven', type: 'string', jsonPath: '.spec.policies.inForceSince' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  selectableFields: ['.spec.scope.namespace', '.spec.scope.name'],
  rootRules: [
    {
      rule: 'self.metadata.name == self.spec.scope.uid',
      message: 'a ledger is named for the UID of its scope',
    },
  ],
};
