import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type Json } from './canonical-json.ts';

describe('the examples of RFC 8785', () => {
  it('numbers, strings and literals have one spelling each', () => {
    const value: Json = {
      // biome-ignore lint/correctness/noPrecisionLoss: the example is about exactly that
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('members are in the order of their UTF-16 code units', () => {
    const value: Json = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      1: 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(canonicalJson(value)) as object)).toHaveLength(7);
    const order = ['\\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
    const places = order.map((key) => canonicalJson(value).indexOf(`"${key}":`));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it.each<[number, string]>([
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [-1.7976931348623157e308, '-1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [1e21, '1e+21'],
    [9.999999999999997e22, '9.999999999999997e+22'],
    [0.000001, '0.000001'],
    [1e-7, '1e-7'],
  ])('the number %d is written %s', (number, text) => {
    expect(canonicalJson(number)).toBe(text);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is refused', (number) => {
    expect(() => canonicalJson([{ deep: number }])).toThrow(RangeError);
  });
});

describe('our own rules', () => {
  it.each<[string, Json, string]>([
    ['null', null, 'null'],
    ['an empty list', [], '[]'],
    ['an empty object', {}, '{}'],
    ['an empty string', '', '""'],
    ['nesting', [{ b: [1, { d: null }], a: {} }], '[{"a":{},"b":[1,{"d":null}]}]'],
  ])('%s', (_case, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('a member that is undefined is left out: a new field at its default changes no digest', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe(canonicalJson({ a: 1 }));
    expect(canonicalJson({ a: { b: undefined } })).toBe('{"a":{}}');
  });

  it('null is a value and not the same as left out', () => {
    expect(canonicalJson({ a: null })).not.toBe(canonicalJson({}));
  });

  it('FAULTS 52: a member called __proto__ is a member like any other', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":{"x":1},"a":2}') as Json)).toBe(
      '{"__proto__":{"x":1},"a":2}',
    );
  });
});

/** The same value with the members of every object in another order. */
function shuffled(value: Json, random: () => number): Json {
  if (Array.isArray(value)) return value.map((item: Json) => shuffled(item, random));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).map(([key, member]) => ({ key, member, at: random() }));
  return Object.fromEntries(
    members
      .toSorted((a, b) => a.at - b.at)
      .map(({ key, member }) => [key, member && shuffled(member, random)]),
  );
}

describe('for any value', () => {
  const anyJson = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

  it('the order of members does not matter', () => {
    fc.assert(
      fc.property(anyJson, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (value, stream) => {
        const other = shuffled(value, () => Number(stream.next().value));
        expect(canonicalJson(other)).toBe(canonicalJson(value));
      }),
    );
  });

  it('it parses back to the same value, so that two values never share a form', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
