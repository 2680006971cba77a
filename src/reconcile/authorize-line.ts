import type { PlanLine } from '../model/plan.ts';
import { keyGranted } from '../resolve/grants.ts';
import { backendFacts, keyOf, scopeFacts, type World } from '../watch/world.ts';

/**
 * Whether a line may be read by today's grants: asked in front of the shared cache, so that a plan made a moment
 * ago, or a value that another tenant just read, opens nothing.
 */
export function lineAuthorized(world: World, line: PlanLine): boolean {
  const scope = world.scopes.get(keyOf(line.scope));
  if (!scope || scope.metadata.uid !== line.scope.uid) return false;
  const facts = scopeFacts(world, scope, () => new Map());
  const backend = backendFacts(world, scope);
  if (!facts || backend.kind !== 'found' || backend.id.uid !== line.backend.id.uid) return false;
  return keyGranted(backend, facts, line.key).kind === 'granted';
}
