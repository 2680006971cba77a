/**
 * Oracle: a fault costs no more writes of Secrets than the clean run made: what was stored once is known, whoever
 * stored it. A Secret that waits for its holder to come back is marked once, and the mark may be taken off again.
 */
import { labelOf } from '../trace.ts';
import { isTargetWrite, wasStored } from './lawful-writes.ts';
import type { Oracle } from './oracle.ts';

const MARKS = 2;

export const needlessWrites: Oracle = ({ seen, scenario, cleanCounts }) => {
  const stored = Map.groupBy(
    seen.filter((request) => isTargetWrite(request) && wasStored(request)),
    labelOf,
  );
  return [...stored].flatMap(([label, requests]) => {
    const most = (cleanCounts.get(label) ?? 0) + (scenario.departs || scenario.raced ? MARKS : 0);
    return requests.length <= most
      ? []
      : [`${label} was stored ${requests.length} times, and needed ${most}`];
  });
};
