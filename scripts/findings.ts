/**
 * `npm run findings`: which findings of the two design reviews, as far as they are built, have a test that begins
 * with their number. Ends with 1 when one has none.
 */
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** The findings that concern what exists now; a feature that is added adds its own here. */
const DUE: Readonly<Record<string, readonly number[]>> = {
  THREATS: [1, 2, 3, 4, 10, 11, 15, 16, 17, 18, 19, 20, 22, 25],
  'API-REVIEW': [2, 3, 4, 7, 12, 19, 20, 21, 23, 24, 25],
};

const titles: string[] = [];
for (const file of globSync(['src/**/*.test.ts', 'test/**/*.ts'])) titles.push(await readFile(file, 'utf8'));
const text = titles.join('\n');

let missing = 0;
for (const [review, numbers] of Object.entries(DUE)) {
  for (const number of numbers) {
    // in a title: right after the quote that opens it, or after another finding
    const found = text.match(new RegExp(`['"\`/ ,]${review} ${number}\\b`, 'g'))?.length ?? 0;
    if (found === 0) missing += 1;
    console.log(`${found === 0 ? '✗' : '✓'} ${review} ${number}: ${found} ${found === 1 ? 'test' : 'tests'}`);
  }
}
console.log(missing === 0 ? 'every finding has a test' : `${missing} findings have no test`);
process.exitCode = missing === 0 ? 0 : 1;
