/** How a backend object with an `aws` block is reached. Called by the composition root, once for each plan line. */
import type { AwsIdentity } from '../../../model/backend-identity.ts';
import { awsKeyPairOf } from '../../../model/credentials/aws-key-pair.ts';
import type { Connection } from '../../account-pool.ts';
import { type AwsHosts, awsHosts } from '../../outbound/cloud-hosts.ts';
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
import { awsAmbient } from './aws-ambient.ts';
import { AwsBackend } from './aws-backend.ts';
import type { AwsCredentials } from './aws-credentials.ts';
import { AwsEventQueue } from './aws-event-queue.ts';
import { sessionNameFor } from './aws-session-name.ts';
import { AwsWebIdentity } from './aws-web-identity.ts';

export interface AwsConnectionSettings extends CloudSettings {
  readonly queueUrl?: string | undefined;
}

interface Login {
  readonly credentials: AwsCredentials;
  readonly close: () => void;
}

const AUDIENCE = 'sts.amazonaws.com';
// 8 calls of a scheduler, each with up to 5 requests at a time (aws-parallel.ts): 40, and room for a check
const MAX_SOCKETS = 48;

export function awsConnection(
  identity: AwsIdentity,
  { refreshIntervalMs, queueUrl }: AwsConnectionSettings,
  access: CloudAccess,
): Connection {
  return {
    account: accountOf(`aws:${identity.region}`, identity, queueUrl),
    refreshIntervalMs,
    open: () => refusedBackend('aws', identity, access) ?? open(identity, queueUrl, access),
  };
}

function open(identity: AwsIdentity, queueUrl: string | undefined, access: CloudAccess): Backend {
  const { region, endpoint, caBundle } = identity;
  const found = awsHosts(region);
  if (found.kind === 'invalid')
    return new RefusedBackend('aws', { kind: 'unavailable', code: 'RegionUnknown' });
  const { clock, random, outbound } = access;
  const host = endpoint === undefined ? found.hosts.secretsManager : hostOfUrl(endpoint);
  const agents = outbound.agents({ hosts: [host], maxSockets: MAX_SOCKETS, ...(caBundle && { caBundle }) });
  const login = loginOf(identity, found.hosts, access);
  const { credentials } = login;
  const events =
    queueUrl === undefined ? undefined : eventsOf(queueUrl, identity, found.hosts, credentials, access);
  const release = () => {
    destroyAll(agents);
    login.close();
    events?.close();
  };
  const { feed } = { feed: undefined, ...events };
  return new AwsBackend({ region, endpoint, agents, credentials, clock, random, feed, release });
}

function loginOf(identity: AwsIdentity, hosts: AwsHosts, access: CloudAccess): Login {
  const { serviceAccountRef, roleARN, secretRef } = identity.auth;
  if (serviceAccountRef && roleARN)
    return webIdentity({ ...identity, serviceAccountRef, roleArn: roleARN }, hosts, access);
  if (secretRef) return { credentials: storedKeys(secretRef, access), close: nothing };
  return { credentials: awsAmbient(identity.region), close: nothing };
}

function webIdentity(
  {
    region,
    endpoint,
    serviceAccountRef,
    roleArn,
  }: AwsIdentity & { serviceAccountRef: { namespace: string; name: string }; roleArn: string },
  { sts }: AwsHosts,
  access: CloudAccess,
): Login {
  const { clock, random, outbound } = access;
  const test = testIdentityHost(endpoint, access);
  const agents = outbound.agents({ hosts: [test === undefined ? sts : hostOfUrl(test)] });
  const role = new AwsWebIdentity({
    region,
    endpoint: test,
    agents,
    roleArn,
    sessionName: sessionNameFor(serviceAccountRef.namespace, serviceAccountRef.name),
    token: clusterTokens(serviceAccountRef, AUDIENCE, access),
    clock,
    random,
  });
  const close = () => {
    role.close();
    destroyAll(agents);
  };
  return { credentials: role.credentials, close };
}

function storedKeys(ref: { namespace: string; name: string }, { kube, clock }: CloudAccess): AwsCredentials {
  const stored = storedLogin({ kube, ref, clock, parse: awsKeyPairOf, login: (keys) => keys });
  return (freshness) => stored(freshness, async (keys) => keys);
}

function eventsOf(
  queueUrl: string,
  { region, endpoint }: AwsIdentity,
  { sqs }: AwsHosts,
  credentials: AwsCredentials,
  access: CloudAccess,
): { readonly feed: AwsEventQueue; readonly close: () => void } {
  const { clock, random, outbound } = access;
  const test = testIdentityHost(endpoint, access) === undefined ? undefined : endpoint;
  const agents = outbound.agents({ hosts: [test === undefined ? sqs : hostOfUrl(test)] });
  const feed = new AwsEventQueue({ region, endpoint: test, agents, queueUrl, credentials, clock, random });
  return { feed, close: () => destroyAll(agents) };
}

function destroyAll({ https, http }: OutboundAgents): void {
  https.destroy();
  http.destroy();
}

function nothing(): void {
  // nothing is open
}
