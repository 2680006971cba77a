import { describe, expect, it } from 'vitest';
import { SharedLists } from './shared-list.ts';

describe('shared lists', () => {
  const lists = new SharedLists();

  it('answers one list for equal lists of one text', () => {
    expect(lists.share(['a'])).toEqual(['a']);
    expect(lists.share(['a'])).toBe(lists.share(['a']));
    expect(lists.share(['a'])).not.toBe(lists.share(['b']));
  });

  it('lets nobody change what others have', () => {
    const shared = lists.share(['a']);
    expect(Object.isFrozen(shared)).toBe(true);
  });

  it.each([[[]], [['a', 'b']]])('leaves %j as it is', (list: string[]) => {
    expect(lists.share(list)).toBe(list);
  });

  it('forgets rather than grow without end', () => {
    const before = lists.share(['a']);
    for (let index = 0; index < 10_001; index++) lists.share([`text ${index}`]);
    expect(lists.share(['a'])).toEqual(['a']);
    expect(lists.share(['a'])).not.toBe(before);
  });
});
