/**
 * Owns: the order in which test files start. The longest scenarios take minutes, and one that starts last keeps the whole
 * run waiting, alone. They wait for most of that, while shorter ones keep a processor busy: so they are not all first.
 * Called by: vitest, before the first test.
 */
import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** As `npm test` tells them at its end, the slowest first: what takes longer than 80 s beside others, on two processors. */
export const SLOWEST: readonly string[] = [
  'automation-story',
  'approval-attacks-clock',
  'approval-life-time',
  'robust-crash',
  'cloud-azure',
  'approval-life-crash',
  'approval-attacks-plan',
  'approval-attacks-proof',
  'automation-attacks',
  'approval-life-changes',
  'claim-approval-time',
  'approval-attacks-asking',
  'approval-life-silence',
  'docs-from-nothing',
  'cloud-aws',
  'cloud-gcp',
  'approval-attacks-races',
  'approval-life-many',
  'claim-approval-snapshot',
  'gitops-drift',
  'claim-snapshot',
  'approval-attacks-authors',
  'docs-with-operator',
  'approval-life-inherited',
  'workload-restart',
  'approval-life-failover',
];

/** After each of the longest: about as many as two workers do while two others do such a one. */
const SHORTER = 3;

export class ScenarioOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const scenarios = sorted.filter(({ project }) => project.name === 'cluster');
    const named = new Map(scenarios.map((file) => [basename(file.moduleId, '.test.ts'), file]));
    return [
      ...sorted.filter(({ project }) => project.name !== 'cluster'),
      ...mixed([...named.keys()]).flatMap((name) => named.get(name) ?? []),
    ];
  }
}

/** Names of scenario files, in the order in which they start. */
export function mixed(names: readonly string[]): string[] {
  const slow = SLOWEST.filter((name) => names.includes(name));
  const shorter = names.filter((name) => !slow.includes(name));
  const groups = slow.map((name, index) => [name, ...shorter.slice(index * SHORTER, (index + 1) * SHORTER)]);
  return [...groups.flat(), ...shorter.slice(slow.length * SHORTER)];
}
