/**
 * Owns: whether what a run was decided on still stands, right before something is sent. Reading values may take as long as
 * a provider takes, and what was sent cannot be taken back (THREATS 7). Used by: send-due.ts, test-delivery.ts.
 */
import { whenFound } from '../../kube/when-found.ts';
import { BY_VOTED_REQUEST } from '../../watch/approval-world.ts';
import { AUTOMATIONS } from '../../watch/resources.ts';
import type { AutomationView } from '../../watch/views.ts';
import { keyOf, namespaceFacts } from '../../watch/world.ts';
import { type Basis, basisOf } from '../approval/basis.ts';
import { isGuarded } from '../approval/pass-gate.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import type { Deps } from '../deps.ts';
import { type Automated, unprovenRight } from './automated-scope.ts';
import { openRequest } from './automation-plan.ts';

/** Whether the API server holds the automation, its status too, as it was looked at: a watch may be behind. */
export async function isNewest(
  { metadata: { namespace, name, uid }, resourceVersion }: AutomationView,
  { kube }: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const live = await whenFound(() => kube.getMetadata(AUTOMATIONS, { namespace, name }, { signal }));
  return live?.metadata.uid === uid && live.metadata.resourceVersion === resourceVersion;
}

/** As the watch shows it: nothing is asked. `usesSecrets`: also whether it may still have them. */
export function isStillDecided(automated: Automated, usesSecrets: boolean, deps: Deps): boolean {
  const { automation, scope, basis } = automated;
  const own = deps.world.automations.get(keyOf(automation.metadata));
  const isThere = own?.metadata.uid === automation.metadata.uid && !own.deleting;
  if (!isThere || own.generation !== automation.generation) return false;
  if (deps.world.scopes.get(keyOf(scope.metadata))?.deleting !== false) return false;
  if (!sameLevels(automated, deps) || !sameNamespaces(basis, deps)) return false;
  return (
    !usesSecrets ||
    (unprovenRight(own, automated.spec, deps) === undefined && isStillReleased(automated, deps))
  );
}

function sameLevels({ basis, facts }: Automated, deps: Deps): boolean {
  const now = basisOf(facts, deps).objects;
  return [...basis.objects].every(([key, { uid, generation }]) => {
    const seen = now.get(key);
    // the automation itself was compared above
    return key.startsWith('WebhookAutomation ') || (seen?.uid === uid && seen.generation === generation);
  });
}

/** Labels decide who is admitted. */
function sameNamespaces({ namespaces }: Basis, { world }: Deps): boolean {
  return [...namespaces].every(([name, then]) => {
    const now = namespaceFacts(world, name);
    return now?.uid === then.uid && JSON.stringify(now?.labels) === JSON.stringify(then.labels);
  });
}

/** Its release has not ended, and nobody has voted on it since: a Revoke counts before the ledger holds it. */
function isStillReleased(automated: Automated, deps: Deps): boolean {
  if (!isGuarded(automated.spec)) return true;
  const request = openRequest(automated, deps);
  if (request?.state !== 'Released' || !request.grant) return false;
  const { expiresAt } = request.grant;
  if (expiresAt !== undefined && Date.parse(expiresAt) <= nowOf(deps)) return false;
  return deps.world.reviews
    .by(BY_VOTED_REQUEST, request.uid)
    .every(({ metadata }) => automated.votes.has(metadata.uid));
}
