/**
 * Owns: the operator as people run it: bundled, from a folder of its own. It starts with a third of the CPU that the
 * sources take, and tests start it often. Used by: the set-up of scenarios, and lanes of fault plans. Seeded bugs run from
 * sources, into which they are put.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundleFiles } from '../../scripts/bundle/files.ts';

export interface BundledOperator {
  /** For OperatorFlags: a folder with a src/main.ts. */
  readonly root: string;
  remove(): Promise<void>;
}

export async function bundledOperator(): Promise<BundledOperator> {
  const root = await mkdtemp(join(tmpdir(), 'secretscope-bundled-'));
  const entry = [
    { path: 'src/main.ts', text: "await import('../secretscope.mjs');\n" },
    // else Node has to find out, and says so at each start
    { path: 'src/package.json', text: '{"type":"module"}\n' },
  ];
  for (const { path, text } of [...(await bundleFiles()), ...entry]) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}
