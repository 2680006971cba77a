/** Which rows of the specification of `gh secret` have a transcript of ours: none may be without. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROWS = Array.from({ length: 11 }, (_, index) => `GX${40 + index}`);

describe('transcripts of secretscope secret', () => {
  it('there is one for every row from GX40 to GX50', () => {
    const text = globSync('test/scenarios/secret-*.test.ts')
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    // in a title: right after the quote that opens it, or after another row
    const missing = ROWS.filter((row) => !new RegExp(`['"\`, ]${row}\\b`).test(text));
    expect(missing).toEqual([]);
  });
});
