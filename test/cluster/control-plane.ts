/**
 * Owns: a real etcd, kube-apiserver and kube-controller-manager on loopback, as one object.
 * Called by: tests, the demo, cli.ts. Must not: know about the product's own resources.
 */
import { cp, rm } from 'node:fs/promises';
import { type AdminClient, adminClient, expectOk } from './admin-client.ts';
import { type BootInput, bootApiServer, bootCluster } from './boot.ts';
import {
  type ClusterPaths,
  type ClusterRecord,
  clusterPaths,
  makeClusterDir,
  readClusterRecord,
  type ServerName,
  temporaryClusterDir,
  writeClusterRecord,
} from './cluster-dir.ts';
import {
  readAdmin,
  readAuthority,
  writeClusterFiles,
  writeTokenKubeconfig,
  writeUserKubeconfig,
} from './cluster-files.ts';
import { issueServerCertificate, type KeyedCertificate } from './pki.ts';
import { findServerBinaries } from './server-binaries.ts';
import { endServer, isServerAlive } from './server-process.ts';

export interface ControlPlaneOptions {
  /** shows up in kubeconfigs and in the directory's name */
  readonly name?: string;
  /** default: a temporary directory which stop() deletes */
  readonly dir?: string;
  readonly auditPolicy?: object;
  /** true: the servers stay when this process ends; only stop() ends them */
  readonly outlives?: boolean;
  /** a copy of this is etcd's data to begin with (prepared-store.ts); default: an empty cluster */
  readonly store?: string;
}

const TOKEN_SECONDS = 24 * 3600;

export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const name = options.name ?? 'test';
  const binaries = await findServerBinaries();
  const paths = await makeClusterDir(options.dir ?? (await temporaryClusterDir(name)));
  await writeClusterFiles(paths, options.auditPolicy);
  if (options.store !== undefined) await cp(options.store, paths.etcdData, { recursive: true });
  const outlives = options.outlives ?? false;
  try {
    const record = await bootCluster({ name, paths, binaries, outlives });
    return new ControlPlane(paths, record, outlives, await clientFor(paths, record));
  } catch (error) {
    // big and of no use; the logs stay, since the error points at them
    await rm(paths.etcdData, { recursive: true, force: true });
    throw error;
  }
}

/** The cluster which another process started in the directory, or undefined if none of it runs any more. */
export async function attachControlPlane(dir: string): Promise<ControlPlane | undefined> {
  const paths = clusterPaths(dir);
  const record = await readClusterRecord(paths);
  if (record === undefined) return undefined;
  const alive = Object.values(record.pids).some((pid) => isServerAlive(pid, paths.dir));
  return alive ? new ControlPlane(paths, record, true, await clientFor(paths, record)) : undefined;
}

export class ControlPlane {
  readonly name: string;
  readonly url: string;
  readonly version: string;
  readonly dir: string;
  readonly adminKubeconfig: string;
  readonly caPath: string;
  readonly auditLogPath: string;
  /** calls the API server as admin */
  readonly api: AdminClient;
  readonly #paths: ClusterPaths;
  readonly #outlives: boolean;
  #record: ClusterRecord;

  constructor(paths: ClusterPaths, record: ClusterRecord, outlives: boolean, api: AdminClient) {
    this.name = record.name;
    this.url = record.url;
    this.version = record.version;
    this.dir = paths.dir;
    this.adminKubeconfig = paths.adminKubeconfig;
    this.caPath = paths.caCert;
    this.auditLogPath = paths.auditLog;
    this.api = api;
    this.#paths = paths;
    this.#outlives = outlives;
    this.#record = record;
  }

  /** A kubeconfig for a person: certificate with the name and groups, valid at once, no object needed. */
  userKubeconfig(user: string, groups: readonly string[] = []): Promise<string> {
    return writeUserKubeconfig(this.#paths, this, user, groups);
  }

  /** A kubeconfig with a 24 h token; the service account must exist. */
  async serviceAccountKubeconfig(namespace: string, name: string): Promise<string> {
    const body = await expectOk(this.api, {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: TOKEN_SECONDS },
      },
    });
    const { token } = (body as { status: { token: string } }).status;
    return writeTokenKubeconfig(this.#paths, this, { namespace, name, token });
  }

  /** For another server on loopback that this cluster's clients are to trust, such as a proxy. */
  async servingCertificate(): Promise<KeyedCertificate> {
    return issueServerCertificate(await readAuthority(this.#paths), ['localhost']);
  }

  /** Whether all three servers run; says nothing about whether they answer. */
  isRunning(): boolean {
    const pids = Object.values(this.#record.pids);
    return pids.length === 3 && pids.every((pid) => isServerAlive(pid, this.dir));
  }

  get pids(): Readonly<Partial<Record<ServerName, number>>> {
    return this.#record.pids;
  }

  /** Returns when the API server is gone: SIGKILL is a crash, SIGTERM an orderly shutdown. */
  async killApiServer(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const pid = this.#record.pids['kube-apiserver'];
    if (pid !== undefined) await endServer(pid, this.dir, signal);
  }

  /** After killApiServer: the same address, certificates and data. Returns when it is ready. */
  async startApiServer(): Promise<void> {
    const pid = await bootApiServer(this.#bootInput(), this.url, this.api);
    this.#record = { ...this.#record, pids: { ...this.#record.pids, 'kube-apiserver': pid } };
    await writeClusterRecord(this.#paths, this.#record);
  }

  async restartApiServer(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.killApiServer(signal);
    await this.startApiServer();
  }

  /** Ends the servers in an orderly way, so that etcd's data is whole; answers its folder, which stop() deletes. */
  async closeStore(): Promise<string> {
    const { 'kube-controller-manager': manager, 'kube-apiserver': server, etcd } = this.#record.pids;
    for (const pid of [manager, server, etcd])
      if (pid !== undefined) await endServer(pid, this.dir, 'SIGTERM');
    return this.#paths.etcdData;
  }

  /** Ends the servers the short way, since nothing of them is kept, and deletes the directory. */
  async stop(): Promise<void> {
    const pids = Object.values(this.#record.pids);
    await Promise.all(pids.map((pid) => endServer(pid, this.dir, 'SIGKILL')));
    if (process.env['SECRETSCOPE_KEEP_CLUSTERS'] === undefined) {
      await rm(this.dir, { recursive: true, force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #bootInput(): BootInput {
    const { name, binaries } = this.#record;
    return { name, binaries, paths: this.#paths, outlives: this.#outlives };
  }
}

async function clientFor(paths: ClusterPaths, record: ClusterRecord): Promise<AdminClient> {
  const [authority, admin] = await Promise.all([readAuthority(paths), readAdmin(paths)]);
  return adminClient(record.url, authority.certificate, admin);
}
