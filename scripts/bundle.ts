/**
 * `npm run bundle`: the command line as files that need nothing but Node, in dist/. With `--pack` also as a tarball,
 * which npm installs and whose `bin` can be put on a PATH as it is; `--out DIR` puts them somewhere else.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { bundleFiles } from './bundle/files.ts';

const { values } = parseArgs({
  options: { pack: { type: 'boolean', default: false }, out: { type: 'string', default: 'dist' } },
});
const out = resolve(values.out);

// chunks of an earlier build have other names
await rm(join(out, 'lib'), { recursive: true, force: true });
const files = await bundleFiles();
for (const { path, text, executable } of files) {
  await mkdir(dirname(join(out, path)), { recursive: true });
  await writeFile(join(out, path), text);
  await chmod(join(out, path), executable ? 0o755 : 0o644);
}
const bytes = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
console.log(`${join(out, 'secretscope.mjs')}: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB`);
if (values.pack) console.log(await packed());

/** npm sets every time and owner to the same, so the tarball of the same files is the same. */
async function packed(): Promise<string> {
  const args = ['pack', out, '--pack-destination', out, '--ignore-scripts', '--silent'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: out });
  return join(out, stdout.trim());
}
