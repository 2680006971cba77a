/**
 * `npm run updates`: which dependencies have newer versions, which of them are held back, and why. Asks the registry
 * that npm is set up with, changes nothing. `-- --strict` ends with 1 if something is to be taken, for a scheduled job.
 */
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { type Outdated, type Update, updatesIn } from './updates/judge-updates.ts';

const { values } = parseArgs({ options: { strict: { type: 'boolean', default: false } } });
const updates = updatesIn(await outdated());
const open = updates.filter(({ held }) => held === undefined);
for (const one of open) console.log(line(one));
for (const one of updates.filter(({ held }) => held !== undefined))
  console.log(`${line(one)}\n    held: ${one.held}`);
console.log(
  open.length === 0
    ? 'nothing to take'
    : `\n${open.length} to take: npm install NAME@VERSION for each, then npm run check; if package-lock.json loses packages
of other platforms, put them back (docs/decisions/0011-node-from-npm.md)`,
);
process.exitCode = values.strict && open.length > 0 ? 1 : 0;

function line({ name, from, to, step }: Update): string {
  return `${step.padEnd(5)} ${name} ${from} → ${to}`;
}

/** npm ends with 1 if there is anything, and answers all the same. */
async function outdated(): Promise<Record<string, Outdated>> {
  const ended: unknown = await promisify(execFile)('npm', ['outdated', '--json']).catch(
    (error: unknown) => error,
  );
  const { stdout = '', stderr = '' } = ended as { stdout?: string; stderr?: string };
  const answer = JSON.parse(stdout.trim() === '' ? '{"error":{}}' : stdout) as Record<string, Outdated>;
  if ('error' in answer) throw new Error(`npm could not tell: ${stderr.trim()}`);
  return answer;
}
