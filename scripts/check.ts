/** `npm run check`: everything that can be said about a change within seconds, without a cluster. */
import { runStep, type Step } from './run/run-steps.ts';

const STEPS: readonly Step[] = [
  {
    name: 'format and lint',
    command: ['biome', 'check', '--error-on-warnings', '.'],
    help: 'npm run format mends most of it',
  },
  {
    name: 'lint with types',
    command: ['oxlint', '--type-aware', 'src', 'test', 'scripts'],
    help: 'every promise has to be awaited or handled',
  },
  { name: 'types', command: ['tsc', '--noEmit'], help: 'see above' },
  {
    name: 'generated files',
    command: [process.execPath, 'scripts/generate.ts', '--check'],
    help: 'npm run generate, then commit',
  },
  {
    name: 'licences',
    command: [process.execPath, 'scripts/licences.ts'],
    help: 'do without the package, or decide: scripts/licences/allowed.ts says what is allowed',
  },
  {
    name: 'unit tests',
    command: ['vitest', 'run', '--project', 'unit', '--project', 'environment', '--reporter', 'dot'],
    help: 'see above; npm run test:unit shows each test',
  },
];

// whoever runs `npm test` next need not run its unit tests twice
const steps = process.argv.includes('--without-tests') ? STEPS.slice(0, -1) : STEPS;
const results = [];
for (const step of steps) results.push(await runStep(step, false));
const failed = results.filter(({ ok }) => !ok);
console.log(`\n${results.length - failed.length} checks passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
