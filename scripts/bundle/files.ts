/**
 * Owns: which files the bundle is made of. Called by: bundle.ts and its tests. Must not: write.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleProgram } from './chunks.ts';
import { ownLicence, thirdPartyText } from './third-party.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export interface BundleFile {
  readonly path: string;
  readonly text: string;
  readonly executable: boolean;
}

/** The first Node that runs it. */
export const NODE_MAJOR = 24;

/**
 * Understood by every Node that knows `import`, so that an old one can be told. It has no suffix, since kubectl takes
 * the whole name of a file for that of its plugin, and none is needed: without a `type` in package.json it is CommonJS.
 */
const LAUNCHER = `#!/usr/bin/env node
var major = Number(process.versions.node.split('.')[0]);
if (major < ${NODE_MAJOR}) {
  process.stderr.write('error: secretscope needs Node ${NODE_MAJOR} or newer, and this is ' + process.versions.node + '; install it from https://nodejs.org or put it first on the PATH\\n');
  process.exitCode = 1;
} else {
  import('../secretscope.mjs');
}
`;

/** What is on the PATH, and what npm links. */
export const PROGRAMS = ['secretscope', 'kubectl-secretscope'] as const;

export async function bundleFiles(): Promise<BundleFile[]> {
  const { chunks, sources } = await bundleProgram();
  const file = (path: string, text: string, executable = false): BundleFile => ({ path, text, executable });
  return [
    file('package.json', packageJson()),
    ...PROGRAMS.map((name) => file(`bin/${name}`, LAUNCHER, true)),
    file('secretscope.mjs', entryText(), true),
    ...chunks.map(({ path, text }) => file(path, text)),
    file('LICENSE', ownLicence(ROOT)),
    file('THIRD-PARTY', thirdPartyText(ROOT, sources)),
  ];
}

/** For `node dist/secretscope.mjs`: the same check, as a module. */
function entryText(): string {
  return LAUNCHER.replace("import('../secretscope.mjs');", "await import('./lib/main.mjs');");
}

/** No dependencies and no scripts: installing it asks no registry and runs nothing. */
function packageJson(): string {
  const { version, description, license } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as Record<string, string>;
  const bin = Object.fromEntries(PROGRAMS.map((name) => [name, `bin/${name}`]));
  const files = ['bin', 'lib', 'secretscope.mjs', 'THIRD-PARTY'];
  return `${JSON.stringify({ name: 'secretscope', version, description, license, engines: { node: `>=${NODE_MAJOR}` }, bin, files }, null, 2)}\n`;
}
