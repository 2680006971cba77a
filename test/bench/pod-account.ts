/**
 * Owns: letting a process find a service account where a Pod has it mounted, although this machine has no such
 * folder. Loaded with `node --import` before the operator, so that the operator runs as it is deployed: a kubeconfig
 * would make it load a library that costs it half a second and 57 MB.
 */
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const folder = process.env['BENCH_SERVICE_ACCOUNT'];
const { readFile } = files;

function fromFolder(...[path, options]: Parameters<typeof readFile>): ReturnType<typeof readFile> {
  const isMounted = folder !== undefined && typeof path === 'string' && path.startsWith(`${MOUNT}/`);
  return readFile(isMounted ? folder + path.slice(MOUNT.length) : path, options);
}

Object.assign(files, { readFile: fromFolder });
syncBuiltinESMExports();
