/**
 * `npm run findings`: which findings of the two design reviews, as far as they are built, have a test that begins
 * with their number. Ends with 1 when one has none.
 */
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** The findings that concern what exists now; a feature that is added adds its own here. */
const DUE: Readonly<Record<string, readonly number[]>> = {
  THREATS: [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25],
  'API-REVIEW': [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25],
  // attacks on policy and approval (FAULTS)
  attack: [16, 19, 20, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37],
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
