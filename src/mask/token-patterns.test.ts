import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SCHEMES } from './token-database-words.ts';
import { maskTokens } from './token-mask.fixture.ts';
import { PATTERN_VERSION, TOKEN_PATTERNS } from './token-patterns.ts';
import { HARMLESS, masked, NEARLY, TOKENS, unmarked } from './token-samples.fixture.ts';

/** A name for a test that tells no more of a token than where it stands. */
const told = (text: string, index: number) => `${index + 1}: ${masked(text).slice(0, 60)}`;
const rows = (texts: readonly string[] = []) =>
  texts.map((text, index) => [told(text, index), text] as const);

describe('the set of patterns', () => {
  it('G73 has the 14 types of the runner, each once', () => {
    expect(TOKEN_PATTERNS.map(({ id }) => id)).toEqual([
      'azure-key',
      'azure-ad-client-secret',
      'azure-cache-key',
      'azure-registry-key',
      'azure-function-key',
      'azure-search-key',
      'database-connection-string',
      'http-bearer',
      'jwt',
      'npm-author',
      'nuget-api-key',
      'github-installation-v1',
      'github-v2',
      'github-pat-v2',
    ]);
  });

  it('Q12 has a version, and cases for every pattern', () => {
    expect(PATTERN_VERSION).toMatch(/^\d+$/);
    expect(Object.keys(TOKENS)).toEqual(TOKEN_PATTERNS.map(({ id }) => id));
    expect(Object.keys(NEARLY)).toEqual(TOKEN_PATTERNS.map(({ id }) => id));
  });
});

describe('detected-tokens.md', () => {
  const text = readFileSync('docs/reference/detected-tokens.md', 'utf8');

  it('lists every pattern with its title, and the version of the set', () => {
    const rows = [...text.matchAll(/^\| `([a-z0-9-]+)` +\| (.+?) +\|/gm)].map(([, id, title]) => ({
      id,
      title,
    }));
    expect(rows).toEqual(TOKEN_PATTERNS.map(({ id, title }) => ({ id, title })));
    expect(text).toContain(`\nVersion of the set: **${PATTERN_VERSION}**\n`);
  });

  it('names every scheme of a connection string, and each that it names is known', () => {
    const listed = /for the schemes ([^`]+?), with or without/s.exec(text)?.[1] ?? '';
    expect(listed.split(/,\s+|\s+and\s+/)).toEqual(SCHEMES);
    for (const scheme of SCHEMES)
      expect(maskTokens(`${scheme}://app:s3cr3t@db`)).toBe(`${scheme}://app:***@db`);
  });

  it.each(['Server', 'Data Source', 'User ID', 'Encrypt', 'Host', 'UID', 'Trusted_Connection', 'Port'])(
    'knows a password beside %s',
    (key) => {
      expect(maskTokens(`${key}=x;Password=s3cr3t`)).toBe(`${key}=x;Password=***`);
      expect(maskTokens(`pwd=s3cr3t;${key}=x`)).toBe(`pwd=***;${key}=x`);
    },
  );
});

describe.each(TOKEN_PATTERNS.map(({ id }) => id))('G73 %s', (id) => {
  it.each(rows(TOKENS[id]))('masks %s', (_, text) => {
    expect(maskTokens(unmarked(text))).toBe(masked(text));
  });

  it.each(rows(TOKENS[id]))('masks it between other words, quotes and lines: %s', (_, text) => {
    const around = (inside: string) => `é\n${inside} and "${inside}"\r\n${inside}\n`;
    expect(maskTokens(around(unmarked(text)))).toBe(around(masked(text)));
  });

  it.each(rows(NEARLY[id]))('leaves what only looks like it: %s', (_, text) => {
    expect(maskTokens(text)).toBe(text);
    expect(maskTokens(`(${text})\n`)).toBe(`(${text})\n`);
  });
});

describe('what is no token', () => {
  it.each(rows(HARMLESS))('stays as it is: %s', (_, text) => {
    expect(maskTokens(`x ${text} y`)).toBe(`x ${text} y`);
  });
});
