/** Owns: from the path of a field to its line. Used by: offline-read.ts. Pure. */
import { isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

/** What an item of a list may be called by, as the messages of the rules call it: `spec.targets[web]`. */
const NAMES = ['secretName', 'name', 'prefix'];

/** Line of the field that `path` names, or of the nearest one around it that is there. */
export function lineAt(root: Node | null, path: string, lines: LineCounter): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const segment of segmentsOf(path)) {
    const step = isMap(node)
      ? inMap(node.items, segment)
      : isSeq(node)
        ? inList(node.items, segment)
        : undefined;
    if (!step) break;
    node = step.node;
    offset = step.offset ?? offset;
  }
  return lines.linePos(offset).line;
}

/** `spec.template["a.b"]` and `spec.targets[web].keys` into their parts. */
export function segmentsOf(path: string): string[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]|([^.[\]]+)/g)].map(
    ([, quoted, inside, plain]) => quoted ?? inside ?? plain ?? '',
  );
}

interface Step {
  readonly node: unknown;
  readonly offset: number | undefined;
}

function inMap(pairs: readonly { key: unknown; value: unknown }[], segment: string): Step | undefined {
  const pair = pairs.find(({ key }) => isScalar(key) && String(key.value) === segment);
  return pair && { node: pair.value, offset: startOf(pair.key) };
}

function inList(items: readonly unknown[], segment: string): Step | undefined {
  const item = /^\d+$/.test(segment) ? items[Number(segment)] : items.find((one) => isCalled(one, segment));
  return item === undefined ? undefined : { node: item, offset: startOf(item) };
}

function isCalled(item: unknown, name: string): boolean {
  if (isScalar(item)) return item.value === name;
  return isMap(item) && NAMES.some((field) => item.get(field) === name);
}

function startOf(node: unknown): number | undefined {
  return (node as Node).range?.[0];
}
