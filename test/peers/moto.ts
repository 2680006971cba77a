/**
 * Owns: moto, a mock of AWS by other people (https://docs.getmoto.org), as an independent judge of what speaks to AWS.
 * Installed from PyPI into the project's cache, once; started on a free port. Called by: aws-moto.test.ts and its like.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot } from '../cluster/cluster-dir.ts';
import { pickLoopbackPort } from '../cluster/loopback-port.ts';
import { startPeer } from './peer-program.ts';
import { type MissingPeer, provided, runBounded } from './peer-provision.ts';

const MOTO_VERSION = '5.2.5';

export interface MotoInstall {
  readonly kind: 'ready';
  readonly version: string;
  readonly dir: string;
}

export interface Moto {
  readonly url: string;
  stop(): Promise<void>;
}

const START_MS = 60_000;
// what the tests ask for, 25 MB; `moto[server]` would be every service of AWS in three times as much
const PACKAGES = [`moto[events,secretsmanager,sqs,sts]==${MOTO_VERSION}`, 'flask', 'flask-cors'];
// compiling all of it takes longer than fetching it; a mirror that does not answer is not asked five times
const PIP = ['--quiet', '--disable-pip-version-check', '--no-compile', '--retries=1', '--timeout=10'];

export async function installMoto(
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<MotoInstall | MissingPeer> {
  const dir = join(cacheRoot(env), 'peers', `moto-${MOTO_VERSION}`);
  // a virtual environment cannot be moved into place when it is whole; this file says that it is
  const mark = join(dir, 'complete');
  const provide = async () => {
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    await runBounded('python3', ['-m', 'venv', dir], signal, env);
    const install = ['-m', 'pip', 'install', ...PIP, ...PACKAGES];
    await runBounded(join(dir, 'bin', 'python'), install, signal, env);
    await writeFile(mark, MOTO_VERSION);
  };
  const missing = await provided({
    place: dir,
    mark,
    what: `moto ${MOTO_VERSION} from PyPI`,
    signal,
    provide,
  });
  return missing ?? { kind: 'ready', version: MOTO_VERSION, dir };
}

export async function startMoto({ dir }: MotoInstall): Promise<Moto> {
  const port = await pickLoopbackPort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
  const binary = join(dir, 'bin', 'python');
  const answers = () => isServed(`${url}/moto-api/data.json`);
  return { url, stop: await startPeer({ name: 'moto', binary, args, dir, answers, patience: START_MS }) };
}

function isServed(url: string): Promise<boolean> {
  return fetch(url).then(
    async (answer) => {
      await answer.body?.cancel();
      return answer.ok;
    },
    () => false,
  );
}
