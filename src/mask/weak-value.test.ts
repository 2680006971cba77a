import { describe, expect, it } from 'vitest';
import { weaknessesOf, weaknessText } from './weak-value.ts';

const kindsOf = (value: string) =>
  weaknessesOf(value).map((weakness) => (weakness.kind === 'structured' ? weakness.format : weakness.kind));

describe('a weak value', () => {
  it.each([
    ['a', ['short']],
    ['tulip', ['short']],
    [' tulip\n', ['short']],
    ['\u{1f511}\u{1f511}\u{1f511}', ['short']],
    ['123456', ['short']],
    ['1234567', []],
    ['tulip9', []],
    ['true', ['short', 'common']],
    ['Production', ['common']],
    ['CHANGEME', ['common']],
    ['postgres', ['common']],
    ['P@ssw0rd', ['common']],
    ['', []],
    ['kW8#hq2!nB5zR0', []],
  ])('M33: %j is told as %j', (value, expected) => {
    expect(kindsOf(value)).toEqual(expected);
  });

  it.each([
    ['{"password":"tulip-9"}', ['JSON']],
    ['[ "tulip-9", "rose-9" ]', ['JSON']],
    ['{"password":"tulip-9"', []],
    ['"tulip-9-string"', []],
    ['user: ana\npassword: tulip-9\n', ['YAML']],
    ['---\nusers:\n- name: ana\n  token: tulip-9', ['YAML']],
    ['key: |\n    tulip-9', ['YAML']],
    ['password: tulip-9', []],
    ['---\npassword: tulip-9', []],
    ['https://a.example\nhttps://b.example', []],
    ['USER_NAME=ana\nPASSWORD=tulip-9', ['dotenv']],
    ['YWJjZA==', []],
    ['<?xml version="1.0"?><a>tulip</a>', ['XML']],
    ['<config><password>tulip</password></config>', ['XML']],
    ['<-- look here', []],
    ['-----BEGIN PRIVATE KEY-----\nMIIEvQ==\n-----END PRIVATE KEY-----', ['PEM']],
    ['two plain\nlines of text', []],
  ])('G17: %j is told as %j', (value, expected) => {
    expect(kindsOf(value)).toEqual(expected);
  });

  it('M33: a message says what happens and what to do, and neither a length nor the value', () => {
    for (const value of ['tuli9', 'changeme', '{"password":"tulip-9"}', 'A_B=tulip-9\nC_D=rose-9']) {
      for (const weakness of weaknessesOf(value)) {
        const text = weaknessText('DB_URL', weakness);
        expect(text).toMatch(/^DB_URL is .+; (use|keep) /);
        expect(text).not.toMatch(/\d/);
        expect(text).not.toContain('tulip');
        expect(text).not.toContain(value);
      }
    }
  });

  it('is looked at in linear time', () => {
    const began = performance.now();
    for (const unit of [' ', '{', 'a: ', 'a=\n', '<a', '- ', '"', ' \n', 'export '])
      weaknessesOf(unit.repeat(30_000));
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
