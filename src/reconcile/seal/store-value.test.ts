/** What a box has to be before its value is stored, and what is told where it is not (THREATS 14, FAULTS 60). */
import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_VALUE_BYTES } from '../../model/names.ts';
import { BACKENDS, CLUSTER_BACKENDS, LEDGERS, SCOPES, SEALED_VALUES } from '../../watch/resources.ts';
import { entry, OPERATOR_NAMESPACE, SealingOperator, type Told, WEB, WEB_UID } from './sealing-fixture.ts';

const MINUTE_MS = 60_000;
const OTHER = createSecretKey(Buffer.alloc(32, 9));

/** A box for A with a part that is wrong. */
async function afterBox(told: Told, prepare?: (operator: SealingOperator) => unknown) {
  const operator = new SealingOperator();
  await operator.pass(3_600);
  await prepare?.(operator);
  await operator.seal('A', 'new', told);
  await operator.reconcile();
  return operator;
}

/** Flips one bit of the box of `a`. */
function tamper(operator: SealingOperator, at: number): void {
  const shown = operator.api.at(SEALED_VALUES, 'team/a');
  if (!shown) throw new Error('there is no box');
  const box = Buffer.from(shown.spec['sealed'] as string, 'base64');
  const index = at < 0 ? box.length + at : at;
  box[index] = (box[index] ?? 0) ^ 1;
  operator.api.put(SEALED_VALUES, { ...shown, spec: { ...shown.spec, sealed: box.toString('base64') } });
}

describe('a box for this scope, this name and this time', () => {
  it('is stored, written down and told, without its value', async () => {
    const operator = await afterBox({});
    expect(operator.held()).toBe('new');
    expect(operator.state('a')).toBe('Stored Stored');
    const [write] = operator.writes;
    expect(write).toMatchObject({ name: 'A', action: 'Set', done: true, created: operator.time(0) });
    expect(operator.status('a').stored?.digest).toBe(write?.digest);
  });

  it('is written down before the backend is asked, and confirmed after', async () => {
    const operator = await afterBox({});
    expect(operator.api.writes).toEqual([
      `create scopeledgers secretscope-system/${WEB_UID}`,
      `replace scopeledgers secretscope-system/${WEB_UID}`,
      'status sealedvalues team/a',
    ]);
  });

  it('is stored once, in whatever object it comes, and whatever became of the first', async () => {
    const operator = await afterBox({});
    const first = operator.api.at(SEALED_VALUES, 'team/a');
    if (!first) throw new Error('it is not there');
    operator.copy(first, 'again');
    await operator.settle();
    operator.gone('a').gone('again').copy(first, 'third');
    await operator.restart().settle();
    expect(operator.state('third')).toBe('Stored Stored');
    expect(operator.puts).toEqual(['a=new']);
  });

  it('says the same of an equal value as of another', async () => {
    const operator = await afterBox({}, (one) => one.small.source('a', 'new'));
    expect(operator.state('a')).toBe('Stored Stored');
    expect(operator.puts).toEqual(['a=new']);
    expect(operator.message('a')).toMatch(/^A is stored as version v1 since /);
  });
});

describe('refused, and nothing is written anywhere', () => {
  it.each<[string, Told, string]>([
    ['sealed for another name', { boxName: 'B' }, 'Refused SealMismatch'],
    [
      'sealed for another scope, to the key of this one',
      { boxScope: 'uid-lab', keyOf: WEB_UID },
      'Refused SealMismatch',
    ],
    ['sealed to the key of another scope', { keyOf: 'uid-lab' }, 'Refused SealKeyUnknown'],
    ['sealed to another installation', { master: OTHER }, 'Refused SealKeyUnknown'],
    ['sealed to a key that never was', { keyID: '0123456789abcdef' }, 'Refused SealKeyUnknown'],
    ['sealed to an epoch that has yet to come', { epoch: 2 }, 'Refused SealKeyUnknown'],
    ['from six minutes ahead', { created: Date.UTC(2026, 0, 1) + 66 * MINUTE_MS }, 'Refused ClockSkew'],
    ['from the end of time', { created: 253_402_300_799_999 }, 'Refused ClockSkew'],
  ])('%s', async (_what, told, expected) => {
    const operator = await afterBox(told);
    expect(operator.state('a')).toBe(expected);
    expect(operator.asked).toEqual([]);
    expect(operator.writes).toEqual([]);
    expect(operator.held()).toBe('old-a');
  });

  it('accepts a clock that goes five minutes fast', async () => {
    const operator = await afterBox({ created: Date.UTC(2026, 0, 1) + 65 * MINUTE_MS });
    expect(operator.state('a')).toBe('Stored Stored');
  });

  it.each([
    ['of its ephemeral key', 0],
    ['in the middle of it', 31],
    ['of its MAC', 32],
    ['of what is inside', 48],
    ['its last', -1],
  ])('one bit of it changed: %s', async (_what, at) => {
    const operator = await afterBox({}, undefined);
    const again = new SealingOperator();
    await again.seal('A', 'new');
    tamper(again, at);
    await again.reconcile();
    expect(again.state('a')).toBe('Refused SealUnreadable');
    expect(again.asked).toEqual([]);
    expect(operator.state('a')).toBe('Stored Stored');
  });

  it('a box that was copied under the name of something that the thief can read', async () => {
    const operator = await afterBox({});
    const stolen = operator.api.at(SEALED_VALUES, 'team/a');
    if (!stolen) throw new Error('it is not there');
    operator.copy(stolen, 'mine', { name: 'B' });
    await operator.settle();
    expect(operator.state('mine')).toBe('Refused SealMismatch');
    expect(operator.puts).toEqual(['a=new']);
  });

  it.each<[string, string | Buffer, object, string]>([
    ['nothing', '', {}, 'Refused ValueEmpty'],
    ['more than 48 KB', Buffer.alloc(MAX_VALUE_BYTES + 1, 120), {}, 'Refused ValueTooLarge'],
    [
      'what is no base64, for an entry that says it is',
      'not base64!',
      { encoding: 'Base64' },
      'Refused ValueNotDecodable',
    ],
  ])('a value that nobody could be given: %s', async (_what, value, from, expected) => {
    const operator = new SealingOperator().scope(WEB, { secrets: [entry('A', {}, from)] });
    await operator.seal('A', value);
    await operator.reconcile();
    expect(operator.state('a')).toBe(expected);
    expect(operator.asked).toEqual([]);
    expect(operator.writes).toEqual([]);
  });

  it('takes exactly 48 KB', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', Buffer.alloc(MAX_VALUE_BYTES, 120));
    await operator.reconcile();
    expect(operator.state('a')).toBe('Stored Stored');
  });
});

describe('waits for somebody else, and goes on then', () => {
  it.each<[string, (operator: SealingOperator) => unknown, string]>([
    ['an entry', (one) => one.scope(WEB, { secrets: [entry('B')] }), 'Waiting EntryMissing'],
    [
      'an entry that follows again',
      (one) => one.scope(WEB, { secrets: [entry('A', {}, { version: '3' })] }),
      'Waiting EntryPinned',
    ],
    ['a backend', (one) => one.api.remove(BACKENDS, 'team/vault'), 'Waiting BackendMissing'],
    [
      'a Write grant',
      (one) => shared(one, [{ namespaces: {}, keys: [{ key: 'a' }] }]),
      'Waiting KeyNotGranted',
    ],
    [
      'the environment that a key is kept for',
      (one) =>
        shared(one, [
          { namespaces: {}, keys: [{ key: 'a' }], operations: ['Read', 'Write'] },
          { namespaces: {}, keys: [{ key: 'a' }], protectedBy: { namespace: 'prod', name: 'web-prod' } },
        ]),
      'Waiting KeyProtected',
    ],
    ['the key that opens it', (one) => noKey(one), 'Waiting SealKeyUnknown'],
    ['what was written before', (one) => unknown(one), 'Waiting Progressing'],
    ['the backend', (one) => down(one), 'Waiting BackendUnavailable'],
  ])('%s', async (_what, prepare, expected) => {
    const operator = await afterBox({}, prepare);
    expect(operator.state('a')).toBe(expected);
    expect(operator.held()).toBe('old-a');
  });

  it('a scope of that name', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', 'new', { scope: WEB });
    const shown = operator.api.at(SEALED_VALUES, 'team/a');
    operator.api.put(SEALED_VALUES, {
      metadata: { name: 'lost', namespace: 'team' },
      spec: { ...shown?.spec, scopeRef: { name: 'nobody' } },
    });
    await operator.reconcile('team/nobody');
    expect(operator.state('lost')).toBe('Waiting ScopeMissing');
  });

  it('a sealing key is looked for again by itself', async () => {
    const operator = await afterBox({}, noKey);
    expect(await operator.reconcile()).toEqual({ kind: 'requeueAfter', ms: 5_000 });
  });

  it('is stored when the backend answers again', async () => {
    const operator = await afterBox({}, down);
    expect(await operator.reconcile()).toEqual({ kind: 'retry' });
    operator.small.sources.failing = undefined;
    await operator.settle();
    expect(operator.state('a')).toBe('Stored Stored');
    expect(operator.puts).toEqual(['a=new']);
  });
});

describe('keys that were changed', () => {
  it('a box for the epoch before is opened, one for the epoch before that is not', async () => {
    const operator = await afterBox({ epoch: 1 }, (one) => one.key(OTHER, 2));
    expect(operator.state('a')).toBe('Stored Stored');
    operator.key(OTHER, 3);
    await operator.seal('B', 'too old', { epoch: 1 });
    await operator.settle();
    expect(operator.state('b')).toBe('Refused SealKeyUnknown');
  });

  it('a box for a lost sealing key is stored again only when it is sealed again', async () => {
    const operator = await afterBox({}, (one) =>
      one.key(OTHER, 1).seal('B', 'lost', { master: createSecretKey(Buffer.alloc(32, 1)) }),
    );
    await operator.settle();
    expect(operator.state('b')).toBe('Refused SealKeyUnknown');
    expect(operator.message('b')).toContain('seal the value again');
    await operator.seal('B', 'found');
    await operator.settle();
    expect(operator.held('b')).toBe('found');
  });
});

describe('a watch that lags', () => {
  it('stores nothing where the entry may have another key by now', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', 'new');
    operator.look().watching = false;
    operator.scope(WEB, { secrets: [entry('A', {}, { key: 'b' }), entry('B')] });
    expect(await operator.reconcile()).toEqual({ kind: 'retry' });
    expect(operator.puts).toEqual([]);
    operator.watching = true;
    await operator.settle();
    expect(operator.puts).toEqual(['b=new']);
  });

  it('stores nothing where another scope has that name by now', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', 'new');
    operator.look().watching = false;
    operator.api.remove(SCOPES, WEB);
    operator.scope(WEB, { level: 'Repository', secrets: [entry('A')] }, 'uid-web-2');
    await operator.reconcile();
    expect(operator.puts).toEqual([]);
    operator.watching = true;
    await operator.settle();
    expect(operator.state('a')).toBe('Refused SealKeyUnknown');
    expect(operator.puts).toEqual([]);
  });

  it('stores nothing where the object has another box by now, and then that one', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', 'first');
    operator.look().watching = false;
    await operator.seal('A', 'second', { created: operator.now + 1 });
    await operator.reconcile();
    expect(operator.puts).toEqual([]);
    operator.watching = true;
    await operator.settle();
    expect(operator.puts).toEqual(['a=second']);
  });

  it('stores nothing where its ledger is older than what another operator wrote', async () => {
    const operator = new SealingOperator();
    await operator.seal('A', 'older', { as: 'older' });
    operator.look().watching = false;
    const other = new SealingOperator();
    await other.seal('A', 'newer', { created: other.now + 1_000 });
    await other.reconcile();
    const ledger = other.api.at(LEDGERS, `${OPERATOR_NAMESPACE}/${WEB_UID}`);
    if (!ledger) throw new Error('nothing was written down');
    operator.api.put(LEDGERS, { metadata: ledger.metadata, spec: ledger.spec });
    expect(await operator.reconcile()).toEqual({ kind: 'retry' });
    operator.watching = true;
    await operator.settle();
    expect(operator.state('older')).toBe('Refused Outdated');
    expect(operator.puts).toEqual([]);
  });
});

function shared(operator: SealingOperator, grants: readonly object[]): void {
  const spec = {
    kubernetes: { namespace: 'team', auth: { serviceAccountRef: { name: 'reader' } } },
    grants,
  };
  operator.api.put(CLUSTER_BACKENDS, { metadata: { name: 'shared' }, spec });
  operator.scope(WEB, { backendRef: { kind: 'ClusterSecretBackend', name: 'shared' } });
}

function noKey({ small }: SealingOperator): void {
  small.world.sealingKey = () => ({ kind: 'unknown', why: 'it may not be read' });
}

function unknown({ small }: SealingOperator): void {
  small.world.approvals = { missing: 'the ledgers' };
}

function down({ small }: SealingOperator): void {
  small.sources.failing = { kind: 'failed', reason: 'BackendUnavailable', message: 'it does not answer' };
}
