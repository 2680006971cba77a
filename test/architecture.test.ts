/**
 * The shape of the code, checked: who may import whom, who may touch a value, how long a file may be.
 * ARCHITECTURE.md draws the same picture.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Folder → folders it may import besides itself. Whatever is not named here is refused. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  resolve: ['model'],
  gate: ['model'],
  mask: ['model'],
  automate: ['model'],
  seal: ['model'],
  kube: ['model', 'mask'],
  fetch: ['model', 'kube'],
  materialize: ['model', 'kube'],
  report: ['model', 'kube', 'mask'],
  watch: ['model', 'kube'],
  reconcile: [
    'model',
    'kube',
    'resolve',
    'gate',
    'automate',
    'seal',
    'fetch',
    'materialize',
    'report',
    'watch',
  ],
  operator: [
    'model',
    'kube',
    'resolve',
    'automate',
    'seal',
    'fetch',
    'materialize',
    'report',
    'watch',
    'reconcile',
    '.',
  ],
  cli: ['model', 'kube', 'resolve', 'automate', 'mask', 'seal', 'watch', 'report', 'operator', '.'],
  '.': ['model', 'kube', 'seal', 'materialize', 'report', 'watch', 'reconcile', 'operator', 'cli'],
};

/** Pure folders: no waiting, no clock, no environment, no network, no log. */
const PURE = ['model', 'resolve', 'gate', 'mask', 'automate'];
const IMPURE = [
  /\bawait\b/,
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  /\bprocess\./,
  /\bperformance\b/,
  /\bMath\.random\b/,
  /\bconsole\./,
  /\bsetTimeout\b/,
];

/** Packages that only their own folder may load. */
const PACKAGES: readonly { readonly name: RegExp; readonly folders: readonly string[] }[] = [
  { name: /^@kubernetes\/client-node$/, folders: ['kube'] },
  { name: /^undici$/, folders: ['kube'] },
  { name: /^@aws-sdk\//, folders: ['fetch/backends/aws'] },
  { name: /^@smithy\//, folders: ['fetch/backends/aws'] },
  { name: /^@google-cloud\/|^google-/, folders: ['fetch/backends/gcp'] },
  { name: /^@azure\//, folders: ['fetch/backends/azure'] },
  { name: /^pino$/, folders: ['report'] },
  { name: /^prom-client$/, folders: ['report'] },
  { name: /^commander$/, folders: ['cli', '.'] },
  // the events of a cloud are read by schemas of their own
  { name: /^zod$/, folders: ['model', 'seal', 'fetch/backends'] },
  { name: /^libsodium/, folders: ['seal'] },
];

/** The only files that may look into a SecretValue. Adding one is a decision: docs/decisions/ says why. */
const MAY_REVEAL = new Set([
  'src/model/secret-value.ts',
  // the bearer token of a request
  'src/kube/kube-endpoint.ts',
  // what a SealedValue stores: the request's body
  'src/fetch/backends/secret-writer.ts',
  // what signs a request to AWS, the token that is exchanged for it, the body of a write
  'src/fetch/backends/aws/aws-credentials.ts',
  'src/fetch/backends/aws/aws-web-identity.ts',
  'src/fetch/backends/aws/aws-writer.ts',
  // request bodies: what is stored, and what is shown to be given a token
  'src/fetch/backends/gcp/gcp-writer.ts',
  'src/fetch/backends/gcp/gcp-workload-identity.ts',
  'src/fetch/backends/gcp/gcp-service-account-key.ts',
  // what proves an identity to Entra, and the token for it; the text that setSecret takes
  'src/fetch/backends/azure/azure-login.ts',
  'src/fetch/backends/azure/azure-writer.ts',
  // what goes into a sealed box
  'src/seal/envelope.ts',
  // the environment of a command, and what is masked in its output
  'src/cli/exec-values.ts',
  // the placeholders that --dry-run prints
  'src/cli/automation-preview.ts',
  // what is written, so that no answer of the API server shows it
  'src/cli/secret-masking.ts',
  // header values and body of a webhook, as they are sent
  'src/fetch/outbound/post-webhook.ts',
  // what a webhook is made of, and what it is signed with
  'src/automate/fill-parts.ts',
  'src/automate/render-webhook.ts',
  'src/fetch/extract/extract.ts',
  'src/materialize/compose-value.ts',
  'src/materialize/fresh-keys.ts',
  'src/materialize/target-body.ts',
]);

const MAX_LINES = 220;

interface Source {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources: Source[] = globSync('src/**/*.ts')
  // tests and what only they use
  .filter((path) => !/\.test\.ts$|[.-]fixture\.ts$|\/testing\//.test(path))
  .map((path) => {
    const text = readFileSync(path, 'utf8');
    const imports = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1] ?? '');
    return { path, folder: folderOf(path), text, imports };
  });

function folderOf(path: string): string {
  const [, first = '', second] = path.split('/');
  return second === undefined ? '.' : first;
}

const code = (text: string) =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').replace(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''");

describe('architecture', () => {
  it('imports go only where the table lets them', () => {
    const broken = sources.flatMap(({ path, folder, imports }) =>
      imports
        .filter((name) => name.startsWith('.'))
        .map((name) => folderOf(normalize(join(dirname(path), name))))
        .filter((to) => to !== folder && !MAY_IMPORT[folder]?.includes(to))
        .map((to) => `${path}: ${folder} may not import ${to}`),
    );
    expect(broken).toEqual([]);
  });

  it('every folder has its line in the table', () => {
    expect([...new Set(sources.map(({ folder }) => folder))].filter((folder) => !MAY_IMPORT[folder])).toEqual(
      [],
    );
  });

  it('pure folders wait for nothing and read no clock, environment or network', () => {
    const broken = sources
      .filter(({ folder }) => PURE.includes(folder))
      .flatMap(({ path, text }) =>
        IMPURE.filter((pattern) => pattern.test(code(text))).map((pattern) => `${path}: ${pattern}`),
      );
    expect(broken).toEqual([]);
  });

  it('a library is loaded in its own folder only', () => {
    const broken = sources.flatMap(({ path, folder, imports }) =>
      PACKAGES.filter(
        ({ folders }) => !folders.some((one) => one === folder || path.startsWith(`src/${one}/`)),
      )
        .filter(({ name }) => imports.some((imported) => name.test(imported)))
        .map(({ name }) => `${path}: ${name}`),
    );
    expect(broken).toEqual([]);
  });

  it('only the files on the list look into a secret value', () => {
    const reveals = sources.filter(({ text }) => /\.reveal\(/.test(code(text))).map(({ path }) => path);
    expect(reveals.filter((path) => !MAY_REVEAL.has(path))).toEqual([]);
  });

  it('no two sources share a base name', () => {
    const names = sources.map(({ path }) => basename(path));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it(`no source is longer than ${MAX_LINES} lines`, () => {
    const long = sources
      .filter(({ text }) => !text.startsWith('// Generated'))
      .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('no source swallows an error or leaves a hole in the types', () => {
    const holes = [
      /catch\s*(\([^)]*\))?\s*\{\s*\}/,
      /\bas any\b/,
      /: any\b/,
      /@ts-(ignore|expect-error)/,
      /\bas unknown as\b/,
    ];
    const broken = sources.flatMap(({ path, text }) =>
      holes.filter((hole) => hole.test(text)).map((hole) => `${path}: ${hole}`),
    );
    expect(broken).toEqual([]);
  });

  it('the version is that of package.json', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(readFileSync('src/version.ts', 'utf8')).toContain(`'${version}'`);
  });
});
