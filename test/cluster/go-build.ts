/**
 * Owns: building the servers from source with the Go toolchain.
 * Called by: server-binaries.ts. Must not: decide where the result is kept.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isMissing, type ServerName } from './cluster-dir.ts';
import { withProgress } from './progress.ts';

/** The version in build/go.mod. */
export const BUILT_VERSION = 'v1.36.2';

const MODULE_DIR = join(import.meta.dirname, 'build');
const PACKAGES: Record<ServerName, string> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
};
const ERROR_LINES = 15;

/** Throws an error which a person can act on if the server could not be built at the path. */
export async function buildWithGo(server: ServerName, path: string, env: NodeJS.ProcessEnv): Promise<void> {
  const toolchain = (await runGo(['env', 'GOVERSION'], env)).trim();
  const flags = ['-trimpath', '-ldflags', linkerFlags(), '-o', path];
  const what = `building ${server} ${BUILT_VERSION} with ${toolchain} (minutes, the first time)`;
  await withProgress(what, () => runGo(['build', ...flags, PACKAGES[server]], env));
}

// without these the API server calls itself v0.0.0, and clients choose features by that
function linkerFlags(): string {
  const [major, minor] = BUILT_VERSION.slice(1).split('.');
  const stamp = Object.entries({ gitVersion: BUILT_VERSION, gitMajor: major, gitMinor: minor });
  return [
    '-s',
    '-w',
    ...stamp.map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`),
  ].join(' ');
}

async function runGo(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn('go', args, {
    cwd: MODULE_DIR,
    stdio: ['ignore', 'pipe', 'pipe'],
    // GOWORK and GOFLAGS: what the user set for other work must not change this build
    env: { ...env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=readonly' },
  });
  const printed = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    printed.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    printed.err += chunk.toString();
  });
  const code = await exitCode(child);
  if (code === 0) return printed.out;
  throw new Error(
    `go ${args[0]} failed:\n${printed.err.trimEnd().split('\n').slice(-ERROR_LINES).join('\n')}`,
  );
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code;
  } catch (error) {
    if (isMissing(error)) throw new Error('there is no "go" in PATH', { cause: error });
    throw error;
  }
}
