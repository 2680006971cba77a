/** What the image is made of: the Dockerfile, the files that go in, the list of materials. test/scenarios runs them. */
import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NODE_MAJOR } from '../scripts/bundle/files.ts';
import { packagesIn } from '../scripts/bundle/third-party.ts';
import { sourceDateEpoch } from '../scripts/image/epoch.ts';
import { cutDown, type Sbom } from '../scripts/image/image-sbom.ts';
import { basesOf } from '../scripts/release/release-facts.ts';
import { VERSION } from '../src/version.ts';
import { loadManifests } from './cluster/manifests.ts';

const run = promisify(execFile);
const EPOCH = 1_795_000_000;
const folder = mkdtempSync(join(tmpdir(), 'secretscope-image-test-'));
const image = join(folder, 'image');
const again = join(folder, 'again');
const context = join(folder, 'context');
const dockerfile = readFileSync('Dockerfile', 'utf8');

/** What a builder gets: the files that .dockerignore lets through, in another place. */
function sendContext(): void {
  const lines = readFileSync('.dockerignore', 'utf8').split('\n');
  const sent = lines.flatMap((line) => /^!(.*)$/.exec(line)?.[1] ?? []);
  const held = (path: string) => /\.test\.ts$|fixture\.ts$/.test(path);
  for (const path of sent)
    cpSync(path, join(context, path), { recursive: true, filter: (one) => !held(one) });
  symlinkSync(join(process.cwd(), 'node_modules'), join(context, 'node_modules'));
}

const build = (cwd: string, out: string) =>
  run(process.execPath, ['scripts/image.ts', '--out', out], {
    cwd,
    env: { ...process.env, SOURCE_DATE_EPOCH: String(EPOCH) },
  });

beforeAll(async () => {
  sendContext();
  await Promise.all([build(process.cwd(), image), build(context, again)]);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string) => readFileSync(join(image, 'app', name), 'utf8');

describe('the files of the image', () => {
  const described = (root: string) =>
    globSync('**/*', { cwd: root })
      .sort()
      .map((path) => {
        const { mode, mtimeMs } = statSync(join(root, path));
        return `${path} ${mode.toString(8)} ${mtimeMs / 1000}`;
      });

  it('are the same from what a builder is sent, in another folder: names, modes, times and bytes', () => {
    expect(described(again)).toEqual(described(image));
    const files = globSync('**/*', { cwd: image }).filter((path) => statSync(join(image, path)).isFile());
    const other = files.filter(
      (path) => !readFileSync(join(image, path)).equals(readFileSync(join(again, path))),
    );
    expect(other).toEqual([]);
    expect(files.length).toBeGreaterThan(50);
  });

  it('have one time, can be read by everybody, and be written and executed by nobody', () => {
    const odd = described(image).filter((line) => !new RegExp(` (40755|100444) ${EPOCH}$`).test(line));
    expect(odd).toEqual([]);
  });

  it('are the program and what belongs to it, with no native addon, no test and no launcher for a shell', () => {
    const top = new Set(globSync('*', { cwd: join(image, 'app') }));
    expect([...top].sort()).toEqual(
      ['LICENSE', 'THIRD-PARTY', 'lib', 'package.json', 'sbom.cdx.json', 'secretscope.mjs'].sort(),
    );
    const odd = globSync('lib/**/*', { cwd: join(image, 'app') }).filter((path) => !path.endsWith('.mjs'));
    expect(odd).toEqual([]);
  });

  it('hold no package that is for development only', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { version?: string; dev?: boolean }>;
    };
    const development = Object.entries(packages).flatMap(([path, { version, dev }]) =>
      dev === true ? [`${path.split('node_modules/').at(-1)} ${version}`] : [],
    );
    expect(development.length).toBeGreaterThan(50);
    const held = packagesIn(read('THIRD-PARTY')).map(({ name, version }) => `${name} ${version}`);
    expect(held.filter((one) => development.includes(one))).toEqual([]);
  });
});

describe('the list of materials', () => {
  const sbom = () => JSON.parse(read('sbom.cdx.json')) as Sbom;

  it('names what is bundled and the Node that runs it, each with its version and licence, and nothing else', () => {
    const { components } = sbom();
    const bundled = packagesIn(read('THIRD-PARTY')).map(({ name, version }) => `${name}@${version}`);
    const named = components.map(({ name, version }) => `${name}@${version}`);
    expect(named.sort()).toEqual([...bundled, `node@${process.versions.node}`].sort());
    expect(components.filter(({ purl, licenses }) => !purl || !licenses)).toEqual([]);
  });

  it('is of this version, and every reference in it leads somewhere', () => {
    const { metadata, components, dependencies } = sbom();
    expect(metadata.component).toMatchObject({ name: 'secretscope', version: VERSION });
    const refs = new Set([metadata.component, ...components].map((one) => one['bom-ref']));
    expect(dependencies.map(({ ref }) => ref).sort()).toEqual([...refs].sort());
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((to) => !refs.has(to))).toEqual([]);
  });

  it('is not made of a bundle that holds what is not locked', () => {
    const input = {
      thirdParty: `head\n\n${'-'.repeat(80)}\n\nstray 1.0.0 (MIT)\n\ntext`,
      node: '24.0.0',
      epoch: 0,
    };
    expect(() => cutDown(sbom(), input)).toThrow(
      /holds stray@1\.0\.0, of which package-lock\.json knows nothing/,
    );
  });
});

describe('the Dockerfile', () => {
  it('takes bases with the Node that the bundle asks for', () => {
    const bases = basesOf(dockerfile);
    expect(bases).toHaveLength(2);
    expect(bases.filter((one) => !new RegExp(`node(js)?:?${NODE_MAJOR}-`).test(one))).toEqual([]);
    expect(bases[0]).toMatch(/^gcr\.io\/distroless\/.*:nonroot/);
  });

  it('runs a file that is there, as the user that the Deployment asks for', async () => {
    const [, entry = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
    const [node, program = ''] = JSON.parse(entry) as string[];
    expect(node).toBe('/nodejs/bin/node');
    expect(statSync(join(image, program)).isFile()).toBe(true);
    const deployment = (await loadManifests('deploy/default')).find(({ kind }) => kind === 'Deployment');
    const { runAsUser, runAsGroup } = (
      deployment as unknown as { spec: { template: { spec: { securityContext: Record<string, number> } } } }
    ).spec.template.spec.securityContext;
    expect(dockerfile).toMatch(new RegExp(`^USER ${runAsUser}:${runAsGroup}$`, 'm'));
  });

  it('copies from the builder what the script made, and nothing else', () => {
    const final = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
    expect(final.match(/^(COPY|ADD|RUN) .*$/gm)).toEqual(['COPY --from=build /image/ /']);
    expect(dockerfile).toMatch(/\/nodejs\/bin\/node scripts\/image\.ts --out \/image$/m);
    expect(final).toMatch(/^FROM gcr\.io\/distroless\//);
  });
});

describe('SOURCE_DATE_EPOCH', () => {
  it('is 0 where nobody says otherwise, and seconds where somebody does', () => {
    expect(sourceDateEpoch({})).toBe(0);
    expect(sourceDateEpoch({ SOURCE_DATE_EPOCH: '1795000000' })).toBe(1_795_000_000);
  });

  it.each(['', '-1', 'now', '1.5', '17950000000000'])('refuses "%s"', (text) => {
    expect(() => sourceDateEpoch({ SOURCE_DATE_EPOCH: text })).toThrow(/whole seconds since 1970/);
  });
});
