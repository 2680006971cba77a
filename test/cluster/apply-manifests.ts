/**
 * Owns: bringing manifests into a test cluster, in an order that works on an empty one.
 * Called by: tests, the demo. Must not: prune or wait for workloads; nothing runs Pods here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type AdminClient, expectOk } from './admin-client.ts';
import type { Manifest } from './manifests.ts';

const FIELD_MANAGER = 'cluster-setup';
const ESTABLISH_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

interface DiscoveredResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

interface Target {
  readonly api: AdminClient;
  readonly discovery: Map<string, readonly DiscoveredResource[]>;
  /** kinds which this very call defines */
  readonly expected: ReadonlySet<string>;
}

/** Server-side apply: definitions first and until they are served, then namespaces, then the rest as listed. */
export async function applyManifests(
  cluster: { readonly api: AdminClient },
  manifests: readonly Manifest[],
): Promise<void> {
  const definitions = manifests.filter((manifest) => manifest.kind === 'CustomResourceDefinition');
  const namespaces = manifests.filter(isNamespace);
  const rest = manifests.filter((manifest) => !definitions.includes(manifest) && !isNamespace(manifest));
  const target = { api: cluster.api, discovery: new Map(), expected: new Set(definitions.map(definedKind)) };
  for (const definition of definitions) await apply(target, definition);
  for (const definition of definitions) await untilEstablished(cluster.api, definition.metadata.name);
  for (const manifest of [...namespaces, ...rest]) await apply(target, manifest);
}

function definedKind(definition: Manifest): string {
  return (definition['spec'] as { names: { kind: string } }).names.kind;
}

function isNamespace(manifest: Manifest): boolean {
  return manifest.kind === 'Namespace' && manifest.apiVersion === 'v1';
}

async function apply(target: Target, manifest: Manifest): Promise<void> {
  const resource = await discover(target, manifest);
  const { name, namespace = 'default' } = manifest.metadata;
  const scope = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const path = `${rootPath(manifest)}${scope}/${resource.name}/${encodeURIComponent(name)}`;
  const call = {
    method: 'PATCH',
    path: `${path}?fieldManager=${FIELD_MANAGER}&force=true`,
    contentType: 'application/apply-patch+yaml',
    body: manifest,
  } as const;
  await untilServed(target.api, call);
  await expectOk(target.api, call);
}

/** A kind that was just defined is served some seconds before admission policies that mutate it know its schema: 503. */
async function untilServed(api: AdminClient, call: Parameters<AdminClient>[0]): Promise<void> {
  const deadline = Date.now() + ESTABLISH_TIMEOUT_MS;
  const rehearsal = { ...call, path: `${call.path}&dryRun=All` };
  while ((await api(rehearsal)).status === 503 && Date.now() < deadline) await sleep(POLL_MS * 4);
}

/** Asks again for a while when the kind was just defined: discovery learns it a moment after it is served. */
async function discover(target: Target, manifest: Manifest): Promise<DiscoveredResource> {
  const { api, discovery, expected } = target;
  const { apiVersion, kind } = manifest;
  const deadline = Date.now() + (expected.has(kind) ? ESTABLISH_TIMEOUT_MS : 0);
  for (;;) {
    const known = discovery.get(apiVersion) ?? (await listResources(api, manifest));
    const found = known.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    if (found !== undefined) {
      discovery.set(apiVersion, known);
      return found;
    }
    discovery.delete(apiVersion);
    if (Date.now() >= deadline) throw new Error(`the cluster does not serve ${apiVersion} ${kind}`);
    await sleep(POLL_MS);
  }
}

async function listResources(api: AdminClient, manifest: Manifest): Promise<readonly DiscoveredResource[]> {
  const { status, body } = await api({ path: rootPath(manifest) });
  return status === 200 ? (body as { resources: DiscoveredResource[] }).resources : [];
}

function rootPath(manifest: Manifest): string {
  return manifest.apiVersion.includes('/') ? `/apis/${manifest.apiVersion}` : `/api/${manifest.apiVersion}`;
}

async function untilEstablished(api: AdminClient, name: string): Promise<void> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
  const deadline = Date.now() + ESTABLISH_TIMEOUT_MS;
  for (;;) {
    const conditions = conditionsOf(await expectOk(api, { path }));
    if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    const refusal = conditions.find(({ type, status }) => type === 'NamesAccepted' && status === 'False');
    if (refusal !== undefined) throw new Error(`${name} is not accepted: ${refusal.message}`);
    if (Date.now() > deadline) throw new Error(`${name} is not established after ${ESTABLISH_TIMEOUT_MS} ms`);
    await sleep(POLL_MS);
  }
}

function conditionsOf(definition: unknown): { type: string; status: string; message?: string }[] {
  const { status } = definition as {
    status?: { conditions?: { type: string; status: string; message?: string }[] };
  };
  return status?.conditions ?? [];
}
