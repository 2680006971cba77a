import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsSegment, prefixesOf } from '../model/key-separators.ts';
import { isBelow } from './key-prefix.ts';

const key = fc
  .array(fc.constantFrom('a', 'b', '-', '/', '.', '_'), { maxLength: 10 })
  .map((parts) => parts.join(''));

describe('a key lies below a prefix', () => {
  it.each<[string, string, boolean]>([
    ['team-a/x', 'team-a', true],
    ['team-a.x', 'team-a', true],
    ['team-a_x', 'team-a', true],
    ['team-a--x', 'team-a', true],
    ['team-ab', 'team-a', false],
    ['team-a-b', 'team-a', false],
    ['team-a', 'team-a', false],
    ['team-a--x', 'team-a--', true],
    ['team-a--', 'team-a--', false],
    ['anything', '', true],
  ])('%s below %j: %s', (text, prefix, below) => {
    expect(isBelow(text, prefix)).toBe(below);
  });

  it('if that is one of its prefixes as grants see them: no listing shows more than they cover', () => {
    fc.assert(
      fc.property(key, (text) => {
        for (const prefix of Array.from(text, (_, at) => text.slice(0, at + 1)).filter(endsSegment))
          expect(isBelow(text, prefix)).toBe(prefixesOf(text).includes(prefix));
      }),
    );
  });
});
