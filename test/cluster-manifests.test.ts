import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadManifests } from './cluster/manifests.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'cluster-manifests-'));
});
afterAll(async () => {
  await rm(scratch, { recursive: true });
});

async function files(name: string, contents: Record<string, string>): Promise<string> {
  const root = join(scratch, name);
  for (const [path, text] of Object.entries(contents)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

describe('manifests', () => {
  const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;
  const names = async (path: string) => (await loadManifests(path)).map(({ metadata }) => metadata.name);

  it('come in the order of the kustomization, through its directories', async () => {
    const root = await files('kustomized', {
      'kustomization.yaml': 'resources: [z.yaml, sub, ../kustomized/a.yaml]',
      'a.yaml': namespace('a'),
      'z.yaml': `${namespace('z1')}---\n---\n${namespace('z2')}`,
      'not-listed.yaml': namespace('no'),
      'sub/kustomization.yaml': 'resources: [s.yaml]',
      'sub/s.yaml': namespace('s'),
    });
    expect(await names(root)).toEqual(['z1', 'z2', 's', 'a']);
  });

  it('come by file name without a kustomization, and from a List one by one', async () => {
    const item = JSON.parse('{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"in-list"}}');
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [item] });
    const root = await files('plain', { '2.yml': namespace('b'), '1.yaml': list, 'README.md': '# no' });
    expect(await names(root)).toEqual(['in-list', 'b']);
  });

  it('are read as kubectl reads them: 0644 is octal, 10:30 and 2020-01-01 are text', async () => {
    const text = `${namespace('octal')}data: {mode: 0644, time: 10:30, day: 2020-01-01}\n`;
    const [manifest] = await loadManifests(join(await files('yaml', { 'n.yaml': text }), 'n.yaml'));
    expect(manifest?.['data']).toEqual({ mode: 0o644, time: '10:30', day: '2020-01-01' });
  });

  it.each([
    [
      'fields it does not know',
      { 'kustomization.yaml': 'resources: []\npatches: []\nimages: []' },
      'remove: images, patches',
    ],
    ['remote resources', { 'kustomization.yaml': 'resources: [https://x.example/y]' }, 'remote resources'],
    ['a directory which includes itself', { 'kustomization.yaml': 'resources: [.]' }, 'includes itself'],
    ['what is not an object', { 'a.yaml': 'just text' }, 'is not a mapping'],
    [
      'an object without name',
      { 'a.yaml': 'apiVersion: v1\nkind: Secret' },
      'lacks apiVersion, kind or metadata.name',
    ],
    ['broken YAML', { 'a.yaml': 'a: [' }, 'a.yaml'],
  ])('refuses %s', async (what, contents, message) => {
    await expect(loadManifests(await files(what, contents))).rejects.toThrow(message);
  });
});
