/**
 * `npm run image -- --out DIR`: what the image has beside its base, as a folder: `DIR/app`. The Dockerfile copies exactly
 * that, and test/scenarios/image.test.ts runs exactly that. The same sources make the same bytes, modes and times.
 * The SBOM names the Node that runs this script, since the Dockerfile runs it with that of the image.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sourceDateEpoch } from './image/epoch.ts';
import { rootFiles } from './image/root-files.ts';
import { writeRoot } from './image/write-root.ts';

const { values } = parseArgs({ options: { out: { type: 'string' } } });
if (values.out === undefined) throw new Error('where to? npm run image -- --out DIR');
const out = resolve(values.out);

const epoch = sourceDateEpoch(process.env);
const files = await rootFiles(process.versions.node, epoch);
await writeRoot(out, files, epoch);
const bytes = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
console.log(
  `${out}: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB, for Node ${process.versions.node}`,
);
