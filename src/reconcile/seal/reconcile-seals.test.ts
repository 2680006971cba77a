/** A scope's sealed values, one after the other: told once, cleared away when asked for, carried through every death. */
import { describe, expect, it } from 'vitest';
import { findLeaks } from '../../../test/scenarios-support/canaries.ts';
import { LEDGERS, SCOPES, SEALED_VALUES } from '../../watch/resources.ts';
import { apiError, Killed } from '../approval/memory-api.fixture.ts';
import { entry, OPERATOR_NAMESPACE, SealingOperator, WEB, WEB_UID } from './sealing-fixture.ts';

const CANARY = 'Canary7f3a9c51e0b84d26';
const LEDGER = `${OPERATOR_NAMESPACE}/${WEB_UID}`;

async function stored(told = {}): Promise<SealingOperator> {
  const operator = new SealingOperator();
  await operator.seal('A', 'new', told);
  await operator.reconcile();
  return operator;
}

describe('values that a backend refuses', () => {
  it('leave the ledger as it is when they are tried again, however many there are: each change would wake all of them', async () => {
    const operator = new SealingOperator();
    operator.small.sources.failing = { kind: 'failed', reason: 'BackendDenied', message: 'no' };
    await operator.seal('A', 'one');
    await operator.seal('B', 'two');
    await operator.reconcile();
    const before = operator.writes;
    expect(before.map(({ name }) => name)).toEqual(['A', 'B']);
    await operator.pass(30);
    await operator.reconcile();
    await operator.reconcile();
    expect(operator.api.writes).toEqual([]);
    expect(operator.writes).toEqual(before);
  });
});

describe('what is told', () => {
  it('is told once, also when the backend keeps earlier versions', async () => {
    const operator = await stored();
    expect(operator.message('a')).toContain('earlier versions can still be read at the backend');
    await operator.reconcile();
    expect(operator.api.writes).toEqual([]);
    expect(operator.small.events).toEqual([]);
    expect(operator.message('a')).toContain('earlier versions can still be read at the backend');
  });

  it('after a restart is not told again, and nothing is read or written', async () => {
    const operator = await stored();
    await operator.seal('B', 'older', { created: operator.now - 1_000, boxName: 'A' });
    operator.destroy('B', { name: 'C' });
    await operator.settle();
    await operator.restart().reconcile();
    expect(operator.api.writes).toEqual([]);
    expect(operator.api.reads).toEqual([]);
    expect(operator.asked).toEqual([]);
    expect(operator.small.events).toEqual([]);
  });

  it('is one event for each change', async () => {
    const operator = new SealingOperator().scope(WEB, { secrets: [] });
    await operator.seal('A', 'new');
    await operator.reconcile();
    expect(operator.small.events.map(({ reason }) => reason)).toEqual(['EntryMissing']);
    await operator.reconcile();
    expect(operator.small.events).toEqual([]);
    operator.scope(WEB, { secrets: [entry('A')] });
    await operator.reconcile();
    expect(operator.small.events.map(({ reason }) => reason)).toEqual(['Stored']);
  });

  it('keeps what was stored before while another box waits', async () => {
    const operator = await stored();
    const before = operator.status('a').stored;
    await operator.pass(60);
    operator.scope(WEB, { secrets: [] });
    await operator.seal('A', 'newer');
    await operator.settle();
    expect(operator.state('a')).toBe('Waiting EntryMissing');
    expect(operator.status('a').stored).toEqual(before);
  });

  it('never holds a value, nor a hash of one', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', CANARY);
    await operator.seal('B', CANARY, { boxName: 'A' });
    await operator.settle();
    operator.small.sources.failing = { kind: 'failed', reason: 'BackendDenied', message: 'no' };
    await operator.pass(1);
    await operator.seal('B', `${CANARY}2`, { as: 'c' });
    await operator.reconcile();
    const channels = new Map([
      ['objects', JSON.stringify([...operator.api.objects])],
      ['log', operator.small.logs.join('\n')],
      ['events', JSON.stringify(operator.small.events)],
      ['world', JSON.stringify([...operator.small.world.sealed.values()])],
    ]);
    expect(findLeaks([CANARY], channels)).toEqual([]);
  });

  it.each<[string, object]>([
    ['a value instead of a box', { name: 'A', keyID: '0123456789abcdef', sealed: CANARY }],
    ['a value in a field that is none', { name: 'A', value: CANARY }],
    ['a value as the name', { name: CANARY }],
    ['a value as the action', { name: 'A', action: CANARY }],
  ])('of a spec past admission does not repeat %s', async (_what, spec) => {
    const operator = new SealingOperator();
    const metadata = { name: 'broken', namespace: 'team' };
    operator.api.put(SEALED_VALUES, { metadata, spec: { scopeRef: { name: 'web' }, ...spec } });
    await operator.reconcile('team/');
    expect(operator.state('broken')).toBe('Refused SpecInvalid');
    const told = JSON.stringify([operator.status('broken'), operator.small.events, operator.small.logs]);
    expect(findLeaks([CANARY], new Map([['told', told]]))).toEqual([]);
  });

  it('one that cannot be read holds up no other', async () => {
    const operator = new SealingOperator();
    const metadata = { name: 'aaa', namespace: 'team' };
    operator.api.put(SEALED_VALUES, {
      metadata,
      spec: { scopeRef: { name: 'web' }, name: 'A', action: 'Set' },
    });
    await operator.seal('A', 'new');
    await operator.reconcile();
    expect(operator.state('a')).toBe('Stored Stored');
  });
});

describe('many values of one scope', () => {
  it('are stored in slices, those that have just come before those that wait, so that nobody waits for the end', async () => {
    const operator = new SealingOperator().scope(WEB, { secrets: [entry('A'), entry('B')] });
    operator.small.sources.failures.set('a', { kind: 'failed', reason: 'BackendUnavailable', message: 'no' });
    await operator.seal('A', 'slow');
    operator.api.before.set('look secretscopes', () => operator.small.clock.freeze(11_000));
    await operator.reconcile();
    await operator.seal('B', 'new');
    expect(await operator.reconcile()).toEqual({ kind: 'requeueAfter', ms: 0 });
    expect([operator.state('a'), operator.state('b')]).toEqual([
      'Waiting BackendUnavailable',
      'Stored Stored',
    ]);
    expect(operator.asked).toEqual(['store B']);
  });

  it('let others have their turn', async () => {
    const operator = new SealingOperator();
    for (let index = 0; index < 300; index++)
      await operator.seal('A', 'x', { as: `flood-${index}`, created: 1 });
    operator.scope(WEB, { secrets: [] });
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await operator.settle();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    expect(operator.state('flood-299')).toBe('Waiting EntryMissing');
  });
});

describe('ttlSecondsAfterStored', () => {
  it('0 takes the object away as soon as its value is stored', async () => {
    const operator = await stored({ ttl: 0 });
    expect(operator.api.at(SEALED_VALUES, 'team/a')).toBeUndefined();
    expect(operator.held()).toBe('new');
  });

  it('counts from when that very box was stored', async () => {
    const operator = await stored();
    await operator.pass(86_400);
    await operator.seal('A', 'newer', { ttl: 3_600 });
    await operator.settle();
    await operator.pass(3_599);
    expect(await operator.reconcile()).toEqual({ kind: 'requeueAfter', ms: 1_000 });
    expect(operator.api.at(SEALED_VALUES, 'team/a')).toBeDefined();
    await operator.pass(1);
    await operator.reconcile();
    expect(operator.api.at(SEALED_VALUES, 'team/a')).toBeUndefined();
  });

  it('takes nothing away that is not done', async () => {
    const operator = new SealingOperator().scope(WEB, { secrets: [] });
    await operator.seal('A', 'new', { ttl: 0 });
    await operator.settle();
    await operator.pass(86_400);
    await operator.reconcile();
    expect(operator.state('a')).toBe('Waiting EntryMissing');
  });

  it('takes nothing away that was made anew under the name', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', 'new', { ttl: 0 });
    operator.api.before.set('delete sealedvalues', () => {
      const shown = operator.api.at(SEALED_VALUES, 'team/a');
      operator.gone('a');
      operator.api.put(SEALED_VALUES, {
        metadata: { name: 'a', namespace: 'team' },
        spec: shown?.spec ?? {},
      });
      operator.api.before.clear();
    });
    await operator.reconcile();
    expect(operator.api.at(SEALED_VALUES, 'team/a')).toBeDefined();
  });

  it('takes nothing away before the ledger says that it is stored', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', 'new', { ttl: 0 });
    operator.api.before.set(`replace scopeledgers`, () => {
      throw apiError('conflict', LEDGERS);
    });
    expect(await operator.reconcile()).toEqual({ kind: 'retry' });
    expect(operator.state('a')).toBe('Stored Stored');
    operator.api.before.clear();
    await operator.settle();
    expect(operator.writes[0]?.done).toBe(true);
    expect(operator.puts).toEqual(['a=new']);
    expect(operator.api.at(SEALED_VALUES, 'team/a')).toBeUndefined();
  });
});

describe('a ledger that cannot be written', () => {
  it('before the backend is asked stops the write', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', 'new');
    operator.api.before.set('create scopeledgers', () => {
      throw apiError('server', LEDGERS);
    });
    await operator.reconcile();
    expect(operator.asked).toEqual([]);
    expect(operator.state('a')).toBe('Waiting TargetRefused');
    expect(operator.message('a')).toMatch(/^SealedValue team\/a could not be carried out: /);
  });

  it('after the backend has confirmed makes no second version', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', 'new');
    operator.api.before.set('replace scopeledgers', () => {
      throw apiError('server', LEDGERS);
    });
    expect(await operator.reconcile()).toEqual({ kind: 'retry' });
    expect(operator.state('a')).toBe('Stored Stored');
    await operator.reconcile();
    operator.api.before.clear();
    await operator.settle();
    expect(operator.puts).toEqual(['a=new']);
    expect(operator.writes[0]?.done).toBe(true);
  });

  it('since the gate wrote it a moment ago is written after that, and keeps what the gate wrote', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', 'new');
    operator.api.before.set('create scopeledgers', () => {
      operator.api.before.clear();
      const scope = { namespace: 'team', name: 'web', uid: WEB_UID };
      const metadata = { name: WEB_UID, namespace: OPERATOR_NAMESPACE };
      operator.api.put(LEDGERS, { metadata, spec: { scope, authors: ['dev'] } });
    });
    await operator.settle();
    expect(operator.api.at(LEDGERS, LEDGER)?.spec).toMatchObject({
      authors: ['dev'],
      writes: [{ name: 'A' }],
    });
    expect(operator.puts).toEqual(['a=new']);
  });
});

describe('an operator that dies', () => {
  it.each([
    ['before the ledger', 'before', 'create scopeledgers', 1],
    ['after the ledger', 'after', 'create scopeledgers', 1],
    ['before the confirmation', 'before', 'replace scopeledgers', 2],
    ['after the confirmation', 'after', 'replace scopeledgers', 1],
    ['before the status', 'before', 'status sealedvalues', 1],
    ['after the status', 'after', 'status sealedvalues', 1],
  ] as const)(
    '%s: the value is there in the end, at most one version more',
    async (_what, when, call, puts) => {
      const operator = new SealingOperator();
      await operator.seal('A', 'new');
      operator.api[when].set(call, () => {
        throw new Killed();
      });
      await expect(operator.reconcile()).rejects.toThrow(Killed);
      await operator.restart().settle();
      expect(operator.state('a')).toBe('Stored Stored');
      expect(operator.held()).toBe('new');
      expect(operator.puts).toHaveLength(puts);
      expect(operator.writes).toMatchObject([{ name: 'A', done: true }]);
    },
  );

  it('before the confirmation: an older box that comes then is refused', async () => {
    const operator = new SealingOperator();
    await operator.pass(60);
    await operator.seal('A', 'newer', { as: 'zzz' });
    operator.api.before.set('replace scopeledgers', () => {
      throw new Killed();
    });
    await expect(operator.reconcile()).rejects.toThrow(Killed);
    await operator.seal('A', 'older', { as: 'aaa', created: operator.now - 1_000 });
    await operator.restart().settle();
    expect(operator.state('aaa')).toBe('Refused Outdated');
    expect(operator.held()).toBe('newer');
    expect(operator.puts).toEqual(['a=newer', 'a=newer']);
  });
});

describe('a status that somebody forged', () => {
  it('never leads to a write', async () => {
    const operator = new SealingOperator();
    const made = await operator.seal('A', 'older', { created: operator.now - 1_000, as: 'older' });
    await operator.seal('A', 'new');
    await operator.settle();
    operator.gone('older');
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'Stored',
      message: 'forged',
      observedGeneration: 1,
    };
    operator.api.put(SEALED_VALUES, {
      metadata: { name: 'older', namespace: 'team' },
      spec: made.spec,
      status: {
        state: 'Waiting',
        observedGeneration: 1,
        conditions: [ready],
        stored: { at: operator.time(0) },
      },
    });
    await operator.restart().settle();
    expect(operator.puts).toEqual(['a=new']);
  });

  it('keeps a value out at most', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', 'new');
    operator.look();
    const digest = operator.small.world.sealed.get('team/a')?.digest;
    const made = operator.api.at(SEALED_VALUES, 'team/a');
    if (made)
      operator.api.put(SEALED_VALUES, { ...made, status: { stored: { digest, at: operator.time(0) } } });
    await operator.settle();
    expect(operator.asked).toEqual([]);
    expect(operator.writes).toEqual([]);
    await operator.seal('A', 'again', { created: operator.now + 1 });
    await operator.settle();
    expect(operator.held()).toBe('again');
  });
});

describe('a ledger that was lost', () => {
  it('does not bring back what was stored long ago, as long as the object tells', async () => {
    const operator = await stored();
    operator.small.source('a', 'newer, made elsewhere');
    operator.api.remove(LEDGERS, LEDGER);
    await operator.restart().settle();
    expect(operator.held()).toBe('newer, made elsewhere');
    expect(operator.state('a')).toBe('Stored Stored');
  });
});

describe('a ledger that a later version wrote', () => {
  it('stays as it is: nothing is stored, since nobody can tell whether that would be older', async () => {
    const operator = await stored();
    const kept = operator.api.at(LEDGERS, LEDGER);
    if (!kept) throw new Error('there is no ledger');
    operator.api.put(LEDGERS, { ...kept, spec: { ...kept.spec, later: 'form' } });
    await operator.seal('B', 'waits');
    await operator.restart().settle();
    expect(operator.state('b')).toBe('Waiting Progressing');
    expect(JSON.stringify(operator.api.at(SEALED_VALUES, 'team/b')?.status)).toContain('if a newer one ran');
    expect(operator.api.at(LEDGERS, LEDGER)?.spec).toEqual({ ...kept.spec, later: 'form' });
    expect(operator.puts).toEqual(['a=new']);
    operator.api.put(LEDGERS, kept);
    await operator.restart().settle();
    expect(operator.state('b')).toBe('Stored Stored');
  });
});

describe('a scope that goes', () => {
  it('leaves what waited for it waiting, and what was stored stored', async () => {
    const operator = await stored();
    operator.scope(WEB, { secrets: [entry('A')] });
    await operator.seal('B', 'waits');
    await operator.settle();
    expect(operator.state('b')).toBe('Waiting EntryMissing');
    const { metadata, spec } = operator.api.at(SCOPES, WEB) ?? {};
    if (!metadata || !spec) throw new Error('it is not there');
    operator.api.put(SCOPES, { metadata: { ...metadata, deletionTimestamp: operator.time(0) }, spec });
    await operator.settle();
    expect(operator.state('b')).toBe('Waiting ScopeMissing');
    operator.api.remove(SCOPES, WEB);
    await operator.settle();
    expect(operator.puts).toEqual(['a=new']);
  });

  it('and comes back under another UID opens no box of before', async () => {
    const operator = await stored();
    const before = operator.api.at(SEALED_VALUES, 'team/a');
    operator.api.remove(SCOPES, WEB);
    operator.scope(WEB, { level: 'Repository', secrets: [entry('A'), entry('B')] }, 'uid-web-2');
    if (before) operator.gone('a').copy(before, 'again');
    await operator.settle();
    expect(operator.state('again')).toBe('Refused SealKeyUnknown');
    expect(operator.puts).toEqual(['a=new']);
  });
});
