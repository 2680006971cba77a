/**
 * Owns: what a backend says about AWS, Google and Azure, once for a namespace's own backend and once with the powers
 * that only a cluster's admin may use. Used by: secret-backend.ts.
 *
 * Hosts are built from these parts alone, so each has the narrowest form that the provider allows.
 */
import { z } from 'zod';
import { ownAuth, sharedAuth } from './cloud-auth.ts';
import { withRules } from './schema-rules.ts';

const awsPlace = {
  region: z
    .string()
    .max(32)
    .regex(
      /^(us-gov-|cn-|[a-z]{2}-)(north|south|east|west|central|northeast|northwest|southeast|southwest)-[1-9]$/,
    )
    .describe('The region whose secrets are read, such as eu-west-1.'),
  events: z
    .strictObject({
      queueURL: z
        .string()
        .max(256)
        .regex(/^https:\/\/sqs\.[a-z0-9-]{4,32}\.amazonaws\.com(\.cn)?\/[0-9]{12}\/[A-Za-z0-9_-]{1,80}$/)
        .describe('URL of a queue of the same region, which nobody else reads.'),
    })
    .optional()
    .describe(
      'A queue that EventBridge fills with changes, so that they arrive within seconds. Default: none.',
    ),
};
const gcpPlace = {
  projectID: z
    .string()
    .max(30)
    .regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/)
    .describe('The project whose secrets are read.'),
  location: z
    .string()
    .max(32)
    .regex(/^[a-z]{2,12}-(north|south|east|west|central|northeast|northwest|southeast|southwest)[1-9][0-9]?$/)
    .optional()
    .describe('Regional secrets of this location. Default: global secrets.'),
  events: z
    .strictObject({
      subscription: z
        .string()
        .max(255)
        .regex(/^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/)
        .refine((name) => !name.startsWith('goog'))
        .meta({
          'x-kubernetes-validations': [
            { rule: "!self.startsWith('goog')", message: 'no subscription is called goog…' },
          ],
        })
        .describe('Name of a subscription of the same project, which nobody else pulls from.'),
    })
    .optional()
    .describe(
      'A subscription to what the secrets publish, so that changes arrive within seconds. Default: none.',
    ),
};
const azurePlace = {
  vaultName: z
    .string()
    .min(3)
    .max(24)
    .regex(/^[a-zA-Z](-?[a-zA-Z0-9])*$/)
    .describe('The vault whose secrets are read.'),
  cloud: z
    .enum(['AzurePublic', 'AzureChina', 'AzureUSGovernment'])
    .optional()
    .describe('The cloud that the vault belongs to. Default: AzurePublic.'),
};

const ENDPOINT = /^https:\/\/[a-z0-9.-]{4,253}$|^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?$/;

const reach = {
  endpoint: z
    .string()
    .max(512)
    .regex(ENDPOINT)
    .optional()
    .describe(
      "Instead of the provider's own host: another host with its interface, as https://host. Private addresses are refused; loopback is for tests.",
    ),
  caBundle: z
    .string()
    .max(65_536)
    .optional()
    .describe('PEM certificates that are trusted for this endpoint, instead of the public authorities.'),
};
const apiVersion = z
  .string()
  .max(32)
  .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview)?$|^[0-9]\.[0-9]$/)
  .optional()
  .describe(
    "Version of the vault's interface, for endpoints that do not know the newest. Default: the SDK's.",
  );

// whoever answers there would get the token of the operator's own Pod
const LOOPBACK = '^https?://(127[.]0[.]0[.]1|localhost|\\[::1\\])(:[0-9]{1,5})?$';
const noAmbientElsewhere = {
  rule: `!has(self.auth.ambient) || !has(self.endpoint) || self.endpoint.matches('${LOOPBACK.replaceAll('\\', '\\\\')}')`,
  message: 'ambient goes to the provider alone: leave out endpoint, or name an identity',
  holds: ({ auth, endpoint }: { auth: { ambient?: unknown }; endpoint?: string | undefined }) =>
    auth.ambient === undefined || endpoint === undefined || new RegExp(LOOPBACK).test(endpoint),
};
// a queue elsewhere would need other rights, and tells of other secrets
const queueOfRegion = {
  rule: "!has(self.events) || self.events.queueURL.contains('.' + self.region + '.')",
  message: 'events.queueURL is a queue of the same region',
  holds: ({ region, events }: { region: string; events?: { queueURL: string } | undefined }) =>
    events === undefined || events.queueURL.includes(`.${region}.`),
};

/** Blocks of a namespace's own backend: hosts of the clouds only, identities of its own only. */
export const ownClouds = {
  aws: withRules(
    z.strictObject({
      ...awsPlace,
      auth: ownAuth.aws,
    }),
    queueOfRegion,
  )
    .optional()
    .describe('Secrets of AWS Secrets Manager.'),
  gcp: z
    .strictObject({
      ...gcpPlace,
      auth: ownAuth.gcp,
    })
    .optional()
    .describe('Secrets of Google Secret Manager.'),
  azure: z
    .strictObject({
      ...azurePlace,
      auth: ownAuth.azure,
    })
    .optional()
    .describe('Secrets of Azure Key Vault.'),
};

/** Blocks of a ClusterSecretBackend. */
export const sharedClouds = {
  aws: withRules(
    z.strictObject({
      ...awsPlace,
      ...reach,
      auth: sharedAuth.aws,
    }),
    noAmbientElsewhere,
    queueOfRegion,
  )
    .optional()
    .describe('Secrets of AWS Secrets Manager.'),
  gcp: withRules(
    z.strictObject({
      ...gcpPlace,
      ...reach,
      auth: sharedAuth.gcp,
    }),
    noAmbientElsewhere,
  )
    .optional()
    .describe('Secrets of Google Secret Manager.'),
  azure: withRules(
    z.strictObject({
      ...azurePlace,
      ...reach,
      apiVersion,
      auth: sharedAuth.azure,
    }),
    noAmbientElsewhere,
  )
    .optional()
    .describe('Secrets of Azure Key Vault.'),
};
