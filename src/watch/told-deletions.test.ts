import { describe, expect, it } from 'vitest';
import { toldDestroyed, toldWritesIn } from './told-deletions.ts';

const AT = '2026-11-22T09:00:00.000Z';

describe('what a scope tells of its writes', () => {
  it('is each name with its time, and whether the value was deleted', () => {
    expect(toldWritesIn({ written: [`A@${AT}`, `B@${AT} deleted`] })).toEqual([
      { name: 'A', at: AT, isDeleted: false },
      { name: 'B', at: AT, isDeleted: true },
    ]);
    expect(toldDestroyed({ written: [`A@${AT}`, `B@${AT} deleted`] })).toEqual({ destroyed: new Set(['B']) });
  });

  it.each([[undefined], [{}], [{ written: 'A' }], [{ written: ['and 3 more', 7] }]])(
    'is nothing where it cannot be read: %j',
    (status) => {
      expect(toldWritesIn(status)).toEqual([]);
      expect(toldDestroyed(status)).toEqual({});
    },
  );
});
