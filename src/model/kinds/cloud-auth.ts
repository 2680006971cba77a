/**
 * Owns: who reads at a cloud, for each of them, once with what a namespace has and once with what only a cluster's admin
 * may name. Used by: cloud-blocks.ts.
 */
import { z } from 'zod';
import { namespaceName, objectName } from './common.ts';
import { withRules } from './schema-rules.ts';

const ownAccount = z
  .strictObject({ name: objectName.describe("Service account of the backend's own namespace.") })
  .describe(
    'The identity that reads: the operator asks for a short-lived token of this account and exchanges it at the provider. Nothing secret is stored.',
  );
const ownSecret = z
  .strictObject({ name: objectName.describe("Secret of the backend's own namespace.") })
  .describe('A stored credential. Discouraged: it lives long, and whoever reads Secrets here has it.');
const namedAccount = z
  .strictObject({
    namespace: namespaceName.describe('Namespace of the service account.'),
    name: objectName.describe('The service account.'),
  })
  .describe(
    'The identity that reads: the operator asks for a short-lived token of this account and exchanges it at the provider. Nothing secret is stored.',
  );
const namedSecret = z
  .strictObject({
    namespace: namespaceName.describe('Namespace of the Secret.'),
    name: objectName.describe('The Secret.'),
  })
  .describe('A stored credential. Discouraged: it lives long, and whoever reads Secrets there has it.');
const ambient = z
  .boolean()
  .optional()
  .describe(
    "True: the identity that the operator's own Pod has at the cloud. Whoever is granted a key here reads it with that identity.",
  );

const roleARN = z
  .string()
  .max(2048)
  .regex(/^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role\/[A-Za-z0-9_+=,.@/-]{1,512}$/)
  .optional()
  .describe('The role that the service account takes on at AWS; its trust policy names the account.');
const audience = z
  .string()
  .max(256)
  .regex(
    /^\/\/iam\.googleapis\.com\/projects\/[0-9]{1,19}\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/[a-z0-9-]{4,32}$/,
  )
  .optional()
  .describe('The workload identity provider that knows this cluster, as its full resource name.');
const serviceAccountEmail = z
  .string()
  .max(264)
  .regex(/^[a-z0-9-]{1,63}@[a-z0-9.-]{1,180}\.gserviceaccount\.com$/)
  .optional()
  .describe(
    'A Google service account to act as. Default: none, and the roles are granted to the federated identity itself.',
  );
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const tenantID = z
  .string()
  .max(36)
  .regex(uuid)
  .optional()
  .describe('The Entra tenant of the application or managed identity.');
const clientID = z
  .string()
  .max(36)
  .regex(uuid)
  .optional()
  .describe('The application or managed identity with a federated credential for the service account.');

type Identities = { serviceAccountRef?: unknown; secretRef?: unknown; ambient?: unknown };
const one = (...given: unknown[]) => given.filter((value) => value !== undefined).length === 1;
const eitherOf = {
  rule: 'has(self.serviceAccountRef) != has(self.secretRef)',
  message: 'exactly one of serviceAccountRef and secretRef',
  holds: ({ serviceAccountRef, secretRef }: Identities) => one(serviceAccountRef, secretRef),
};
const oneOfThree = {
  rule: '[has(self.serviceAccountRef), has(self.secretRef), has(self.ambient)].filter(given, given).size() == 1 && (!has(self.ambient) || self.ambient)',
  message: 'exactly one of serviceAccountRef, secretRef and ambient: true',
  holds: ({ serviceAccountRef, secretRef, ambient: own }: Identities) =>
    one(serviceAccountRef, secretRef, own) && own !== false,
};

const forRole = {
  rule: 'has(self.serviceAccountRef) == has(self.roleARN)',
  message: 'roleARN goes with serviceAccountRef: the role that this account takes on',
  holds: (auth: { serviceAccountRef?: unknown; roleARN?: unknown }) =>
    (auth.serviceAccountRef === undefined) === (auth.roleARN === undefined),
};
const forAudience = {
  rule: 'has(self.serviceAccountRef) == has(self.audience) && (!has(self.serviceAccountEmail) || has(self.serviceAccountRef))',
  message:
    'audience goes with serviceAccountRef: the workload identity provider; serviceAccountEmail needs both',
  holds: (auth: { serviceAccountRef?: unknown; audience?: unknown; serviceAccountEmail?: unknown }) =>
    (auth.serviceAccountRef === undefined) === (auth.audience === undefined) &&
    (auth.serviceAccountEmail === undefined || auth.serviceAccountRef !== undefined),
};
const forTenant = {
  rule: 'has(self.serviceAccountRef) == has(self.tenantID) && has(self.tenantID) == has(self.clientID)',
  message: 'tenantID and clientID go with serviceAccountRef: who has the federated credential',
  holds: (auth: { serviceAccountRef?: unknown; tenantID?: unknown; clientID?: unknown }) =>
    (auth.serviceAccountRef === undefined) === (auth.tenantID === undefined) &&
    (auth.tenantID === undefined) === (auth.clientID === undefined),
};

const own = { serviceAccountRef: ownAccount.optional(), secretRef: ownSecret.optional() };
const named = { serviceAccountRef: namedAccount.optional(), secretRef: namedSecret.optional(), ambient };

const WHO_READS = 'Who reads.';

/** Accounts and Secrets of the backend's own namespace. */
export const ownAuth = {
  aws: withRules(z.strictObject({ ...own, roleARN }), eitherOf, forRole).describe(WHO_READS),
  gcp: withRules(z.strictObject({ ...own, audience, serviceAccountEmail }), eitherOf, forAudience).describe(
    WHO_READS,
  ),
  azure: withRules(z.strictObject({ ...own, tenantID, clientID }), eitherOf, forTenant).describe(WHO_READS),
};

/** Those of any namespace, and the identity of the operator's own Pod. */
export const sharedAuth = {
  aws: withRules(z.strictObject({ ...named, roleARN }), oneOfThree, forRole).describe(WHO_READS),
  gcp: withRules(
    z.strictObject({ ...named, audience, serviceAccountEmail }),
    oneOfThree,
    forAudience,
  ).describe(WHO_READS),
  azure: withRules(z.strictObject({ ...named, tenantID, clientID }), oneOfThree, forTenant).describe(
    WHO_READS,
  ),
};
