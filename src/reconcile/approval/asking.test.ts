import { beforeEach, describe, expect, it } from 'vitest';
import { aPlan, value, written } from '../../gate/a-plan.fixture.ts';
import type { LedgerEntry, RequestState } from '../../model/approval.ts';
import { MAX_REQUESTS } from '../../model/kinds/scope-ledger.ts';
import { aScopeView } from '../../watch/world-fixture.ts';
import { ProtectedOperator } from './approval-fixture.ts';
import { type AskFor, askFor } from './asking.ts';

const NOW = Date.parse('2026-01-01T00:01:00Z');
const wanted = written(aPlan([value('A')]));

let operator: ProtectedOperator;
beforeEach(() => {
  operator = new ProtectedOperator();
});

const entries = (count: number, state: RequestState, target = 'app', age = 60): LedgerEntry[] =>
  Array.from({ length: count }, (_, at) => ({
    request: { name: `${target}-${at}`, uid: `uid-${target}-${state}-${at}` },
    subject: { ...wanted.subject, consumer: { ...wanted.subject.consumer, name: target } },
    askedAgain: '',
    createdAt: NOW - age * 1_000,
    authors: { names: [], complete: true },
    state,
  }));

function ask(list: readonly LedgerEntry[]) {
  const asking = {
    view: aScopeView('prod/web-prod', {}, { uid: 'uid-own' }),
    consumer: {
      consumer: { ...wanted.subject.consumer },
      wanted,
      released: undefined,
      releasedEntry: undefined,
    },
    facts: { ledger: { authors: { names: ['dev'], complete: true } } },
    state: { entries: list, requests: new Map(), now: NOW },
  };
  return askFor(asking as unknown as AskFor, operator.deps, new AbortController().signal);
}

describe('a request is made', () => {
  it('at once, where there was none', async () => {
    expect(await ask([])).toMatchObject({ kind: 'asked', id: { name: 'web-prod-app-1' } });
  });

  it.each<[number, object]>([
    [0, { kind: 'later', ms: 5_000 }],
    [4, { kind: 'later', ms: 1_000 }],
    [5, { kind: 'asked' }],
  ])('%i seconds after the last one of its target, or later: %o', async (age, expected) => {
    expect(await ask(entries(1, 'Superseded', 'app', age))).toMatchObject(expected);
  });

  it('at once, where one was made for another target', async () => {
    expect(await ask(entries(1, 'Waiting', 'other', 0))).toMatchObject({ kind: 'asked' });
  });

  it('not where as many as fit wait, are released or were rejected: that is said', async () => {
    const full = [
      ...entries(60, 'Waiting', 'a'),
      ...entries(MAX_REQUESTS - 68, 'Released', 'b'),
      ...entries(8, 'Rejected', 'c'),
    ];
    expect(await ask(full)).toMatchObject({ kind: 'full', finding: { reason: 'LimitExceeded' } });
    expect(operator.requests).toEqual([]);
    expect(await ask(full.slice(1))).toMatchObject({ kind: 'asked' });
  });

  it('where the ledger is full of what has ended: that is forgotten instead', async () => {
    const ended = Array.from({ length: 20 }, (_, at) => entries(10, 'Superseded', `t-${at}`)).flat();
    expect(await ask(ended)).toMatchObject({ kind: 'asked' });
  });
});
