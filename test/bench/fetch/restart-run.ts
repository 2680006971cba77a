/**
 * Owns: the figures of a restart after which nothing has changed.
 * Called by: cloud-child.ts.
 */
import type { FigureGroup } from '../figures.ts';
import type { FleetStage } from './fleet-stage.ts';

export async function restartRun(stage: FleetStage, figures: FigureGroup): Promise<void> {
  const { provider, profile, world } = stage;
  await stage.restart({ push: false });
  const { valueReads, bill } = provider;
  const ms = await stage.complete();
  const calls = provider.bill.requests - bill.requests;
  const references = world.scopes.reduce((sum, { lines }) => sum + lines.length, 0);
  // at Google a version is told by an access: its audit log shows one, and what arrives is dropped
  const isAccess = profile.requests.describe === profile.requests.read;
  figures
    .add('value reads', provider.valueReads - valueReads, '', { exactly: 0 })
    .add('– one read for each reference', references, '')
    .add(isAccess ? 'calls, each an access whose payload is dropped' : 'calls', calls, '')
    .add('simulated time', ms / 1_000, 's');
}
