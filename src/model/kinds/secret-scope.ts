import { z } from 'zod';
import { accessGroupSchema } from './access-schema.ts';
import {
  type KindDefinition,
  labelSelectorSchema,
  namespaceName,
  objectName,
  type Resource,
} from './common.ts';
import { discoverSchema, entrySchema } from './entry.ts';
import { immutableFields, LEVELS, levelRules } from './level-rules.ts';
import { protectionSchema } from './protection.ts';
import { authorList } from './request-parts.ts';
import { atomicList, distinctList, keyedList, withRules } from './schema-rules.ts';
import { scopeStatusSchema } from './scope-status-schema.ts';
import { targetSchema } from './target.ts';

export type { Access } from './access-schema.ts';
export { type Discover, type Entry, secretName } from './entry.ts';
export { LEVELS, type Level } from './level-rules.ts';

export const visibilitySchema = z.enum(['Public', 'Internal', 'Private']);
export type RepositoryVisibility = z.infer<typeof visibilitySchema>;

const childrenRule = z
  .strictObject({
    namespaces: labelSelectorSchema.describe('Namespaces whose scopes may name this scope as parent.'),
    visibility: visibilitySchema
      .optional()
      .describe('What repositories in these namespaces are to this organization. Default: Public.'),
    trusted: z
      .boolean()
      .optional()
      .describe('False: scopes in these namespaces inherit nothing, as a preview of a fork. Default: false.'),
  })
  .describe('What the scopes of some namespaces are to this one.');

const consumersRule = z
  .strictObject({
    namespaces: labelSelectorSchema.describe('Namespaces that may receive secrets of this scope.'),
  })
  .describe('Some namespaces.');

const scopeFields = z.strictObject({
  level: z
    .enum(LEVELS)
    .describe('Which level this is: Organization, Repository or Environment. Cannot be changed.'),
  environmentName: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[ -~]+$/)
    .optional()
    .describe(
      'Name of the environment within its repository, compared without case. Default: the name of this object.',
    ),
  parentRef: z
    .strictObject({
      namespace: namespaceName
        .optional()
        .describe('Namespace of the parent. Default: the namespace of this scope.'),
      name: objectName.describe('Name of the parent.'),
    })
    .optional()
    .describe(
      'The scope one level above, which has to admit this namespace in its children. Cannot be changed.',
    ),
  backendRef: z
    .strictObject({
      kind: z
        .enum(['SecretBackend', 'ClusterSecretBackend'])
        .describe('SecretBackend of this namespace, or a shared ClusterSecretBackend.'),
      name: objectName.describe('Name of the backend.'),
    })
    .optional()
    .describe('The backend that the entries of this scope, and only these, are read with. Never inherited.'),
  children: z
    .array(childrenRule)
    .max(32)
    .optional()
    .meta(atomicList)
    .describe(
      'Whose scopes may name this one as parent, and what they then are. Of several matching rules the lowest counts. Default: the own namespace, Private and trusted.',
    ),
  consumers: z
    .array(consumersRule)
    .max(32)
    .optional()
    .meta(atomicList)
    .describe(
      'Which other namespaces may receive secrets of this scope. Default: none but the own namespace.',
    ),
  secrets: keyedList(entrySchema, 1000, 'name')
    .optional()
    .describe('The entries of this level. 1,000 in an Organization, 100 otherwise.'),
  discover: keyedList(discoverSchema, 16, 'prefix')
    .optional()
    .describe(
      'Prefixes whose keys become entries: last path segment, with - . / turned into _, in upper case. Explicit entries win.',
    ),
  accessGroups: keyedList(accessGroupSchema, 32, 'name')
    .optional()
    .describe('Organization only: named sets of repositories for access.groups.'),
  automationHosts: distinctList(
    z
      .string()
      .max(253)
      .regex(/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/)
      .describe('A host in lower case, or *. and the end of one, which stands for one or more labels.'),
    64,
  )
    .optional()
    .describe(
      'Organization only: the hosts that webhook automations of this organization may send to. Default: none.',
    ),
  protection: protectionSchema
    .optional()
    .describe('Environment only: who has to approve before anything is delivered.'),
  targets: keyedList(targetSchema, 64, 'secretName')
    .optional()
    .describe("The Secrets to keep up to date in this scope's own namespace."),
  suspend: z.boolean().optional().describe('True stops new values; withdrawal goes on. Default: false.'),
});

export const scopeSpecSchema = withRules(scopeFields, ...levelRules, ...immutableFields);
export type ScopeSpec = z.infer<typeof scopeSpecSchema>;

export type ScopeStatus = z.infer<typeof scopeStatusSchema>;

/**
 * Beside spec, so that it is no change of the scope, and beside status, so that it is written in the same request as
 * the change it tells of (API-REVIEW 5, THREATS 12). Absent: nobody is known, which is not the same as nobody.
 */
const authorsSchema = authorList.describe(
  'Who changed spec since the operator last emptied this. Output only: admission policy writes it and refuses everybody else. Users whose name cannot be printed are system:unrecorded.',
);
export type SecretScope = Resource<ScopeSpec, ScopeStatus> & { readonly authors?: readonly string[] };

/** A kind with fields beside spec and status. */
export interface KindWithFields extends KindDefinition {
  readonly fields?: Readonly<Record<string, z.ZodType>>;
}

export const secretScopeKind: KindWithFields = {
  kind: 'SecretScope',
  plural: 'secretscopes',
  singular: 'secretscope',
  shortNames: ['scope', 'scopes'],
  namespaced: true,
  description: 'One level of secrets: an organization, a repository or an environment.',
  spec: scopeSpecSchema,
  status: scopeStatusSchema,
  fields: { authors: authorsSchema },
  columns: [
    { name: 'Level', type: 'string', jsonPath: '.spec.level' },
    { name: 'Parent', type: 'string', jsonPath: '.spec.parentRef.name' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    {
      name: 'Secrets',
      type: 'integer',
      jsonPath: '.status.counts.delivered',
      description: 'Keys delivered into target Secrets',
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      priority: 1,
    },
  ],
  selectableFields: ['.spec.level', '.spec.parentRef.name', '.spec.backendRef.name'],
};
