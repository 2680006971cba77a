/**
 * Owns: the licences of what goes into the bundle. Called by: bundle.ts. Must not: write.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly texts: readonly string[];
}

const RULE = '-'.repeat(80);

/** One section for each licence text, with the packages that it is of; `sources` are relative to `root`. */
export function thirdPartyText(root: string, sources: readonly string[]): string {
  const folders = [...new Set(sources.flatMap(packageFolder))].sort();
  const titled = new Map(
    folders.map((folder) => packageIn(join(root, folder))).map((one) => [titleOf(one), one]),
  );
  const sections = new Map<string, string[]>();
  for (const [title, one] of [...titled].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = textOf(one);
    sections.set(text, [...(sections.get(text) ?? []), title]);
  }
  const head = `The bundle of secretscope holds ${titled.size} packages of others, unchanged but for their form.`;
  const bodies = [...sections].map(([text, titles]) => `${titles.join('\n')}\n\n${text}`);
  return `${[head, ...bodies].join(`\n\n${RULE}\n\n`)}\n`;
}

/** `node_modules/a/node_modules/@b/c/lib/d.js` is in `node_modules/a/node_modules/@b/c`. */
export function packageFolder(source: string): string[] {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(source);
  return match?.[1] === undefined ? [] : [match[1]];
}

function packageIn(folder: string): Package {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  if (license === undefined) throw new Error(`${name} does not say its licence; it cannot be bundled`);
  const files = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .sort();
  return {
    name,
    version,
    license,
    texts: files.map((file) => readFileSync(join(folder, file), 'utf8').trim()),
  };
}

function titleOf({ name, version, license }: Package): string {
  return `${name} ${version} (${license})`;
}

function textOf({ license, texts }: Package): string {
  const body = texts.length > 0 ? texts : [`No licence file; offered under ${license}.`];
  return body.join('\n\n').replaceAll('\r\n', '\n');
}

/** Every package that the file THIRD-PARTY names. */
export function packagesIn(text: string): { name: string; version: string; license: string }[] {
  const sections = text.split(`\n\n${RULE}\n\n`).slice(1);
  return sections.flatMap((section) => (section.split('\n\n', 1)[0] ?? '').split('\n').map(titled));
}

function titled(title: string): { name: string; version: string; license: string } {
  const [, name = '', version = '', license = ''] = /^(\S+) (\S+) \((.*)\)$/.exec(title) ?? [];
  if (name === '') throw new Error(`"${title}" names no package, version and licence`);
  return { name, version, license };
}

export function ownLicence(root: string): string {
  const path = join(root, 'LICENSE');
  if (!existsSync(path)) throw new Error(`there is no ${path}`);
  return readFileSync(path, 'utf8');
}
