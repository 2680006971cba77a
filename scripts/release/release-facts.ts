/**
 * Owns: what a release is judged by: every place that names a version, the changelog, the bases of the image, Git.
 * Called by: release.ts and its test. Must not: change anything.
 */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import { sectionsOf } from './changelog.ts';

const run = promisify(execFile);

export interface VersionPlace {
  /** where it stands, for whoever has to change it */
  readonly place: string;
  readonly version: string | undefined;
}

export interface ReleaseFacts {
  readonly versions: readonly VersionPlace[];
  readonly changelog: ReadonlyMap<string, string>;
  /** versions whose manifests are kept for upgrade tests */
  readonly kept: readonly string[];
  /** images of the Dockerfile's FROM lines that are not stages of it */
  readonly bases: readonly string[];
  /** paths that Git says are not as committed */
  readonly changed: readonly string[];
  /** commits: of the checkout, and of the tag if there is one */
  readonly head: string;
  readonly tagged: string | undefined;
}

export async function releaseFacts(root: string, tag: string): Promise<ReleaseFacts> {
  const text = (path: string) => readFile(join(root, path), 'utf8');
  const git = async (...args: string[]) => (await run('git', args, { cwd: root })).stdout;
  const changed = await git('status', '--porcelain');
  const tagged = await git('tag', '--list', '--format=%(objectname) %(*objectname)', tag);
  return {
    versions: await versionsIn(root, text),
    changelog: sectionsOf(await text('CHANGELOG.md')),
    kept: await readdir(join(root, 'test', 'releases')),
    bases: basesOf(await text('Dockerfile')),
    changed: changed.split('\n').filter((line) => line !== ''),
    head: (await git('rev-parse', 'HEAD')).trim(),
    // of an annotated tag the commit comes second
    tagged: tagged.trim().split(' ').at(-1) || undefined,
  };
}

async function versionsIn(root: string, text: (path: string) => Promise<string>): Promise<VersionPlace[]> {
  const manifest = JSON.parse(await text('package.json')) as { version: string };
  const lock = JSON.parse(await text('package-lock.json')) as {
    version: string;
    packages: Record<string, { version?: string }>;
  };
  const source = /VERSION = '([^']+)'/.exec(await text('src/version.ts'))?.[1];
  const places: VersionPlace[] = [
    { place: 'src/version.ts', version: source },
    { place: 'package.json', version: manifest.version },
    { place: 'package-lock.json', version: lock.version },
    { place: 'package-lock.json, packages', version: lock.packages['']?.version },
  ];
  for (const path of globSync('{deploy,charts}/**/*.yaml', { cwd: root }).sort())
    places.push(...placesIn(path, await text(path)));
  return places;
}

/** Images of ours in manifests, and what a chart says of itself. Templates of a chart are no YAML. */
function placesIn(path: string, text: string): VersionPlace[] {
  if (path.includes('/templates/')) return [];
  if (path.endsWith('/Chart.yaml')) {
    const { version, appVersion } = parse(text) as { version?: string; appVersion?: string };
    return [
      { place: `${path}, version`, version },
      { place: `${path}, appVersion`, version: appVersion },
    ];
  }
  const images = parseAllDocuments(text).flatMap((document) => imagesIn(document.toJS()));
  return images.map((version) => ({ place: `${path}, image`, version }));
}

/** Tags of images whose last name is `secretscope`. */
function imagesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(imagesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inside]) => {
    if (key !== 'image' || typeof inside !== 'string') return imagesIn(inside);
    const tag = /(?:^|\/)secretscope:([^@]+)/.exec(inside)?.[1];
    return tag === undefined ? [] : [tag];
  });
}

/** Each once, in their order. */
export function basesOf(dockerfile: string): string[] {
  const lines = [...dockerfile.matchAll(/^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/gim)];
  const stages = new Set(lines.map(([, , stage]) => stage));
  return [...new Set(lines.map(([, image = '']) => image))].filter((image) => !stages.has(image));
}
