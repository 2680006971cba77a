/**
 * Owns: lowkey-vault, a double of Azure Key Vault by other people (https://github.com/nagyesta/lowkey-vault), as an
 * independent judge of the azure backend. Fetched from Maven Central into the project's cache, once; started on free
 * ports with a Java that the machine has. Called by: azure-lowkey.test.ts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheRoot } from '../cluster/cluster-dir.ts';
import { withDirectoryLock } from '../cluster/directory-lock.ts';
import { pickLoopbackPort } from '../cluster/loopback-port.ts';
import { withProgress } from '../cluster/progress.ts';
import { endServer, isServerAlive, spawnServer, tail } from '../cluster/server-process.ts';
import { fetchVerified, isThere } from './lowkey-download.ts';
import { findJava, type Java } from './lowkey-java.ts';

export type LowkeyInstall =
  | { readonly kind: 'ready'; readonly version: string; readonly java: Java; readonly jar: string }
  | { readonly kind: 'missing'; readonly why: string };

export interface LowkeyVault {
  readonly version: string;
  /** of the vault `localhost` */
  readonly port: number;
  stop(): Promise<void>;
}

/** The newest first; each needs a Java that is not older. 3.4.33 is the last for 17. */
const RELEASES = [
  { version: '7.3.74', java: 25 },
  { version: '3.4.33', java: 17 },
] as const;
export const MAVEN_CENTRAL = 'https://repo1.maven.org/maven2';
const START_TIMEOUT_MS = 120_000;
const POLL_MS = 200;

export async function installLowkey(
  env: NodeJS.ProcessEnv = process.env,
  repository: string = MAVEN_CENTRAL,
): Promise<LowkeyInstall> {
  let why = 'no Java of 17 or newer; install one, or set JAVA_HOME';
  for (const { version, java: least } of RELEASES) {
    const java = await findJava(least, env);
    if (!java) continue;
    const name = `lowkey-vault-app-${version}.jar`;
    const jar = join(cacheRoot(env), 'peers', name);
    const url = `${repository}/com/github/nagyesta/lowkey-vault/lowkey-vault-app/${version}/${name}`;
    const failure = await provide(url, jar);
    if (failure === undefined) return { kind: 'ready', version, java, jar };
    why = failure;
  }
  return { kind: 'missing', why };
}

/** Why it could not be had; undefined when it is there. */
async function provide(url: string, jar: string): Promise<string | undefined> {
  if (await isThere(jar)) return undefined;
  try {
    await withDirectoryLock(`${jar}.lock`, 'fetching lowkey-vault', async () => {
      if (!(await isThere(jar))) await withProgress(`fetching ${url}`, () => fetchVerified(url, jar));
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export async function startLowkey({
  version,
  java,
  jar,
}: Extract<LowkeyInstall, { kind: 'ready' }>): Promise<LowkeyVault> {
  const [port, tokenPort] = [await pickLoopbackPort(), await pickLoopbackPort()];
  const logs = await mkdtemp(join(tmpdir(), 'secretscope-lowkey-'));
  const logFile = join(logs, 'lowkey.log');
  const ports = [`--server.port=${port}`, `--app.token.port=${tokenPort}`, '--server.address=127.0.0.1'];
  const dir = dirname(jar);
  const { pid } = await spawnServer({
    binary: java.binary,
    args: ['-jar', jar, ...ports],
    dir,
    logFile,
    scratch: logs,
  });
  await ready(port, () => isServerAlive(pid, dir), logFile);
  return {
    version,
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
      throw new Error(`lowkey-vault did not start:\n${await tail(logFile)}`);
    await sleep(POLL_MS);
  }
}

/** Its certificate is its own; what is asked is only whether the process that was started listens. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path: '/ping', rejectUnauthorized: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
  });
}
