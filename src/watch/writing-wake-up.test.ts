/** Who is woken when values are written, keys change, or a scope comes. */
import { describe, expect, it } from 'vitest';
import { publicKeyMap } from '../model/public-key-map.ts';
import { Interests } from './interests.ts';
import { WakeUp } from './wake-up.ts';
import { OWN, raw, SmallWorld, under } from './world-fixture.ts';
import { sealedView } from './writing-views.ts';
import { hasKey, WritingWakeUp } from './writing-wake-up.ts';

const SPEC = {
  scopeRef: { name: 'web' },
  name: 'A',
  action: 'Delete',
  requestedAt: '2026-01-01T00:00:00Z',
};
const seal = (place = 'team/a', spec: object = SPEC, metadata = {}) =>
  sealedView(raw('SealedValue', place, spec as typeof SPEC, metadata));

class Woken {
  readonly world = SmallWorld.ofThreeLevels();
  readonly keys: string[] = [];
  readonly wake = (kind: string, key: string) => void this.keys.push(`${kind}:${key}`);
  readonly writing = new WritingWakeUp(this.world.scopes, this.world.sealed, this.wake);
  readonly chain = new WakeUp(this.world.scopes, new Interests(), this.wake);
}

describe('a sealed value', () => {
  it('wakes its scope when it comes, goes or says something else', () => {
    const woken = new Woken();
    woken.writing.sealed(undefined, seal());
    woken.writing.sealed(seal(), undefined);
    woken.writing.sealed(seal(), seal('team/a', { ...SPEC, force: true }, { generation: 2 }));
    expect(woken.keys.every((key) => key === 'sealed:team/web')).toBe(true);
    expect(woken.keys.length).toBeGreaterThanOrEqual(3);
  });

  it('wakes nobody when only its status changed', () => {
    const woken = new Woken();
    woken.writing.sealed(seal(), seal('team/a', SPEC, { resourceVersion: '2' }));
    expect(woken.keys).toEqual([]);
  });

  it('that cannot be read is looked at by itself', () => {
    const woken = new Woken();
    woken.writing.sealed(undefined, seal('team/a', { name: 'A' }));
    expect(woken.keys).toEqual(['sealed:team/']);
  });

  it('waits for its scope, and for no other', () => {
    const woken = new Woken();
    woken.world.sealed.set('team/a', seal());
    woken.writing.scope('team/web');
    woken.writing.scope('prod/web-prod');
    expect(woken.keys).toEqual(['sealed:team/web']);
  });
});

describe('public keys', () => {
  it('are published when a scope comes, goes, or begins to have a backend', () => {
    const { world } = new Woken();
    const scope = world.scopes.get('team/web');
    const without = new SmallWorld().scope('team/web', under('acme/acme')).scopes.get('team/web');
    expect([hasKey(scope), hasKey(without), hasKey(undefined)]).toEqual([true, false, false]);
    const map = `publickeys:${publicKeyMap('uid-team/web')}`;
    for (const [before, after] of [
      [undefined, scope],
      [scope, undefined],
      [without, scope],
      [scope, without],
    ] as const) {
      const woken = new Woken();
      woken.writing.published(before, after);
      expect(woken.keys).toContain(map);
    }
    const woken = new Woken();
    woken.writing.published(scope, scope);
    expect(woken.keys).toEqual([]);
  });

  it('of a scope that was made again are published anew', () => {
    const woken = new Woken();
    const scope = woken.world.scopes.get('team/web');
    const again = new SmallWorld().scope('team/web', { ...under('acme/acme'), ...OWN }, { uid: 'ffff' });
    woken.writing.published(scope, again.scopes.get('team/web'));
    expect(woken.keys).toContain(`publickeys:${publicKeyMap('ffff')}`);
  });

  it('are all others with another sealing key, and who waits for one goes on', () => {
    const woken = new Woken();
    woken.world.sealed.set('team/a', seal());
    woken.writing.sealingKey();
    expect(woken.keys).toContain(`publickeys:${publicKeyMap('uid-team/web')}`);
    expect(woken.keys).toContain('scope:team/web');
    expect(woken.keys).toContain('sealed:team/web');
    expect(woken.keys).not.toContain('sealed:prod/web-prod');
  });
});

describe('a deletion that was written down', () => {
  const scope = { namespace: 'team', name: 'web', uid: 'uid-web' };
  const at = '2026-01-01T00:00:00Z';
  const ledger = (action: string) =>
    new SmallWorld()
      .ledger('uid-web', { scope, writes: [{ name: 'A', action, created: at, at }] })
      .ledgers.get('uid-web');

  it('wakes the scope and every level below', () => {
    const woken = new Woken();
    woken.writing.ledger(ledger('Set'), ledger('Delete'), woken.chain);
    expect(woken.keys).toContain('scope:team/web');
    expect(woken.keys).toContain('scope:prod/web-prod');
    expect(woken.keys).not.toContain('scope:acme/acme');
  });

  it('wakes them when it is over or forgotten, too', () => {
    for (const after of [ledger('Set'), undefined]) {
      const woken = new Woken();
      woken.writing.ledger(ledger('Delete'), after, woken.chain);
      expect(woken.keys).toContain('scope:prod/web-prod');
    }
  });

  it('a value that is stored wakes nobody below', () => {
    const woken = new Woken();
    woken.writing.ledger(undefined, ledger('Set'), woken.chain);
    expect(woken.keys).toEqual([]);
  });
});
