import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretValue } from '../../model/secret-value.ts';
import { extract } from './extract.ts';

function textOf(json: string, property: string): string {
  const payload = { kind: 'value', value: SecretValue.fromText(json) } as const;
  const result = extract(payload, { name: 'A', key: 'a', encoding: 'None', property });
  return result.kind === 'value' ? result.value.reveal().toString('utf8') : `failed: ${result.reason}`;
}

describe('a JSON text', () => {
  it('agrees with JSON.parse about every JSON value', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 6 }),
        fc.string({ minLength: 1, unit: 'grapheme-ascii' }),
        (json, name) => {
          const wrapped = `{"x":1,${JSON.stringify(name)}: ${json} }`;
          const property = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
          const expected: unknown = JSON.parse(json);
          const got = textOf(wrapped, property);
          if (expected === null || expected === '') expect(got).toBe('failed: ValueEmpty');
          else if (typeof expected === 'string')
            expect(got).toBe(expected.isWellFormed() ? expected : 'failed: ValueNotText');
          else expect(got).toBe(json);
        },
      ),
    );
  });

  it('agrees with JSON.parse about what is not JSON', () => {
    const mutated = fc
      .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom(...'{}[]",:0-.eE\\u tn\u0001'))
      .map(
        ([json, at, char]) =>
          json.slice(0, at % (json.length + 1)) + char + json.slice((at % (json.length + 1)) + (at % 2)),
      );
    fc.assert(
      fc.property(mutated, (text) => {
        const got = textOf(text, '/no such field');
        expect(got === 'failed: ValueNotJSON').toBe(!parses(text));
      }),
      { numRuns: 1000 },
    );
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
