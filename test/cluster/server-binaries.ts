/**
 * Owns: where the three server programs come from, cheapest first.
 * Called by: control-plane.ts. Must not: start them.
 */
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { cacheRoot, isMissing, SERVER_NAMES, type ServerName } from './cluster-dir.ts';
import { withDirectoryLock } from './directory-lock.ts';
import { BUILT_VERSION, buildWithGo } from './go-build.ts';
import { tell } from './progress.ts';
import { type DownloadSources, downloadServers, OFFICIAL_SOURCES, type Platform } from './server-download.ts';

export type ServerBinaries = Readonly<Record<ServerName, string>>;
type Found = Partial<Record<ServerName, string>>;

interface Means {
  readonly cache: string;
  readonly env: NodeJS.ProcessEnv;
  readonly sources: DownloadSources;
}

const ASSET_VARIABLES: Record<ServerName, string> = {
  etcd: 'TEST_ASSET_ETCD',
  'kube-apiserver': 'TEST_ASSET_KUBE_APISERVER',
  'kube-controller-manager': 'TEST_ASSET_KUBE_CONTROLLER_MANAGER',
};

/** Takes what the environment names, then the cache, and only for the rest downloads or builds. */
export async function findServerBinaries(
  env: NodeJS.ProcessEnv = process.env,
  sources: DownloadSources = OFFICIAL_SOURCES,
): Promise<ServerBinaries> {
  const named = await namedByEnvironment(env);
  const cache = join(cacheRoot(env), 'controlplane');
  const known = { ...(await findCached(cache, missingFrom(named))), ...named };
  if (isComplete(known)) return known;
  const lock = join(cache, `${BUILT_VERSION}.lock`);
  return withDirectoryLock(lock, 'preparing the control plane', () =>
    provide({ cache, env, sources }, named),
  );
}

/** A variable which names something that is not there is a mistake to point out, not to work around. */
export async function namedByEnvironment(env: NodeJS.ProcessEnv): Promise<Found> {
  const assets = env['KUBEBUILDER_ASSETS'];
  const inAssets = assets ? await executablesIn(assets, SERVER_NAMES) : {};
  if (assets && Object.keys(inAssets).length === 0) {
    throw new Error(`KUBEBUILDER_ASSETS=${assets} holds none of ${SERVER_NAMES.join(', ')}`);
  }
  const single: Found = {};
  for (const server of SERVER_NAMES) {
    const path = env[ASSET_VARIABLES[server]];
    if (!path) continue;
    if (!(await isExecutable(path))) {
      throw new Error(`${ASSET_VARIABLES[server]}=${path} is not an executable file`);
    }
    single[server] = path;
  }
  return { ...inAssets, ...single };
}

// looks once more, because the process which held the lock before us may have done the work
async function provide(means: Means, named: Found): Promise<ServerBinaries> {
  const { cache } = means;
  const known = { ...(await findCached(cache, missingFrom(named))), ...named };
  if (isComplete(known)) return known;
  const missing = missingFrom(known);
  tell(`${missing.join(', ')} ${BUILT_VERSION} not found in ${cache}`);
  const staging = await mkdtemp(join(cache, 'staging-'));
  try {
    await obtain(means, missing, staging);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  const complete = { ...(await findCached(cache, missing)), ...known };
  if (isComplete(complete)) return complete;
  throw new Error(`${missing.join(', ')} should be in ${cache} now, but something removed it`);
}

async function obtain(means: Means, missing: readonly ServerName[], staging: string): Promise<void> {
  const wanted = { version: BUILT_VERSION, platform: goPlatform() };
  const failures: string[] = [];
  try {
    const version = await downloadServers(missing, wanted, staging, means.sources);
    return await keep(missing, staging, join(means.cache, cacheName(version)));
  } catch (error) {
    tell(`no download: ${rootCause(error)}`);
    failures.push(`download: ${rootCause(error)}`);
  }
  try {
    for (const server of missing) {
      await buildWithGo(server, join(staging, server), means.env);
      await keep([server], staging, join(means.cache, cacheName(BUILT_VERSION)));
    }
  } catch (error) {
    failures.push(`build: ${error instanceof Error ? error.message : String(error)}`);
    throw new Error(nothingWorked(missing, means.cache, failures), { cause: error });
  }
}

// one rename per file: another process sees a whole program or none
async function keep(servers: readonly ServerName[], staging: string, dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const server of servers) await rename(join(staging, server), join(dir, server));
}

/** From one directory if any has them all, so that the servers are of one version; the built one first. */
async function findCached(cache: string, missing: readonly ServerName[]): Promise<Found> {
  let best: Found = {};
  for (const dir of await cachedVersions(cache)) {
    const found = await executablesIn(join(cache, dir), missing);
    if (Object.keys(found).length > Object.keys(best).length) best = found;
  }
  return best;
}

async function cachedVersions(cache: string): Promise<string[]> {
  const built = cacheName(BUILT_VERSION);
  const minor = BUILT_VERSION.slice(0, BUILT_VERSION.lastIndexOf('.') + 1);
  const fits = (entry: string) => entry.startsWith(minor) && entry.endsWith(cacheName(''));
  try {
    const entries = await readdir(cache);
    return [built, ...entries.filter((entry) => entry !== built && fits(entry)).sort()];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function cacheName(version: string): string {
  const { os, arch: cpu } = goPlatform();
  return `${version}-${os}-${cpu}`;
}

function goPlatform(): Platform {
  return { os: platform(), arch: arch() === 'x64' ? 'amd64' : arch() };
}

function missingFrom(found: Found): ServerName[] {
  return SERVER_NAMES.filter((server) => found[server] === undefined);
}

function isComplete(found: Found): found is Record<ServerName, string> {
  return missingFrom(found).length === 0;
}

async function executablesIn(dir: string, servers: readonly ServerName[]): Promise<Found> {
  const found: Found = {};
  for (const server of servers) {
    const path = join(dir, server);
    if (await isExecutable(path)) found[server] = path;
  }
  return found;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function nothingWorked(missing: readonly ServerName[], cache: string, failures: readonly string[]): string {
  return [
    `no ${missing.join(', ')} for the test cluster:`,
    `  environment: neither KUBEBUILDER_ASSETS nor ${missing.map((name) => ASSET_VARIABLES[name]).join(', ')} names it`,
    `  cache: not in ${cache}`,
    ...failures.map((failure) => `  ${failure.replaceAll('\n', '\n    ')}`),
    'install Go 1.26 or newer (https://go.dev/dl), or set KUBEBUILDER_ASSETS to a directory with these programs',
  ].join('\n');
}

function rootCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? rootCause(error.cause) : error.message;
}
