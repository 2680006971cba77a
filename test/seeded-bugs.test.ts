/** The seeded bugs still apply: sources move on, and an edit that hits nothing would prove nothing. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { SEEDED_BUGS } from './faults/seeded-bugs/all-seeded-bugs.ts';
import { filesOf, seeded } from './faults/seeded-bugs/seeded-bug.ts';

const ROOT = join(import.meta.dirname, '..');
const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');

describe('the seeded bugs', () => {
  it('are at least forty, each with an id of its own', () => {
    const ids = SEEDED_BUGS.map(({ id }) => id);
    expect(ids.length).toBeGreaterThanOrEqual(40);
    expect(ids).toEqual([...new Set(ids)]);
    expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
  });

  it('say where they were met before and which plans have to find them', () => {
    for (const { id, source, plans, oracle } of SEEDED_BUGS)
      expect([id, source !== '', plans.length >= 2, oracle !== '']).toEqual([id, true, true, true]);
  });
});

describe.each(SEEDED_BUGS.map((bug) => [bug.id, bug] as const))('%s', (_id, bug) => {
  it.each(filesOf(bug))('applies to %s, which can be loaded afterwards', (file) => {
    const before = textOf(file);
    const after = seeded(bug, file, before);
    expect(after).not.toBe(before);
    // imports and exports are no script; the rest has to be one
    const body = stripTypeScriptTypes(after)
      .replaceAll(/^import\b[^;]*;$/gm, '')
      .replaceAll(/^export /gm, '');
    expect(() => new Script(`(async () => {${body}\n})`)).not.toThrow();
  });
});
