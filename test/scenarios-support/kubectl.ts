/**
 * Owns: kubectl as people and GitOps tools run it. Used by: scenarios that follow a guide literally. Without kubectl they are
 * skipped on a person's machine, and fail where CI is true and does not excuse it.
 */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const isThere = spawnSync('kubectl', ['version', '--client']).status === 0;

/** For describe.skipIf. */
export const NO_KUBECTL =
  !isThere && (process.env['CI'] !== 'true' || process.env['SECRETSCOPE_TOOLS_OPTIONAL'] === 'true');
const MAX_OUTPUT = 64 * 2 ** 20;

/** Throws when it says that something failed, or for `diff` that something differs. */
export async function kubectl(kubeconfig: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const { stdout } = await run('kubectl', args, { env, maxBuffer: MAX_OUTPUT });
  return stdout;
}

/** One line for a shell, in that folder. */
export async function shell(kubeconfig: string, cwd: string, line: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const { stdout } = await run('sh', ['-ec', line], { cwd, env, maxBuffer: MAX_OUTPUT });
  return stdout;
}
