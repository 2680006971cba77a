/**
 * A kubeconfig of the person or process that runs us, with whatever plugins it names.
 * Called by kube-config.ts. Never for a kubeconfig that came out of the cluster: it can run commands and read files.
 */
import { access } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from './clock.ts';
import { type Identity, type KubeEndpoint, remembered, type Trust } from './kube-endpoint.ts';

// client-node keeps an exec plugin's token until the second it expires and refreshes OIDC on every call, so we keep
// its answer for a while and start over with a fresh KubeConfig when the server says 401
const KEEP_MS = 60_000;

/** Throws an Error that says what to change. The first file wins where several name the same context. */
export async function kubeconfigEndpoint(
  paths: readonly string[],
  context: string | undefined,
  clock: Clock,
): Promise<KubeEndpoint> {
  const config = await parse(paths, context);
  const cluster = config.getCurrentCluster();
  if (!cluster)
    throw new Error(`${contextLabel(config)} names no cluster; pass --context, or fix the kubeconfig`);
  const load = remembered(
    async ({ fresh }) => credentialsOf(fresh ? await parse(paths, context) : config),
    KEEP_MS,
    clock,
  );
  return {
    server: cluster.server.replace(/\/+$/, ''),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    trust: async (freshness) => (await load(freshness)).trust,
    identity: async (freshness) => (await load(freshness)).identity,
  };
}

async function parse(paths: readonly string[], context: string | undefined): Promise<KubeConfig> {
  // half a second and 26 MB, which a Pod with its own service account never pays
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  let loaded = 0;
  for (const path of paths) {
    // as kubectl does, a missing file is skipped as long as another one is there
    if (!(await exists(path))) continue;
    loadInto(config, path, loaded++ === 0, () => new KubeConfig());
  }
  if (loaded === 0)
    throw new Error(`no kubeconfig at ${paths.join(' or ')}; pass --kubeconfig PATH or set KUBECONFIG`);
  if (context !== undefined) select(config, context);
  return config;
}

function loadInto(config: KubeConfig, path: string, first: boolean, empty: () => KubeConfig): void {
  try {
    const target = first ? config : empty();
    target.loadFromFile(path);
    if (!first) config.mergeConfig(target, true);
  } catch (error) {
    // a YAML error quotes the file, and with it tokens and keys
    throw new Error(`${path} is not a kubeconfig (${error instanceof Error ? error.name : 'unreadable'})`);
  }
}

function select(config: KubeConfig, context: string): void {
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context))
    throw new Error(`no context "${context}" in the kubeconfig; there are: ${names.join(', ')}`);
  config.setCurrentContext(context);
}

async function credentialsOf(config: KubeConfig): Promise<{ trust: Trust; identity: Identity }> {
  const options: RequestOptions & { servername?: string } = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {}))
    headers[name.toLowerCase()] = String(value);
  if (options.auth) headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const proxyUrl = config.getCurrentCluster()?.proxyUrl;
  return {
    trust: {
      ...pem('ca', options.ca),
      ...(options.servername === undefined ? {} : { serverName: options.servername }),
      insecure: options.rejectUnauthorized === false,
      ...(proxyUrl ? { proxyUrl } : {}),
    },
    identity: { headers, ...pem('cert', options.cert), ...pem('key', options.key) },
  };
}

function pem<Field extends string>(field: Field, value: unknown): { [name in Field]?: string } {
  if (typeof value !== 'string' && !Buffer.isBuffer(value)) return {};
  return { [field]: value.toString() } as { [name in Field]?: string };
}

function contextLabel(config: KubeConfig): string {
  return config.getCurrentContext()
    ? `context "${config.getCurrentContext()}"`
    : 'the kubeconfig has no current-context and';
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // whatever the reason, it cannot be read; the caller says so when no file can
    return false;
  }
}
