/** The state machine: each edge of the table is walked, and none that is not in it. */
import { describe, expect, it } from 'vitest';
import { type LedgerEntry, REQUEST_STATES } from '../model/approval.ts';
import { aGate, DAY, type Gate, HOUR, START } from './a-gate.fixture.ts';
import { EDGES, type EdgeName, record, take } from './edges.ts';

const waiting = () => aGate({ allowBypass: true }).reviewers('ana', 'ben').wants('A', 'B').asked().at(60);
const released = () => waiting().approve('ana').settle().at(90);

/** A story for every edge; the edge is the last that it takes. */
const STORIES: Record<EdgeName, Gate> = {
  ask: waiting(),
  askAgain: waiting()
    .at(31 * DAY)
    .settle()
    .with({ askedAgain: 'please' })
    .settle(),
  approve: released(),
  elapse: aGate({ waitTimerMinutes: 1 }).asked().at(60).settle(),
  bypass: waiting().bypass('root').settle(),
  carry: released().wants('A').settle(),
  reject: waiting().reject('ana').settle(),
  expire: waiting()
    .at(31 * DAY)
    .settle(),
  supersede: waiting().with({ wanted: undefined }).settle(),
  replace: released().with({ wanted: undefined }).settle(),
  revoke: released().revoke('ana').settle(),
  end: released()
    .protect({ grantTTL: '1h' })
    .at(2 * HOUR)
    .settle(),
  withdraw: waiting().reject('ana').settle().at(90).revoke('ben').settle(),
};

describe('every edge', () => {
  it.each(Object.entries(STORIES))('%s is taken, and leads where the table says', (name, gate) => {
    const edge = name as EdgeName;
    // a release that is carried over replaces the one it comes from
    expect(gate.taken.filter((taken) => taken !== 'replace' || edge === 'replace').at(-1)).toBe(edge);
    expect(gate.request.state).toBe(EDGES[edge].to);
  });

  it('leads from one state to another, and says when and why', () => {
    for (const { from, to, when, source } of Object.values(EDGES)) {
      expect(from).not.toBe(to);
      expect([when, source].every((text) => text.length > 1)).toBe(true);
    }
  });

  it('no way leads out of what is final', () => {
    const left = new Set<string>(Object.values(EDGES).map(({ from }) => from));
    expect(REQUEST_STATES.filter((state) => !left.has(state))).toEqual([
      'Withdrawn',
      'Revoked',
      'Expired',
      'Superseded',
    ]);
  });

  it('every state can be reached', () => {
    const reached = new Set<string>(Object.values(EDGES).map(({ to }) => to));
    expect(REQUEST_STATES.filter((state) => !reached.has(state))).toEqual([]);
  });
});

const taking = { at: START, votes: [], askedAgain: '' };

describe('an edge that is not in the table', () => {
  const entry = waiting().request;
  const wrong = REQUEST_STATES.flatMap((state) =>
    (Object.keys(EDGES) as EdgeName[])
      .filter((edge) => EDGES[edge].from !== state)
      .map((edge) => [state, edge] as const),
  );

  it.each(wrong)('from %s there is no %s', (state, edge) => {
    expect(() => take({ ...entry, state }, edge, taking)).toThrow(`${edge} leads from ${EDGES[edge].from}`);
  });

  it.each(['Withdrawn', 'Revoked', 'Expired', 'Superseded'] as const)(
    'no vote moves a request that is %s',
    (state) => {
      const gate = waiting().approve('ana').reject('ben').revoke('ben').bypass('root');
      const grant = { at: START, by: 'approve', votes: [] } as const;
      const entries: LedgerEntry[] = [{ ...gate.request, state, grant, decided: taking }];
      const { steps } = gate.with({ ledger: { ...gate.facts.ledger, entries } }).decide();
      expect(steps).toEqual([]);
    },
  );
});

describe('a step', () => {
  const entry = waiting().request;

  it('keeps how a request was released, when it is revoked later', () => {
    const grant = { at: START, by: 'approve', votes: [] } as const;
    const open = take(entry, 'approve', { ...taking, grant }).entry;
    expect(take(open, 'revoke', { ...taking, at: START + 1, secret: 'Delete' }).entry).toMatchObject({
      state: 'Revoked',
      grant,
      decided: { at: START + 1, secret: 'Delete' },
    });
  });

  it('is recorded in the place of the entry, new entries come last', () => {
    const other = { ...entry, request: { name: 'web-0', uid: 'request-0' } };
    const step = take(entry, 'expire', taking);
    expect(record([entry, other], [step]).map(({ state }) => state)).toEqual(['Expired', 'Waiting']);
    expect(record([other], [step]).map(({ request }) => request.name)).toEqual(['web-0', 'web-1']);
  });
});
