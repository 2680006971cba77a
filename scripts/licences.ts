/**
 * Part of `npm run check`: has every package that the product is made of a licence that is allowed? Ends with 1 and
 * names those that have none.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LockFile, refusedLicences } from './licences/locked.ts';

const lock = JSON.parse(
  await readFile(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'),
) as LockFile;
const refused = refusedLicences(lock);
for (const line of refused) console.log(line);
process.exitCode = refused.length === 0 ? 0 : 1;
