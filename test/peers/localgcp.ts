/**
 * Owns: localgcp, an emulator of Google Cloud by other people (https://github.com/slokam-ai/localgcp), as an independent
 * judge of the Google backend. Built with Go into the project's cache, once; started on a free port.
 * Called by: gcp-localgcp.test.ts.
 */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { cacheRoot } from '../cluster/cluster-dir.ts';
import { pickLoopbackPort } from '../cluster/loopback-port.ts';
import { startPeer } from './peer-program.ts';
import { type MissingPeer, provided, runBounded } from './peer-provision.ts';

const MODULE = 'github.com/slokam-ai/localgcp';
// to be pinned by whoever first builds it: no version could be looked up where this was written
const VERSION = 'latest';

export interface LocalgcpBuild {
  readonly kind: 'ready';
  readonly version: string;
  readonly dir: string;
}

export interface Localgcp {
  readonly port: number;
  stop(): Promise<void>;
}

const START_MS = 30_000;
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

export async function buildLocalgcp(
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LocalgcpBuild | MissingPeer> {
  const dir = join(cacheRoot(env), 'peers', `localgcp-${VERSION}`);
  const mark = join(dir, 'localgcp');
  const provide = () => build(dir, signal, env);
  const missing = await provided({ place: dir, mark, what: `building localgcp ${VERSION}`, signal, provide });
  return missing ?? { kind: 'ready', version: await versionOf(mark, signal, env), dir };
}

// one rename: another process sees a whole program or none
async function build(dir: string, signal: AbortSignal, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(dir, { recursive: true });
  const staging = await mkdtemp(join(dir, 'staging-'));
  try {
    const own = { ...env, GOBIN: staging, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' };
    await runBounded('go', ['install', '-trimpath', `${MODULE}/cmd/localgcp@${VERSION}`], signal, own);
    await rename(join(staging, 'localgcp'), join(dir, 'localgcp'));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function versionOf(binary: string, signal: AbortSignal, env: NodeJS.ProcessEnv): Promise<string> {
  const lines = (await runBounded('go', ['version', '-m', binary], signal, env)).split('\n');
  return lines.find((line) => line.includes(`\t${MODULE}\t`))?.split('\t')[3] ?? VERSION;
}

/** Its other services listen too, each on a port of its own that nobody uses. */
export async function startLocalgcp({ dir }: LocalgcpBuild): Promise<Localgcp> {
  const port = await pickLoopbackPort();
  const others: string[] = [];
  for (const service of SERVICES) others.push(`--port-${service}=${await pickLoopbackPort()}`);
  const args = ['up', '--no-docker', '--quiet', `--port-secretmanager=${port}`, ...others];
  const binary = join(dir, 'localgcp');
  const answers = () => listens(port);
  return {
    port,
    stop: await startPeer({ name: 'localgcp', binary, args, dir, answers, patience: START_MS }),
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
