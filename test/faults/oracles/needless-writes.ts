/**
 * Oracle: a fault costs no more writes of Secrets than the clean run made: what was stored once is known, whoever
 * stored it. A Secret that waits for its holder to come back is marked once, and the mark may be taken off again; a value
 * that had to be stored at its source once more is a new version, and delivered once more.
 */

import { writtenSources } from '../fault-scenario.ts';
import { labelOf } from '../trace.ts';
import { isSecretWrite, isTargetWrite, wasStored } from './lawful-writes.ts';
import type { Evidence, Oracle } from './oracle.ts';

const MARKS = 2;

export const needlessWrites: Oracle = (evidence) => {
  const { seen, scenario, cleanCounts } = evidence;
  const again = storedAgain(evidence);
  const stored = Map.groupBy(
    seen.filter((request) => isTargetWrite(request, scenario) && wasStored(request)),
    labelOf,
  );
  return [...stored].flatMap(([label, requests]) => {
    const most = (cleanCounts.get(label) ?? 0) + (scenario.departs || scenario.raced ? MARKS : 0) + again;
    return requests.length <= most
      ? []
      : [`${label} was stored ${requests.length} times, and needed ${most}`];
  });
};

/** Writes of sources beyond those of the clean run, which written-values.ts judges. */
function storedAgain({ seen, scenario, cleanCounts }: Evidence): number {
  const sources = writtenSources(scenario);
  const stored = seen.filter(
    (request) =>
      isSecretWrite(request) && wasStored(request) && sources.has(`${request.namespace}/${request.name}`),
  );
  const clean = [...new Set(stored.map(labelOf))].reduce(
    (sum, label) => sum + (cleanCounts.get(label) ?? 0),
    0,
  );
  return Math.max(0, stored.length - clean);
}
