import { readCallerWorld } from '../../src/cli/caller-world.ts';
import { table } from '../../src/cli/terminal.ts';
import type { Candidate } from '../../src/model/plan.ts';
import { resolve } from '../../src/resolve/resolve.ts';
import { planTarget } from '../../src/resolve/target-plan.ts';
import { factsOf } from '../../src/watch/world.ts';
import type { DemoClient } from './demo-client.ts';

interface ScopeRef {
  readonly namespace: string;
  readonly name: string;
}

/** One row for every data key that was delivered: where it is, which level supplied it, and what it hides. */
export async function provenanceTable(client: DemoClient, scopes: readonly ScopeRef[]): Promise<string> {
  const rows: string[][] = [];
  for (const scope of scopes) rows.push(...(await rowsOf(client, scope)));
  return table(['SECRET', 'KEY', 'SUPPLIED BY', 'WHY'], rows).replace(/^/gm, '  ');
}

async function rowsOf(client: DemoClient, ref: ScopeRef): Promise<string[][]> {
  const { world } = await readCallerWorld(client.kube, ref);
  const view = world.scopes.get(`${ref.namespace}/${ref.name}`);
  const facts = view && factsOf(world, view, () => new Map());
  const resolution = facts && resolve(facts);
  if (resolution?.kind !== 'resolved' || !facts) return [];
  return (facts.scope.spec.targets ?? []).flatMap((target) => {
    const plan = planTarget(resolution, target, facts.scope.namespace);
    return plan.keys.flatMap((key) => {
      if (key.kind !== 'deliver') return [];
      const suppliers = key.lines.map((line) => `${line.level} ${line.scope.namespace}/${line.scope.name}`);
      const why = key.lines.map((line) =>
        reasonFor(resolution.names.get(line.name)?.candidates ?? [], line.name),
      );
      return [
        [
          `${plan.namespace}/${plan.secretName}`,
          key.dataKey,
          [...new Set(suppliers)].join(' + '),
          [...new Set(why)].join('; '),
        ],
      ];
    });
  });
}

function reasonFor(candidates: readonly Candidate[], name: string): string {
  const supplier = candidates.find(({ verdict }) => verdict === 'supplies');
  const overruled = candidates.find(({ verdict }) => verdict === 'overruled');
  const shadowed = candidates.find(({ verdict }) => verdict === 'shadowed');
  if (overruled)
    return `locked by the ${supplier?.level}: the ${overruled.level}'s own ${name} has no effect`;
  if (shadowed) return `more specific than the ${shadowed.level}'s`;
  return supplier?.level === 'Organization' ? 'granted by the organization' : `the only ${name} there is`;
}
