import { describe, expect, it } from 'vitest';
import type { LedgerEntry, RequestState } from '../../model/approval.ts';
import { MAX_REQUESTS } from '../../model/kinds/scope-ledger.ts';
import { rememberedOf } from './ledger-memory.ts';

let made = 0;
const entries = (
  count: number,
  state: RequestState,
  name = 'app',
  kind: 'Target' | 'SecretClaim' = 'Target',
): LedgerEntry[] =>
  Array.from({ length: count }, () => ({
    request: { name: `${name}-${++made}`, uid: `uid-${made}` },
    subject: {
      scopeUID: 'uid-own',
      consumer: { kind, namespace: 'prod', name, uid: '' },
      digest: '',
      pin: 'Access',
      lines: [],
    },
    askedAgain: '',
    createdAt: made,
    authors: { names: [], complete: true },
    state,
  }));
const ENDED = ['Superseded', 'Expired', 'Revoked', 'Withdrawn'] as const;
const COUNTING = ['Waiting', 'Released', 'Rejected'] as const;

describe('the ledger remembers', () => {
  it('of what has ended the ten newest, in their order', () => {
    const mixed = ENDED.flatMap((state) => entries(4, state));
    expect(rememberedOf(mixed)).toEqual(mixed.slice(-10));
  });

  it('ten of each target, and of each kind of consumer', () => {
    const lists = [
      entries(11, 'Superseded', 'a'),
      entries(11, 'Superseded', 'b'),
      entries(11, 'Superseded', 'a', 'SecretClaim'),
    ];
    expect(rememberedOf(lists.flat())).toEqual(lists.flatMap((list) => list.slice(1)));
  });

  it.each(COUNTING)('every request that is %s, however many', (state) => {
    const list = entries(MAX_REQUESTS + 5, state);
    expect(rememberedOf(list)).toEqual(list);
  });

  it.each([...ENDED, 'Rejected'] as const)('of the claims of all jobs the 32 newest that are %s', (state) => {
    const lists = Array.from({ length: 40 }, (_, at) => entries(1, state, `job-${at}`, 'SecretClaim'));
    expect(rememberedOf(lists.flat())).toEqual(lists.flat().slice(-32));
  });

  it('what counts among what has ended, in the same order', () => {
    const list = [...entries(1, 'Rejected'), ...entries(10, 'Superseded'), ...entries(1, 'Waiting')];
    expect(rememberedOf(list)).toEqual(list);
  });

  it('no more than fit, of what has ended the oldest first', () => {
    const released = entries(MAX_REQUESTS - 8, 'Released');
    const ended = Array.from({ length: 4 }, (_, at) => entries(5, 'Superseded', `t-${at}`)).flat();
    expect(rememberedOf([...ended, ...released])).toEqual([...ended.slice(-8), ...released]);
  });
});
