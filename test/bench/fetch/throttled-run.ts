/**
 * Owns: the figures of a cold start at a provider that throttles half of all requests for ten minutes.
 * Called by: cloud-child.ts.
 */
import type { FigureGroup } from '../figures.ts';
import type { ColdStart } from './cold-run.ts';
import { FleetStage, type StageOptions } from './fleet-stage.ts';
import { TenantProgress } from './tenant-progress.ts';

const TROUBLE_MS = 600_000;
const SHARE = 0.5;
const RETRY_AFTER_MS = 1_000;

/** `cold`: the same without trouble. */
export async function throttledRun(
  options: StageOptions,
  cold: ColdStart,
  figures: FigureGroup,
): Promise<void> {
  const stage = new FleetStage(options);
  const { clock, provider } = stage;
  const progress = new TenantProgress(stage);
  provider.mishap = { kind: 'throttles', share: SHARE, afterMs: RETRY_AFTER_MS };
  clock.after(TROUBLE_MS, () => {
    provider.mishap = undefined;
  });
  await stage.complete();
  const { ends } = progress;
  const last = Math.max(...ends);
  const [waitMs, idle] = [progress.longestWait(TROUBLE_MS), progress.idleMinutes(TROUBLE_MS)];
  const recoveryMs = Math.max(0, last - TROUBLE_MS);
  figures
    .add('scopes that are complete when it ends', ends.filter((at) => at <= TROUBLE_MS).length, '')
    .add('calls until every scope is complete', provider.bill.requests, '')
    .add('time from its end to the last scope', recoveryMs / 1_000, 's')
    .add('– cold start without trouble = 1', recoveryMs / cold.ms, '', { atMost: 2 })
    .add('last scope, mean scope = 1', last / (ends.reduce((sum, at) => sum + at, 0) / ends.length), '')
    .add('longest wait of a tenant for its next value, since its end', waitMs / 1_000, 's')
    .add('– longest wait in a cold start without trouble', cold.longestWaitMs / 1_000, 's')
    .add('minutes in which a tenant got nothing, since its end', idle, '', { exactly: 0 })
    .add('– such minutes in a cold start without trouble', cold.idleMinutes, '');
}
