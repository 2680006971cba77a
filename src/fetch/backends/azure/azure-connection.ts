/** How a backend object with an `azure` block is reached. Called by the composition root, once for each plan line. */
import type { AzureIdentity } from '../../../model/backend-identity.ts';
import { azureClientSecretOf } from '../../../model/credentials/azure-client-secret.ts';
import type { Connection } from '../../account-pool.ts';
import { type AzureHosts, azureHosts } from '../../outbound/cloud-hosts.ts';
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
import { azureAmbient } from './azure-ambient.ts';
import { type AzureAuthority, azureAuthority } from './azure-authority.ts';
import { AzureBackend } from './azure-backend.ts';
import type { AzureApiVersion } from './azure-client.ts';
import { AzureClientSecret, type AzureCredential, AzureWorkloadIdentity } from './azure-login.ts';
import { StoredAzureCredential } from './azure-stored-credential.ts';

// what a federated credential of Entra expects in a token unless it was told otherwise
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
const AUDIENCE = 'api://AzureADTokenExchange';

export function azureConnection(
  identity: AzureIdentity,
  { refreshIntervalMs }: CloudSettings,
  access: CloudAccess,
): Connection {
  return {
    account: accountOf(`azure:${identity.vaultName}`, identity),
    refreshIntervalMs,
    open: () => refusedBackend('azure', identity, access) ?? open(identity, access),
  };
}

function open(identity: AzureIdentity, access: CloudAccess): Backend {
  const { vaultName, cloud, endpoint, caBundle, apiVersion } = identity;
  const found = azureHosts({ vault: vaultName, cloud });
  const authority = found.kind === 'hosts' ? authorityOf(identity, found.hosts, access) : undefined;
  if (found.kind === 'invalid' || !authority)
    return new RefusedBackend('azure', { kind: 'unavailable', code: 'VaultNameInvalid' });
  const { clock, outbound } = access;
  const vaultUrl = endpoint ?? `https://${found.hosts.vault}`;
  const agents = outbound.agents({ hosts: [hostOfUrl(vaultUrl)], ...(caBundle && { caBundle }) });
  const identities = outbound.agents({ hosts: [hostOfUrl(authority.url)] });
  return new AzureBackend({
    vaultUrl,
    credential: credentialOf(identity, authority, identities, access),
    agent: agents.https,
    clock,
    apiVersion: apiVersion as AzureApiVersion | undefined,
    // whoever answers there is none of Azure's, and gets a token that is good for Key Vault alone
    trustAnyChallenge: endpoint !== undefined,
    release: () => {
      agents.https.destroy();
      identities.https.destroy();
    },
  });
}

function authorityOf(
  { endpoint }: AzureIdentity,
  { authority }: AzureHosts,
  access: CloudAccess,
): AzureAuthority | undefined {
  const real = azureAuthority(authority);
  const test = testIdentityHost(endpoint, access);
  return test === undefined || !real ? real : { ...real, url: test };
}

function credentialOf(
  { auth }: AzureIdentity,
  authority: AzureAuthority,
  agents: OutboundAgents,
  access: CloudAccess,
): AzureCredential {
  const { kube, clock, random } = access;
  const means = { authority, agent: agents.https, clock, random };
  const { serviceAccountRef, tenantID, clientID, secretRef } = auth;
  if (serviceAccountRef && tenantID !== undefined && clientID !== undefined) {
    const assertion = clusterTokens(serviceAccountRef, AUDIENCE, access);
    return new AzureWorkloadIdentity({ ...means, tenantId: tenantID, clientId: clientID, assertion });
  }
  if (!secretRef) return azureAmbient(authority);
  const stored = storedLogin({
    kube,
    ref: secretRef,
    clock,
    parse: azureClientSecretOf,
    login: ({ tenantId, clientId, clientSecret }) =>
      new AzureClientSecret({ ...means, tenantId, clientId, secret: clientSecret }),
  });
  return new StoredAzureCredential(stored);
}
