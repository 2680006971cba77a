import { z } from 'zod';
import { conditionList, type KindDefinition, objectName, type Resource } from './common.ts';
import { secretName } from './entry.ts';
import { instant } from './request-parts.ts';
import { atomicList, withRules } from './schema-rules.ts';

/** What the column STATE shows; the reason of Ready says why. */
export const SEALED_STATES = ['Waiting', 'Stored', 'Deleted', 'SoftDeleted', 'InUse', 'Refused'] as const;
export type SealedState = (typeof SEALED_STATES)[number];

// 48 KB of value make 65,536 characters of base64, with 600 at most around them 66,136 bytes, 48 more for the box, and
// again base64: 88,248
const MAX_SEALED = 90_000;
/** 30 days. */
const MAX_TTL_SECONDS = 2_592_000;
export const MAX_USED_BY = 20;

/** Names a public key: the first 16 hex digits of its SHA-256. */
export const keyID = z.string().regex(/^[0-9a-f]{16}$/);
/** Of a sealed box, which nobody can recompute from the value inside. */
export const boxDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const sealedFields = z.strictObject({
  scopeRef: z
    .strictObject({ name: objectName.describe('Name of the scope, in this namespace.') })
    .describe('The scope whose entry is written. Cannot be changed.'),
  name: secretName.describe('The entry of spec.secrets of that scope that is written. Cannot be changed.'),
  action: z
    .enum(['Set', 'Delete'])
    .optional()
    .describe(
      'Set stores a new value; Delete takes the value away from everybody and removes it at the backend. Cannot be changed. Default: Set.',
    ),
  keyID: keyID.optional().describe("Set: which of the scope's public keys it was sealed to."),
  sealed: z
    .string()
    .min(64)
    .max(MAX_SEALED)
    .regex(/^[A-Za-z0-9+/]+={0,2}$/)
    .optional()
    .describe(
      'Set: the sealed box, in base64. Only the operator can open it. It holds the value with the UID of the scope, the name and the time.',
    ),
  requestedAt: instant
    .optional()
    .describe('Delete: when that was decided. A value that was stored later is not deleted.'),
  force: z
    .boolean()
    .optional()
    .describe('Delete: also while targets or claims name it in include. Default: false, then it waits.'),
  ttlSecondsAfterStored: z
    .int()
    .min(0)
    .max(MAX_TTL_SECONDS)
    .optional()
    .describe(
      'How long this object stays once it is done; the command line uses it. Default: for ever, as Git needs it.',
    ),
});

const action = (self: string) => `(has(${self}.action) ? ${self}.action : 'Set')`;

export const sealedSpecSchema = withRules(
  sealedFields,
  {
    rule: 'self.scopeRef == oldSelf.scopeRef',
    message: 'scopeRef cannot be changed; make another SealedValue',
    fieldPath: '.scopeRef',
  },
  {
    rule: 'self.name == oldSelf.name',
    message: 'name cannot be changed; make another SealedValue',
    fieldPath: '.name',
  },
  {
    rule: `${action('self')} == ${action('oldSelf')}`,
    message: 'action cannot be changed; make another SealedValue',
    fieldPath: '.action',
  },
  {
    rule: `${action('self')} != 'Set' || (has(self.keyID) && has(self.sealed))`,
    message: 'Set needs keyID and sealed; secretscope secret set NAME --manifest prints such an object',
    holds: (spec) => isDelete(spec) || (spec.keyID !== undefined && spec.sealed !== undefined),
  },
  {
    rule: `${action('self')} != 'Set' || !(has(self.requestedAt) || has(self.force))`,
    message: 'requestedAt and force belong to action: Delete',
    holds: (spec) => isDelete(spec) || (spec.requestedAt === undefined && spec.force === undefined),
  },
  {
    rule: `${action('self')} != 'Delete' || has(self.requestedAt)`,
    message: 'Delete needs requestedAt, the time of now: a value that is stored later is not deleted',
    holds: (spec) => !isDelete(spec) || spec.requestedAt !== undefined,
  },
  {
    rule: `${action('self')} != 'Delete' || !(has(self.keyID) || has(self.sealed))`,
    message: 'keyID and sealed belong to action: Set',
    holds: (spec) => !isDelete(spec) || (spec.keyID === undefined && spec.sealed === undefined),
  },
);

function isDelete({ action }: { readonly action?: 'Set' | 'Delete' | undefined }): boolean {
  return action === 'Delete';
}

export type SealedSpec = z.infer<typeof sealedSpecSchema>;

export const sealedStatusSchema = z.strictObject({
  observedGeneration: z
    .int()
    .optional()
    .describe('The generation that the conditions speak of; -1 before the operator has looked.'),
  conditions: conditionList,
  state: z.enum(SEALED_STATES).optional().describe('Where it stands.'),
  stored: z
    .strictObject({
      digest: boxDigest.optional().describe('Which box was stored: one that is here is not stored again.'),
      keyID: keyID.optional().describe('The key that it was sealed to.'),
      version: z.string().max(256).optional().describe('The version that the backend gave it.'),
      at: instant.describe('When it was stored, or deleted.'),
    })
    .optional()
    .describe('What was done last for this object.'),
  usedBy: z
    .array(z.string().max(600).describe('One target or claim.'))
    .max(MAX_USED_BY)
    .optional()
    .meta(atomicList)
    .describe(`Delete: what names it in include, the first ${MAX_USED_BY}.`),
  lastHandledReconcileAt: z
    .string()
    .max(1024)
    .optional()
    .describe('The value of the annotation reconcile.secretscope.dev/requestedAt that was handled last.'),
});
export type SealedStatus = z.infer<typeof sealedStatusSchema>;
export type SealedValue = Resource<SealedSpec, SealedStatus>;

export const sealedValueKind: KindDefinition = {
  kind: 'SealedValue',
  plural: 'sealedvalues',
  singular: 'sealedvalue',
  shortNames: ['sealed'],
  namespaced: true,
  description: 'A new value for one entry of a scope, which only the operator can open; or its deletion.',
  spec: sealedSpecSchema,
  status: sealedStatusSchema,
  columns: [
    { name: 'Scope', type: 'string', jsonPath: '.spec.scopeRef.name' },
    { name: 'Secret', type: 'string', jsonPath: '.spec.name' },
    { name: 'Action', type: 'string', jsonPath: '.spec.action' },
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    { name: 'Stored', type: 'date', jsonPath: '.status.stored.at' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      priority: 1,
    },
  ],
  selectableFields: ['.spec.scopeRef.name', '.spec.name'],
};
