/**
 * A kubeconfig of the person or process that runs us, with whatever plugins it names.
 * Called by kube-config.ts. Never for a kubeconfig that came out of the cluster: it can run commands and read files.
 */
import { readFile } from 'node:fs/promises';
import { providerHeader } from './auth-provider.ts';
import type { Clock } from './clock.ts';
import { type PluginCredential, runPlugin } from './credential-plugin.ts';
import { type Freshness, type Identity, type KubeEndpoint, remembered, type Trust } from './kube-endpoint.ts';
import { type ChosenContext, type Fields, fieldsOf, readContext, text } from './kubeconfig-context.ts';

// files of certificates and tokens are written anew by whoever renews them
const KEEP_MS = 60_000;

/** Throws an Error that says what to change. */
export async function kubeconfigEndpoint(
  paths: readonly string[],
  context: string | undefined,
  clock: Clock,
): Promise<KubeEndpoint> {
  const chosen = await readContext(paths, context);
  const plugin = pluginOf(clock);
  const load = remembered(
    async (freshness) => {
      const now = freshness.fresh ? await readContext(paths, context) : chosen;
      return { trust: await trustOf(now.cluster), identity: await identityOf(now, plugin, freshness) };
    },
    KEEP_MS,
    clock,
  );
  return {
    server: chosen.cluster.server.replace(/\/+$/, ''),
    namespace: chosen.namespace ?? 'default',
    trust: async (freshness) => (await load(freshness)).trust,
    identity: async (freshness) => (await load(freshness)).identity,
  };
}

type Plugin = (chosen: ChosenContext, freshness: Freshness) => Promise<PluginCredential>;

/** Runs again when what it gave is over, or was refused; it may ask a person something. */
function pluginOf(clock: Clock): Plugin {
  let kept: PluginCredential | undefined;
  return async ({ user, cluster }, { fresh }) => {
    if (fresh || !kept || (kept.expiresAt ?? Number.POSITIVE_INFINITY) <= clock.now())
      kept = await runPlugin(fieldsOf(user['exec']), cluster);
    return kept;
  };
}

async function trustOf(cluster: Fields): Promise<Trust> {
  const ca = await pemOf(cluster, 'certificate-authority');
  const serverName = text(cluster['tls-server-name']);
  const proxyUrl = text(cluster['proxy-url']);
  return {
    ...(ca !== undefined && { ca }),
    ...(serverName !== undefined && { serverName }),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    ...(proxyUrl !== undefined && { proxyUrl }),
  };
}

async function identityOf(chosen: ChosenContext, plugin: Plugin, freshness: Freshness): Promise<Identity> {
  const { user } = chosen;
  const shown = 'exec' in user ? await plugin(chosen, freshness) : {};
  const cert = shown.cert ?? (await pemOf(user, 'client-certificate'));
  const key = shown.key ?? (await pemOf(user, 'client-key'));
  const authorization = shown.token === undefined ? await headerOf(chosen) : `Bearer ${shown.token}`;
  return {
    headers: { ...(authorization !== undefined && { authorization }), ...impersonation(user) },
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

async function headerOf(chosen: ChosenContext): Promise<string | undefined> {
  const { user } = chosen;
  if ('auth-provider' in user) return providerHeader(chosen);
  const path = text(user['tokenFile']);
  const token = path === undefined ? text(user['token']) : (await contentOf('tokenFile', path)).trim();
  if (token !== undefined) return `Bearer ${token}`;
  const name = text(user['username']);
  if (name === undefined) return undefined;
  return `Basic ${Buffer.from(`${name}:${text(user['password']) ?? ''}`).toString('base64')}`;
}

function impersonation(user: Fields): Record<string, string | string[]> {
  const name = text(user['as']);
  if (name === undefined) return {};
  const uid = text(user['as-uid']);
  const groups: readonly unknown[] = Array.isArray(user['as-groups']) ? user['as-groups'] : [];
  return {
    'impersonate-user': name,
    ...(uid !== undefined && { 'impersonate-uid': uid }),
    ...(groups.length > 0 && { 'impersonate-group': groups.map(String) }),
  };
}

/** `FIELD-data` before the file that FIELD names. */
async function pemOf(fields: Fields, field: string): Promise<string | undefined> {
  const data = text(fields[`${field}-data`]);
  if (data !== undefined) return Buffer.from(data, 'base64').toString();
  const path = text(fields[field]);
  return path === undefined ? undefined : contentOf(field, path);
}

async function contentOf(field: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new Error(
      `${field} ${path} of the kubeconfig could not be read (${code}); mend it, or choose another --context`,
    );
  }
}
