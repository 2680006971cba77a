/** The bundle as people get it: installed by npm without a registry, untarred onto a PATH, run by kubectl. */
import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROGRAMS } from '../scripts/bundle/files.ts';
import { packagesIn } from '../scripts/bundle/third-party.ts';
import { isAllowed } from '../scripts/licences/allowed.ts';
import { FewObjects } from '../src/cli/cli-fixture.ts';
import { VERSION } from '../src/version.ts';
import { explainable } from './bench/startup/explainable.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'secretscope-bundle-'));
const out = join(folder, 'out');
const prefix = join(folder, 'prefix');
const tarball = join(out, `secretscope-${VERSION}.tgz`);
const npmBin = join(prefix, 'bin');
const tarBin = join(folder, 'untarred', 'bin');

beforeAll(async () => {
  await run(process.execPath, ['scripts/bundle.ts', '--pack', '--out', out]);
  const install = [
    'install',
    '--global',
    '--prefix',
    prefix,
    '--offline',
    '--no-audit',
    '--no-fund',
    tarball,
  ];
  await run('npm', install, { env: { ...process.env, npm_config_cache: join(folder, 'cache') } });
  await run('mkdir', ['-p', join(folder, 'untarred')]);
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(folder, 'untarred')]);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** With nothing on the PATH but the program and Node, in a folder without any node_modules. */
async function installed(bin: string, program: string, ...args: string[]) {
  const env = { PATH: [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter), HOME: folder };
  const ended = await run(program, args, { env, cwd: folder }).catch((error: unknown) => error);
  const { code = 0, stdout, stderr } = ended as { code?: number; stdout: string; stderr: string };
  return { code, stdout, stderr };
}

describe.each([
  ['npm', npmBin],
  ['tar', tarBin],
])('installed by %s', (_by, bin) => {
  it('says its version', async () => {
    expect(await installed(bin, 'secretscope', '--version')).toEqual({
      code: 0,
      stdout: `${VERSION}\n`,
      stderr: '',
    });
  });

  it('as kubectl-secretscope says how kubectl calls it', async () => {
    const { stdout } = await installed(bin, 'kubectl-secretscope', '--help');
    expect(stdout).toMatch(/^Usage: kubectl secretscope /);
  });

  it('does what needs no cluster, and ends with the documented codes', async () => {
    const { code, stdout } = await installed(bin, 'secretscope', 'init', 'my-team');
    expect(code).toBe(0);
    expect(stdout).toContain('kind: SecretScope');
    expect((await installed(bin, 'secretscope', 'init', 'kube-system')).code).toBe(2);
    expect((await installed(bin, 'secretscope', 'explain', 'web')).stderr).toMatch(
      /^error: no kubeconfig at /,
    );
  });
});

it('kubectl finds it as its plugin', async ({ skip }) => {
  if (!(await run('kubectl', ['version', '--client']).catch(() => undefined)))
    skip('there is no kubectl here');
  const { stdout } = await installed(npmBin, 'kubectl', 'secretscope', '--help');
  expect(stdout).toMatch(/^Usage: kubectl secretscope /);
});

describe('what is loaded', () => {
  const chunksWith = (mark: string) =>
    readdirSync(join(out, 'lib')).filter((name) =>
      readFileSync(join(out, 'lib', name), 'utf8').includes(mark),
    );

  /** Files of the bundle that a run has loaded, as V8 counts them. */
  async function loadedBy(...args: string[]): Promise<string[]> {
    const coverage = mkdtempSync(join(folder, 'coverage-'));
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, NODE_V8_COVERAGE: coverage };
    const { stdout } = await run(process.execPath, [join(out, 'bin', 'secretscope'), ...args], { env });
    expect(stdout).not.toBe('');
    const scripts = readdirSync(coverage).flatMap(
      (file) =>
        (JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { result: { url: string }[] }).result,
    );
    return scripts.map(({ url }) => url.split('/lib/')[1] ?? '').filter((name) => name.endsWith('.mjs'));
  }

  it('for help is commander and the table of verbs', async () => {
    const loaded = await loadedBy('--help');
    expect(loaded).toContain('main.mjs');
    expect(loaded.length).toBeLessThanOrEqual(4);
  });

  it('for explain is no client of others, no cloud and no cipher', async () => {
    await using cluster = await FewObjects.start();
    for (const [path, object] of explainable()) cluster.objects.set(path, object);
    const loaded = await loadedBy('explain', 'team/web', '--kubeconfig', cluster.kubeconfig);
    const heavy = [
      'V1CustomResourceDefinition',
      'SecretManagerServiceClient',
      'GetSecretValueCommand',
      'libsodium',
    ].flatMap(chunksWith);
    expect(heavy.length).toBeGreaterThanOrEqual(4);
    expect(loaded.filter((name) => heavy.includes(name))).toEqual([]);
  });
});

describe('the files', () => {
  it('are the same when they are made again, down to the last byte of the tarball', async () => {
    const again = join(folder, 'again');
    await run(process.execPath, ['scripts/bundle.ts', '--pack', '--out', again]);
    const bytes = readFileSync(join(again, `secretscope-${VERSION}.tgz`));
    expect(bytes.equals(readFileSync(tarball))).toBe(true);
  }, 60_000);

  it('tell nothing of the machine, and hold no source map and no test', () => {
    const told = globSync(`${out}/**/*`)
      .filter((path) => /\.(mjs|json)$|\/bin\//.test(path))
      .filter((path) => {
        const text = readFileSync(path, 'utf8');
        return [
          process.cwd(),
          homedir() === '/' ? '\0' : `${homedir()}/`,
          'sourceMappingURL',
          'scripted-server',
        ].some((mark) => text.includes(mark));
      });
    expect(told).toEqual([]);
  });

  it('need nothing that is not among them', async () => {
    const files = readdirSync(join(out, 'lib')).filter((name) => name !== 'main.mjs');
    const script = files.map((name) => `await import(${JSON.stringify(join(out, 'lib', name))});`).join('\n');
    await expect(
      run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder }),
    ).resolves.toMatchObject({
      stderr: '',
    });
    const manifest = JSON.parse(readFileSync(join(out, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({ version: VERSION, engines: { node: '>=24' } });
    expect(Object.keys(manifest)).not.toContain('dependencies');
    expect(Object.keys(manifest)).not.toContain('scripts');
  });

  it('bring the licence, and those of others, which ask for nothing else', () => {
    expect(readFileSync(join(out, 'LICENSE'), 'utf8')).toContain('Apache License');
    const others = packagesIn(readFileSync(join(out, 'THIRD-PARTY'), 'utf8'));
    expect(others.filter(({ license }) => !isAllowed(license))).toEqual([]);
    expect(others.length).toBeGreaterThan(20);
  });

  it.each([...PROGRAMS.map((name) => `bin/${name}`), 'secretscope.mjs'])(
    '%s tells an older Node what it needs',
    async (path) => {
      const old = `Object.defineProperty(process.versions, 'node', { value: '20.11.1' });`;
      const preload = join(folder, 'old.cjs');
      writeFileSync(preload, old);
      const ended = await run(process.execPath, ['-r', preload, join(out, path), '--version']).catch(
        (error: unknown) => error,
      );
      expect(ended).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^error: secretscope needs Node 24 or newer, and this is 20\.11\.1; install/,
        ),
      });
    },
  );
});
