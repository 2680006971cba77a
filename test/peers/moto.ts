/**
 * Owns: moto, a mock of AWS by other people (https://docs.getmoto.org), as an independent judge of the AWS backend.
 * Installed from PyPI into the project's cache, once; started on a free port. Called by: aws-moto.test.ts.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cacheRoot } from '../cluster/cluster-dir.ts';
import { withDirectoryLock } from '../cluster/directory-lock.ts';
import { pickLoopbackPort } from '../cluster/loopback-port.ts';
import { withProgress } from '../cluster/progress.ts';
import { endServer, isServerAlive, spawnServer, tail } from '../cluster/server-process.ts';

export const MOTO_VERSION = '5.2.5';

export type MotoInstall =
  | { readonly kind: 'ready'; readonly dir: string }
  /** `why` is the last thing that Python or pip said */
  | { readonly kind: 'missing'; readonly why: string };

export interface Moto {
  readonly url: string;
  stop(): Promise<void>;
}

const run = promisify(execFile);
// 60 MB from PyPI: a minute on a good line
const INSTALL_TIMEOUT_MS = 480_000;
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

export async function installMoto(env: NodeJS.ProcessEnv = process.env): Promise<MotoInstall> {
  const dir = join(cacheRoot(env), 'peers', `moto-${MOTO_VERSION}`);
  // a virtual environment cannot be moved into place when it is whole; this file says that it is
  const mark = join(dir, 'complete');
  if (await exists(mark)) return { kind: 'ready', dir };
  try {
    await withDirectoryLock(`${dir}.lock`, 'installing moto', async () => {
      if (await exists(mark)) return;
      await withProgress(`moto ${MOTO_VERSION} from PyPI`, () => install(dir));
      await writeFile(mark, MOTO_VERSION);
    });
    return { kind: 'ready', dir };
  } catch (error) {
    return { kind: 'missing', why: lastLine(error) };
  }
}

async function install(dir: string): Promise<void> {
  const options = { timeout: INSTALL_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  await run('python3', ['-m', 'venv', dir], options);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await run(join(dir, 'bin', 'python'), [...pip, `moto[server]==${MOTO_VERSION}`], options);
}

export async function startMoto(dir: string): Promise<Moto> {
  const port = await pickLoopbackPort();
  const logs = await mkdtemp(join(tmpdir(), 'secretscope-moto-'));
  const logFile = join(logs, 'moto.log');
  const binary = join(dir, 'bin', 'python');
  const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
  const { pid } = await spawnServer({ binary, args, dir, logFile, scratch: logs });
  const url = `http://127.0.0.1:${port}`;
  await ready(url, () => isServerAlive(pid, dir), logFile);
  return {
    url,
    stop: async () => {
      await endServer(pid, dir, 'SIGTERM');
      await rm(logs, { recursive: true, force: true });
    },
  };
}

async function ready(url: string, isAlive: () => boolean, logFile: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(url))) {
    if (!isAlive() || Date.now() > deadline) throw new Error(`moto did not start:\n${await tail(logFile)}`);
    await sleep(POLL_MS);
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/moto-api/data.json`).then(
    async (answer) => {
      await answer.body?.cancel();
      return answer.ok;
    },
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr || message || String(error)).trim().split('\n').at(-1) ?? '';
}
