/** A mutant whose text is gone proves nothing any more: every one of them still finds its place. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Mutation } from '../scripts/mutations.ts';

const ROOT = join(import.meta.dirname, '..');
const files = globSync('scripts/mutations*.ts', { cwd: ROOT });

it.each(files)('%s: each text occurs once in its file', async (file) => {
  const exported: Record<string, unknown> = await import(join(ROOT, file));
  const mutations = Object.values(exported).filter(Array.isArray).flat() as readonly Mutation[];
  expect(mutations.length).toBeGreaterThan(0);
  const lost = mutations.filter(({ file: source, find }) => {
    const text = readFileSync(join(ROOT, source), 'utf8');
    return text.split(find).length !== 2;
  });
  expect(lost.map(({ name }) => name)).toEqual([]);
});
