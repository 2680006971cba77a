import { describe, expect, it } from 'vitest';
import type { LedgerView } from './approval-views.ts';
import { destroyedNames, sameDestroyed } from './destroyed-names.ts';
import { SmallWorld } from './world-fixture.ts';

const AT = '2026-01-01T00:00:00.000Z';
const write = (name: string, action: 'Set' | 'Delete', more: object = {}) => ({
  name,
  action,
  created: AT,
  at: AT,
  ...more,
});

function ledger(...writes: readonly object[]): LedgerView | undefined {
  const scope = { namespace: 'team', name: 'web', uid: 'uid-web' };
  return new SmallWorld().ledger('uid-web', { scope, writes }).ledgers.get('uid-web');
}

function unreadable(): LedgerView {
  const view = ledger();
  if (!view) throw new Error('there is no ledger');
  return { ...view, spec: { kind: 'invalid', faults: ['spec: from a newer version'] } };
}

describe('names whose values were deleted', () => {
  it('are those whose last write was a deletion, whether or not the backend has confirmed it', () => {
    const view = ledger(write('A', 'Delete'), write('B', 'Set'), write('C', 'Delete', { done: true }));
    expect(destroyedNames(view, true)).toEqual({ destroyed: new Set(['A', 'C']) });
  });

  it('stay so while a new value is only on its way', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(destroyedNames(ledger(write('A', 'Delete', { digest })), true)).toEqual({
      destroyed: new Set(['A']),
    });
  });

  it('are none without a ledger', () => {
    expect(destroyedNames(undefined, true)).toEqual({});
    expect(destroyedNames(ledger(), true)).toEqual({});
  });

  it('are not known while ledgers have yet to be listed, nor where one cannot be read', () => {
    expect(destroyedNames(undefined, false)).toEqual({ destroyed: 'unknown' });
    expect(destroyedNames(unreadable(), true)).toEqual({ destroyed: 'unknown' });
    expect(sameDestroyed(ledger(), unreadable())).toBe(false);
  });

  it('are compared as a set, whatever else was written', () => {
    const before = ledger(write('A', 'Delete'), write('B', 'Delete'), write('C', 'Set'));
    const after = ledger(
      write('C', 'Set', { done: true }),
      write('B', 'Delete'),
      write('A', 'Delete', { done: true }),
    );
    expect(sameDestroyed(before, after)).toBe(true);
    expect(sameDestroyed(before, ledger(write('A', 'Delete')))).toBe(false);
    expect(sameDestroyed(undefined, before)).toBe(false);
    expect(sameDestroyed(undefined, ledger(write('A', 'Set')))).toBe(true);
  });
});
