/**
 * Owns: the program as files of its own, which need nothing but Node: one entry, and a chunk for whatever is loaded
 * only when it is needed. Called by: bundle.ts and its tests. Must not: write.
 */
import { isBuiltin } from 'node:module';
import { join, relative } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';

/** What a library looks for, and says how to install where it would be needed. */
const OPTIONAL = [
  // of proxy-agent-negotiate: client-node behind a proxy that asks for a Windows login
  'kerberos',
];
const ROOT = join(import.meta.dirname, '..', '..');

export interface Chunk {
  /** in the bundle */
  readonly path: string;
  readonly text: string;
}

export interface Bundled {
  readonly chunks: readonly Chunk[];
  /** what went in, relative to the checkout */
  readonly sources: readonly string[];
}

/** The same sources make the same bytes: names are made of content, and no path of the machine gets in. */
export async function bundleProgram(): Promise<Bundled> {
  const warnings: string[] = [];
  const build = await rolldown({
    cwd: ROOT,
    input: { main: join(ROOT, 'src', 'main.ts') },
    platform: 'node',
    // a path is that in the checkout, also where node_modules is a link to somewhere else
    resolve: { symlinks: false },
    onLog: (_level, { code, message }) => {
      // libraries with circular imports and the like; what is missing is looked for below
      if (code === 'UNRESOLVED_IMPORT') warnings.push(message);
    },
  });
  try {
    const { output } = await build.generate({
      format: 'esm',
      entryFileNames: 'lib/[name].mjs',
      chunkFileNames: 'lib/[name]-[hash].mjs',
      // smaller to load; names stay, for stack traces that people can send
      minify: { compress: true, codegen: { removeWhitespace: true }, mangle: false },
      comments: false,
      sourcemap: false,
    });
    const chunks = output.filter((item): item is OutputChunk => item.type === 'chunk');
    const missing = chunks.flatMap(outsiders);
    if (missing.length > 0)
      throw new Error(`the bundle would need ${[...new Set(missing)].join(', ')}\n${warnings.join('\n')}`);
    const sources = chunks.flatMap(({ moduleIds }) => moduleIds).map((id) => relative(ROOT, id));
    return {
      chunks: chunks.map(({ fileName, code }) => ({ path: fileName, text: asModule(code) })),
      sources: sources.sort(),
    };
  } finally {
    await build.close();
  }
}

/** Imports that lead out of the bundle, besides those that Node has. */
function outsiders({ imports, dynamicImports, fileName }: OutputChunk): string[] {
  return [...imports, ...dynamicImports].filter(
    (name) => name !== fileName && !name.startsWith('lib/') && !isBuiltin(name) && !OPTIONAL.includes(name),
  );
}

/** The launcher has the hashbang; what was CommonJS looks for its own folder, unless it found it already. */
function asModule(code: string): string {
  const text = code.replace(/^#!.*\n/, '');
  const looks = /\b__dirname\b/.test(text) && !/\b__dirname\s*=/.test(text);
  return looks ? `const __dirname=import.meta.dirname;\n${text}` : text;
}
