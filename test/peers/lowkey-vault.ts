/**
 * Owns: lowkey-vault, a double of Azure Key Vault by other people (https://github.com/nagyesta/lowkey-vault), as an
 * independent judge of the azure backend. Fetched from Maven Central into the project's cache, once; started on free
 * ports with a Java that the machine has. Called by: azure-lowkey.test.ts.
 */
import { get } from 'node:https';
import { dirname, join } from 'node:path';
import { cacheRoot } from '../cluster/cluster-dir.ts';
import { pickLoopbackPort } from '../cluster/loopback-port.ts';
import { fetchVerified } from './lowkey-download.ts';
import { findJava, type Java } from './lowkey-java.ts';
import { startPeer } from './peer-program.ts';
import { type MissingPeer, provided } from './peer-provision.ts';

export interface LowkeyInstall {
  readonly kind: 'ready';
  readonly version: string;
  readonly java: Java;
  readonly jar: string;
}

export interface LowkeyVault {
  /** of the vault `localhost` */
  readonly port: number;
  stop(): Promise<void>;
}

/** The newest first; each needs a Java that is not older. 3.4.33 is the last for 17. */
const RELEASES = [
  { version: '7.3.74', java: 25 },
  { version: '3.4.33', java: 17 },
] as const;
const MAVEN_CENTRAL = 'https://repo1.maven.org/maven2/com/github/nagyesta/lowkey-vault/lowkey-vault-app';
const START_MS = 120_000;

export async function installLowkey(
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LowkeyInstall | MissingPeer> {
  let missing: MissingPeer = {
    kind: 'missing',
    why: 'no Java of 17 or newer; install one, or set JAVA_HOME',
  };
  for (const { version, java: least } of RELEASES) {
    const java = await findJava(least, env);
    if (!java) continue;
    const name = `lowkey-vault-app-${version}.jar`;
    const jar = join(cacheRoot(env), 'peers', name);
    const url = `${MAVEN_CENTRAL}/${version}/${name}`;
    const provide = () => fetchVerified(url, jar, signal);
    const failure = await provided({ place: jar, mark: jar, what: `fetching ${url}`, signal, provide });
    if (!failure) return { kind: 'ready', version, java, jar };
    missing = failure;
  }
  return missing;
}

export async function startLowkey({ java, jar }: LowkeyInstall): Promise<LowkeyVault> {
  const [port, tokenPort] = [await pickLoopbackPort(), await pickLoopbackPort()];
  const ports = [`--server.port=${port}`, `--app.token.port=${tokenPort}`, '--server.address=127.0.0.1'];
  const program = { name: 'lowkey-vault', binary: java.binary, args: ['-jar', jar, ...ports] };
  const answers = () => isServed(port);
  return { port, stop: await startPeer({ ...program, dir: dirname(jar), answers, patience: START_MS }) };
}

/** Its certificate is its own; what is asked is only whether the process that was started listens. */
function isServed(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path: '/ping', rejectUnauthorized: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
  });
}
