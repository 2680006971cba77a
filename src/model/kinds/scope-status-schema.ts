import { z } from 'zod';
import { conditionList } from './common.ts';
import { atomicList } from './schema-rules.ts';

const text = z.string().describe('One line.');

const supplierSchema = z
  .strictObject({
    level: z.string().describe('Level of the scope that supplies.'),
    scope: z.string().describe('namespace/name of the scope that supplies.'),
    names: z.array(text).max(1000).meta(atomicList).describe('What it supplies here, as NAME@version.'),
  })
  .describe('One supplier.');

const targetStatusSchema = z
  .strictObject({
    secretName: z.string().describe('Name of the target Secret.'),
    namespace: z.string().optional().describe('Its namespace, when it is not that of the scope.'),
    state: z.string().describe('One word from the list of reasons: Materialized, or what stands in the way.'),
    keys: z.int().optional().describe('Data keys delivered.'),
    stale: z
      .array(text)
      .max(50)
      .optional()
      .meta(atomicList)
      .describe('Data keys that keep their last value, with the cause.'),
    missing: z
      .array(text)
      .max(50)
      .optional()
      .meta(atomicList)
      .describe('Included names that are not delivered, with the cause.'),
    foreign: z
      .array(text)
      .max(50)
      .optional()
      .meta(atomicList)
      .describe('Data keys in the Secret that somebody else put there.'),
  })
  .describe('One target Secret.');

/** What the operator reports of a scope. Output only: nothing is ever decided from it. */
export const scopeStatusSchema = z.strictObject({
  observedGeneration: z
    .int()
    .optional()
    .describe('The generation that the conditions speak of; -1 before the operator has looked.'),
  conditions: conditionList,
  supplied: z
    .array(supplierSchema)
    .max(64)
    .optional()
    .meta(atomicList)
    .describe('Where each delivered name comes from, grouped by supplier.'),
  shadowed: z
    .array(text)
    .max(300)
    .optional()
    .meta(atomicList)
    .describe('Names that a more specific or locked level hides, as NAME: loser (level) < winner (level).'),
  counts: z
    .strictObject({
      entries: z.int().optional().describe('Entries of this scope.'),
      discovered: z.int().optional().describe('Entries found by discover.'),
      resolved: z.int().optional().describe('Names that this scope resolves to.'),
      delivered: z.int().optional().describe('Data keys delivered into target Secrets.'),
      excluded: z.int().optional().describe('Granted organization secrets beyond the first 100.'),
      children: z.int().optional().describe('Scopes that name this one as parent and are admitted.'),
      refusedChildren: z
        .int()
        .optional()
        .describe('Scopes that name this one as parent and are not admitted.'),
    })
    .optional()
    .describe('Numbers for what is too long to list.'),
  targets: z
    .array(targetStatusSchema)
    .max(200)
    .optional()
    .meta(atomicList)
    .describe('State of each target Secret.'),
  sealingKey: z
    .string()
    .max(64)
    .optional()
    .describe(
      'Which public key values for this scope are sealed to: its ID, to compare with the published one.',
    ),
  written: z
    .array(text)
    .max(1_000)
    .optional()
    .meta(atomicList)
    .describe(
      'When the value of each entry was stored or deleted last through the product, as NAME@time, with the word deleted after it if it was.',
    ),
  usedBy: z
    .array(text)
    .max(300)
    .optional()
    .meta(atomicList)
    .describe(
      'Which webhook automations, here and on the levels below, use the entries of this scope, as NAME: WebhookAutomation namespace/name.',
    ),
  lastHandledReconcileAt: z
    .string()
    .max(256)
    .optional()
    .describe('Last value of the annotation reconcile.secretscope.dev/requestedAt that was handled.'),
});
