import { describe, expect, it } from 'vitest';
import type { Authority, DeliveredName } from '../model/plan.ts';
import { SmallWorld } from '../watch/world-fixture.ts';
import { lawfulHere } from './lawful.ts';

const HOLDING = { uid: 'uid-web', deliveredAs: 'uid-web' };
const from = (supplier: string, explicit = true): DeliveredName => ({ name: 'A', supplier, explicit });
const offered = (...uids: string[]): Authority => ({
  offeredBy: new Map([['A', new Set(uids)]]),
  uncertain: undefined,
});
const pending = (uid: string): Authority => ({
  offeredBy: new Map(),
  uncertain: {
    reason: 'DiscoveryPending',
    message: '',
    known: new Map([[uid, 'explicitOnly']]),
    levelsMissing: false,
  },
});
const world = new SmallWorld().scope('acme/acme', { level: 'Organization' }, { uid: 'uid-there' });

describe('a value that was delivered earlier', () => {
  it.each<[string, Authority, DeliveredName, boolean]>([
    ['stays while its supplier offers it', offered('uid-there'), from('uid-there'), true],
    ['goes when its supplier is there and offers it no more', offered('uid-new'), from('uid-there'), false],
    ['goes when nobody offers it', offered(), from('uid-gone'), false],
    [
      'stays when its supplier was deleted and another one offers it now',
      offered('uid-new'),
      from('uid-gone'),
      true,
    ],
    [
      'THREATS 10: goes when only the holder itself offers it now: its entry might never be readable',
      offered('uid-web'),
      from('uid-gone'),
      false,
    ],
    [
      'stays when it was discovered, and its successor has not been listed yet',
      pending('uid-new'),
      from('uid-gone', false),
      true,
    ],
    ['goes when it had an entry, and its successor has none', pending('uid-new'), from('uid-gone'), false],
    [
      'goes when it was discovered, and only the holder is still to be listed',
      pending('uid-web'),
      from('uid-gone', false),
      false,
    ],
  ])('%s', (_case, authority, delivered, stays) => {
    expect(lawfulHere(authority, world, HOLDING)(delivered)).toBe(stays);
  });

  it('of a holder that was itself restored stays while the new one offers it', () => {
    const restored = { uid: 'uid-web2', deliveredAs: 'uid-web' };
    expect(lawfulHere(offered('uid-web2'), world, restored)(from('uid-web'))).toBe(true);
    expect(lawfulHere(offered('uid-other'), world, restored)(from('uid-web'))).toBe(false);
  });
});
