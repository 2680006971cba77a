import { describe, expect, it } from 'vitest';
import { changedKeys, listingOf } from './aws-change.ts';

const at = (seconds: number) => new Date(seconds * 1_000);
const entry = (Name: string, id: string, seconds = 0, rest: object = {}) => ({
  Name,
  SecretVersionsToStages: { [id]: ['AWSCURRENT'], older: ['AWSPREVIOUS'] },
  LastChangedDate: at(seconds),
  ...rest,
});
const whole = (...entries: Parameters<typeof listingOf>[0]) => listingOf(entries, true);
const part = (...entries: Parameters<typeof listingOf>[0]) => listingOf(entries, false);

describe('two listings', () => {
  it('differ where a secret came, went, has another version or was touched', () => {
    const before = whole(
      entry('same', '1'),
      entry('new version', '1'),
      entry('touched', '1'),
      entry('gone', '1'),
    );
    const after = whole(
      entry('same', '1'),
      entry('new version', '2'),
      entry('touched', '1', 9),
      entry('came', '1'),
    );
    expect(changedKeys(before, after)).toEqual(['came', 'gone', 'new version', 'touched']);
    expect(changedKeys(after, after)).toEqual([]);
  });

  it('tell a deletion that is only scheduled as gone', () => {
    const before = whole(entry('a', '1'));
    expect(changedKeys(before, whole(entry('a', '1', 0, { DeletedDate: at(99) })))).toEqual(['a']);
  });

  it('say nothing about what lies beyond the last page', () => {
    expect(changedKeys(whole(entry('a', '1'), entry('z', '1')), part(entry('a', '1')))).toEqual([]);
    expect(changedKeys(part(entry('a', '1')), whole(entry('a', '1'), entry('z', '1')))).toEqual([]);
  });

  it('tell what an earlier one was too late for', () => {
    // changed at second 10, but the list of second 60 does not know yet
    const [first, late, then] = [whole(entry('a', '1')), whole(entry('a', '1')), whole(entry('a', '2', 10))];
    expect(changedKeys(first, late)).toEqual([]);
    expect(changedKeys(late, then)).toEqual(['a']);
  });
});
