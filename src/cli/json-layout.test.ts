import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { laidOut } from './json-layout.ts';

describe('JSON in lines', () => {
  it('keeps members in their order, and numbers and texts as they are written', () => {
    expect(laidOut('{"b":[1.50,"{,:}\\""],"10":{},"9":[[],null]}')).toEqual([
      '{',
      '  "b": [',
      '    1.50,',
      '    "{,:}\\""',
      '  ],',
      '  "10": {},',
      '  "9": [',
      '    [],',
      '    null',
      '  ]',
      '}',
    ]);
  });

  it('is what JSON.stringify makes of it, where that moves no member', () => {
    const text = fc.string({ unit: 'binary' }).map((one) => `m${one}`);
    const { any } = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(null, true, false),
        fc.array(tie('any')),
        fc.dictionary(text, tie('any')),
      ),
    }));
    fc.assert(
      fc.property(any, (value) => {
        expect(laidOut(JSON.stringify(value)).join('\n')).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it('does not grow by the square of its depth', () => {
    const deep = `${'['.repeat(20_000)}1${']'.repeat(20_000)}`;
    expect(laidOut(deep).join('\n').length).toBeLessThan(200 * deep.length);
  });
});
