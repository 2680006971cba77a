/** How a backend object with a `gcp` block is reached. Called by the composition root, once for each plan line. */

import type { TokenSource } from '../../../kube/kube-endpoint.ts';
import type { GcpIdentity } from '../../../model/backend-identity.ts';
import type { CredentialAnswer, SecretFields } from '../../../model/credentials/credential-document.ts';
import { type GoogleKey, parseGoogleKey } from '../../../model/credentials/google-key.ts';
import type { Connection } from '../../account-pool.ts';
import { type GoogleHosts, googleHosts } from '../../outbound/cloud-hosts.ts';
import type { OutboundAgents } from '../../outbound/outbound-connector.ts';
import type { Backend } from '../../port.ts';
import {
  accountOf,
  type CloudAccess,
  type CloudSettings,
  clusterTokens,
  hostOfUrl,
  refusedBackend,
  testIdentityHost,
} from '../cloud-access.ts';
import { RefusedBackend } from '../refused.ts';
import { storedLogin } from '../stored-login.ts';
import { gcpAmbient } from './gcp-ambient.ts';
import { GcpBackend, type GcpEndpoint } from './gcp-backend.ts';
import { GcpServiceAccountKey } from './gcp-service-account-key.ts';
import { GcpSubscription } from './gcp-subscription.ts';
import { GcpWorkloadIdentity } from './gcp-workload-identity.ts';

export interface GcpConnectionSettings extends CloudSettings {
  readonly subscription?: string | undefined;
}

/** Where the key of a service account lies in the Secret that a backend names. */
const KEY_FIELD = 'key.json';

export function gcpConnection(
  identity: GcpIdentity,
  { refreshIntervalMs, subscription }: GcpConnectionSettings,
  access: CloudAccess,
): Connection {
  return {
    account: accountOf(`gcp:${identity.projectID}`, identity, subscription),
    refreshIntervalMs,
    open: () => refusedBackend('gcp', identity, access) ?? open(identity, subscription, access),
  };
}

function open(identity: GcpIdentity, subscription: string | undefined, access: CloudAccess): Backend {
  const { projectID, location, endpoint } = identity;
  const found = googleHosts(location);
  if (found.kind === 'invalid')
    return new RefusedBackend('gcp', { kind: 'unavailable', code: 'LocationUnknown' });
  const { clock, random, outbound } = access;
  const test = testIdentityHost(endpoint, access);
  const { sts, iamCredentials, oauth2, pubsub } = found.hosts;
  const hosts = test === undefined ? [sts, iamCredentials, oauth2, pubsub] : [hostOfUrl(test)];
  const agents = outbound.agents({ hosts });
  const token = tokenOf(identity, { agents, test }, access);
  const feed =
    subscription === undefined
      ? undefined
      : new GcpSubscription({
          project: projectID,
          subscription,
          token,
          agent: agents.https,
          ...(test !== undefined && { host: test }),
          clock,
          random,
        });
  return new GcpBackend({
    project: projectID,
    location,
    token,
    checkedAddresses: (host) => outbound.checkedAddresses(host, portOf(endpoint)),
    endpoint: endpointOf(identity, found.hosts, access),
    clock,
    random,
    feed,
    release: () => agents.https.destroy(),
  });
}

interface Way {
  readonly agents: OutboundAgents;
  /** where a test's identities go */
  readonly test: string | undefined;
}

function tokenOf({ auth }: GcpIdentity, way: Way, access: CloudAccess): TokenSource {
  const { serviceAccountRef, audience, serviceAccountEmail, secretRef } = auth;
  if (serviceAccountRef && audience !== undefined) {
    const subject = clusterTokens(serviceAccountRef, audienceOfTokens(audience), access);
    return federated({ audience, subject, impersonate: serviceAccountEmail }, way, access);
  }
  return secretRef ? storedKey(secretRef, way, access) : gcpAmbient();
}

/**
 * What a provider of a pool expects in a token unless it was told otherwise.
 * https://cloud.google.com/iam/docs/workload-identity-federation-with-kubernetes
 */
function audienceOfTokens(provider: string): string {
  return `https:${provider}`;
}

function federated(
  identity: { audience: string; subject: TokenSource; impersonate: string | undefined },
  { agents, test }: Way,
  { clock, random }: CloudAccess,
): TokenSource {
  const hosts = test === undefined ? undefined : { sts: test, iamCredentials: test };
  return new GcpWorkloadIdentity({ ...identity, agent: agents.https, clock, random, hosts }).token;
}

function storedKey(
  ref: { namespace: string; name: string },
  { agents, test }: Way,
  { kube, clock, random }: CloudAccess,
): TokenSource {
  const login = ({ clientEmail, privateKey, privateKeyId }: GoogleKey): TokenSource => {
    const key = { clientEmail, privateKey, keyId: privateKeyId, host: test };
    return new GcpServiceAccountKey({ ...key, agent: agents.https, clock, random }).token;
  };
  const stored = storedLogin({ kube, ref, clock, parse: keyOf, login });
  return (freshness) => stored(freshness, (token) => token(freshness));
}

function keyOf(fields: SecretFields): CredentialAnswer<GoogleKey> {
  const document = fields.get(KEY_FIELD);
  return document
    ? parseGoogleKey(document)
    : { kind: 'refused', code: 'CredentialInvalid', fields: [KEY_FIELD] };
}

function endpointOf(
  { endpoint, caBundle }: GcpIdentity,
  { secretManager }: GoogleHosts,
  { tests }: CloudAccess,
): GcpEndpoint | undefined {
  if (endpoint === undefined && caBundle === undefined) return undefined;
  const host = endpoint === undefined ? secretManager : hostOfUrl(endpoint);
  const isTest = endpoint !== undefined && tests?.endpoints.has(endpoint) === true;
  if (isTest && endpoint.startsWith('http:'))
    return { host, port: portOf(endpoint), security: { kind: 'plaintext' } };
  const roots = caBundle ?? (isTest ? tests?.ca : undefined);
  return { host, port: portOf(endpoint), security: { kind: 'tls', roots } };
}

function portOf(endpoint: string | undefined): number {
  return Number(endpoint === undefined ? 443 : new URL(endpoint).port || 443);
}
