/** A release, made for real in a copy of this checkout: what stops it, what it makes, and that the tag comes last. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notesFor, sectionsOf } from '../scripts/release/changelog.ts';
import { obstacles } from '../scripts/release/judge-release.ts';
import { basesOf, type ReleaseFacts } from '../scripts/release/release-facts.ts';
import { VERSION } from '../src/version.ts';

const run = promisify(execFile);
const NEXT = '9.8.7';
const DIGEST = `@sha256:${'ab'.repeat(32)}`;
const clone = mkdtempSync(join(tmpdir(), 'secretscope-clone-'));
const out = join(clone, 'dist', 'release', NEXT);
const git = (...args: string[]) => run('git', args, { cwd: clone });
const tags = async () => (await git('tag', '--list')).stdout.trim();

async function release(...args: string[]): Promise<{ code: number; stdout: string }> {
  const ended = await run(process.execPath, ['scripts/release.ts', ...args], { cwd: clone }).catch(
    (error: unknown) => error,
  );
  const { code = 0, stdout, stderr } = ended as { code?: number; stdout: string; stderr: string };
  expect(stderr).toBe('');
  return { code, stdout };
}

async function commit(): Promise<void> {
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'as it is');
}

function edit(path: string, change: (text: string) => string): void {
  const before = readFileSync(join(clone, path), 'utf8');
  writeFileSync(join(clone, path), change(before));
}

beforeAll(async () => {
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
  for (const path of stdout.split('\0').filter((one) => one !== '' && existsSync(one)))
    cpSync(path, join(clone, path));
  symlinkSync(join(process.cwd(), 'node_modules'), join(clone, 'node_modules'));
  await git('init', '--quiet');
  for (const [key, value] of [
    ['user.name', 'test'],
    ['user.email', 'test@example.com'],
    ['tag.gpgSign', 'false'],
    ['commit.gpgSign', 'false'],
  ])
    await git('config', key ?? '', value ?? '');
  // `node_modules/` in .gitignore is a folder, and here it is a link
  writeFileSync(join(clone, '.git', 'info', 'exclude'), 'node_modules\n');
  await commit();
}, 60_000);
afterAll(() => rmSync(clone, { recursive: true, force: true }));

it('does not begin where something is missing, and says all of it, with what to do', async () => {
  edit('README.md', (text) => `${text}\n`);
  const { code, stdout } = await release(NEXT);
  expect(code).toBe(1);
  for (const place of [
    'src/version.ts',
    'package.json',
    'package-lock.json',
    'package-lock.json, packages',
    'deploy/default/operator.yaml, image',
  ])
    expect(stdout).toContain(`✗ ${place} says ${VERSION}: write ${NEXT}\n`);
  expect(stdout).toContain(`CHANGELOG.md has no section "## ${NEXT} (DATE)"`);
  expect(stdout).toContain(`test/releases has no ${NEXT}: npm run release:keep`);
  expect(stdout).toContain('1 paths are not as committed, M README.md first');
  expect(existsSync(out)).toBe(false);
  expect(await tags()).toBe('');
});

describe('where everything agrees', () => {
  beforeAll(async () => {
    // what "npm version" does, and what the messages above say
    for (const path of ['package.json', 'package-lock.json'])
      edit(path, (text) => text.replace(/("name": "secretscope",\s*"version": )"[^"]+"/g, `$1"${NEXT}"`));
    for (const path of ['src/version.ts', ...(await manifestsWithVersion())])
      edit(path, (text) => text.replaceAll(VERSION, NEXT));
    edit('CHANGELOG.md', (text) =>
      text.replace(
        /^## Unreleased[\s\S]*?(?=^## )/m,
        `## ${NEXT} (2030-01-01)\n\n- [Claims](docs/guides/claims.md) work.\n\n`,
      ),
    );
    edit('Dockerfile', (text) =>
      basesOf(text).reduce((done, base) => done.replaceAll(base, `${base.split('@')[0]}${DIGEST}`), text),
    );
    await run(process.execPath, ['scripts/keep-release.ts'], { cwd: clone });
    await commit();
  }, 60_000);

  it('makes the files, and tags the commit', async () => {
    const { code, stdout } = await release(NEXT, '--repository', 'https://example.com/x');
    expect([code, stdout]).toEqual([0, expect.stringContaining(`✓ everything agrees on ${NEXT}`)]);
    expect(readdirSync(out).sort()).toEqual(
      [
        'SHA256SUMS',
        `chart-secretscope-${NEXT}.tgz`,
        `chart-secretscope-policies-${NEXT}.tgz`,
        'install-cluster-wide.yaml',
        'install-default.yaml',
        `notes-${NEXT}.md`,
        `secretscope-cli-${NEXT}.tgz`,
        `secretscope-image-${NEXT}.cdx.json`,
        `secretscope-image-layer-${NEXT}.tar.gz`,
      ].sort(),
    );
    expect(await tags()).toBe(`v${NEXT}`);
    const commits = await git('rev-parse', 'HEAD', `v${NEXT}^{commit}`);
    expect(new Set(commits.stdout.trim().split('\n')).size).toBe(1);
  }, 120_000);

  it('whose sums are right, and whose layer belongs to root and has the time of the commit', async () => {
    await expect(
      run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: out }),
    ).resolves.toBeDefined();
    const archive = `secretscope-image-layer-${NEXT}.tar.gz`;
    const { stdout } = await run('tar', ['--numeric-owner', '--utc', '--full-time', '-tvzf', archive], {
      cwd: out,
    });
    const { stdout: time } = await git(
      'show',
      '--no-patch',
      '--format=%cd',
      '--date=format-local:%Y-%m-%d %H:%M:%S',
      'HEAD',
    );
    const odd = stdout
      .trim()
      .split('\n')
      .filter((line) => !new RegExp(`^(-r--r--r--|drwxr-xr-x) 0/0 .*${utc(time)}`).test(line));
    expect(odd).toEqual([]);
  });

  const utc = (local: string) => new Date(local.trim()).toISOString().slice(0, 19).replace('T', ' ');

  it('whose manifests run that version, and whose notes lead into its tree', () => {
    expect(readFileSync(join(out, 'install-default.yaml'), 'utf8')).toContain(`image: secretscope:${NEXT}`);
    expect(readFileSync(join(out, `notes-${NEXT}.md`), 'utf8')).toBe(
      `- [Claims](https://example.com/x/blob/v${NEXT}/docs/guides/claims.md) work.\n`,
    );
  });
});

/** Manifests and charts that name it somewhere. */
async function manifestsWithVersion(): Promise<string[]> {
  const folders = ['deploy', 'charts'].filter((folder) => existsSync(join(clone, folder)));
  const { stdout } = await git('grep', '--files-with-matches', '--fixed-strings', VERSION, '--', ...folders);
  return stdout.trim().split('\n');
}

const READY: ReleaseFacts = {
  versions: [{ place: 'package.json', version: '1.2.3' }],
  changelog: new Map([['1.2.3', '- new']]),
  kept: ['1.2.3'],
  bases: [`a:b${DIGEST}`],
  changed: [],
  head: 'a'.repeat(40),
  tagged: undefined,
};

describe('what stands in the way', () => {
  it('nothing', () => expect(obstacles('1.2.3', READY)).toEqual([]));

  it('nothing either where this commit has the tag already: the files are made again', () => {
    expect(obstacles('1.2.3', { ...READY, tagged: READY.head })).toEqual([]);
  });

  it.each<[string, Partial<ReleaseFacts>, RegExp]>([
    [
      'a place that names no version',
      { versions: [{ place: 'x', version: undefined }] },
      /^x says no version/,
    ],
    [
      'entries that nobody sorted in',
      {
        changelog: new Map([
          ['Unreleased', 'x'],
          ['1.2.3', 'y'],
        ]),
      },
      /has entries below "Unreleased"/,
    ],
    ['a section with nothing in it', { changelog: new Map([['1.2.3', '']]) }, /says nothing of 1\.2\.3/],
    ['a base that may change', { bases: ['a:b'] }, /takes a:b, .*imagetools inspect a:b/],
    ['half a digest', { bases: ['a:b@sha256:12'] }, /imagetools inspect a:b"/],
    ['a tag on another commit', { tagged: 'b'.repeat(40) }, /v1\.2\.3 is another commit, bbbbbbbbbbbb:/],
  ])('%s', (_what, facts, message) => {
    expect(obstacles('1.2.3', { ...READY, ...facts })).toEqual([expect.stringMatching(message)]);
  });

  it.each(['v1.2.3', '1.2', '01.2.3', '1.2.3+x', ''])('no version: "%s"', (version) => {
    expect(obstacles(version, READY)).toEqual([expect.stringContaining('is no version')]);
  });
});

describe('the changelog', () => {
  it('has a section for each heading', () => {
    const text =
      '# Changelog\n\nWords.\n\n## Unreleased\n\n### New\n\n- a\n\n## 1.0.0 (2030-01-01)\n\nfirst\n';
    expect([...sectionsOf(text)]).toEqual([
      ['Unreleased', '### New\n\n- a'],
      ['1.0.0', 'first'],
    ]);
  });

  it('keeps links that lead somewhere by themselves', () => {
    expect(notesFor('[a](https://b) [c](#d) [e](f.md)', 'https://r', 'v1')).toBe(
      '[a](https://b) [c](#d) [e](https://r/blob/v1/f.md)\n',
    );
    expect(notesFor('[e](f.md)', undefined, 'v1')).toBe('[e](f.md)\n');
  });
});
