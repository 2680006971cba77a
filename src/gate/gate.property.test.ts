import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../model/approval.ts';
import type { GateDecision } from '../model/verdict.ts';
import { type Gate, verdictText } from './a-gate.fixture.ts';
import { anyGate, anyStory, type Happening, validVotes } from './any-story.fixture.ts';
import { ask } from './ask.ts';
import { compareLines, covers, samePlan } from './coverage.ts';
import { EDGES, type EdgeName, record } from './edges.ts';

const RUNS = { numRuns: 400 };
const MINUTE_MS = 60_000;

interface Moment {
  /** What was known when it was decided, before the steps were recorded. */
  readonly gate: Gate;
  readonly decision: GateDecision<EdgeName>;
}

/** Every decision of a story, one after another, each recorded before the next: as the operator does. */
function momentsOf(start: Gate, story: readonly Happening[]): Moment[] {
  const gate = start.copy();
  const moments: Moment[] = [];
  let requests = 0;
  const decideOnce = () => {
    const decision = gate.decide();
    moments.push({ gate: gate.copy(), decision });
    let entries = record(gate.facts.ledger.entries, decision.steps);
    const { wanted, now, ledger } = gate.facts;
    if (decision.wanted.kind === 'unrequested' && wanted) {
      const n = ++requests;
      entries = record(entries, [ask(wanted, { name: `web-${n}`, uid: `request-${n}` }, now, gate.facts)]);
    }
    gate.with({ ledger: { ...ledger, entries } });
  };
  for (const { tell } of [{ tell: () => undefined }, ...story]) {
    tell(gate);
    for (let again = 0; again < 3; again++) decideOnce();
  }
  return moments;
}

/** Holds `rule` against every moment of many stories. */
function always(rule: (moment: Moment) => void): void {
  fc.assert(
    fc.property(anyGate, anyStory, (gate, story) => {
      for (const moment of momentsOf(gate, story)) rule(moment);
    }),
    RUNS,
  );
}

const entryBefore = ({ gate }: Moment, { request }: LedgerEntry) =>
  gate.facts.ledger.entries.find((entry) => entry.request.uid === request.uid) as LedgerEntry;
const names = (votes: readonly { readonly voter: { readonly username: string } }[]) =>
  new Set(votes.map(({ voter }) => voter.username));
const stepsTo = (moment: Moment, ...edges: EdgeName[]) =>
  moment.decision.steps.filter(({ edge }) => edges.includes(edge));
/** Two where preventSelfReview is set and it is not known who asked. */
const vouchers = ({ gate }: Moment, entry: LedgerEntry) => {
  const { protection, ledger } = gate.facts;
  const authors = [...entry.authors.names, ...ledger.authors.names];
  return protection?.preventSelfReview &&
    (authors.length === 0 || authors.some((name) => name.startsWith('system:')))
    ? 2
    : 1;
};

describe('no sequence of events opens a gate', () => {
  it('by approval without enough valid approvals of exactly this plan by different people, nobody having said no', () => {
    always((moment) => {
      for (const { entry } of stepsTo(moment, 'approve', 'elapse')) {
        const before = entryBefore(moment, entry);
        const { protection, now, skewMs } = moment.gate.facts;
        const asked = protection?.minApprovals ?? (protection?.requiredReviewers?.length ? 1 : 0);
        const needed = asked === 0 ? 0 : Math.max(asked, vouchers(moment, before));
        const approvals = validVotes(moment.gate, before, ['Approve']);
        expect(names(approvals).size).toBeGreaterThanOrEqual(needed);
        expect(new Set(entry.grant?.votes.map(({ uid }) => uid))).toEqual(
          new Set(approvals.map(({ uid }) => uid)),
        );
        expect(validVotes(moment.gate, before, ['Reject', 'Revoke'])).toEqual([]);
        const timer = (protection?.waitTimerMinutes ?? 0) * MINUTE_MS;
        if (timer > 0) expect(now).toBeGreaterThanOrEqual(before.createdAt + timer + skewMs);
      }
    });
  });

  it('by bypass unless it is allowed and enough who may did, nobody having said no', () => {
    always((moment) => {
      for (const { entry } of stepsTo(moment, 'bypass')) {
        const before = entryBefore(moment, entry);
        const bypasses = validVotes(moment.gate, before, ['Bypass']);
        expect(names(bypasses).size).toBeGreaterThanOrEqual(vouchers(moment, before));
        expect(validVotes(moment.gate, before, ['Reject', 'Revoke'])).toEqual([]);
      }
    });
  });

  it('by carrying over more than is released at that moment', () => {
    always((moment) => {
      for (const { entry } of stepsTo(moment, 'carry')) {
        const source = moment.gate.facts.ledger.entries.filter(({ state }) => state === 'Released');
        expect(source).toHaveLength(1);
        expect(source.every(({ subject }) => covers(subject, entry.subject))).toBe(true);
        expect(entry.grant).toEqual({ ...source[0]?.grant, by: 'carry' });
      }
    });
  });

  it('without its release being in the ledger, and covering every line', () => {
    always((moment) => {
      const { wanted, steps } = moment.decision;
      const plan = moment.gate.facts.wanted;
      if (wanted.kind !== 'open' || wanted.by === 'unprotected' || plan === undefined) return;
      const released = record(moment.gate.facts.ledger.entries, steps).filter(
        ({ state }) => state === 'Released',
      );
      expect(released.map(({ subject }) => samePlan(subject, plan))).toEqual([true]);
    });
  });
});

describe('no sequence of events closes a gate that is open', () => {
  it('but a new release, a lifted protection, a valid no, or the end of its time', () => {
    always((moment) => {
      for (const { edge, entry } of moment.decision.steps) {
        const before = entryBefore(moment, entry);
        if (before.state !== 'Released') continue;
        const { protection, now, skewMs, ledger } = moment.gate.facts;
        if (edge === 'revoke') {
          expect(validVotes(moment.gate, before, ['Reject', 'Revoke'])).not.toEqual([]);
        } else if (edge === 'end') {
          const ttl =
            protection?.grantTTL === '1h'
              ? 60
              : protection?.grantTTL === '48h'
                ? 48 * 60
                : Number.POSITIVE_INFINITY;
          const end = Math.min(
            before.grant?.expiresAt ?? Number.POSITIVE_INFINITY,
            (before.grant?.at ?? 0) + ttl * MINUTE_MS,
          );
          expect(now).toBeGreaterThanOrEqual(end - skewMs);
        } else {
          const after = record(ledger.entries, moment.decision.steps);
          const newer = after.some(
            (one) => one.state === 'Released' && one.request.uid !== entry.request.uid,
          );
          expect(newer || moment.decision.wanted.kind === 'open').toBe(true);
        }
      }
    });
  });

  it('and what was released goes on while another plan waits, line by line', () => {
    always(({ gate, decision }) => {
      const { live, wanted } = decision;
      const plan = gate.facts.wanted;
      if (live?.verdict.kind !== 'open' || wanted.kind === 'open' || plan === undefined) return;
      for (const { change, released, wanted: line } of compareLines(live.entry.subject, plan)) {
        if (change === 'unchanged') expect(released?.digest).toBe(line?.digest);
        if (change === 'added') expect(released).toBeUndefined();
      }
    });
  });
});

describe('a decision', () => {
  const answer = ({ wanted, live, steps }: GateDecision<EdgeName>) => ({ wanted, live, steps });

  it('is the same in whatever order the votes are told, and however often', () => {
    always(({ gate, decision }) => {
      const { votes } = gate.facts;
      for (const order of [
        votes.toReversed(),
        [...votes.slice(1), ...votes.slice(0, 1)],
        [...votes, ...votes],
      ])
        expect(answer(gate.copy().with({ votes: order }).decide())).toEqual(answer(decision));
    });
  });

  it('is the same when it is made again, and takes no further step', () => {
    always(({ gate, decision }) => {
      const ledger = { ...gate.facts.ledger, entries: record(gate.facts.ledger.entries, decision.steps) };
      const again = gate.copy().with({ ledger }).decide();
      expect(again.steps).toEqual([]);
      expect(verdictText(again.wanted)).toBe(verdictText(decision.wanted));
      expect(again.live && verdictText(again.live.verdict)).toBe(
        decision.live && verdictText(decision.live.verdict),
      );
    });
  });

  it('moves every request along one edge of the table at most', () => {
    always((moment) => {
      const { steps } = moment.decision;
      expect(new Set(steps.map(({ entry }) => entry.request.uid)).size).toBe(steps.length);
      for (const { edge, entry } of steps)
        expect([entryBefore(moment, entry).state, entry.state]).toEqual([EDGES[edge].from, EDGES[edge].to]);
    });
  });

  it('once recorded, stays what it is until something happens, or until the moment that it names', () => {
    always(({ gate, decision }) => {
      const { now } = gate.facts;
      const ledger = { ...gate.facts.ledger, entries: record(gate.facts.ledger.entries, decision.steps) };
      const { wanted, lookAgainAt } = gate.copy().with({ ledger }).decide();
      const until = lookAgainAt ?? now + 400 * 24 * 60 * MINUTE_MS;
      expect(until).toBeGreaterThan(now);
      for (const at of [now + 1, Math.floor((now + until) / 2), until - 1]) {
        const later = gate.copy().with({ ledger, now: at }).decide();
        expect(verdictText(later.wanted)).toBe(verdictText(wanted));
        expect(later.steps).toEqual([]);
      }
    });
  });

  it('takes no step while something cannot be looked up, and opens nothing', () => {
    always(({ gate }) => {
      const blind = gate
        .copy()
        .with({ unknown: [{ reason: 'ApprovalUnknown', message: 'no answer' }] })
        .decide();
      expect([blind.steps, blind.wanted.kind]).toEqual([[], 'undecidable']);
      expect(blind.live?.verdict.kind).not.toBe('open');
    });
  });

  it('says no more after a no more: whoever says no besides opens nothing', () => {
    always(({ gate, decision }) => {
      if (decision.wanted.kind === 'open' || gate.facts.ledger.entries.length === 0) return;
      const more = gate.copy().cast('Reject', 'ana').cast('Revoke', 'ben').decide();
      expect(more.wanted.kind).not.toBe('open');
    });
  });

  it('of a plan that was rejected stays no until a reviewer withdraws it', () => {
    always(({ gate, decision }) => {
      const plan = gate.facts.wanted;
      const { entries } = gate.facts.ledger;
      const standing = entries.find(
        ({ state, subject }) => state === 'Rejected' && plan && samePlan(subject, plan),
      );
      if (standing === undefined) return;
      expect(['rejected', 'withdrawn', 'undecidable', 'open by unprotected']).toContain(
        decision.wanted.kind === 'open' ? verdictText(decision.wanted) : decision.wanted.kind,
      );
    });
  });
});

it('the stories are worth telling: every verdict and every edge occurs', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anyGate, anyStory, (gate, story) => {
      for (const { decision } of momentsOf(gate, story)) {
        seen.add(decision.wanted.kind);
        for (const { edge } of decision.steps) seen.add(edge);
      }
    }),
    { seed: 20_261_122, numRuns: 3_000 },
  );
  const edges = Object.keys(EDGES).filter((edge) => edge !== 'ask' && edge !== 'askAgain');
  const kinds = [
    'open',
    'waiting',
    'undecidable',
    'unrequested',
    'impossible',
    'authorsUnknown',
    'rejected',
    'withdrawn',
    'revoked',
    'expired',
  ];
  expect([...edges, ...kinds].filter((one) => !seen.has(one))).toEqual([]);
});
