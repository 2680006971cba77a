import { describe, expect, it } from 'vitest';
import { ACME, aNamespace, aSharedBackend, aWorld, named, trusting, type World } from './a-world.fixture.ts';
import { type DeliveredName, mayStay } from './may-stay.ts';

const fromOrg: DeliveredName = { name: 'T', supplier: 'uid-acme-org-acme', explicit: true };
const fromRepo: DeliveredName = { name: 'T', supplier: 'uid-team-web-web', explicit: true };
const found = (delivered: DeliveredName): DeliveredName => ({ ...delivered, explicit: false });
const denied = { visibility: 'Selected' } as const;
const unlisted = { kind: 'unknown' } as const;
const shared = aSharedBackend([{ namespaces: ACME, keys: [{ key: 'x' }] }]);

describe('THREATS 10: a delivered value goes when authority takes it away', () => {
  it.each<[string, World, DeliveredName]>([
    ['its entry was removed', aWorld().org().repo(), fromOrg],
    ['its access was withdrawn', aWorld().org().secret('T', { access: denied }).repo(), fromOrg],
    ['its key is no longer granted', aWorld().org().secret('T').backend(shared).repo(), fromOrg],
    ['it is beyond the limit', aWorld().org().secrets(100, 'A').secret('T').repo(), fromOrg],
    [
      'the child is no longer admitted',
      aWorld()
        .org()
        .secret('T')
        .children(trusting(named('x')))
        .repo(),
      fromOrg,
    ],
    [
      'the child is no longer trusted',
      aWorld().org().secret('T').children({ namespaces: ACME }).repo(),
      fromOrg,
    ],
    ['its supplier is another object by now', aWorld().org().uid('restored').secret('T').repo(), fromOrg],
    [
      'it was found under a prefix that is listed and has it no more',
      aWorld().org().discover('a/', []).repo(),
      found(fromOrg),
    ],
  ])('if %s', (_case, world, delivered) => {
    expect(mayStay(world.resolve(), delivered)).toBe(false);
  });

  it.each<[string, World]>([
    [
      'another level supplies the name now, and cannot be read',
      aWorld().org().secret('T', { access: denied }).repo().secret('T', { key: '%' }),
    ],
    [
      'something is still to be listed at the child',
      aWorld().org().secret('T', { access: denied }).repo().discover('a/', unlisted),
    ],
    [
      'something is still to be listed at the organization',
      aWorld().org().discover('a/', unlisted, { visibility: 'All' }).repo(),
    ],
    [
      'the child lists for ever and is no longer admitted',
      aWorld()
        .org()
        .secret('T')
        .children(trusting(named('x')))
        .repo()
        .discover('a/', unlisted),
    ],
    [
      'the scope is refused as a whole',
      aWorld()
        .org()
        .secret('T', { access: denied })
        .repo()
        .spec({ parentRef: { name: 'web' } }),
    ],
    ['the scope is protected', aWorld().org().repo().env().spec({ protection: {} })],
  ])('THREATS 10: also if %s', (_case, world) => {
    expect(mayStay(world.resolve(), fromOrg)).toBe(false);
  });

  it('a namespace that the supplier no longer admits as consumer loses it', () => {
    const ci = aNamespace('ci', {});
    const world = aWorld().org().secret('T').repo().consumers(named('ci'));
    expect(mayStay(world.resolve(ci), fromOrg)).toBe(false);
    expect(mayStay(world.resolve(), fromOrg)).toBe(true);
  });
});

describe('THREATS 19: a delivered value stays when nothing is known against it', () => {
  it.each<[string, World, DeliveredName]>([
    ['its supplier still offers it', aWorld().org().secret('T').repo(), fromOrg],
    [
      'another level shadows it, which may not be readable',
      aWorld().org().secret('T').repo().secret('T', { key: '%' }),
      fromOrg,
    ],
    ['it cannot be read any more', aWorld().org().secret('T', { key: '%' }).repo(), fromOrg],
    ['the backend is gone', aWorld().org().secret('T').backend({ kind: 'none' }).repo(), fromOrg],
    ['the level above is not there', aWorld().org().secret('T').unknown().repo(), fromOrg],
    ['a level further above is not there', aWorld().org().unknown().repo().env(), fromOrg],
    ['the level above is being deleted', aWorld().org().unknown('Deleting').repo(), fromOrg],
    ['the cache is not synced', aWorld().org().unknown('NotSynced').repo(), fromOrg],
    [
      'it was found, and its level has something to list',
      aWorld().org().discover('a/', unlisted, { visibility: 'All' }).repo(),
      found(fromOrg),
    ],
    [
      'it was found, and the listing was cut',
      aWorld()
        .repo()
        .discover('a/', { kind: 'listed', keys: ['a/x'], truncated: true }),
      found(fromRepo),
    ],
  ])('if %s', (_case, world, delivered) => {
    expect(mayStay(world.resolve(), delivered)).toBe(true);
  });

  it('what a known level supplied goes, although another level is not there', () => {
    expect(mayStay(aWorld().org().unknown().repo().env().resolve(), fromRepo)).toBe(false);
  });

  it('THREATS 10: what its level may not show this repository is not waited for', () => {
    const world = aWorld().org().discover('a/', unlisted).repo();
    expect(mayStay(world.resolve(), found(fromOrg))).toBe(false);
    expect(world.names().uncertain).toBeUndefined();
  });
});
