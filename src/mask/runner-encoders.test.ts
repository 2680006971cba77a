import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naiveMask } from './naive-mask.fixture.ts';
import { runnerForms } from './runner-encoders.ts';

const masked = (secret: string, text: string) => naiveMask(text, [secret, ...runnerForms(secret)]);
const base64 = (text: string | Uint8Array) => Buffer.from(text as string).toString('base64');

describe('the forms of a value', () => {
  it.each([
    ['M10 base64 with its padding', 'tulip-9', 'dHVsaXAtOQ=='],
    ['M10 base64 of UTF-8', 'schlüssel', base64('schlüssel')],
    ['M11 base64 without the first byte', 'tulip-9', base64('ulip-9')],
    ['M11 base64 without half of a character', 'é9', base64(Buffer.from([0xa9, 0x39]))],
    ['M12 base64 without the first two bytes', 'tulip-9', base64('lip-9')],
    ['M13 double quotes for a command line', 'a "b" c', 'a \\"b\\" c'],
    ['M14 quotes for an expression', "a 'b' c", "a ''b'' c"],
    ['M15 quotes and backslashes in JSON', 'a"b\\c', 'a\\"b\\\\c'],
    ['M15 short escapes in JSON', '\b\t\n\f\r', '\\b\\t\\n\\f\\r'],
    ['M15 control characters in lower-case hexadecimal', 'a\u0000\u001b\u001fz', 'a\\u0000\\u001b\\u001fz'],
    ['M15 separators above ASCII', 'a\u0085\u2028\u2029z', 'a\\u0085\\u2028\\u2029z'],
    ['M15 nothing else of JSON', '"/\'\u007fé\u{1f511}', '\\"/\'\u007fé\u{1f511}'],
    ['M16 percent-encoding in upper case', 'a/b c?ö', 'a%2Fb%20c%3F%C3%B6'],
    ['M16 what JavaScript leaves', "!'()*", '%21%27%28%29%2A'],
    ['M16 no unreserved character', '-._~/', '-._~%2F'],
    ['M16 a lone surrogate as U+FFFD', 'a\ud800', 'a%EF%BF%BD'],
    ['M17 entities of XML', `<a href="x">'&`, '&lt;a href=&quot;x&quot;&gt;&apos;&amp;'],
    ['M18 nine characters without their quotes', '"tulip-9"', 'tulip-9'],
    ['M19 up to the last ampersand', 'abc&def&ghi', 'abc&def&'],
    ['M19 up to the first &+', 'abcd&+e&+fghijk', 'abcd&+'],
    ['M20 after the last ampersand', 'abc&def&ghijkl', 'ghijkl'],
    ['M20 after &+ and the character that gets a colour', 'abcd&+efghijk&l', 'fghijk&l'],
    ['M20 no half character', 'abcd&+\u{1f511}ghijkl', 'ghijkl'],
  ])('has %s', (_rule, value, form) => {
    expect(runnerForms(value)).toContain(form);
  });

  it.each([
    ['M18 eight characters keep their quotes', '"tulip9"', 'tulip9'],
    ['M18 a quote at one end stays', '"tulip-99', 'tulip-99'],
    ['M18 single quotes stay', "'tulip-9'", 'tulip-9'],
    ['M19 a section of five is too short', 'abcd&efghij', 'abcd&'],
    ['M19 a section goes to the first &+, however short', 'abc&+def&+ghi', 'abc&+def&+'],
    ['M20 a section of five is too short', 'abcdef&ghijk', 'ghijk'],
    ['M20 no section without an ampersand', 'abcdefghi', ''],
    ['M3 forms are not made of forms', 'a/b', base64('a%2Fb')],
    ['M2 the value is no form of itself', 'plain-value', 'plain-value'],
    ['M32 hexadecimal', 'tulip-9', '74756c69702d39'],
    ['M32 lower-case percent-encoding', 'a/b', 'a%2fb'],
    ['M32 a numeric entity', "it's", 'it&#39;s'],
  ])('%s', (_rule, value, form) => {
    expect(runnerForms(value)).not.toContain(form);
  });

  it('M2 to M20 come in the order of registration, each once', () => {
    expect(runnerForms(`"a&+b<c 'd'"`)).toEqual([
      base64(`"a&+b<c 'd'"`),
      base64(`a&+b<c 'd'"`),
      base64(`&+b<c 'd'"`),
      `\\"a&+b<c 'd'\\"`,
      `"a&+b<c ''d''"`,
      '%22a%26%2Bb%3Cc%20%27d%27%22',
      '&quot;a&amp;+b&lt;c &apos;d&apos;&quot;',
      `a&+b<c 'd'`,
      `<c 'd'"`,
    ]);
    expect(runnerForms('a')).toEqual(['YQ==']);
    expect(runnerForms('ab')).toEqual(['YWI=', 'Yg==']);
    expect(runnerForms('')).toEqual([]);
  });

  it('M11, M12: a value of one or two bytes is encoded as a whole where nothing would be left', () => {
    expect(masked('xy', `${base64('xy')} ${base64('y')}`)).toBe('*** ***');
    expect(runnerForms('é')).toEqual([base64('é'), base64(Buffer.from([0xa9])), '%C3%A9']);
  });

  it.each([0, 1, 2, 3, 4, 5])('M10 to M12: base64 of %i bytes and the value is found', (before) => {
    const text = base64(`${'u'.repeat(before)}tulip-99`);
    expect(masked('tulip-99', text)).toMatch(/^[\w+/]*\*\*\*$/);
  });

  it.each([
    ['abcdef&ghi&jklmno', 'abcdef&ghi&\u001b[96mjklmno\u001b[0m', '***\u001b[96m***\u001b[0m'],
    ['abcdef&ghi+jklmno', 'abcdef&\u001b[96mghi+jklmno\u001b[0m', '***\u001b[96m***\u001b[0m'],
    ['abc+def&ghijkl', 'abc+def&\u001b[96mghijkl\u001b[0m', '***\u001b[96m***\u001b[0m'],
    ['abcd&+efghijk', 'abcd&+\u001b[96me\u001b[0mfghijk', '***\u001b[96me\u001b[0m***'],
    ['abc&def&+ghi&+jkl', 'abc&def&+\u001b[96mg\u001b[0mhi&+jkl', '***\u001b[96mg\u001b[0m***'],
    ['abcdef&ghi&+', 'abcdef&ghi&+\u001b[96m\u001b[0m', '***\u001b[96m\u001b[0m'],
  ])('M19, M20: %s is masked where PowerShell colours it', (secret, text, expected) => {
    expect(masked(secret, text)).toBe(expected);
  });

  it('M16: percent-encoding in segments is the percent-encoding of the whole', () => {
    const value = `${'a'.repeat(65_518)}\u{1f511}${'b'.repeat(65_600)}\u{1f511}`;
    expect(runnerForms(value)).toContain(
      `${'a'.repeat(65_518)}%F0%9F%94%91${'b'.repeat(65_600)}%F0%9F%94%91`,
    );
  });

  it('never fails, and never has the value, an empty form or one twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        // halves of pairs too
        const value = one.slice(1) + other.slice(1);
        const forms = runnerForms(value);
        expect(new Set(forms).size).toBe(forms.length);
        expect(forms).not.toContain('');
        expect(forms).not.toContain(value);
      }),
      { numRuns: 2_000 },
    );
  });

  it('M15, M16: reading a form back gives the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (value) => {
        const texts = [value, ...runnerForms(value)];
        expect(texts.some((text) => isJsonOf(text, value))).toBe(true);
        expect(texts.some((text) => !/[^\w.~%-]/.test(text) && safeDecode(text) === value)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

function isJsonOf(text: string, value: string): boolean {
  try {
    return JSON.parse(`"${text}"`) === value;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function safeDecode(text: string): string | undefined {
  return /%(?![0-9A-F]{2})/.test(text) ? undefined : decodeURIComponent(text);
}
