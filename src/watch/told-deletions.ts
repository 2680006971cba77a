/** Owns: reading what a scope tells of its writes. It is told, and no authority: for those who may not read ledgers. */
import type { ScopeFacts } from '../model/facts.ts';

/** Follows the time in `status.written` where the last write was a deletion. */
export const DELETED = ' deleted';

export interface ToldWrite {
  readonly name: string;
  readonly at: string;
  readonly isDeleted: boolean;
}

/** `status.written` of a scope; what cannot be read is left out. */
export function toldWritesIn(status: unknown): ToldWrite[] {
  if (typeof status !== 'object' || status === null || !('written' in status)) return [];
  const { written } = status;
  if (!Array.isArray(written)) return [];
  return written
    .filter((text): text is string => typeof text === 'string' && text.includes('@'))
    .map((text) => {
      const [name = '', rest = ''] = [text.slice(0, text.indexOf('@')), text.slice(text.indexOf('@') + 1)];
      const isDeleted = rest.endsWith(DELETED);
      return { name, at: isDeleted ? rest.slice(0, -DELETED.length) : rest, isDeleted };
    });
}

export function toldDestroyed(status: unknown): Pick<ScopeFacts, 'destroyed'> {
  const gone = toldWritesIn(status).filter(({ isDeleted }) => isDeleted);
  return gone.length === 0 ? {} : { destroyed: new Set(gone.map(({ name }) => name)) };
}
