/**
 * Owns: which fields of a backend decide which secret a key means and who asks for it. They are part of what reviewers
 * approve, and what connections are shared by. Pure.
 * Used by: watch (facts of a backend), operator (opening a connection to exactly this).
 *
 * Not among them: how often it is looked at, where its events arrive, what is granted to whom.
 */
import { z } from 'zod';
import { canonicalJson, type Json } from './canonical-json.ts';
import type { Provider } from './facts.ts';
import { sharedClouds } from './kinds/cloud-blocks.ts';
import type { BackendSpec, ClusterBackendSpec } from './kinds/secret-backend.ts';

const cloudSchema = z.strictObject(sharedClouds);
const clusterSchema = z.strictObject({ namespace: z.string(), serviceAccount: z.string() });

/** One of them is there. */
export interface BackendIdentity extends z.infer<typeof cloudSchema> {
  /** Secrets of a namespace of this cluster. */
  readonly kubernetes?: z.infer<typeof clusterSchema>;
}

export type AwsIdentity = NonNullable<BackendIdentity['aws']>;
export type GcpIdentity = NonNullable<BackendIdentity['gcp']>;
export type AzureIdentity = NonNullable<BackendIdentity['azure']>;

export interface IdentifiedBackend {
  readonly provider: Provider;
  readonly identity: Json;
}

/** The same object for the same spec: facts are made anew for every reconcile. */
const identified = new WeakMap<object, { readonly namespace: string; readonly as: IdentifiedBackend }>();

/** Of a namespace's own backend: what it names lies in that namespace. */
export function ownIdentity(spec: BackendSpec, namespace: string): IdentifiedBackend {
  return remembered(spec, namespace, () => ownIdentityOf(spec, namespace));
}

export function sharedIdentity(spec: ClusterBackendSpec): IdentifiedBackend {
  return remembered(spec, '', () => sharedIdentityOf(spec));
}

function remembered(spec: object, namespace: string, make: () => IdentifiedBackend): IdentifiedBackend {
  const known = identified.get(spec);
  if (known?.namespace === namespace) return known.as;
  const as = make();
  identified.set(spec, { namespace, as });
  return as;
}

function ownIdentityOf(spec: BackendSpec, namespace: string): IdentifiedBackend {
  const { aws, gcp, azure, kubernetes } = spec;
  if (aws) return cloud('aws', { ...aws, auth: located(aws.auth, namespace) });
  if (gcp) return cloud('gcp', { ...gcp, auth: located(gcp.auth, namespace) });
  if (azure) return cloud('azure', { ...azure, auth: located(azure.auth, namespace) });
  return inCluster(namespace, kubernetes?.auth.serviceAccountRef.name ?? '');
}

function sharedIdentityOf({ aws, gcp, azure, kubernetes }: ClusterBackendSpec): IdentifiedBackend {
  if (aws) return cloud('aws', aws);
  if (gcp) return cloud('gcp', gcp);
  if (azure) return cloud('azure', azure);
  return inCluster(kubernetes?.namespace ?? '', kubernetes?.auth.serviceAccountRef.name ?? '');
}

/** What `ownIdentity` and `sharedIdentity` made; undefined for anything else. */
export function parseIdentity(identity: Json): BackendIdentity | undefined {
  const kubernetes = clusterSchema.safeParse(identity).data;
  if (kubernetes) return { kubernetes };
  const cloud = cloudSchema.safeParse(identity).data;
  return cloud && Object.keys(cloud).length === 1 ? cloud : undefined;
}

/** Equal for equal identities, in whatever order their fields stand. */
export function identityText(identity: Json): string {
  return canonicalJson(identity);
}

type Named = { readonly name: string };
type Located<Auth> = Omit<Auth, 'serviceAccountRef' | 'secretRef'> & {
  serviceAccountRef?: { namespace: string; name: string };
  secretRef?: { namespace: string; name: string };
};

function located<Auth extends { serviceAccountRef?: Named | undefined; secretRef?: Named | undefined }>(
  auth: Auth,
  namespace: string,
): Located<Auth> {
  const { serviceAccountRef, secretRef, ...rest } = auth;
  return {
    ...rest,
    ...(serviceAccountRef && { serviceAccountRef: { namespace, name: serviceAccountRef.name } }),
    ...(secretRef && { secretRef: { namespace, name: secretRef.name } }),
  };
}

function cloud(
  provider: 'aws' | 'gcp' | 'azure',
  block: Readonly<Record<string, unknown>>,
): IdentifiedBackend {
  const { events: _, ...identity } = block;
  return { provider, identity: { [provider]: identity } as Json };
}

function inCluster(namespace: string, serviceAccount: string): IdentifiedBackend {
  // without a name of its own: records on Secrets of older versions were made with this form
  return { provider: 'kubernetes', identity: { namespace, serviceAccount } };
}
