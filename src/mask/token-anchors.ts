/**
 * Where in a text a literal of some shape stands: every second pair of bytes is looked up in one table, so the cost
 * hardly depends on the number of literals. Of three bytes in a row of each literal, one aligned pair is always seen.
 */
import type { Shape } from './token-shape.ts';

export interface Sighting {
  readonly shape: number;
  readonly literal: Uint8Array;
  readonly fold: boolean;
  /** How far into the literal the pair stands. */
  readonly offset: number;
}

export interface AnchorTable {
  /** Pair of bytes, the first times 256 → number of a bucket; 0 for nearly all. */
  readonly bucketOf: Uint16Array;
  readonly buckets: readonly (readonly Sighting[])[];
}

/** Pairs that are in every log; a literal is known by a rarer part of it. */
const COMMON = /(?:re|er|ea|ar|or|in|on|st|se|ss|th|it|ke|ey|ac|co|es|te|en|au|es|de|at|to|1\.)/g;

/** The three bytes of the literal that are rarest in logs. */
function windowOf(literal: string): number {
  const commonness = (at: number) =>
    [0, 1].filter((step) => (literal.slice(at + step, at + step + 2).match(COMMON) ?? []).length > 0).length;
  const places = Array.from({ length: literal.length - 2 }, (_, at) => at);
  return places.toSorted((a, b) => commonness(a) - commonness(b) || a - b)[0] ?? 0;
}

const casesOf = (byte: number): readonly number[] => (byte >= 97 && byte <= 122 ? [byte, byte - 32] : [byte]);

function pairsOf(first: number, second: number, fold: boolean): readonly number[] {
  if (!fold) return [first * 256 + second];
  return casesOf(first).flatMap((one) => casesOf(second).map((other) => one * 256 + other));
}

export function anchorTable(shapes: readonly Shape[]): AnchorTable {
  const sightings = new Map<number, Sighting[]>();
  for (const [shape, { anchor }] of shapes.entries()) {
    for (const text of anchor.literals) {
      const literal = new TextEncoder().encode(text);
      const window = windowOf(text);
      for (const offset of [window, window + 1]) {
        const pair = [literal[offset] ?? 0, literal[offset + 1] ?? 0] as const;
        for (const key of pairsOf(...pair, anchor.fold)) {
          sightings.set(key, [...(sightings.get(key) ?? []), { shape, literal, fold: anchor.fold, offset }]);
        }
      }
    }
  }
  return inBuckets(sightings);
}

function inBuckets(sightings: ReadonlyMap<number, readonly Sighting[]>): AnchorTable {
  const bucketOf = new Uint16Array(65_536);
  const buckets: (readonly Sighting[])[] = [[]];
  for (const [pair, list] of sightings) {
    bucketOf[pair] = buckets.length;
    buckets.push(list);
  }
  return { bucketOf, buckets };
}
