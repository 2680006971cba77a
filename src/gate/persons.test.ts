import { describe, expect, it } from 'vitest';
import { people } from './a-gate.fixture.ts';
import { allAuthors, authorsAreKnown, distinctPersons } from './persons.ts';

const voter = (username: string, uid = '') => ({ username, uid });

describe('FAULTS 34: how many people vote', () => {
  it.each([
    ['nobody', [], 0],
    ['two names are two people', [voter('ana'), voter('ben')], 2],
    ['one name is one person', [voter('ana'), voter('ana')], 1],
    ['one name with two UIDs is one person', [voter('ana', '1'), voter('ana', '2')], 1],
    ['one UID with two names is one person', [voter('ana', '1'), voter('anna', '1')], 1],
    ['two people without UID are not one', [voter('ana'), voter('ben', '')], 2],
    [
      'a third vote may show that two were one',
      [voter('ana', '1'), voter('anna', '2'), voter('ana', '2')],
      1,
    ],
    ['names compare exactly, as the API server does', [voter('ana'), voter('Ana')], 2],
    ['a name is never taken for a UID', [voter('1', '2'), voter('2', '1')], 2],
  ])('%s', (_rule, voters, expected) => {
    expect(distinctPersons(voters)).toBe(expected);
    expect(distinctPersons(voters.toReversed())).toBe(expected);
  });
});

describe('THREATS 12: who asked is known', () => {
  const many = (count: number) => people(...Array.from({ length: count }, (_, n) => `dev-${n}`));

  it.each([
    ['if all of them are people', people('ana', 'ben'), true],
    ['not if there is nobody', people(), false],
    ['not if one is a service account', people('ana', 'system:serviceaccount:flux:flux'), false],
    ['not if one is a part of the API server', people('system:admin'), false],
    ['not if somebody may be missing', { names: ['ana'], complete: false }, false],
    ['if the list has room', many(31), true],
    ['API-REVIEW 5: not if it is full', many(32), false],
  ])('%s', (_rule, authors, expected) => {
    expect(authorsAreKnown(authors)).toBe(expected);
  });

  it('of two lists together, if both are complete', () => {
    expect(allAuthors(people('ana'), people('ben', 'ana'))).toEqual(people('ana', 'ben'));
    expect(allAuthors(people('ana'), { names: [], complete: false }).complete).toBe(false);
  });
});
