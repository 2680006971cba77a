import { z } from 'zod';
import { PREFIX } from '../key-separators.ts';
import { MAX_SECRET_NAME, SECRET_NAME } from '../names.ts';
import { accessSchema } from './access-schema.ts';
import { withRules } from './schema-rules.ts';

/** A secret's name in an API field. */
export const secretName = z.string().min(1).max(MAX_SECRET_NAME).regex(SECRET_NAME);

/** GitHub keeps this prefix for itself (spec row G12); names that are only asked for may carry it in vain. */
const entryName = withRules(secretName, {
  rule: "!self.startsWith('GITHUB_')",
  message: 'names that start with GITHUB_ are reserved; choose another name',
  holds: (name) => !name.startsWith('GITHUB_'),
});

const sourceSchema = z.strictObject({
  key: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[!-~]+$/)
    .describe(
      "The secret's name at the provider, exactly as the provider spells it. Printable ASCII without spaces.",
    ),
  version: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[!-~]+$/)
    .optional()
    .describe('A fixed version at the provider. Default: the current one.'),
  property: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[ -~]+$/)
    .optional()
    .describe(
      "Part of the secret: a data key of a Kubernetes Secret, or a field of a JSON value as dotted path (a.b) or JSON Pointer (/a/b). Default: the whole value, or a Kubernetes Secret's only data key.",
    ),
  encoding: z
    .enum(['None', 'Base64', 'Base64URL'])
    .optional()
    .describe('How the stored value is encoded; it is decoded before delivery. Default: None.'),
});

export const entrySchema = z
  .strictObject({
    name: entryName.describe(
      'Name of the secret: upper-case letters, digits and underscores, not starting with a digit or GITHUB_.',
    ),
    from: sourceSchema.describe('Where the value is kept at the backend of this scope.'),
    locked: z
      .boolean()
      .optional()
      .describe('True: no more specific level may override this name. Default: false.'),
    access: accessSchema
      .optional()
      .describe('Organization only: which repositories may use this secret. Default: visibility Private.'),
  })
  .describe('One entry.');
export type Entry = z.infer<typeof entrySchema>;

export const discoverSchema = z
  .strictObject({
    prefix: z
      .string()
      .min(1)
      .max(512)
      .regex(PREFIX)
      .describe(
        'Keys below this prefix become entries. It ends with a separator (/, ., _ or --), so that team-a never matches team-ab.',
      ),
    access: accessSchema
      .optional()
      .describe(
        'Organization only: which repositories may use what is found. Default: Selected, with nobody.',
      ),
  })
  .describe('One prefix.');
export type Discover = z.infer<typeof discoverSchema>;
