/** Values as a masker and an environment get them, without a process. */
import { describe, expect, it } from 'vitest';
import { SecretValue } from '../model/secret-value.ts';
import { maskerFor } from './exec-masking.ts';
import { maskBytes, maskVariables, variablesFrom } from './exec-values.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const PADDED = '  tulip-99-and-rose \n';

function knowing(variables: Readonly<Record<string, string>>, exact = false) {
  const masker = maskerFor({ exact, detect: false });
  const weak = maskVariables(masker, variables);
  return { masker, weak: weak.map(({ name, weakness }) => `${name} ${weakness.kind}`) };
}

describe('the variables of a command', () => {
  it('M21 are masked as they are, trimmed or in forms of what the command was given', () => {
    const { masker } = knowing({ A: PADDED });
    expect(masker.mask(`<${PADDED.trim()}>`)).toBe('<***>');
    expect(masker.mask(base64(PADDED))).toBe('***');
    expect(masker.mask(encodeURIComponent(PADDED))).toBe('***');
  });

  it('are masked with --exact as the runner does it, which knows forms of the trimmed value only', () => {
    const { masker } = knowing({ A: PADDED }, true);
    expect(masker.mask(`<${PADDED.trim()}>`)).toBe('<***>');
    expect(masker.mask(base64(PADDED))).toBe(base64(PADDED));
  });

  it('mask nothing where they are blank', () => {
    const { masker, weak } = knowing({ A: ' ', B: '\n\n', C: '' });
    expect(masker.mask('a b\n\nc')).toBe('a b\n\nc');
    expect(weak).toEqual([]);
  });

  it('M33 are told by name where masking does them little good', () => {
    const { weak } = knowing({ A: 'k9', B: 'tulip-99-and-rose', C: 'true' });
    expect(weak).toEqual(['A short', 'C short', 'C common']);
  });

  it('M29 hold the very text of each value, in the environment', () => {
    const values = new Map([
      ['A', PADDED],
      ['B', 'é\u{1f511}\ufeff'],
      ['C', ''],
    ]);
    const boxes = new Map([...values].map(([name, text]) => [name, SecretValue.fromText(text)]));
    expect(variablesFrom(boxes)).toEqual(Object.fromEntries(values));
  });

  it.each<[string, number[]]>([
    ['a NUL byte', [0x61, 0, 0x62]],
    ['half a character', [0x61, 0xc3]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
  ])('cannot hold %s', (_what, bytes) => {
    const values = new Map([['CERT', new SecretValue(Buffer.from(bytes))]]);
    expect(() => variablesFrom(values)).toThrow(/^the value of CERT cannot be a variable: it /);
  });
});

describe('what `mask` is told to hide', () => {
  const shown = (value: SecretValue, text: Uint8Array, name = 'A') => {
    const masker = maskerFor({ detect: false });
    maskBytes(masker, name, value);
    value.wipe();
    const stream = masker.stream();
    return Buffer.concat([...stream.write(text), ...stream.end()]).toString('latin1');
  };

  it('M21 is each line of a text', () => {
    const value = SecretValue.fromText('line-one-of-it\n  line-two-of-it\n');
    expect(shown(value, Buffer.from('a line-two-of-it, line-one-of-it'))).toBe('a ***, ***');
  });

  it('is the bytes of what is no text, also once their box was wiped', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0, 1, 2, 3]);
    const value = new SecretValue(Buffer.from(bytes));
    expect(shown(value, Buffer.concat([Buffer.from('a'), bytes, Buffer.from('b')]))).toBe('a***b');
  });
});
