/**
 * Owns: the operator of an earlier version, as its commit has it. Used by: the upgrade scenario. Where the history is not
 * there (a tarball, a shallow clone), there is none.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');

/** A folder with its sources, for `OperatorFlags.root`; the dependencies are those of today. */
export async function releasedSources(version: string): Promise<string | undefined> {
  const commit = (await readFile(join(ROOT, 'test', 'releases', version, 'commit'), 'utf8')).trim();
  const isKnown = await run('git', ['cat-file', '-e', commit], { cwd: ROOT }).then(
    () => true,
    () => false,
  );
  if (!isKnown) return undefined;
  const folder = await mkdtemp(join(tmpdir(), `secretscope-${version}-`));
  await run('sh', ['-ec', 'git archive "$1" src package.json | tar -x -C "$2"', 'sh', commit, folder], {
    cwd: ROOT,
  });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  return folder;
}
