/** Owns: what an automation was told, as its status keeps it: a mark for each thing, sorted, and no more than fit. */
import type { StoredTold } from '../model/kinds/automation-status-schema.ts';
import { byName } from '../model/names.ts';
import type { Change } from './scope-look.ts';

/** What the schema of the status holds; a longer mark is told as its digest before it comes here. */
export const MAX_VERSIONS = 300;
export const MAX_TARGETS = 64;
export const MAX_REQUESTS = 256;
export const MAX_FAILURE = 128;

/** Marks by what they are about. */
export type Marks = ReadonlyMap<string, string>;

/** What was told. Undefined: nothing of this kind was ever looked at. */
export interface Told {
  readonly versions: Marks | undefined;
  readonly targets: Marks | undefined;
  readonly requests: Marks | undefined;
  readonly failure: string | undefined;
}

const SEPARATOR = { versions: '@', targets: ' ', requests: ' ' } as const;
type List = keyof typeof SEPARATOR;

export function readTold(told: StoredTold | undefined): Told {
  return {
    versions: marksIn('versions', told),
    targets: marksIn('targets', told),
    requests: marksIn('requests', told),
    failure: told?.failure,
  };
}

export function storedTold({ versions, targets, requests, failure }: Told): StoredTold {
  return {
    ...(versions && { versions: linesOf('versions', versions) }),
    ...(targets && { targets: linesOf('targets', targets) }),
    ...(requests && { requests: linesOf('requests', requests) }),
    ...(failure !== undefined && { failure }),
  };
}

function marksIn(list: List, told: StoredTold | undefined): Marks | undefined {
  const lines = told?.[list];
  return lines && new Map(lines.map((line) => splitAt(line, SEPARATOR[list])));
}

function linesOf(list: List, marks: Marks): string[] {
  return [...marks].map(([key, mark]) => `${key}${SEPARATOR[list]}${mark}`).sort(byName);
}

/** Before and after the first separator; names and UIDs have none. */
export function splitAt(line: string, separator: string): [key: string, mark: string] {
  const at = line.indexOf(separator);
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + separator.length)];
}

/** What was told before has its place; of the rest only what still fits is looked at, or it would be news for ever. */
export function fitting(changes: readonly Change[], most: number): readonly Change[] {
  if (changes.length <= most) return changes;
  const known = changes.filter(({ was }) => was !== undefined);
  return [...known, ...changes.filter(({ was }) => was === undefined)].slice(0, most);
}
