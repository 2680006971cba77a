import type { ScopeFacts } from '../model/facts.ts';
import type { PlanLine } from '../model/plan.ts';
import { keyGranted, type Operation } from '../resolve/grants.ts';
import { backendFacts, keyOf, scopeFacts, type World } from '../watch/world.ts';

/**
 * Whether a line may be read by today's grants: asked in front of the shared cache, so that a plan made a moment
 * ago, or a value that another tenant just read, opens nothing. A value that was deleted is nobody's, whatever its
 * provider still has.
 */
export function lineAuthorized(world: World, line: PlanLine): boolean {
  return isGranted(
    world,
    line,
    'Read',
    ({ destroyed }) => destroyed === undefined || (destroyed !== 'unknown' && !destroyed.has(line.name)),
  );
}

/** The same for writing, which is how a name whose value was deleted comes back. */
export function lineWritable(world: World, line: PlanLine): boolean {
  return isGranted(world, line, 'Write', () => true);
}

function isGranted(
  world: World,
  line: PlanLine,
  operation: Operation,
  isLive: (facts: ScopeFacts) => boolean,
): boolean {
  const scope = world.scopes.get(keyOf(line.scope));
  if (!scope || scope.metadata.uid !== line.scope.uid) return false;
  const facts = scopeFacts(world, scope, () => new Map());
  const backend = backendFacts(world, scope);
  if (!facts || backend.kind !== 'found' || backend.id.uid !== line.backend.id.uid) return false;
  return isLive(facts) && keyGranted(backend, facts, line.key, operation).kind === 'granted';
}
