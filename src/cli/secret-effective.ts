/**
 * Owns: what applies to one repository or environment from every level (spec rows G29, G46, GX27). Used by: secret-list.ts.
 * Decided by the same rules as the operator's, with the caller's own rights.
 */
import type { KubeClient } from '../kube/kube-client.ts';
import type { Candidate, NameResult, Resolution } from '../model/plan.ts';
import { resolve } from '../resolve/resolve.ts';
import { CallerWorld } from './caller-world.ts';
import { backendName, levelsOf, visibleFacts } from './offline-facts.ts';
import type { FoundScope } from './secret-found-scope.ts';
import { accessColumns, type SecretRow } from './secret-row.ts';
import { updatedTimes } from './secret-updated.ts';

export interface EffectiveList {
  readonly rows: readonly SecretRow[];
  readonly notes: readonly string[];
}

export async function effectiveSecrets(kube: KubeClient, { view }: FoundScope): Promise<EffectiveList> {
  const world = new CallerWorld(kube);
  await world.readChain(view.metadata);
  const facts = visibleFacts(world, view, ({ refKind, name }, namespace) =>
    world.isHidden(backendName(refKind, name, namespace)),
  );
  if (!facts) throw new Error(`scope ${view.metadata.namespace}/${view.metadata.name} cannot be read`);
  const levels = levelsOf(facts);
  const times = new Map<string, ReadonlyMap<string, string>>();
  for (const { id } of levels) {
    const level = world.scopes.get(`${id.namespace}/${id.name}`);
    if (level) times.set(level.metadata.uid, await updatedTimes(kube, level));
  }
  const resolution = resolve(facts);
  const rows = [...(resolution.kind === 'resolved' ? resolution.names : [])].flatMap(([name, result]) =>
    result.candidates
      // an organization does not tell a repository what it keeps from it
      .filter(({ verdict }) => verdict !== 'notGranted')
      .map((candidate) => {
        const { level, scope } = candidate;
        const of = levels.find(({ id }) => id.uid === scope.uid);
        const entry = of?.spec.secrets?.find((one) => one.name === name);
        return {
          name,
          updatedAt: times.get(scope.uid)?.get(name) ?? null,
          ...accessColumns(level, entry?.access, scope),
          level: level.toLowerCase(),
          scope: `${scope.namespace}/${scope.name}`,
          status: statusOf(candidate, result),
        };
      }),
  );
  return { rows, notes: notesOf(resolution, world.viewEnds) };
}

function statusOf({ verdict, locked }: Candidate, { answer, candidates }: NameResult): string {
  const winner = candidates.find((one) => one.verdict === 'supplies');
  switch (verdict) {
    case 'supplies':
      if (answer.kind !== 'line') return `${answer.kind}: ${answer.reason}`;
      return locked ? 'used, locked' : 'used';
    case 'shadowed':
      return `shadowed by ${winner?.level.toLowerCase() ?? 'a more specific level'}`;
    case 'overruled':
      return `overruled by locked ${winner?.level.toLowerCase() ?? 'level above'}`;
    case 'beyondLimit':
      return 'cut: beyond the first 100';
    case 'notGranted':
      return 'not shared';
    default:
      throw new Error(`unknown verdict ${JSON.stringify(verdict satisfies never)}`);
  }
}

function notesOf(resolution: Resolution, viewEnds: readonly string[]): string[] {
  if (resolution.kind === 'refused')
    return resolution.violations.map(({ message }) => `nothing is delivered: ${message}`);
  const { parentRefused, uncertain } = resolution;
  const doubts = viewEnds.length > 0 ? viewEnds : [parentRefused?.message, uncertain?.message];
  return doubts.filter((text) => text !== undefined);
}
