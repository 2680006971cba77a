import { describe, expect, it } from 'vitest';
import { Interests, listingThing, sourceThing, targetThing } from './interests.ts';

describe('who cares about a thing', () => {
  it('is whoever said so', () => {
    const interests = new Interests();
    interests.replace('a', ['x', 'y']);
    interests.replace('b', ['y']);
    expect([interests.of('x'), interests.of('y'), interests.of('z')]).toEqual([['a'], ['a', 'b'], []]);
  });

  it('is only whoever said so last', () => {
    const interests = new Interests();
    interests.replace('a', ['x', 'y']);
    interests.replace('a', ['y', 'z']);
    expect([interests.of('x'), interests.of('y'), interests.of('z')]).toEqual([[], ['a'], ['a']]);
  });

  it('is nobody who has gone; then nothing of them is held', () => {
    const interests = new Interests();
    interests.replace('a', ['x', 'y', 'x']);
    interests.replace('a', []);
    expect([interests.of('x'), interests.size]).toEqual([[], 0]);
  });

  it('what is held does not grow with how often it was said', () => {
    const interests = new Interests();
    for (let turn = 0; turn < 1_000; turn += 1) interests.replace('a', [`x${turn}`, 'y']);
    expect(interests.size).toBe(2);
  });

  it('by its beginning is everybody whose thing begins so, once', () => {
    const interests = new Interests();
    interests.replace('a', [sourceThing('u1', 'k1'), sourceThing('u1', 'k2')]);
    interests.replace('b', [sourceThing('u12', 'k1')]);
    interests.replace('c', [listingThing('u1')]);
    expect(interests.ofPrefix(sourceThing('u1', ''))).toEqual(['a']);
  });
});

it('no two kinds of thing have the same name', () => {
  const names = [sourceThing('a', 'b'), listingThing('a b'), targetThing('a', 'b'), targetThing('a b', '')];
  expect(new Set(names).size).toBe(names.length);
});
