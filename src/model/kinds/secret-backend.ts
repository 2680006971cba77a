import { z } from 'zod';
import { PREFIX } from '../key-separators.ts';
import { ownClouds, sharedClouds } from './cloud-blocks.ts';
import {
  conditionList,
  duration,
  type KindDefinition,
  labelSelectorSchema,
  namespaceName,
  objectName,
  type Resource,
} from './common.ts';
import { atomicList, distinctList, withRules } from './schema-rules.ts';

const ownServiceAccount = z.strictObject({
  serviceAccountRef: z
    .strictObject({ name: objectName.describe("Service account of the backend's own namespace.") })
    .describe(
      'The identity that reads: the operator asks for a token of this account and the API server decides what it may read.',
    ),
});

const refreshInterval = duration
  .optional()
  .describe('How often versions are compared where changes are not pushed. Default: 5m.');

const PROVIDERS = ['aws', 'gcp', 'azure', 'kubernetes'] as const;
type Providers = { readonly [Name in (typeof PROVIDERS)[number]]?: unknown };

const oneProvider = {
  rule: `[${PROVIDERS.map((name) => `has(self.${name})`).join(', ')}].filter(given, given).size() == 1`,
  message: `exactly one of ${PROVIDERS.join(', ')}`,
  holds: (spec: Providers) => PROVIDERS.filter((name) => spec[name] !== undefined).length === 1,
};
const sameProvider = {
  rule: PROVIDERS.map((name) => `has(self.${name}) == has(oldSelf.${name})`).join(' && '),
  message: 'the provider of a backend cannot be changed; create another backend',
};

const backendFields = z.strictObject({
  ...ownClouds,
  kubernetes: z
    .strictObject({ auth: ownServiceAccount.describe('Who reads.') })
    .optional()
    .describe(
      "Secrets of this namespace. An entry's key is the name of a Secret, its property one of the data keys. Discouraged as a store: prefer a cloud secret manager.",
    ),
  refreshInterval,
});

export const backendSpecSchema = withRules(backendFields, oneProvider, sameProvider);
export type BackendSpec = z.infer<typeof backendSpecSchema>;

const grantKeyFields = z
  .strictObject({
    prefix: z
      .string()
      .min(1)
      .max(512)
      .regex(PREFIX)
      .optional()
      .describe(
        'Keys below this prefix. It ends with a separator (/, ., _ or --); {namespace} stands for the namespace of the scope.',
      ),
    key: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[!-~]+$/)
      .optional()
      .describe('Exactly this key; {namespace} stands for the namespace of the scope.'),
  })
  .describe('One key, or all keys below a prefix.');

const grantKey = withRules(
  grantKeyFields,
  {
    rule: 'has(self.prefix) != has(self.key)',
    message: 'exactly one of prefix and key',
    holds: ({ prefix, key }) => (prefix === undefined) !== (key === undefined),
  },
  {
    // the prefix of namespace `a` would cover the keys of namespace `a--b`
    rule: "!has(self.prefix) || !self.prefix.endsWith('-') || !self.prefix.contains('{namespace}')",
    message: 'a prefix with {namespace} ends with /, . or _: a name of a namespace may hold --',
    holds: ({ prefix }) => !prefix?.endsWith('-') || !prefix.includes('{namespace}'),
  },
);

const grantSchema = z
  .strictObject({
    namespaces: labelSelectorSchema.describe('Namespaces whose scopes get this grant.'),
    keys: z
      .array(grantKey)
      .min(1)
      .max(64)
      .meta(atomicList)
      .describe('The keys that are granted. No grant, no key.'),
    operations: distinctList(z.enum(['Read', 'Write']).describe('One operation.'), 2)
      .min(1)
      .optional()
      .describe('What is granted. Write is for sealed values. Default: Read.'),
    protectedBy: z
      .strictObject({
        namespace: namespaceName.describe('Namespace of the environment.'),
        name: objectName.describe('Name of the environment.'),
      })
      .optional()
      .describe('These keys are delivered only through this environment, and only while it has reviewers.'),
  })
  .describe('Keys for the scopes of some namespaces.');
export type Grant = z.infer<typeof grantSchema>;

const clusterBackendFields = z.strictObject({
  ...sharedClouds,
  kubernetes: z
    .strictObject({
      namespace: namespaceName.describe('Namespace whose Secrets are read.'),
      auth: ownServiceAccount.describe('Who reads: a service account of that namespace.'),
    })
    .optional()
    .describe(
      "Secrets of one namespace. An entry's key is the name of a Secret, its property one of the data keys.",
    ),
  grants: z
    .array(grantSchema)
    .max(256)
    .optional()
    .meta(atomicList)
    .describe('Which namespaces may read which keys. Default: none.'),
  refreshInterval,
});

export const clusterBackendSpecSchema = withRules(clusterBackendFields, oneProvider, sameProvider);
export type ClusterBackendSpec = z.infer<typeof clusterBackendSpecSchema>;

export const backendStatusSchema = z.strictObject({
  observedGeneration: z
    .int()
    .optional()
    .describe('The generation that the conditions speak of; -1 before the operator has looked.'),
  conditions: conditionList,
  scopes: z.int().optional().describe('Scopes that use this backend.'),
  callsToday: z
    .strictObject({
      date: z.string().max(10).describe('The day, in UTC.'),
      count: z.int().describe('Calls to the provider since midnight, or since the operator began.'),
    })
    .optional()
    .describe(
      'What the provider was asked today with this identity, brought up to date about once an hour. Backends of one account and identity share the calls.',
    ),
  lastHandledReconcileAt: z
    .string()
    .max(256)
    .optional()
    .describe('Last value of the annotation reconcile.secretscope.dev/requestedAt that was handled.'),
});
export type BackendStatus = z.infer<typeof backendStatusSchema>;

export type SecretBackend = Resource<BackendSpec, BackendStatus>;
export type ClusterSecretBackend = Resource<ClusterBackendSpec, BackendStatus>;

const columns = [
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
  { name: 'Scopes', type: 'integer', jsonPath: '.status.scopes' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

export const secretBackendKind: KindDefinition = {
  kind: 'SecretBackend',
  plural: 'secretbackends',
  singular: 'secretbackend',
  shortNames: ['sb'],
  namespaced: true,
  description: 'A connection to a store of secrets, used by the scopes of its own namespace.',
  spec: backendSpecSchema,
  status: backendStatusSchema,
  columns,
};

export const clusterSecretBackendKind: KindDefinition = {
  kind: 'ClusterSecretBackend',
  plural: 'clustersecretbackends',
  singular: 'clustersecretbackend',
  shortNames: ['csb'],
  namespaced: false,
  description: 'A connection to a store of secrets that the cluster admin shares by grants of keys.',
  spec: clusterBackendSpecSchema,
  status: backendStatusSchema,
  columns,
};
