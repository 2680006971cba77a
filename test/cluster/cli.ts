/**
 * Owns: the command line of the test cluster: paths on stdout, everything else on stderr.
 * Called by: people and scripts through `npm run cluster`. Must not: do what tests could not do with the same code.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClusterCommand, parseClusterArguments, USAGE } from './cluster-arguments.ts';
import { cacheRoot, isMissing, namedClusterDir } from './cluster-dir.ts';
import { attachControlPlane, type ControlPlane, startControlPlane } from './control-plane.ts';
import { withDirectoryLock } from './directory-lock.ts';
import { tell, withProgress } from './progress.ts';

const OK = 0;
const FAILED = 1;
const MISUSED = 2;

async function run(command: ClusterCommand): Promise<number> {
  switch (command.kind) {
    case 'up':
      return up(command.name);
    case 'down':
      return down(command.name);
    case 'status':
      return status(command.name);
    case 'user':
      return user(command.name, command.user, command.groups);
    case 'help':
      process.stdout.write(USAGE);
      return OK;
    case 'mistake':
      process.stderr.write(`${command.message}\n\n${USAGE}`);
      return MISUSED;
    default:
      return command satisfies never;
  }
}

async function up(name: string): Promise<number> {
  const dir = namedClusterDir(name);
  const cluster = await withDirectoryLock(`${dir}.lock`, `starting or stopping cluster ${name}`, async () => {
    const existing = await attachControlPlane(dir);
    if (existing?.isRunning()) return existing;
    if (existing !== undefined) tell(`cluster ${name} runs only in part and is replaced`);
    await remove(existing, dir);
    return withProgress(`starting cluster ${name}`, () => startControlPlane({ name, dir, outlives: true }));
  });
  tell(`${name} is Kubernetes ${cluster.version} at ${cluster.url}, logs in ${join(dir, 'logs')}`);
  print(cluster.adminKubeconfig);
  return OK;
}

async function down(name: string): Promise<number> {
  const dir = namedClusterDir(name);
  await withDirectoryLock(`${dir}.lock`, `starting or stopping cluster ${name}`, async () => {
    const existing = await attachControlPlane(dir);
    await remove(existing, dir);
    tell(existing === undefined ? `cluster ${name} was not running` : `cluster ${name} is gone`);
  });
  return OK;
}

async function user(name: string, who: string, groups: readonly string[]): Promise<number> {
  const cluster = await attachControlPlane(namedClusterDir(name));
  if (cluster === undefined) {
    tell(`cluster ${name} is not running; start it: npm run cluster -- up --name ${name}`);
    return FAILED;
  }
  print(await cluster.userKubeconfig(who, groups));
  return OK;
}

/** Asking for one cluster is a question which the exit code answers; asking for all is not. */
async function status(name: string | undefined): Promise<number> {
  const names = name === undefined ? await clusterNames() : [name];
  if (names.length === 0) tell('there is no cluster; start one: npm run cluster -- up');
  let running = 0;
  for (const each of names) {
    const cluster = await attachControlPlane(namedClusterDir(each));
    if (cluster?.isRunning()) running += 1;
    print(describe(each, cluster));
  }
  return name === undefined || running === 1 ? OK : FAILED;
}

function describe(name: string, cluster: ControlPlane | undefined): string {
  if (cluster === undefined) return `${name}: not running`;
  if (!cluster.isRunning()) return `${name}: runs only in part, see ${join(cluster.dir, 'logs')}`;
  return `${name}: running, ${cluster.version} at ${cluster.url}, ${cluster.adminKubeconfig}`;
}

async function clusterNames(): Promise<string[]> {
  try {
    const entries = await readdir(join(cacheRoot(), 'clusters'), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.includes('.'))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function remove(cluster: ControlPlane | undefined, dir: string): Promise<void> {
  await cluster?.stop();
  await rm(dir, { recursive: true, force: true });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  process.exitCode = await run(parseClusterArguments(process.argv.slice(2)));
} catch (error) {
  tell(error instanceof Error ? error.message : String(error));
  process.exitCode = FAILED;
}
