import { describe, expect, it } from 'vitest';
import { naiveMask } from './naive-mask.fixture.ts';

describe('the naive masker', () => {
  it.each([
    ['M2 masks one character wherever it is', 'banana', ['a'], 'b***n***n***'],
    ['M2 ignores an empty value', 'tulip', [''], 'tulip'],
    ['M1 takes a value that comes twice once', 'a tulip', ['tulip', 'tulip'], 'a ***'],
    ['M5 finds every place', 'x1 x1-x1', ['x1'], '*** ***-***'],
    ['M5 finds a value that overlaps itself', 'ababa aba', ['aba'], '*** ***'],
    ['M5 is exact about case', 'Tulip tulip', ['tulip'], 'Tulip ***'],
    ['M6 merges what overlaps', '-abcd-', ['abc', 'bcd'], '-***-'],
    ['M6 merges what is adjacent', '-abcd-', ['ab', 'cd'], '-***-'],
    ['M6 merges a value within another', 'mytulips tulip', ['tulip', 'mytulips'], '*** ***'],
    ['M6 does not merge across a character', 'ab-cd', ['ab', 'cd'], '***-***'],
    ['M7 leaves what has no secret', 'a *** b', ['zz'], 'a *** b'],
    ['M8 does not normalise', 'cafe\u0301', ['caf\u00e9'], 'cafe\u0301'],
    ['M8 takes a value literally', 'x$&y.*', ['$&', '.*'], 'x***y***'],
    ['M5 of an empty text', '', ['tulip'], ''],
  ])('%s', (_rule, text, values, expected) => {
    expect(naiveMask(text, values)).toBe(expected);
  });

  it.each([
    ['M4', 'id=42secret!', ['42secret'], ['id=[0-9]+'], '***!'],
    ['M4 of an empty pattern', 'tulip', [], [''], 'tulip'],
    ['M5 with overlapping matches', 'aaa-', [], ['aa'], '***-'],
    ['M6 with values', 'k=v1v2', ['v2'], ['k=v.'], '***'],
  ])('%s masks regular expressions', (_rule, text, values, regexes, expected) => {
    expect(naiveMask(text, values, regexes)).toBe(expected);
  });
});
