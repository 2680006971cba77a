/**
 * A real API server with a namespace of source Secrets, service accounts with different rights to it, and an operator
 * that may do nothing but ask for their tokens. Called by tests of the kubernetes backend.
 */
import { readFile } from 'node:fs/promises';
import { KubernetesBackend } from '../../src/fetch/backends/kubernetes.ts';
import { kubernetesConnection } from '../../src/fetch/backends/kubernetes-connection.ts';
import { Fetcher } from '../../src/fetch/fetcher.ts';
import type { Backend } from '../../src/fetch/port.ts';
import { systemClock } from '../../src/kube/clock.ts';
import type { KubeClient } from '../../src/kube/kube-client.ts';
import { loadKubeConfig } from '../../src/kube/kube-config.ts';
import type { KubeEndpoint, TokenSource } from '../../src/kube/kube-endpoint.ts';
import { type OpenClient, openClient } from '../../src/kube/open-client.ts';
import { issuedTokens } from '../../src/kube/token-request.ts';
import { expectOk } from '../cluster/admin-client.ts';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { FaultyGateway } from './faulty-gateway.ts';

export const NAMESPACE = 'store';
export const READER = `system:serviceaccount:${NAMESPACE}:reader`;
const parts = { clock: systemClock, random: Math.random };

// answers of gets and lists too: the kind of what was sent is the proof that it was metadata
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  rules: [
    { level: 'Metadata', verbs: ['watch'], omitStages: ['RequestReceived', 'ResponseComplete'] },
    {
      level: 'RequestResponse',
      verbs: ['get', 'list'],
      resources: [{ group: '', resources: ['secrets'] }],
      omitStages: ['RequestReceived'],
    },
    { level: 'Metadata', omitStages: ['RequestReceived', 'ResponseStarted'] },
  ],
};

export class KubernetesWorld {
  readonly cluster: ControlPlane;
  readonly gateway: FaultyGateway;
  /** as the operator: it may create tokens, and nothing else */
  readonly operator: KubeClient;
  readonly #clients: readonly OpenClient[];
  readonly #throughGateway: KubeClient;

  private constructor(cluster: ControlPlane, gateway: FaultyGateway, operator: OpenClient) {
    this.cluster = cluster;
    this.gateway = gateway;
    this.operator = operator.client;
    const throughGateway = openClient({ ...parts, endpoint: gatewayEndpoint(gateway), userAgent: 'test' });
    this.#throughGateway = throughGateway.client;
    this.#clients = [operator, throughGateway];
  }

  static async start(): Promise<KubernetesWorld> {
    const cluster = await startControlPlane({ name: 'sources', auditPolicy: AUDIT_POLICY });
    await applyManifests(cluster, MANIFESTS);
    const gateway = await FaultyGateway.open(cluster.url, await readFile(cluster.caPath, 'utf8'));
    const kubeconfig = await cluster.userKubeconfig('operator');
    const endpoint = await loadKubeConfig({ kubeconfig }, systemClock);
    return new KubernetesWorld(cluster, gateway, openClient({ ...parts, endpoint, userAgent: 'operator' }));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#clients.map((client) => client.close()), this.gateway.close()]);
    await this.cluster.stop();
  }

  /** As the composition root opens it, straight to the API server. */
  open(serviceAccount: string, namespace = NAMESPACE): Backend {
    const access = { kube: this.operator, operatorNamespace: 'secretscope-system', ...parts };
    return kubernetesConnection({ namespace, serviceAccount }, access).open();
  }

  /** As reconcile uses it; nobody is refused. */
  fetcher(serviceAccount: string): Fetcher {
    const access = { kube: this.operator, operatorNamespace: 'secretscope-system', ...parts };
    const connect = () => kubernetesConnection({ namespace: NAMESPACE, serviceAccount }, access);
    return new Fetcher({ connect, authorize: () => true, ...parts });
  }

  /** Behind the gateway. */
  openThroughGateway(token: TokenSource = this.tokensOf('reader'), namespace = NAMESPACE): KubernetesBackend {
    const clientFor = (source: TokenSource) => this.#throughGateway.clientWithToken(source);
    return new KubernetesBackend({ namespace, token, clientFor, ...parts });
  }

  tokensOf(serviceAccount: string): TokenSource {
    const order = { namespace: NAMESPACE, serviceAccount, audiences: [], seconds: 600 };
    return issuedTokens(this.operator, order, systemClock);
  }

  /** What a person does with kubectl. */
  async store(name: string, content: Readonly<Record<string, string>>, rest: object = {}): Promise<void> {
    const metadata = { name, namespace: NAMESPACE };
    await applyManifests(this.cluster, [
      { apiVersion: 'v1', kind: 'Secret', metadata, stringData: content, ...rest },
    ]);
  }

  async erase(name: string): Promise<void> {
    const path = `/api/v1/namespaces/${NAMESPACE}/secrets/${name}`;
    await expectOk(this.cluster.api, { method: 'DELETE', path });
  }
}

function gatewayEndpoint({ url }: FaultyGateway): KubeEndpoint {
  return {
    server: url,
    namespace: NAMESPACE,
    trust: async () => ({}),
    identity: async () => ({ headers: {} }),
  };
}

const RBAC = 'rbac.authorization.k8s.io';
const account = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: NAMESPACE },
});
const role = (name: string, rule: object) => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'Role',
  metadata: { name, namespace: NAMESPACE },
  rules: [{ apiGroups: [''], ...rule }],
});
const binding = (name: string, subject: object) => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'RoleBinding',
  metadata: { name, namespace: NAMESPACE },
  roleRef: { apiGroup: RBAC, kind: 'Role', name },
  subjects: [subject],
});
const bound = (name: string) => binding(name, { kind: 'ServiceAccount', name, namespace: NAMESPACE });

const MANIFESTS = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } },
  ...['reader', 'narrow', 'stranger'].map(account),
  role('reader', { resources: ['secrets'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] }),
  role('narrow', { resources: ['secrets'], resourceNames: ['granted'], verbs: ['get'] }),
  role('operator', { resources: ['serviceaccounts/token'], verbs: ['create'] }),
  bound('reader'),
  bound('narrow'),
  binding('operator', { kind: 'User', name: 'operator', apiGroup: RBAC }),
];
