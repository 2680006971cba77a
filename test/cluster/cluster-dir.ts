/**
 * Owns: where a test cluster keeps its files, and the record which lets another process find it again.
 * Called by: control-plane.ts, cli.ts. Must not: start or stop anything.
 */
import { mkdir, mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const SERVER_NAMES = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const;

export type ServerName = (typeof SERVER_NAMES)[number];

export type ClusterPaths = ReturnType<typeof clusterPaths>;

export interface ClusterRecord {
  readonly name: string;
  readonly url: string;
  readonly version: string;
  readonly binaries: Readonly<Record<ServerName, string>>;
  readonly pids: Readonly<Partial<Record<ServerName, number>>>;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
// struct sockaddr_un holds 104 bytes on macOS, 108 on Linux, with the closing zero
const MAX_SOCKET_PATH = 103;

export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env['SECRETSCOPE_CACHE']) return resolve(env['SECRETSCOPE_CACHE']);
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'secretscope');
}

export function checkClusterName(name: string): string {
  if (NAME.test(name)) return name;
  throw new Error(`cluster name "${name}" is not lower-case letters, digits and dashes (at most 40)`);
}

/** The directory of a cluster which stays: `npm run cluster`. */
export function namedClusterDir(name: string, env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheRoot(env), 'clusters', checkClusterName(name));
}

/** The directory of a cluster which lives as long as its test. */
export async function temporaryClusterDir(name: string): Promise<string> {
  // resolved, because macOS hands out a symlinked path and processes are recognised by theirs
  return mkdtemp(join(await realpath(tmpdir()), `secretscope-${checkClusterName(name)}-`));
}

export function clusterPaths(directory: string) {
  const dir = resolve(directory);
  const pki = join(dir, 'pki');
  const logs = join(dir, 'logs');
  return {
    dir,
    pki,
    logs,
    record: join(dir, 'cluster.json'),
    etcdData: join(dir, 'etcd-data'),
    etcdSocket: join(dir, 'etcd.sock'),
    caCert: join(pki, 'ca.crt'),
    caKey: join(pki, 'ca.key'),
    servingCert: join(pki, 'apiserver.crt'),
    servingKey: join(pki, 'apiserver.key'),
    adminCert: join(pki, 'admin.crt'),
    adminKey: join(pki, 'admin.key'),
    tokenKey: join(pki, 'service-account.key'),
    tokenPublicKey: join(pki, 'service-account.pub'),
    auditPolicy: join(dir, 'audit-policy.yaml'),
    auditLog: join(logs, 'audit.log'),
    adminKubeconfig: join(dir, 'admin.kubeconfig'),
    controllerManagerKubeconfig: join(dir, 'controller-manager.kubeconfig'),
    kubeconfigs: join(dir, 'kubeconfigs'),
    log: (server: ServerName) => join(logs, `${server}.log`),
  };
}

export async function makeClusterDir(dir: string): Promise<ClusterPaths> {
  const paths = clusterPaths(dir);
  if (Buffer.byteLength(paths.etcdSocket) > MAX_SOCKET_PATH) {
    throw new Error(
      `${paths.etcdSocket} is too long for a socket; set SECRETSCOPE_CACHE or TMPDIR to a shorter path`,
    );
  }
  for (const each of [paths.dir, paths.pki, paths.logs, paths.kubeconfigs]) {
    await mkdir(each, { recursive: true, mode: 0o700 });
  }
  return paths;
}

export async function writeClusterRecord(paths: ClusterPaths, record: ClusterRecord): Promise<void> {
  await writeFile(paths.record, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
}

export async function readClusterRecord(paths: ClusterPaths): Promise<ClusterRecord | undefined> {
  try {
    return JSON.parse(await readFile(paths.record, 'utf8')) as ClusterRecord;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
