/** Owns: telling JSON that canonical JSON can hold from what would break it: too deep, or with numbers beyond all. */
import type { Json } from '../model/canonical-json.ts';

// a record of this version has 4 levels
const MAX_DEPTH = 8;

export function isPlainJson(value: unknown, depth = MAX_DEPTH): value is Json {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((item) => isPlainJson(item, depth - 1));
}
