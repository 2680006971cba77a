/** Owns: that a Snapshot hands out nothing that was replaced through the product meanwhile (THREATS 23). Used by: deliver-claim.ts. */
import type { TargetPlan } from '../../model/plan.ts';
import type { Deps } from '../deps.ts';

// the API server tells its time in whole seconds, and an answer takes a while
const CLOCK_MS = 2_000;

/**
 * A name whose pinned version is older than the last write of its entry: whoever rotates a leaked value wants the old one
 * handed to nobody. `since` is when the versions were pinned, by the API server.
 */
export function newerWrite(plan: TargetPlan, since: string, { world }: Deps): string | undefined {
  const pinned = plan.keys.flatMap((key) => (key.kind === 'deliver' ? key.lines : []));
  return pinned.find(({ name, scope, version }) => {
    const ledger = version === undefined ? undefined : world.ledgers.get(scope.uid);
    const writes = ledger?.spec.kind === 'ok' ? (ledger.spec.value.writes ?? []) : [];
    return writes.some(
      (write) =>
        write.name === name &&
        write.version !== version &&
        Date.parse(write.at) + CLOCK_MS >= Date.parse(since),
    );
  })?.name;
}
