/**
 * Owns: localgcp, an emulator of Google Cloud by other people (https://github.com/slokam-ai/localgcp), as an independent
 * judge of the Google backend. Built with Go into the project's cache, once; started on a free port.
 * Called by: gcp-localgcp.test.ts.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cacheRoot } from '../cluster/cluster-dir.ts';
import { withDirectoryLock } from '../cluster/directory-lock.ts';
import { pickLoopbackPort } from '../cluster/loopback-port.ts';
import { withProgress } from '../cluster/progress.ts';
import { endServer, isServerAlive, spawnServer, tail } from '../cluster/server-process.ts';

const MODULE = 'github.com/slokam-ai/localgcp';
// to be pinned by whoever first builds it: no version could be looked up where this was written
const VERSION = 'latest';

export type LocalgcpBuild =
  | { readonly kind: 'ready'; readonly dir: string; readonly version: string }
  /** `why` is the last thing that Go said */
  | { readonly kind: 'missing'; readonly why: string };

export interface Localgcp {
  readonly port: number;
  stop(): Promise<void>;
}

const run = promisify(execFile);
// a few hundred packages, cold, on two cores
const BUILD_TIMEOUT_MS = 480_000;
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 50;
const SERVICES = [
  'gcs',
  'pubsub',
  'firestore',
  'cloudtasks',
  'vertexai',
  'kms',
  'logging',
  'cloudrun',
] as const;

export async function buildLocalgcp(env: NodeJS.ProcessEnv = process.env): Promise<LocalgcpBuild> {
  const dir = join(cacheRoot(env), 'peers', `localgcp-${VERSION}`);
  const binary = join(dir, 'localgcp');
  try {
    if (!(await exists(binary))) {
      await withDirectoryLock(`${dir}.lock`, 'building localgcp', async () => {
        if (!(await exists(binary)))
          await withProgress(`building localgcp ${VERSION}`, () => build(dir, env));
      });
    }
    return { kind: 'ready', dir, version: await versionOf(binary, env) };
  } catch (error) {
    return { kind: 'missing', why: lastLine(error) };
  }
}

// one rename: another process sees a whole program or none
async function build(dir: string, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(dir, { recursive: true });
  const staging = await mkdtemp(join(dir, 'staging-'));
  try {
    const own = { GOBIN: staging, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' };
    const options = { env: { ...env, ...own }, timeout: BUILD_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
    await run('go', ['install', '-trimpath', `${MODULE}/cmd/localgcp@${VERSION}`], options);
    await rename(join(staging, 'localgcp'), join(dir, 'localgcp'));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function versionOf(binary: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await run('go', ['version', '-m', binary], { env });
  return (
    stdout
      .split('\n')
      .find((line) => line.includes(`\t${MODULE}\t`))
      ?.split('\t')[3] ?? VERSION
  );
}

/** Its other services listen too, each on a port of its own that nobody uses. */
export async function startLocalgcp(dir: string): Promise<Localgcp> {
  const port = await pickLoopbackPort();
  const others: string[] = [];
  for (const service of SERVICES) others.push(`--port-${service}=${await pickLoopbackPort()}`);
  const logs = await mkdtemp(join(tmpdir(), 'secretscope-localgcp-'));
  const logFile = join(logs, 'localgcp.log');
  const args = ['up', '--no-docker', '--quiet', `--port-secretmanager=${port}`, ...others];
  const binary = join(dir, 'localgcp');
  const { pid } = await spawnServer({ binary, args, dir, logFile, scratch: logs });
  await ready(port, () => isServerAlive(pid, dir), logFile);
  return {
    port,
    stop: async () => {
      await endServer(pid, dir, 'SIGTERM');
      await rm(logs, { recursive: true, force: true });
    },
  };
}

async function ready(port: number, isAlive: () => boolean, logFile: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (!isAlive() || Date.now() > deadline)
      throw new Error(`localgcp did not start:\n${await tail(logFile)}`);
    await sleep(POLL_MS);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr || message || String(error)).trim().split('\n').at(-1)?.trim() ?? '';
}
