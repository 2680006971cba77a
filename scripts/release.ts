/**
 * `npm run release -- VERSION`: checks that everything agrees, makes the files of the release in dist/release/VERSION,
 * and tags the commit, last. `--dry-run` makes the files and tags nothing, whatever stands in the way, and says all of it.
 * `--repository URL` makes the links of the notes absolute.
 * Nothing is pushed or published: .github/workflows/release.yaml does that when the tag is pushed, by running this again.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { VERSION } from '../src/version.ts';
import { makeArtifacts } from './release/artifacts.ts';
import { notesFor, UNRELEASED } from './release/changelog.ts';
import { obstacles } from './release/judge-release.ts';
import { type ReleaseFacts, releaseFacts } from './release/release-facts.ts';

const ROOT = join(import.meta.dirname, '..');
const run = promisify(execFile);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'dry-run': { type: 'boolean', default: false }, repository: { type: 'string' } },
});
const dry = values['dry-run'];
const [version = dry ? VERSION : undefined, ...more] = positionals;
if (version === undefined || more.length > 0)
  throw new Error('which version? npm run release -- VERSION, or npm run release -- --dry-run');

const tag = `v${version}`;
const facts = await releaseFacts(ROOT, tag);
const found = obstacles(version, facts);
for (const one of found) console.log(`✗ ${one}`);
if (found.length === 0) console.log(`✓ everything agrees on ${version}`);
if (found.length === 0 || dry) await make(version, facts);
if (found.length === 0 && !dry) await tagCommit(facts);
process.exitCode = found.length === 0 ? 0 : 1;

async function make(released: string, { changelog, head }: ReleaseFacts): Promise<void> {
  const section = changelog.get(released) ?? changelog.get(UNRELEASED) ?? '';
  // of the commit: whoever makes the files again gets the same
  const { stdout } = await run('git', ['show', '--no-patch', '--format=%ct', head], { cwd: ROOT });
  const notes = notesFor(section, values.repository, tag);
  const out = join(ROOT, 'dist', 'release', released);
  const order = { root: ROOT, version: released, epoch: Number(stdout.trim()), notes, out };
  for (const name of await makeArtifacts(order)) console.log(`  ${join(out, name)}`);
}

async function tagCommit({ tagged }: ReleaseFacts): Promise<void> {
  if (tagged !== undefined) return console.log(`${tag} is this commit already`);
  await run('git', ['tag', '--annotate', '--message', `SecretScope ${version}`, tag], { cwd: ROOT });
  console.log(`tagged ${tag}; publish it: git push origin ${tag}`);
}
