import { z } from 'zod';
import { DURATION, durationMs } from '../duration.ts';
import { MAX_SECRET_NAME, SECRET_NAME } from '../names.ts';
import { conditionList, duration, namespaceName, objectName, type Resource } from './common.ts';
import { authorList } from './request-parts.ts';
import { atomicList, boundedMap, distinctList, withRules } from './schema-rules.ts';
import type { KindWithFields } from './secret-scope.ts';
import { DATA_KEY } from './target.ts';

const name = z.string().min(1).max(MAX_SECRET_NAME).regex(SECRET_NAME);

/** What the column STATE shows; the reason of Ready says why. */
export const CLAIM_STATES = ['Waiting', 'AwaitingApproval', 'Delivered', 'Expired', 'Ended'] as const;
export type ClaimState = (typeof CLAIM_STATES)[number];

const MIN_TTL_MS = 60_000;
const MAX_TTL_MS = 720 * 3_600_000;

const claimFields = z.strictObject({
  scopeRef: z
    .strictObject({
      namespace: namespaceName
        .optional()
        .describe('Namespace of the scope. Default: the namespace of this claim.'),
      name: objectName.describe('Name of the scope.'),
    })
    .describe(
      'The Repository or Environment whose secrets are wanted. It has to admit this namespace in spec.consumers. Cannot be changed.',
    ),
  include: distinctList(name.describe('Name of a secret.'), 300)
    .min(1)
    .describe('The names that are wanted, each by itself: nothing else is delivered.'),
  keys: boundedMap(name, z.string().min(1).max(253).regex(DATA_KEY).describe('Data key in the Secret.'), 300)
    .optional()
    .describe('Data keys by name, for names that are to be called differently. Default: the name itself.'),
  onMissing: z
    .enum(['Report', 'Empty'])
    .optional()
    .describe(
      'What a name does that nobody supplies: be reported, or be an empty string as in GitHub. Default: Report.',
    ),
  secretName: objectName.describe('Name of the Secret, in the namespace of this claim. Cannot be changed.'),
  mode: z
    .enum(['Live', 'Snapshot'])
    .optional()
    .describe(
      'Live: the Secret follows its sources. Snapshot: it is read once, never changes, and goes with this claim. Cannot be changed. Default: Live.',
    ),
  ttl: duration
    .optional()
    .describe(
      'How long the Secret stays, from when this claim was made, or released where the scope is protected: 1m to 720h. The claim stays, as Expired. Default: as long as the claim.',
    ),
});

const modeOf = (self: string) => `(has(${self}.mode) ? ${self}.mode : 'Live')`;

export const claimSpecSchema = withRules(
  claimFields,
  {
    rule: 'self.scopeRef == oldSelf.scopeRef',
    message: 'scopeRef cannot be changed; make another claim',
    fieldPath: '.scopeRef',
  },
  {
    rule: 'self.secretName == oldSelf.secretName',
    message: 'secretName cannot be changed; make another claim',
    fieldPath: '.secretName',
  },
  {
    rule: `${modeOf('self')} == ${modeOf('oldSelf')}`,
    message: 'mode cannot be changed; make another claim',
    fieldPath: '.mode',
  },
  {
    rule: `${modeOf('self')} != 'Snapshot' || self == oldSelf`,
    message: 'a Snapshot is of one moment and cannot be changed; make another claim',
  },
  {
    rule: "!has(self.ttl) || (duration(self.ttl) >= duration('1m') && duration(self.ttl) <= duration('720h'))",
    message: 'ttl has to be from 1m to 720h; leave it out for as long as the claim',
    fieldPath: '.ttl',
    holds: ({ ttl }) => ttl === undefined || !DURATION.test(ttl) || isTTL(durationMs(ttl)),
  },
);

function isTTL(ms: number): boolean {
  return ms >= MIN_TTL_MS && ms <= MAX_TTL_MS;
}

export type ClaimSpec = z.infer<typeof claimSpecSchema>;

export const claimStatusSchema = z.strictObject({
  observedGeneration: z
    .int()
    .optional()
    .describe('The generation that the conditions speak of; -1 before the operator has looked.'),
  conditions: conditionList,
  state: z.enum(CLAIM_STATES).optional().describe('Where it stands.'),
  request: z
    .strictObject({
      namespace: namespaceName.describe('Its namespace, which is that of the scope.'),
      name: objectName.describe('Its name.'),
    })
    .optional()
    .describe('The SecretRequest that reviewers decide on.'),
  keys: z.int().min(0).optional().describe('How many data keys the Secret has from this claim.'),
  missing: z
    .array(z.string().max(512).describe('A name and its reason.'))
    .max(10)
    .optional()
    .meta(atomicList)
    .describe('Names that cannot be had, each with its reason; the first ten.'),
  expires: z
    .string()
    .max(64)
    .optional()
    .describe('Until when the Secret stays; text, since kubectl shows future dates as invalid.'),
  lastHandledReconcileAt: z
    .string()
    .max(1024)
    .optional()
    .describe('The value of the annotation reconcile.secretscope.dev/requestedAt that was handled last.'),
  ended: z
    .strictObject({
      generation: z.int().describe('The generation of this claim that has ended.'),
      askedAgain: z
        .string()
        .max(63)
        .optional()
        .describe('The value of the annotation secretscope.dev/request when it ended.'),
      reason: z.string().max(64).describe('Why: Expired, SnapshotStale or VersionGone.'),
      message: z.string().max(1024).describe('What it is about, with the next step.'),
    })
    .optional()
    .describe(
      'Set once it is over. It stays over until spec changes, or the annotation secretscope.dev/request asks again.',
    ),
});
export type ClaimStatus = z.infer<typeof claimStatusSchema>;
export type SecretClaim = Resource<ClaimSpec, ClaimStatus> & { readonly authors?: readonly string[] };

export const secretClaimKind: KindWithFields = {
  kind: 'SecretClaim',
  plural: 'secretclaims',
  singular: 'secretclaim',
  shortNames: ['claim', 'claims'],
  namespaced: true,
  description: 'Some names of a Repository or Environment, wanted in one Secret of this namespace.',
  spec: claimSpecSchema,
  status: claimStatusSchema,
  fields: {
    authors: authorList.describe(
      'Who made this claim or changed spec. Output only: admission policy writes it and refuses everybody else. Users whose name cannot be printed are system:unrecorded.',
    ),
  },
  columns: [
    { name: 'Scope', type: 'string', jsonPath: '.spec.scopeRef.name' },
    { name: 'Secret', type: 'string', jsonPath: '.spec.secretName' },
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    { name: 'Expires', type: 'string', jsonPath: '.status.expires' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Mode', type: 'string', jsonPath: '.spec.mode', priority: 1 },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      priority: 1,
    },
  ],
  selectableFields: ['.spec.scopeRef.name', '.spec.scopeRef.namespace', '.spec.secretName'],
};
