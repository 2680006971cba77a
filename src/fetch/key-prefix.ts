/** How keys are grouped. Pure; called by backends that compare prefixes themselves. */
import { endsSegment } from '../model/key-separators.ts';

/**
 * Whether `key` lies below `prefix` by whole segments, so that `team-a` means `team-a/x` and `team-a.x`, never
 * `team-ab` and never `team-a-b`. The empty prefix has everything below it; a key is not below itself.
 */
export function isBelow(key: string, prefix: string): boolean {
  if (prefix === '') return true;
  if (!key.startsWith(prefix) || key.length === prefix.length) return false;
  return endsSegment(prefix) || /^([/._]|--)/.test(key.slice(prefix.length));
}
