/** What the connections to the clouds share: the way out, the cluster whose identities are exchanged, and time. */
import { createHash } from 'node:crypto';
import type { Clock, Random } from '../../kube/clock.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import type { TokenSource } from '../../kube/kube-endpoint.ts';
import { issuedTokens } from '../../kube/token-request.ts';
import { identityText } from '../../model/backend-identity.ts';
import type { Json } from '../../model/canonical-json.ts';
import { isCaBundle } from '../outbound/dial-tls.ts';
import type { OutboundConnector } from '../outbound/outbound-connector.ts';
import type { Backend } from '../port.ts';
import { RefusedBackend } from './refused.ts';

export interface CloudAccess {
  /** the operator's client: asks for tokens of service accounts, reads stored credentials */
  readonly kube: KubeClient;
  readonly operatorNamespace: string;
  readonly outbound: OutboundConnector;
  /** --insecure-test-endpoints; none in a real installation */
  readonly tests?: TestEndpoints | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** Peers on loopback that stand in for a cloud. */
export interface TestEndpoints {
  /** as backends name them */
  readonly endpoints: ReadonlySet<string>;
  /** whom identities are exchanged with, where the backend's endpoint is one of these */
  readonly identity?: string | undefined;
  /** PEM of the authority that these have their certificates from */
  readonly ca?: string | undefined;
}

/** What all clouds' identities have. */
export interface CloudIdentity {
  readonly auth: {
    readonly serviceAccountRef?: ObjectName | undefined;
    readonly secretRef?: ObjectName | undefined;
  };
  readonly caBundle?: string | undefined;
  readonly endpoint?: string | undefined;
}

export interface CloudSettings {
  readonly refreshIntervalMs?: number | undefined;
}

interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

const digests = new WeakMap<object, string>();

/** Equal for equal identities with equal `settings`, and for nothing else. `place` is for people who read logs. */
export function accountOf(place: string, identity: object, settings?: string): string {
  const digest = digests.get(identity) ?? digestOf(identity);
  digests.set(identity, digest);
  return settings === undefined ? `${place}:${digest}` : `${place}:${digest}:${settings}`;
}

function digestOf(identity: object): string {
  return createHash('sha256')
    .update(identityText(identity as Json))
    .digest('hex');
}

// the least that the API server issues
const TOKEN_SECONDS = 600;

/** Tokens of a service account of the cluster for one audience. */
export function clusterTokens(
  { namespace, name }: ObjectName,
  audience: string,
  { kube, clock }: CloudAccess,
): TokenSource {
  const order = { namespace, serviceAccount: name, audiences: [audience], seconds: TOKEN_SECONDS };
  return issuedTokens(kube, order, clock);
}

/** Namespaces whose identities and Secrets no backend may use. */
export function isReserved(namespace: string, operatorNamespace: string): boolean {
  return namespace === operatorNamespace || namespace.startsWith('kube-');
}

/** The backend to open instead of one that may not be asked as it is written; undefined where it may. */
export function refusedBackend(
  provider: string,
  { auth, caBundle, endpoint }: CloudIdentity,
  access: CloudAccess,
): Backend | undefined {
  return (
    refusedIdentity(provider, auth, access) ??
    refusedCa(provider, caBundle) ??
    refusedEndpoint(provider, endpoint, access)
  );
}

/** The same where an identity may not be used. */
export function refusedIdentity(
  provider: string,
  auth: CloudIdentity['auth'],
  { operatorNamespace }: CloudAccess,
): Backend | undefined {
  const named = [auth.serviceAccountRef, auth.secretRef].filter((ref) => ref !== undefined);
  const reserved = named.some(({ namespace }) => isReserved(namespace, operatorNamespace));
  return reserved ? new RefusedBackend(provider) : undefined;
}

/** The same where no certificate can be checked against what the backend trusts. */
function refusedCa(provider: string, caBundle: string | undefined): Backend | undefined {
  if (caBundle === undefined || isCaBundle(caBundle)) return undefined;
  return new RefusedBackend(provider, { kind: 'unavailable', code: 'CABundleInvalid' });
}

/** The same for an endpoint on loopback without the flag for it: no token leaves for a backend that cannot be asked. */
export function refusedEndpoint(
  provider: string,
  endpoint: string | undefined,
  { tests }: CloudAccess,
): Backend | undefined {
  if (endpoint === undefined || tests?.endpoints.has(endpoint) || !isLoopback(endpoint)) return undefined;
  return new RefusedBackend(provider, { kind: 'unavailable', code: 'HostRefused' });
}

function isLoopback(endpoint: string): boolean {
  const host = hostOfUrl(endpoint);
  return host === 'localhost' || host === '127.0.0.1' || host === '::1';
}

/** Where tests send identities to instead of the cloud; undefined for whatever is no test's endpoint. */
export function testIdentityHost(endpoint: string | undefined, { tests }: CloudAccess): string | undefined {
  if (endpoint === undefined || !tests?.endpoints.has(endpoint)) return undefined;
  return tests.identity ?? endpoint;
}

export function hostOfUrl(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}
