import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isAllowed } from '../scripts/licences/allowed.ts';
import { type LockFile, refusedLicences } from '../scripts/licences/locked.ts';

describe('a licence', () => {
  it.each(['MIT', 'Apache-2.0', '(MIT OR GPL-3.0-only)', 'MIT AND ISC', '(MIT AND (ISC OR GPL-2.0-only))'])(
    'is allowed: %s',
    (expression) => expect(isAllowed(expression)).toBe(true),
  );

  it.each([
    'GPL-3.0-only',
    'MIT AND GPL-3.0-only',
    '(MIT AND ISC) AND AGPL-3.0-only',
    '(MIT OR ISC) AND GPL-2.0-only',
    'Apache-2.0 WITH LLVM-exception',
    'SEE LICENSE IN LICENSE.md',
    'UNLICENSED',
    '',
    'MITIGATED',
  ])('is refused: %s', (expression) => expect(isAllowed(expression)).toBe(false));
});

describe('the locked packages', () => {
  it('have licences that are allowed', () => {
    expect(refusedLicences(JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile)).toEqual([]);
  });

  it('are named where theirs is not, or none is said; those for development may have any', () => {
    const packages = {
      '': { version: '1.0.0' },
      'node_modules/fine': { version: '1.0.0', license: 'MIT' },
      'node_modules/a/node_modules/@b/c': { version: '2.0.0', license: 'GPL-3.0-only' },
      'node_modules/silent': { version: '3.0.0' },
      'node_modules/tool': { version: '4.0.0', license: 'GPL-3.0-only', dev: true },
    };
    expect(refusedLicences({ packages })).toEqual([
      '@b/c 2.0.0: GPL-3.0-only',
      'silent 3.0.0: says no licence',
    ]);
  });
});
