import { describe, expect, it } from 'vitest';
import { jsonLeaves } from './json-leaves.ts';

describe('M31: a leaf', () => {
  it.each([
    ['of four characters', '["k7Qz"]', ['k7Qz']],
    ['of six digits, which may be a PIN', '[493027]', ['493027']],
    ['is a number as it is written, with sign, point and exponent', '[-1234.5e+6]', ['-1234.5e+6']],
    [
      'of several lines is the whole, too',
      '["tulip 99\\nrose 99"]',
      ['tulip 99\nrose 99', 'tulip 99', 'rose 99', 'tulip 99\\nrose 99'],
    ],
    [
      'behind a quoted key of YAML',
      '"user name": ana-banana\n\'pass\': tulip-99',
      ['ana-banana', 'tulip-99'],
    ],
    [
      'without what stands behind its quotes',
      'A_B="tulip 99" # old\nC_D=\'rose 99\'',
      ['tulip 99', 'rose 99'],
    ],
  ])('%s', (_rule, value, expected) => {
    expect(jsonLeaves(value)).toEqual(expected);
  });
});

it('a comment is looked for once, however often the text has its sign', () => {
  const signs = ' #'.repeat(100_000);
  expect(jsonLeaves(`A_B=tulip-99\nC_D=rose-99${signs}\u2028end`)).toEqual(['tulip-99', 'rose-99']);
}, 5_000);
