import { describe, expect, it } from 'vitest';
import { lineForms, newlineForms, urlForms } from './base64-runs.ts';
import { naiveMask } from './naive-mask.fixture.ts';
import { runnerForms } from './runner-encoders.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const base64url = (text: string) => Buffer.from(text).toString('base64url');

describe('M30: what echo prints behind something', () => {
  it.each(['', 'u', 'u:', 'us:', 'usr:'])('leaves not even one character at its end: "%s"', (before) => {
    const text = base64(`${before}tulip-99\n`);
    expect(naiveMask(text, newlineForms('tulip-99'))).toMatch(/^[\w+/]*\*\*\*$/);
  });
});

describe('the lines of base64', () => {
  it('that are as short as four characters are known', () => {
    const value = 'x'.repeat(59);
    expect(base64(value)).toHaveLength(80);
    expect(lineForms(value)).toContain(base64(value).slice(76));
  });

  it('are not those of an encoding that just fits in one', () => {
    expect(base64('x'.repeat(48))).toHaveLength(64);
    expect(lineForms('x'.repeat(47))).toEqual([]);
  });
});

describe('M30: base64 that lacks its padding', () => {
  it.each(['', 'u', 'u:', 'us:'])('is found to its end behind other text, too: "%s"', (before) => {
    for (const secret of ['tulip-99', 'tulip-999', 'tulip-9999']) {
      const forms = [secret, ...runnerForms(secret), ...urlForms(secret)];
      expect(naiveMask(base64url(before + secret), forms)).toMatch(/^[\w-]*\*\*\*$/);
    }
  });
});
