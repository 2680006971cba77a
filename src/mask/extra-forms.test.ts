import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADDITIONS, type Addition, extraForms } from './extra-forms.ts';
import { naiveMask } from './naive-mask.fixture.ts';
import { runnerForms } from './runner-encoders.ts';

const formsOf = (value: string, ...additions: Addition[]) => extraForms(value, new Set(additions));
const masked = (secret: string, text: string, ...additions: Addition[]) =>
  naiveMask(text, [secret, ...runnerForms(secret), ...formsOf(secret, ...additions)]);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const base64url = (text: string) => Buffer.from(text).toString('base64url');

/** How much of the encoding of a value may be left at an end: the character that its neighbour has bits of too. */
const LEFT_AT_AN_END = 1;

describe('without additions', () => {
  it('there are no further forms', () => {
    expect(extraForms('tulip/9+rose "x"', new Set())).toEqual([]);
    for (const addition of ADDITIONS) expect(formsOf('', addition)).toEqual([]);
  });
});

describe('base64Suffix', () => {
  it('M30: finds what echo adds a newline to, as a whole', () => {
    expect(masked('hunter-2', base64('hunter-2\n'))).toBe(base64('hunter-2\n'));
    expect(masked('hunter-2', base64('hunter-2\n'), 'base64Suffix')).toBe('***');
  });

  it('M30: leaves at most one character at either end, which its neighbour has bits of too', () => {
    expect(masked('hunter-2', base64('hunter-2 and more'), 'base64Suffix')).toBe(
      `***${base64('hunter-2 and more').slice(10)}`,
    );
    expect(masked('hunter-2', base64('u:hunter-2 and more'), 'base64Suffix')).toMatch(
      /^dTp\*\*\*.BhbmQgbW9yZQ==$/,
    );
  });

  it('M30: is found whatever surrounds the value, but for one character at either end', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 40 }),
        fc.string({ maxLength: 7 }),
        fc.string({ maxLength: 7 }),
        (secret, before, after) => {
          const encoded = base64(before + secret + after);
          const bytesBefore = Buffer.byteLength(before);
          const first = Math.floor((bytesBefore * 8) / 6);
          const last = Math.ceil(((bytesBefore + Buffer.byteLength(secret)) * 8) / 6);
          const own = encoded.slice(first + LEFT_AT_AN_END, last - LEFT_AT_AN_END);
          expect(
            formsOf(secret, 'base64Suffix').some((form) => form.includes(own) && encoded.includes(form)),
          ).toBe(true);
        },
      ),
    );
  });

  it('M30: leaves out what is so short that other text may have it', () => {
    expect(formsOf('tuli', 'base64Suffix')).toEqual([]);
    expect(formsOf('tulip9', 'base64Suffix')).toContain(base64('tulip9'));
    for (const form of formsOf('tulip-9', 'base64Suffix')) expect(form.length).toBeGreaterThanOrEqual(8);
  });

  it('has standard characters only', () => {
    for (const form of formsOf('\u{1f511}a?>long-enough', 'base64Suffix'))
      expect(form).toMatch(/^[A-Za-z0-9+/]+=*$/);
  });
});

describe('base64Lines', () => {
  const long =
    'a value that is longer than what one line of base64 holds, with a good deal left for the next, and more';
  const broken = (text: string, width: number) =>
    base64(text).replace(new RegExp(`.{${width}}`, 'g'), '$&\n');

  it.each([
    ['base64 of GNU', 76, `${long}\n`],
    ['base64 of GNU after printf', 76, long],
    ['openssl base64', 64, `${long}\n`],
  ])('finds every line of %s', (_, width, text) => {
    const lines = broken(text, width).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    const shown = masked(long, lines.join('\n'), 'base64Lines');
    expect(shown).toBe(lines.map(() => '***').join('\n'));
  });

  it('adds nothing where one line is enough', () => {
    expect(formsOf('short enough', 'base64Lines')).toEqual([]);
  });
});

describe('base64Url', () => {
  it('finds the alphabet of links, with and without something around', () => {
    const secret = '>>>???~~~~';
    expect(masked(secret, base64url(secret))).not.toBe('***');
    expect(masked(secret, base64url(secret), 'base64Url')).toBe('***');
    for (const before of ['', 'x', 'xy', 'xyz']) {
      expect(masked(secret, base64url(`${before}${secret}tail`), 'base64Url')).toContain('***');
    }
  });

  it('finds base64 that lacks its padding', () => {
    expect(masked('tulip-9', base64url('tulip-9'))).toBe('dHVsaXAtOQ');
    expect(masked('tulip-9', base64url('tulip-9'), 'base64Url')).toBe('***');
  });

  it('has no form that is the same in both alphabets and needs no padding', () => {
    expect(formsOf('tulips', 'base64Url')).not.toContain(base64('tulips'));
  });

  it('M30: has no form that trimming has made too short', () => {
    expect(formsOf('abcd', 'base64Url')).toEqual([]);
    expect(formsOf('???', 'base64Url')).toEqual([]);
  });
});

describe('jsonTexts', () => {
  it.each([
    ['JavaScript', 'one\ntwo\u2028three', 'one\\ntwo\u2028three'],
    ['Go', 'postgres://db?a=1&b=<2>', 'postgres://db?a=1\\u0026b=\\u003c2\\u003e'],
    ['Python', 'pässword\n', 'p\\u00e4ssword\\n'],
    ['Python', 'key 🔑', 'key \\ud83d\\udd11'],
  ])('finds what %s makes of a value that others write differently: %j', (_who, secret, text) => {
    expect(masked(secret, text)).toBe(text);
    expect(masked(secret, text, 'jsonTexts')).toBe('***');
  });

  it('is nothing where all write it alike', () => {
    expect(formsOf('tulip-9', 'jsonTexts')).toEqual([]);
  });
});

describe('percentEncoding', () => {
  it.each([
    ['lower case', 'a/b=c', 'a%2fb%3dc'],
    ['lower case of what is no ASCII', 'ö/ö', '%c3%b6%2f%c3%b6'],
    ['encodeURIComponent', "it's (ok)!", encodeURIComponent("it's (ok)!")],
    ['encodeURIComponent in lower case', "it's/(ok)!", "it's%2f(ok)!"],
    ['encodeURI', 'a b/c?d', encodeURI('a b/c?d')],
    ['quote of Python', 'a b/c', 'a%20b/c'],
    ['plus for space', 'a b/c', 'a+b%2Fc'],
    ['plus for space in lower case', 'a b/c', 'a+b%2fc'],
    ['URLSearchParams', "a b~*'", new URLSearchParams({ v: "a b~*'" }).toString().slice(2)],
    ['urlencode of PHP', 'a b~*', 'a+b%7E%2A'],
  ])('M32: finds %s', (_style, secret, text) => {
    expect(masked(secret, text, 'percentEncoding')).toBe('***');
    expect(masked(secret, text)).not.toBe('***');
  });

  it('leaves out what is so short that other text may have it', () => {
    expect(formsOf('a b', 'percentEncoding')).not.toContain('a+b');
  });

  it('leaves a value as it is that needs no encoding', () => {
    expect(formsOf('tulip-9', 'percentEncoding')).toEqual([]);
  });

  it('M32: twice encoded is not found', () => {
    expect(masked('a/b', 'a%252Fb', ...ADDITIONS)).toBe('a%252Fb');
  });
});

describe('hex', () => {
  it('M32: finds both cases, of six bytes on', () => {
    expect(masked('tulip/', '74756c69702f 74756C69702F', 'hex')).toBe('*** ***');
    expect(formsOf('tulip', 'hex')).toEqual([]);
    expect(formsOf('schlüssel', 'hex')).toContain('7363686cc3bc7373656c');
  });
});

describe('jsonLeaves', () => {
  const leaves = (value: string) => formsOf(value, 'jsonLeaves');

  it('M31: finds every string and number, as it is and as it is written', () => {
    const value = '{"user":"ana-banana","deep":[{"pin":1234567890123456789012},{"pw":"x\\"y\\u00e9z"}]}';
    expect(leaves(value)).toEqual(['ana-banana', '1234567890123456789012', 'x"yéz', 'x\\"y\\u00e9z']);
  });

  it('M31: names of fields are no secrets', () => {
    expect(leaves('{"private_key_id" : "tulip-99", "nested": {"client_email":"rose-99"}}')).toEqual([
      'tulip-99',
      'rose-99',
    ]);
  });

  it('M31: leaves out what is short, common, a port or the frame of a key', () => {
    expect(leaves('{"a":"abc","b":true,"c":"admin","d":5432,"e":"Service_Account","f":null}')).toEqual([]);
    const key = '-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADAN\\nBgkqhkiG9w0B\\n-----END PRIVATE KEY-----\\n';
    const found = leaves(`{"private_key":"${key}"}`);
    expect(found).toContain('MIIEvQIBADAN');
    expect(found).toContain('BgkqhkiG9w0B');
    expect(found).not.toContain('-----BEGIN PRIVATE KEY-----');
  });

  it('M31: reads dotenv files and plain maps of YAML', () => {
    expect(leaves('# db\nexport USER_NAME=ana-banana\nPASS="tulip 99" # old\n')).toEqual([
      'ana-banana',
      'tulip 99',
    ]);
    expect(leaves("db:\n  user: ana-banana\n  pass: 'tulip 99'\nlist:\n  - rose-99 # x\n")).toEqual([
      'ana-banana',
      'tulip 99',
      'rose-99',
    ]);
    expect(leaves('key: |\n  tulip-99\n  rose-99\nalias: *anchor\n')).toEqual(['tulip-99', 'rose-99']);
  });

  it.each(['tulip-99', '"tulip-99"', '12345678', '{"broken":"tulip-99"', 'name: value', 'two\nlines', ''])(
    'has none for what is no structured value: %s',
    (value) => {
      expect(leaves(value)).toEqual([]);
    },
  );

  it('stops at a thousand leaves, and depth costs nothing', () => {
    expect(leaves(JSON.stringify(Array.from({ length: 3_000 }, (_, at) => `leaf-${at}`)))).toHaveLength(
      1_000,
    );
    const deep = `${'['.repeat(40_000)}"tulip-99"${']'.repeat(40_000)}`;
    expect(leaves(deep)).toEqual(['tulip-99']);
  });

  it('of any JSON each long random string is a leaf', () => {
    const leaf = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).map((text) => `q7${text}Zk`);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), leaf, { minKeys: 1 }), (fields) => {
        const found = leaves(JSON.stringify(fields));
        for (const text of Object.values(fields)) expect(found).toContain(text);
      }),
    );
  });
});
