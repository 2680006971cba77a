import { describe, expect, it } from 'vitest';
import type { Reviewer } from '../model/kinds/protection.ts';
import { type CapacityWish, capacityOf } from './review-capacity.ts';

const user = (name: string): Reviewer => ({ kind: 'User', name });
const group = (name: string): Reviewer => ({ kind: 'Group', name });
const bot: Reviewer = { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' };
const LISTED: CapacityWish = { kind: 'listed' };
const SELF: CapacityWish = { kind: 'self' };
const inGroup = (name: string): CapacityWish => ({ kind: 'group', name });
const ana = { username: 'ana', groups: ['ops', 'leads'] };
const robot = { username: 'system:serviceaccount:ci:bot', groups: ['system:serviceaccounts'] };

const capacity = (
  listed: Reviewer[] | undefined,
  wish: CapacityWish = LISTED,
  caller: typeof ana = ana,
  decision: 'Approve' | 'Bypass' = 'Approve',
) => capacityOf({ decision, wish, caller, scope: 'team/web', listed });

describe('somebody votes', () => {
  it.each<[string, Reviewer[], CapacityWish, typeof ana, Reviewer]>([
    ['by name, if they are listed by name', [group('leads'), user('ana')], LISTED, ana, user('ana')],
    [
      'for a group of theirs that is listed, if not by name',
      [user('ben'), group('leads')],
      LISTED,
      ana,
      group('leads'),
    ],
    ['as the service account that they are', [bot], LISTED, robot, bot],
    [
      'as a service account that the API server gave an empty namespace to others',
      [{ ...user('ana'), namespace: '' }],
      LISTED,
      ana,
      user('ana'),
    ],
    ['by name, if they say so', [group('leads'), user('ana')], SELF, ana, user('ana')],
    [
      'for the group that they name',
      [user('ana'), group('ops'), group('leads')],
      inGroup('leads'),
      ana,
      group('leads'),
    ],
  ])('%s', (_rule, listed, wish, caller, as) => {
    expect(capacity(listed, wish, caller)).toEqual({ kind: 'as', as });
  });

  it('and a bypass always as themselves, listed or not', () => {
    expect(capacity([], LISTED, ana, 'Bypass')).toEqual({ kind: 'as', as: user('ana') });
    expect(capacity(undefined, LISTED, robot, 'Bypass')).toEqual({ kind: 'as', as: bot });
  });
});

describe('if they are no reviewer, it says who is', () => {
  it.each<[string, Reviewer[] | undefined, CapacityWish, typeof ana, string]>([
    [
      'listed in no way',
      [user('ben'), group('other'), bot],
      LISTED,
      ana,
      'ana (groups: ops, leads) is no reviewer of scope team/web; listed are: User ben, Group other, ServiceAccount ci/bot. Have one of them vote',
    ],
    [
      'listed, but only as a group',
      [group('leads')],
      SELF,
      ana,
      'ana is no reviewer of scope team/web; listed are: Group leads',
    ],
    [
      'in the group, but it is not listed',
      [user('ana')],
      inGroup('ops'),
      ana,
      'group ops is no reviewer of scope team/web; listed are: User ana',
    ],
    [
      'not in the group',
      [group('other')],
      inGroup('other'),
      ana,
      'ana is not in group other, but in ops, leads; name one of those, or --as user',
    ],
    [
      'a user of the cluster itself',
      [user('ana')],
      LISTED,
      { username: 'system:admin', groups: [] },
      'is no reviewer of scope team/web',
    ],
    [
      'a name that could pass for two',
      [],
      LISTED,
      { username: 'ana, ben', groups: [] },
      '"ana, ben" (groups: none) is no reviewer',
    ],
  ])('%s', (_case, listed, wish, caller, why) => {
    expect(capacity(listed, wish, caller)).toEqual({ kind: 'none', why: expect.stringContaining(why) });
  });

  it('a user of the cluster itself cannot bypass', () => {
    expect(capacity([], LISTED, { username: 'system:admin', groups: [] }, 'Bypass')).toEqual({
      kind: 'none',
      why: 'system:admin is a user of the cluster itself and cannot vote; use the kubeconfig of a person',
    });
  });
});
