import { describe, expect, it } from 'vitest';
import { escapeHidden, foreignText, tokenStream, withoutTokens } from './foreign-text.ts';
import { Masker } from './masker.ts';

// never issued: the shape alone is what is detected
const TOKEN = `ghp_${'a1B2'.repeat(9)}`;
const VALUE = 'canary-5e1f/hunter2"';
const holding = (...values: string[]) => {
  const masker = new Masker({ detect: true });
  for (const value of values) masker.addValue(value);
  return { masker };
};

describe('THREATS 16: text of others that is shown', () => {
  it('G73 has no token that nobody registered', () => {
    expect(foreignText(`denied: "${TOKEN}" is not allowed`)).toBe('denied: "***" is not allowed');
    expect(withoutTokens(`key ${TOKEN} of backend a/b`)).toBe('key *** of backend a/b');
  });

  it('has no value that whoever shows it knows of, in whatever form', () => {
    const forms = [
      VALUE,
      JSON.stringify(VALUE),
      Buffer.from(VALUE).toString('base64'),
      encodeURIComponent(VALUE),
    ];
    const text = foreignText(`data[x]: Invalid value: ${forms.join(' ')}`, holding(VALUE));
    expect(text).toBe('data[x]: Invalid value: *** "***" *** ***');
  });

  it('M27 is masked before it is cut, so that no half of a value is left', () => {
    const text = `${'x'.repeat(4_090)}${VALUE}`;
    expect(foreignText(text, holding(VALUE))).toBe(`${'x'.repeat(4_090)}***`);
    const cut = foreignText(`${'x'.repeat(4_095)}${VALUE}`, holding(VALUE));
    expect([cut.length, cut.slice(-2)]).toEqual([4_096, 'x…']);
    expect(foreignText('abcdef', { limit: 4 })).toBe('abc…');
  });

  it('finds a value of several lines before it makes one line of them', () => {
    expect(foreignText('is:\n\ta\r\nb;\nend', holding('a\r\nb'))).toBe('is: ***; end');
  });

  it('steers no terminal and no log', () => {
    expect(foreignText('a\u001b[31m\u202eb\u0000c\r\nd')).toBe('a\\u{1b}[31m\\u{202e}b\\u{0}c d');
    expect(escapeHidden('a\nb\u2028c')).toBe('a\\u{a}b\\u{2028}c');
  });

  it('stays well-formed wherever it is cut', () => {
    const text = foreignText(`ab\u{1f680}cd`, { limit: 4 });
    expect([text.isWellFormed(), text]).toEqual([true, 'ab\ufffd…']);
    expect(foreignText('\ud83d').isWellFormed()).toBe(true);
  });

  it('is left as it is where it is harmless', () => {
    const text = 'admission webhook "policy.acme.dev" denied the request: label team is missing';
    expect([foreignText(text), withoutTokens(text)]).toEqual([text, text]);
  });
});

it('M34 a token that comes in pieces goes on as ***', () => {
  const stream = tokenStream();
  const pieces = [TOKEN.slice(0, 7), TOKEN.slice(7), ' is the token\n'].flatMap((part) =>
    stream.write(Buffer.from(part)),
  );
  expect(Buffer.concat([...pieces, ...stream.end()]).toString()).toBe('*** is the token\n');
});
