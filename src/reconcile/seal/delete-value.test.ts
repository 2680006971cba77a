/** What becomes of a value that is to be deleted: withdrawn at once, removed as soon as the backend answers, never by an old wish. */
import { describe, expect, it } from 'vitest';
import { LEDGERS, SEALED_VALUES } from '../../watch/resources.ts';
import { entry, OPERATOR_NAMESPACE, SealingOperator, WEB, WEB_UID } from './sealing-fixture.ts';

const ORG = 'org/acme';

/** The organization has A, and the repository delivers it to its own namespace. */
function inherited(): SealingOperator {
  const operator = new SealingOperator();
  operator.scope(ORG, { secrets: [entry('A', { access: { visibility: 'All' } })] });
  operator.scope(WEB, { secrets: [entry('B')], targets: [{ secretName: 'app', includeAll: true }] });
  return operator;
}

const failing = { kind: 'failed', reason: 'BackendUnavailable', message: 'it does not answer' } as const;

describe('a deletion', () => {
  it('is carried out, told and not repeated', async () => {
    const operator = new SealingOperator();
    operator.destroy('A');
    await operator.settle();
    expect(operator.state('a-gone')).toBe('Deleted Destroyed');
    expect(operator.held()).toBeUndefined();
    operator.small.source('a', 'made elsewhere since');
    await operator.restart().settle();
    expect(operator.held()).toBe('made elsewhere since');
  });

  it('says SoftDeleted where the provider keeps it, and goes on saying so', async () => {
    const operator = new SealingOperator();
    operator.small.sources.keepsDeleted = true;
    operator.destroy('A');
    await operator.settle();
    expect(operator.state('a-gone')).toBe('SoftDeleted Destroyed');
    await operator.restart().settle();
    expect(operator.state('a-gone')).toBe('SoftDeleted Destroyed');
  });

  it('says Deleted where the provider no longer keeps what it kept before', async () => {
    const operator = new SealingOperator();
    operator.small.sources.keepsDeleted = true;
    operator.destroy('A');
    await operator.settle();
    await operator.pass(60);
    await operator.seal('A', 'new');
    await operator.settle();
    await operator.pass(60);
    operator.small.sources.keepsDeleted = false;
    operator.destroy('A');
    await operator.settle();
    expect(operator.state('a-gone')).toBe('Deleted Destroyed');
  });

  it.each<[string, object, string]>([
    ['without a time that can be read', { requestedAt: 'soon' }, 'Refused SpecInvalid'],
    ['decided in the future', { requestedAt: '2026-01-01T00:06:00Z' }, 'Refused ClockSkew'],
    ['of a name that is no entry', { name: 'C' }, 'Waiting EntryMissing'],
  ])('%s touches nothing', async (_what, change, expected) => {
    const operator = new SealingOperator();
    operator.destroy('A', change);
    await operator.reconcile();
    expect(operator.state('a-gone')).toBe(expected);
    expect(operator.held()).toBe('old-a');
    expect(operator.writes).toEqual([]);
  });

  it.each([
    ['older than', -1],
    ['as old as', 0],
  ])('%s the value does not take it away', async (_what, seconds) => {
    const operator = new SealingOperator();
    await operator.pass(60);
    await operator.seal('A', 'new');
    await operator.settle();
    operator.destroy('A', { requestedAt: operator.time(seconds) });
    await operator.settle();
    expect(operator.state('a-gone')).toBe('Refused Outdated');
    expect(operator.held()).toBe('new');
  });

  it('from before the scope was made is about another scope', async () => {
    const operator = new SealingOperator();
    operator.destroy('A', { requestedAt: operator.time(-301) });
    await operator.settle();
    expect(operator.state('a-gone')).toBe('Refused Outdated');
    expect(operator.held()).toBe('old-a');
  });

  it('that was carried out is not carried out again by an operator whose ledger was lost', async () => {
    const operator = new SealingOperator();
    operator.destroy('A');
    await operator.settle();
    await operator.pass(60);
    await operator.seal('A', 'new');
    await operator.settle();
    operator.api.remove(LEDGERS, `${OPERATOR_NAMESPACE}/${WEB_UID}`);
    await operator.restart().settle();
    expect(operator.state('a-gone')).toBe('Deleted Destroyed');
    expect(operator.held()).toBe('new');
  });

  it('that was carried out stays told when a new value is stored', async () => {
    const operator = new SealingOperator();
    operator.destroy('A');
    await operator.settle();
    await operator.pass(60);
    await operator.seal('A', 'new');
    await operator.settle();
    expect(operator.state('a-gone')).toBe('Deleted Destroyed');
    expect(operator.state('a')).toBe('Stored Stored');
  });

  it.each([
    ['taken back', (one: SealingOperator) => one.gone('a-gone')],
    ['changed', (one: SealingOperator) => one.destroy('A', { force: false })],
    ['made anew', (one: SealingOperator) => one.gone('a-gone').destroy('A')],
    [
      'on its way out',
      (one: SealingOperator) => {
        const shown = one.api.at(SEALED_VALUES, 'team/a-gone');
        if (shown)
          one.api.put(SEALED_VALUES, {
            ...shown,
            metadata: { ...shown.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
          });
      },
    ],
  ])('that was %s a moment ago is not carried out from a watch that lags', async (_what, change) => {
    const operator = new SealingOperator();
    operator.destroy('A');
    operator.look().watching = false;
    change(operator);
    await operator.reconcile();
    expect(operator.held()).toBe('old-a');
    expect(operator.writes).toEqual([]);
  });

  it('from a watch that does not show the scope as it is removes nothing', async () => {
    const operator = new SealingOperator();
    operator.destroy('A');
    operator.look().watching = false;
    operator.scope(WEB, { secrets: [entry('A', {}, { key: 'b' })] });
    expect(await operator.reconcile()).toEqual({ kind: 'retry' });
    expect([operator.held('a'), operator.held('b')]).toEqual(['old-a', 'old-b']);
  });
});

describe('a deletion while the backend is down', () => {
  async function deleted(): Promise<SealingOperator> {
    const operator = inherited();
    await operator.deliver(WEB);
    expect(operator.small.data('team/app')).toEqual({ A: 'old-a', B: 'old-b' });
    operator.small.sources.failures.set('a', failing);
    operator.destroy('A', {}, 'a-gone', ORG);
    await operator.reconcile(ORG);
    return operator;
  }

  it('withdraws at once, and removes later', async () => {
    const operator = await deleted();
    expect(operator.state('a-gone', 'org')).toBe('Waiting BackendUnavailable');
    await operator.deliver(WEB);
    expect(operator.small.data('team/app')).toEqual({ B: 'old-b' });
    operator.small.sources.failures.clear();
    await operator.settle(ORG);
    expect(operator.state('a-gone', 'org')).toBe('Deleted Destroyed');
    expect(operator.held()).toBeUndefined();
  });

  it('is remembered by the operator that comes after', async () => {
    const operator = await deleted();
    operator.small.sources.failures.clear();
    await operator.restart().deliver(WEB);
    expect(operator.small.data('team/app')).toEqual({ B: 'old-b' });
    await operator.settle(ORG);
    expect(operator.held()).toBeUndefined();
  });

  it('is not undone by a new value that the backend does not take', async () => {
    const operator = await deleted();
    await operator.pass(60);
    await operator.seal('A', 'new', { scope: ORG, as: 'fresh' });
    await operator.reconcile(ORG);
    expect(operator.state('fresh', 'org')).toBe('Waiting BackendUnavailable');
    // the old value can be read again before the new one is there
    operator.small.sources.failures.clear();
    await operator.deliver(WEB);
    expect(operator.small.data('team/app')).toEqual({ B: 'old-b' });
    await operator.settle(ORG);
    await operator.deliver(WEB);
    expect(operator.small.data('team/app')).toEqual({ A: 'new', B: 'old-b' });
  });

  it('is not undone by a status that says that the new value was stored', async () => {
    const operator = await deleted();
    await operator.pass(60);
    const made = await operator.seal('A', 'new', { scope: ORG, as: 'fresh' });
    await operator.reconcile(ORG);
    const digest = operator.writesOf('uid-acme')[0]?.digest;
    operator.api.put(SEALED_VALUES, {
      metadata: made.metadata,
      status: { state: 'Stored', stored: { digest, at: operator.time(0) } },
    });
    operator.small.sources.failing = failing;
    await operator.restart().reconcile(ORG);
    operator.small.sources.failing = undefined;
    operator.small.sources.failures.clear();
    await operator.deliver(WEB);
    expect(operator.small.data('team/app')).toEqual({ B: 'old-b' });
    await operator.settle(ORG);
    await operator.deliver(WEB);
    expect(operator.small.data('team/app')).toEqual({ A: 'new', B: 'old-b' });
  });
});

describe('names that nobody gets any more', () => {
  it('do not fall through to a level above', async () => {
    const operator = inherited();
    operator.scope(WEB, { secrets: [entry('A', {}, { key: 'b' })] });
    operator.destroy('A');
    await operator.settle();
    await operator.deliver(WEB);
    expect(operator.small.data('team/app')).toEqual({});
  });

  it('that are locked above do not fall through to the level below', async () => {
    const operator = inherited();
    operator.scope(ORG, { secrets: [entry('A', { locked: true, access: { visibility: 'All' } })] });
    operator.scope(WEB, { secrets: [entry('A', {}, { key: 'b' })] });
    operator.destroy('A', {}, 'a-gone', ORG);
    await operator.settle(ORG);
    await operator.deliver(WEB);
    expect(operator.small.data('team/app')).toEqual({});
  });

  it('come back with a new value, for those who had them', async () => {
    const operator = inherited();
    operator.destroy('A', {}, 'a-gone', ORG);
    await operator.settle(ORG);
    await operator.pass(1);
    operator.small.source('a', 'made at the provider');
    await operator.deliver(WEB);
    expect(operator.small.data('team/app')).toEqual({ B: 'old-b' });
    await operator.seal('A', 'new', { scope: ORG });
    await operator.settle(ORG);
    await operator.deliver(WEB);
    expect(operator.small.data('team/app')).toEqual({ A: 'new', B: 'old-b' });
  });
});
