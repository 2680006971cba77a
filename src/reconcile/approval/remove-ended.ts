/**
 * Owns: taking away the Secrets of a release that was revoked or has ended. They go as a whole, so that a Pod that needs
 * one waits instead of starting without it. Nothing is waited for: not for a plan, a provider or `suspend`.
 */
import type { ObservedTarget } from '../../materialize/observed-target.ts';
import { releaseTarget } from '../../materialize/release-target.ts';
import type { Told } from '../../model/verdict.ts';
import type { Finding } from '../../report/conditions.ts';
import { BY_HOLDER, keyOf } from '../../watch/world.ts';
import { apiTrouble } from '../api-trouble.ts';
import type { Deps } from '../deps.ts';
import { type HoldingView, holderField, holderKeyOf } from '../holding-view.ts';
import type { GatedTarget } from './gate-result.ts';

/** What could not be taken away, for the scope's status. */
export async function removeEnded(
  view: HoldingView,
  targets: ReadonlyMap<string, GatedTarget>,
  deps: Deps,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const observed of deps.targets.by(BY_HOLDER, holderKeyOf(view))) {
    const { pending, remove = false } = targets.get(observed.record?.target ?? '') ?? {};
    if (!remove || !pending || observed.deleting || observed.record?.holder.uid !== view.metadata.uid)
      continue;
    const finding = await removeOne(view, observed, pending, deps, signal).catch((error: unknown) =>
      apiTrouble(error, keyOf(observed)),
    );
    if (finding) findings.push(finding);
  }
  return findings;
}

async function removeOne(
  view: HoldingView,
  observed: ObservedTarget,
  { message }: Told,
  deps: Deps,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const place = keyOf(observed);
  const { kind } = await releaseTarget(
    { observed, leaving: 'notAdmitted', nowMs: 0, graceMs: 0 },
    deps.writer,
    signal,
  );
  if (kind === 'stale')
    return { reason: 'Progressing', message: `Secret ${place} changed meanwhile; it is taken away again` };
  if (kind !== 'deleted') return cannotRemove(observed, message);
  deps.metrics.targetWrite('delete');
  deps.log.info({ ...holderField(view), secret: place }, 'deleted a Secret whose release has ended');
  const note = `Secret ${place} was deleted: ${message}`;
  deps.emit({ regarding: view, type: 'Normal', reason: 'Deleted', action: 'Withdraw', note });
  return undefined;
}

function cannotRemove({ namespace, name }: ObservedTarget, why: string): Finding {
  const message = `${why}; Secret ${namespace}/${name} cannot be deleted by this operator: delete it by hand (kubectl delete secret ${name} -n ${namespace}), and rotate what it holds`;
  return { reason: 'WithdrawalPending', message };
}
