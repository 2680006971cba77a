/**
 * Owns: the order in which the servers come up, and the decision that they are ready.
 * Called by: control-plane.ts. Must not: outlive a failure; whatever it started is ended before it throws.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type AdminClient, adminClient, expectOk } from './admin-client.ts';
import { type ClusterPaths, type ClusterRecord, type ServerName, writeClusterRecord } from './cluster-dir.ts';
import { readAdmin, readAuthority, writeBuiltInKubeconfigs } from './cluster-files.ts';
import { pickLoopbackPort } from './loopback-port.ts';
import { apiServerFlags, controllerManagerFlags, etcdFlags } from './server-flags.ts';
import { endServer, isServerAlive, type StartedServer, spawnServer, tail } from './server-process.ts';

export interface BootInput {
  readonly name: string;
  readonly paths: ClusterPaths;
  readonly binaries: Readonly<Record<ServerName, string>>;
  /** true: the servers stay when this process ends */
  readonly outlives: boolean;
}

type Pids = Readonly<Partial<Record<ServerName, number>>>;
type Start = (server: ServerName, args: string[]) => Promise<number>;

// measured: about 4 s; a machine which builds something else at the same time may need many times that
const READY_TIMEOUT_MS = 90_000;
const POLL_MS = 25;
const PORT_TRIES = 5;
const PORT_RETRY_MS = 500;
// ready, and with what the controller manager makes: a namespace without service account admits no Pod
const USABLE = ['/readyz', '/api/v1/namespaces/default/serviceaccounts/default'];

export async function bootCluster(input: BootInput): Promise<ClusterRecord> {
  const { name, paths, binaries } = input;
  return startTogether(input, async (start) => {
    const etcd = await start('etcd', etcdFlags(paths));
    const { pid, url, api } = await apiServerOnFreePort(paths, etcd, start);
    await writeBuiltInKubeconfigs(paths, { name, url });
    // it ends where the API server is not healthy within 10 s (WaitForAPIServer in its app/controllermanager.go), which
    // several that start side by side may not be
    await untilOk(paths, api, '/healthz', { etcd, 'kube-apiserver': pid });
    const manager = await start('kube-controller-manager', controllerManagerFlags(paths));
    const pids = { etcd, 'kube-apiserver': pid, 'kube-controller-manager': manager };
    for (const path of USABLE) await untilOk(paths, api, path, pids);
    const record = { name, url, version: await servedVersion(api), binaries, pids };
    await writeClusterRecord(paths, record);
    return record;
  });
}

/** On the port it had before, since every kubeconfig names it. */
export async function bootApiServer(input: BootInput, url: string, api: AdminClient): Promise<number> {
  const { paths } = input;
  const port = Number(new URL(url).port);
  return startTogether(input, async (start) => {
    for (let tried = 0; tried < PORT_TRIES; tried += 1) {
      const pid = await start('kube-apiserver', apiServerFlags(paths, port));
      if ((await untilOk(paths, api, '/readyz', { 'kube-apiserver': pid })) === 'ok') return pid;
      await sleep(PORT_RETRY_MS);
    }
    throw new Error(`port ${port} of the API server is taken by another process`);
  });
}

/** All or none: a failure ends what was started, a success lets it go free if it shall outlive us. */
async function startTogether<T>(input: BootInput, boot: (start: Start) => Promise<T>): Promise<T> {
  const started: StartedServer[] = [];
  try {
    const result = await boot(async (server, args) => {
      const one = await launch(input, server, args);
      started.push(one);
      return one.pid;
    });
    if (input.outlives) for (const { release } of started) release();
    return result;
  } catch (error) {
    await Promise.all(started.map(({ pid }) => endServer(pid, input.paths.dir, 'SIGKILL')));
    throw error;
  }
}

function launch(input: BootInput, server: ServerName, args: string[]): Promise<StartedServer> {
  const { paths, binaries } = input;
  const command = { binary: binaries[server], args, dir: paths.dir, logFile: paths.log(server) };
  return spawnServer(server === 'etcd' ? { ...command, scratch: paths.etcdData } : command);
}

async function apiServerOnFreePort(
  paths: ClusterPaths,
  etcd: number,
  start: Start,
): Promise<{ pid: number; url: string; api: AdminClient }> {
  const [authority, admin] = await Promise.all([readAuthority(paths), readAdmin(paths)]);
  for (let tried = 0; tried < PORT_TRIES; tried += 1) {
    const port = await pickLoopbackPort();
    const url = `https://127.0.0.1:${port}`;
    const api = adminClient(url, authority.certificate, admin);
    const pid = await start('kube-apiserver', apiServerFlags(paths, port));
    const outcome = await untilOk(paths, api, '/version', { etcd, 'kube-apiserver': pid });
    if (outcome === 'ok') return { pid, url, api };
  }
  throw new Error(`${PORT_TRIES} ports in a row were taken between choosing and using them`);
}

/** Waits for a 200, as long as all the servers live. */
async function untilOk(
  paths: ClusterPaths,
  api: AdminClient,
  path: string,
  pids: Pids,
): Promise<'ok' | 'port taken'> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await answersOk(api, path))) {
    for (const [server, pid] of Object.entries(pids) as [ServerName, number][]) {
      if (isServerAlive(pid, paths.dir)) continue;
      if (await lostItsPort(paths, server)) return 'port taken';
      throw new Error(await obituary(paths, server, 'ended while starting'));
    }
    if (Date.now() > deadline) {
      throw new Error(await obituary(paths, 'kube-apiserver', `does not serve ${path}`));
    }
    await sleep(POLL_MS);
  }
  return 'ok';
}

async function lostItsPort(paths: ClusterPaths, server: ServerName): Promise<boolean> {
  return server === 'kube-apiserver' && (await tail(paths.log(server))).includes('address already in use');
}

// asked rather than assumed: the programs may come from anywhere
async function servedVersion(api: AdminClient): Promise<string> {
  const { gitVersion } = (await expectOk(api, { path: '/version' })) as { gitVersion: string };
  return gitVersion;
}

async function answersOk(api: AdminClient, path: string): Promise<boolean> {
  try {
    return (await api({ path, timeoutMs: 2_000 })).status === 200;
  } catch (error) {
    // refused, reset, timed out, or a stranger's certificate: in each case not (yet) our server
    if (error instanceof Error) return false;
    throw error;
  }
}

async function obituary(paths: ClusterPaths, server: ServerName, what: string): Promise<string> {
  const logFile = paths.log(server);
  return `${server} ${what}; the last lines of ${logFile}:\n${await tail(logFile)}`;
}
