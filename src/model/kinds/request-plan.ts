/**
 * Owns: the plan in a request: what would be delivered, line by line. Used by: secret-request.ts.
 * It holds all that is needed to go on delivering it while a newer plan waits, and never a value.
 */
import { z } from 'zod';
import { namespaceName, objectName, PRINTABLE } from './common.ts';
import { secretName } from './entry.ts';
import { LEVELS } from './level-rules.ts';
import { scopeRef, uid } from './request-parts.ts';
import { keyedList } from './schema-rules.ts';
import { DATA_KEY, TARGET_TYPES } from './target.ts';

// all of an environment, its repository and its organization (spec row G54)
const MAX_SECRETS = 300;
// every one of them under its own key, and every template of a target
const MAX_KEYS = 332;
const MAX_NAMESPACES = 256;
/** Characters of a backend's identity; a bundle of certificates has more. */
export const MAX_IDENTITY = 1024;

const change = z
  .enum(['Added', 'Changed', 'Unchanged', 'Removed'])
  .describe(
    'Compared with what is released now. Added and changed lines wait; a removed one is listed for information.',
  );

const backendSchema = z.strictObject({
  kind: z.enum(['SecretBackend', 'ClusterSecretBackend']).describe('Kind of the backend.'),
  namespace: namespaceName.optional().describe('Namespace of a SecretBackend.'),
  name: objectName.describe('Name of the backend.'),
  uid: uid.describe('UID of the backend.'),
  provider: z.string().min(1).max(32).describe('Kind of store.'),
  identity: z
    .string()
    .max(MAX_IDENTITY)
    .regex(/^[ -~]*$/)
    .describe(
      'The fields that decide which secret a key means, as canonical JSON: account, region, role. Its sha256 where it is longer than 1,024 characters.',
    ),
});

const secretLine = z
  .strictObject({
    name: secretName.describe('Name of the secret.'),
    change,
    level: z.enum(LEVELS).describe('Level that supplies it.'),
    scope: scopeRef
      .extend({ namespace: namespaceName.describe('Namespace of the scope.') })
      .describe('The scope that supplies it.'),
    locked: z.boolean().optional().describe('True: that level lets no other override it. Default: false.'),
    backend: backendSchema.describe('Where its value is kept, and who reads it.'),
    key: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[!-~]+$/)
      .describe("The secret's name at the provider."),
    property: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[ -~]+$/)
      .optional()
      .describe('The part of it that is meant. Default: the whole value.'),
    encoding: z
      .enum(['Base64', 'Base64URL'])
      .optional()
      .describe('What is undone before delivery. Default: nothing.'),
    version: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[!-~]+$/)
      .optional()
      .describe('The version that was current when this was asked, or that the entry names.'),
    versionFixed: z
      .boolean()
      .optional()
      .describe('True: the entry names this version, so that it stays whatever pin says. Default: false.'),
  })
  .describe('One secret.');

const keyLine = z
  .strictObject({
    key: z.string().min(1).max(253).regex(DATA_KEY).describe('Data key of the Secret.'),
    change,
    content: z
      .enum(['Value', 'Empty', 'Template', 'DockerConfig'])
      .describe('What is in it: one secret, nothing, a text with ${NAME} in it, or logins to registries.'),
    name: secretName.optional().describe('Value and Empty: the secret.'),
    text: z
      .string()
      .max(16_384)
      .optional()
      .describe('Template and DockerConfig: the text that secrets are put into; DockerConfig as JSON.'),
  })
  .describe('One data key.');

// the key is not called `namespace`: that is a reserved word of CEL, and on 1.36.2 a list with such a key is never
// equal to itself, so that the rule that nothing changes refused a request that was applied twice
const namespaceLine = z
  .strictObject({
    name: namespaceName.describe('A namespace that receives the Secret.'),
    uid: uid
      .optional()
      .describe('Its UID: a namespace that is deleted and made again is another one. Default: not known.'),
    change,
  })
  .describe('One namespace.');

/** What is delivered, without who asked and when. */
export const planFields = {
  secret: z
    .strictObject({
      name: objectName.describe('Name of the Secret.'),
      type: z.enum(TARGET_TYPES).describe('Type of the Secret.'),
    })
    .optional()
    .describe('The Secret that is delivered; a WebhookAutomation has none.'),
  webhook: z
    .strictObject({
      url: z.string().max(2048).regex(PRINTABLE).describe('Where it is sent to.'),
      text: z
        .string()
        .max(131_072)
        .describe(
          'Method, headers and payload as they are written, with ${NAME} in them, as canonical JSON.',
        ),
      change,
    })
    .optional()
    .describe('What a WebhookAutomation sends, and where to.'),
  secrets: keyedList(secretLine, MAX_SECRETS, 'name').describe(
    'The secrets that would be delivered, by name, with the level and version that supply them. Never a value.',
  ),
  keys: keyedList(keyLine, MAX_KEYS, 'key')
    .optional()
    .describe('What each data key of the Secret is made of.'),
  namespaces: keyedList(namespaceLine, MAX_NAMESPACES, 'name')
    .optional()
    .describe('Who receives the Secret.'),
};
