import { deliveredNames, type KeyRecord } from '../materialize/delivery-record.ts';
import type { Json } from '../model/canonical-json.ts';
import type { Level } from '../model/kinds/secret-scope.ts';
import type { PlanLine } from '../model/plan.ts';
import type { TargetResult } from './scope-findings.ts';

// 1,000 names of 64 bytes, versions included; `explain` shows the rest
const SUPPLIED_BYTES = 64_000;
const SUPPLIERS = 64;

interface Supplier {
  readonly level: Level;
  readonly scope: string;
  readonly names: Set<string>;
}

/** Which level supplied each delivered name, and at which version, grouped so that it stays small. */
export function suppliedNames(results: readonly TargetResult[]): Json | undefined {
  const groups = new Map<string, Supplier>();
  for (const result of results) {
    const records = new Map(Object.entries(recordedKeys(result)));
    for (const key of result.plan.keys) {
      const record = records.get(key.dataKey);
      if (key.kind === 'deliver' && record) for (const line of key.lines) addSupplied(groups, line, record);
    }
  }
  if (groups.size === 0) return undefined;
  const sorted = [...groups.values()].sort((a, b) => (a.scope < b.scope ? -1 : 1)).slice(0, SUPPLIERS);
  const share = SUPPLIED_BYTES / sorted.length;
  return sorted.map(({ level, scope, names }) => ({
    level,
    scope,
    names: withinBytes([...names].sort(), share),
  }));
}

function addSupplied(groups: Map<string, Supplier>, line: PlanLine, record: KeyRecord): void {
  const at = deliveredNames(record).findIndex(
    ({ name, supplier }) => name === line.name && supplier === line.scope.uid,
  );
  const recorded = record.names[at];
  // what another scope supplied is still there: it is not this one's
  if (recorded === undefined) return;
  const scope = `${line.scope.namespace}/${line.scope.name}`;
  const group = groups.get(scope) ?? { level: line.level, scope, names: new Set<string>() };
  group.names.add(recorded);
  groups.set(scope, group);
}

/** What was delivered into a Secret and is there, whether or not it could be renewed now. */
export function recordedKeys({ outcome }: TargetResult): Readonly<Record<string, KeyRecord>> {
  return outcome.kind === 'notWritable' ? {} : (outcome.observed?.record?.keys ?? {});
}

/** The beginning of a list that fits into so many bytes, and how many are left out. */
export function withinBytes(items: readonly string[], bytes: number): string[] {
  let left = bytes;
  const fitting = items.findIndex((item) => {
    left -= Buffer.byteLength(item) + 3;
    return left < 0;
  });
  return fitting < 0 ? [...items] : [...items.slice(0, fitting), `and ${items.length - fitting} more`];
}
