/**
 * Owns: reading manifests from disk the way `kubectl apply -k` would, for plain `resources:` lists.
 * Called by: tests, the demo. Must not: support half of kustomize; what it does not know it refuses.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  constructor(file: string, what: string) {
    super(`${file}: ${what}`);
  }
}

const KUSTOMIZATION = 'kustomization.yaml';
// sortOptions changes only the order, which is ours to choose
const KNOWN_FIELDS = new Set(['apiVersion', 'kind', 'metadata', 'resources', 'sortOptions']);

/** A file; or a directory: its kustomization's resources, else every yaml file in it by name. */
export async function loadManifests(path: string): Promise<Manifest[]> {
  return load(resolve(path), []);
}

async function load(path: string, includedFrom: readonly string[]): Promise<Manifest[]> {
  if (includedFrom.includes(path)) {
    throw new ManifestError(path, `includes itself: ${[...includedFrom, path].join(' -> ')}`);
  }
  if (!(await stat(path)).isDirectory()) return readManifestFile(path);
  const entries = await readdir(path);
  const files = entries.includes(KUSTOMIZATION)
    ? await kustomizationResources(join(path, KUSTOMIZATION))
    : entries
        .filter((entry) => /\.ya?ml$/.test(entry))
        .sort()
        .map((entry) => join(path, entry));
  const loaded: Manifest[] = [];
  for (const file of files) loaded.push(...(await load(file, [...includedFrom, path])));
  return loaded;
}

async function kustomizationResources(file: string): Promise<string[]> {
  const [content, ...more] = await parseFile(file);
  if (!isRecord(content) || more.length > 0) throw new ManifestError(file, 'is not one YAML mapping');
  const unknown = Object.keys(content).filter((field) => !KNOWN_FIELDS.has(field));
  if (unknown.length > 0) {
    throw new ManifestError(file, `only "resources" is supported, remove: ${unknown.sort().join(', ')}`);
  }
  const resources = content['resources'] ?? [];
  if (!Array.isArray(resources) || !resources.every((entry) => typeof entry === 'string')) {
    throw new ManifestError(file, '"resources" must be a list of paths');
  }
  const remote = resources.filter((entry) => /^[a-z]+:\/\/|^github\.com\//.test(entry));
  if (remote.length > 0)
    throw new ManifestError(file, `remote resources are not fetched: ${remote.join(', ')}`);
  return resources.map((entry) => resolve(dirname(file), entry));
}

async function readManifestFile(file: string): Promise<Manifest[]> {
  if (basename(file) === KUSTOMIZATION) throw new ManifestError(file, 'name the directory instead');
  const documents = await parseFile(file);
  return documents.flatMap((document, index) => toManifests(document, `${file}, document ${index + 1}`));
}

async function parseFile(file: string): Promise<unknown[]> {
  // YAML 1.1 as kubectl reads it (0644 is octal), but like there without its dates and base-60 numbers
  const documents = parseAllDocuments(await readFile(file, 'utf8'), {
    version: '1.1',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !isTimeTag(tag)),
  });
  const contents: unknown[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) throw new ManifestError(file, error.message);
    contents.push(document.toJS());
  }
  return contents.filter((content) => content !== null);
}

function isTimeTag(tag: { tag: string; format?: string }): boolean {
  return tag.format === 'TIME' || tag.tag.endsWith(':timestamp');
}

function toManifests(content: unknown, where: string): Manifest[] {
  if (!isRecord(content)) throw new ManifestError(where, 'is not a mapping');
  const { kind, items } = content;
  if (kind === 'List' && Array.isArray(items)) return items.flatMap((item) => toManifests(item, where));
  if (isManifest(content)) return [content];
  throw new ManifestError(where, 'lacks apiVersion, kind or metadata.name');
}

function isManifest(content: Record<string, unknown>): content is Record<string, unknown> & Manifest {
  const { apiVersion, kind, metadata } = content;
  const named = isRecord(metadata) && typeof metadata['name'] === 'string';
  return typeof apiVersion === 'string' && typeof kind === 'string' && named;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
