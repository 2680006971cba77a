/** What the ledger remembers of writes, and what a scope tells of it. */
import { describe, expect, it } from 'vitest';
import type { WriteRecord } from '../../model/kinds/scope-ledger.ts';
import { scopeKeyPair } from '../../seal/scope-keys.ts';
import { LEDGERS } from '../../watch/resources.ts';
import { MASTER, OPERATOR_NAMESPACE, SealingOperator, WEB, WEB_UID } from './sealing-fixture.ts';
import { toldWrites } from './told-writes.ts';
import { lastWrite, remember } from './write-ledger.ts';

const signal = new AbortController().signal;

function withWrites(writes: readonly WriteRecord[]): SealingOperator {
  const operator = new SealingOperator();
  const scope = { namespace: 'team', name: 'web', uid: WEB_UID };
  operator.api.put(LEDGERS, {
    metadata: { name: WEB_UID, namespace: OPERATOR_NAMESPACE },
    spec: { scope, writes },
  });
  return operator.look();
}

const viewOf = (operator: SealingOperator) => {
  const view = operator.small.world.scopes.get(WEB);
  if (!view) throw new Error('the scope is not there');
  return view;
};

const record = (name: string, at: string): WriteRecord => ({ name, action: 'Set', created: at, at });
const confirmed = (name: string, at: string): WriteRecord => ({ ...record(name, at), done: true });
const day = (index: number) => new Date(Date.UTC(2020, 0, 1 + index)).toISOString();

describe('the ledger of a scope', () => {
  it('has one write for each name, the last', async () => {
    const operator = withWrites([record('A', day(0)), record('B', day(1))]);
    await remember(viewOf(operator), record('A', day(2)), operator.deps, signal);
    expect(operator.writes).toEqual([record('A', day(2)), record('B', day(1))]);
    expect(lastWrite(viewOf(operator), 'A', operator.deps)).toEqual(record('A', day(2)));
  });

  it('with a thousand names forgets one that is no entry any more, the oldest of them, before one that is', async () => {
    const others = Array.from({ length: 999 }, (_, index) => record(`X${index}`, day(100 + index)));
    const operator = withWrites([record('A', day(0)), ...others]);
    await remember(viewOf(operator), record('B', day(5_000)), operator.deps, signal);
    const names = operator.writes.map(({ name }) => name);
    expect(names).toHaveLength(1_000);
    expect(names).toContain('A');
    expect(names).not.toContain('X0');
    expect(names).toContain('X1');
  });

  it('that somebody else wrote meanwhile is not written', async () => {
    const operator = withWrites([]);
    operator.api.put(LEDGERS, { metadata: { name: WEB_UID, namespace: OPERATOR_NAMESPACE } });
    expect(await remember(viewOf(operator), record('A', day(0)), operator.deps, signal)).toBe(false);
    expect(operator.writes).toEqual([]);
  });
});

describe('what a scope tells of values that are written', () => {
  it('is when, by name, and which key they are sealed to', () => {
    const operator = withWrites([confirmed('B', day(1)), confirmed('A', day(0)), record('PENDING', day(2))]);
    const { keyID } = scopeKeyPair({ master: MASTER, epoch: 1 }, WEB_UID);
    expect(toldWrites(viewOf(operator), operator.deps)).toEqual({
      sealingKey: keyID,
      written: [`A@${day(0)}`, `B@${day(1)}`],
    });
  });

  it('counts a deletion from when nobody gets the value, and not the new one that is on its way', () => {
    const deletion: WriteRecord = { ...record('A', day(0)), action: 'Delete' };
    const told = toldWrites(viewOf(withWrites([deletion])), withWrites([deletion]).deps);
    expect(told.written).toEqual([`A@${day(0)} deleted`]);
    const onItsWay: WriteRecord = { ...deletion, digest: `sha256:${'0'.repeat(64)}` };
    expect(toldWrites(viewOf(withWrites([onItsWay])), withWrites([onItsWay]).deps).written).toBeUndefined();
  });

  it('keeps the key that was told, while the sealing key cannot be read', () => {
    const operator = withWrites([]);
    operator.small.world.sealingKey = () => ({ kind: 'unknown', why: '' });
    const view = { ...viewOf(operator), status: { sealingKey: '0123456789abcdef' } };
    expect(toldWrites(view, operator.deps)).toEqual({ sealingKey: '0123456789abcdef' });
    operator.small.world.sealingKey = () => ({ kind: 'missing', secret: undefined });
    expect(toldWrites(viewOf(operator), operator.deps)).toEqual({});
  });

  it('is nothing of a scope without a backend and without writes', () => {
    const operator = new SealingOperator().scope(WEB, { backendRef: undefined }).look();
    expect(toldWrites(viewOf(operator), operator.deps)).toEqual({});
  });
});
