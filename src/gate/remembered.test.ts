import { describe, expect, it } from 'vitest';
import type { LedgerEntry, RequestState } from '../model/approval.ts';
import { aGate } from './a-gate.fixture.ts';
import { remembered } from './remembered.ts';

const { request: model } = aGate().reviewers('ana').asked();
const entries = (...states: RequestState[]): LedgerEntry[] =>
  states.map((state, n) => ({ ...model, state, request: { name: `web-${n}`, uid: `${n}` } }));
const kept = (max: number, ...states: RequestState[]) =>
  remembered(entries(...states), max).map(({ request, state }) => `${request.uid} ${state}`);

describe('a full ledger forgets', () => {
  it('nothing while there is room', () => {
    expect(kept(3, 'Superseded', 'Revoked', 'Waiting')).toHaveLength(3);
  });

  it('the oldest of what was replaced first', () => {
    expect(kept(2, 'Expired', 'Superseded', 'Superseded')).toEqual(['0 Expired', '2 Superseded']);
  });

  it('then the oldest of what has ended', () => {
    expect(kept(2, 'Superseded', 'Revoked', 'Expired', 'Released')).toEqual(['2 Expired', '3 Released']);
  });

  it('THREATS 8: never a rejection, what waits or what is released', () => {
    expect(kept(0, 'Rejected', 'Waiting', 'Superseded', 'Released', 'Withdrawn')).toEqual([
      '0 Rejected',
      '1 Waiting',
      '3 Released',
    ]);
  });
});
