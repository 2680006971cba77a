/**
 * Owns: which scenario files start first. The longest take minutes; one that starts last keeps the whole run waiting, alone.
 * Called by: vitest, before the first test. A machine that has run them before knows by itself; a fresh one knows this.
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

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = SLOWEST.indexOf(basename(moduleId, '.test.ts'));
  return place < 0 ? SLOWEST.length : place;
}
