/** What becomes of one plan when another is wanted: what waits, what goes on, what is carried over. */
import { describe, expect, it } from 'vitest';
import type { Subject } from '../model/approval.ts';
import { aGate, DAY, type Gate, HOUR, people, subject } from './a-gate.fixture.ts';
import { compareLines } from './coverage.ts';

const released = (...lines: string[]) =>
  aGate()
    .reviewers('ana', 'ben')
    .wants(...lines)
    .asked()
    .at(60)
    .approve('ana')
    .settle();
const versions = (...lines: string[]) =>
  aGate({ pin: 'Version' })
    .reviewers('ana')
    .wants(...lines)
    .asked()
    .at(60)
    .approve('ana')
    .settle();
const changes = (gate: Gate) =>
  compareLines(gate.decide().live?.entry.subject, gate.facts.wanted as Subject).map(
    ({ id, change }) => `${id} ${change}`,
  );
const WAITS = 'waiting for approvals 0/1';

describe('while a changed plan waits', () => {
  it.each<[string, Gate, string, string]>([
    [
      'API-REVIEW 10: the last approved plan goes on',
      released('A').wants('A', 'B').settle(),
      WAITS,
      'A open by approve of ana',
    ],
    [
      'if the changed plan is approved, it takes its place',
      released('A').wants('A', 'B').settle().approve('ben').settle(),
      'open by approve of ben',
      'AB open by approve of ben',
    ],
    [
      'if the changed plan is rejected, the last one goes on',
      released('A').wants('A', 'B').settle().reject('ben').settle(),
      'rejected',
      'A open by approve of ana',
    ],
    [
      'if nobody decides on it, the last one goes on',
      released('A')
        .wants('A', 'B')
        .settle()
        .at(40 * DAY)
        .settle(),
      'expired request, Retain',
      'A open by approve of ana',
    ],
    [
      'if the last one is revoked meanwhile, the changed one still waits',
      released('A')
        .at(90)
        .wants('A', 'B')
        .settle()
        .revoke('ana', {
          change: { request: { name: 'web-1', uid: 'request-1' }, subject: subject(['A']).digest },
        })
        .settle(),
      WAITS,
      'A revoked, Delete',
    ],
    [
      'if the last one ends meanwhile, the changed one still waits',
      released('A')
        .protect({ grantTTL: '1h' })
        .wants('A', 'B')
        .settle()
        .at(2 * HOUR)
        .settle(),
      WAITS,
      'A expired grant, Retain',
    ],
    [
      'if it changes again, only the newest waits',
      released('A').wants('A', 'B').settle().wants('A', 'C').settle(),
      WAITS,
      'A open by approve of ana',
    ],
  ])('%s', (_rule, gate, wanted, live) => {
    expect([gate.is(), gate.live()]).toEqual([wanted, live]);
  });

  it('THREATS 6: of its lines, new ones wait, changed ones stay as released, removed ones go', () => {
    const gate = released('A', 'B', 'C').wants('A', 'B=elsewhere', 'D').settle();
    expect(changes(gate)).toEqual(['A unchanged', 'B changed', 'C removed', 'D added']);
  });

  it('an approval of the plan that was replaced is not one of the new plan', () => {
    const gate = aGate().reviewers('ana').wants('A').asked().approve('ana').wants('B').settle();
    expect([gate.is(), gate.worth(), gate.taken]).toEqual([
      WAITS,
      ['void VoteOutOfTime'],
      ['ask', 'supersede', 'ask'],
    ]);
  });
});

describe('FAULTS 31, API-REVIEW 11: back to a plan of before', () => {
  it('if the other one was never released, the first was all the time', () => {
    const gate = released('A').wants('B').settle().wants('A').settle();
    expect([gate.is(), gate.taken.slice(-2)]).toEqual(['open by approve of ana', ['ask', 'supersede']]);
  });

  it('if the other one was released, the first is asked for again', () => {
    const gate = released('A').wants('B').settle().approve('ben').settle().wants('A').settle();
    expect([gate.is(), gate.live()]).toEqual([WAITS, 'B open by approve of ben']);
  });

  it('if it waited and was replaced, it waits anew: its votes are gone', () => {
    const gate = aGate({ waitTimerMinutes: 30 }).reviewers('ana').wants('A').asked().approve('ana');
    expect(gate.wants('B').settle().wants('A').settle().at(HOUR).is()).toBe(WAITS);
  });
});

describe('THREATS 6: a plan that only takes lines out', () => {
  it.each<[string, Gate, string]>([
    [
      'is released at once: nothing in it is new',
      released('A', 'B').wants('A').settle(),
      'open by carry of ana',
    ],
    [
      '… though the timer of its request runs',
      released('A', 'B').protect({ waitTimerMinutes: 30 }).wants('A').settle(),
      'open by carry of ana',
    ],
    [
      '… though nobody could approve it any more',
      released('A', 'B').protect({ minApprovals: 6 }).wants('A').settle(),
      'open by carry of ana',
    ],
    [
      '… unless a reviewer says no',
      (() => {
        const gate = released('A', 'B')
          .with({ policies: { settleMs: 0 } })
          .wants('A')
          .settle();
        return gate.reject('ben').with({ policies: { settleMs: 0, inForceSince: 0 } });
      })(),
      'rejected',
    ],
    [
      'ends with the release it comes from',
      released('A', 'B')
        .protect({ grantTTL: '1h' })
        .wants('A')
        .settle()
        .at(60 + HOUR),
      'expired grant, Retain',
    ],
    [
      'is not, if the release has ended',
      released('A', 'B')
        .protect({ grantTTL: '1h' })
        .at(60 + HOUR)
        .settle()
        .wants('A')
        .settle(),
      WAITS,
    ],
    [
      'is not, if the release was revoked',
      released('A', 'B').at(90).revoke('ana').settle().wants('A').settle(),
      WAITS,
    ],
    [
      'is not, if one of its lines comes from elsewhere',
      released('A', 'B').wants('A=elsewhere').settle(),
      WAITS,
    ],
    [
      'is asked anew for what was taken out, when it comes back',
      released('A', 'B').wants('A').settle().wants('A', 'B').settle(),
      WAITS,
    ],
    [
      'goes on being asked where a release never was',
      aGate().reviewers('ana').wants('A', 'B').asked().wants('A').settle(),
      WAITS,
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });

  it('stays rejected, if a reviewer said no to it; what it took out leaves all the same', () => {
    const gate = released('A', 'B')
      .with({ policies: { settleMs: 0 } })
      .wants('A')
      .settle()
      .reject('ben');
    gate
      .with({ policies: { settleMs: 0, inForceSince: 0 } })
      .settle()
      .at(DAY)
      .settle();
    expect([gate.is(), gate.live(), changes(gate)]).toEqual([
      'rejected',
      'AB open by approve of ana',
      ['A unchanged', 'B removed'],
    ]);
  });

  it('is carried, though it had expired once, before there was a release', () => {
    const gate = aGate()
      .reviewers('ana')
      .wants('A')
      .asked()
      .at(31 * DAY)
      .settle();
    gate.wants('A', 'B').settle().approve('ana').settle().wants('A').settle();
    expect(gate.is()).toBe('open by carry of ana');
  });

  it('waits while it is not known whether somebody revoked the release', () => {
    const gate = released('A', 'B').at(90).standing('ben', 'unknown').revoke('ben').wants('A').settle();
    expect([gate.is(), gate.live()]).toEqual([WAITS, 'AB undecidable ApprovalUnknown']);
  });
});

describe('what else may change about a plan', () => {
  const same = (change: Partial<ReturnType<typeof subject>>) =>
    released('A')
      .with({ wanted: subject(['A'], { digest: 'v1:sha256:other', ...change }) })
      .settle();

  it('if no line of it changed, it is still the released one, whatever its digest (THREATS 19)', () => {
    expect([same({}).is(), same({}).taken]).toEqual(['open by approve of ana', ['ask', 'approve']]);
  });

  it('FAULTS 5: if the scope was made again, nothing of the old one is released', () => {
    expect(same({ scopeUID: 'another' }).is()).toBe(WAITS);
  });

  it('if the claim was made again, nothing of the old one is released or live', () => {
    const gate = same({ consumer: { kind: 'Target', namespace: 'prod', name: 'web', uid: 'again' } });
    expect([gate.is(), gate.live(), gate.taken]).toEqual([
      WAITS,
      'nothing',
      ['ask', 'approve', 'replace', 'ask'],
    ]);
  });

  it('if the ledger holds releases of other consumers, they are not looked at', () => {
    const gate = same({ consumer: { kind: 'SecretClaim', namespace: 'prod', name: 'web', uid: '' } });
    expect([gate.is(), gate.taken]).toEqual([WAITS, ['ask', 'approve', 'ask']]);
  });

  it('if the lines of a request differ from those of its digest, it is not the request for this plan', () => {
    const gate = aGate().reviewers('ana').wants('A').asked().approve('ana');
    gate.with({ wanted: subject(['A=evil'], { digest: gate.request.subject.digest }) });
    expect(gate.decide().wanted.kind).toBe('unrequested');
  });
});

describe('pin', () => {
  it.each<[string, Gate, string]>([
    [
      'Access: a rotated value needs no new approval',
      released('A@1').wants('A@2').settle(),
      'open by approve of ana',
    ],
    ['FAULTS 29: Version: each rotation asks again', versions('A@1').wants('A@2').settle(), WAITS],
    [
      'Version: the approved version goes on meanwhile',
      versions('A@1').wants('A@1').settle(),
      'open by approve of ana',
    ],
    [
      'Version: a plan that only takes lines out is carried over',
      versions('A@1', 'B@1').wants('A@1').settle(),
      'open by carry of ana',
    ],
    ['Version: … not with another version', versions('A@1', 'B@1').wants('A@2').settle(), WAITS],
    [
      'from Version to Access: to follow the source is more than was approved',
      versions('A@1').protect({ pin: 'Access' }).wants('A@1').settle(),
      WAITS,
    ],
    [
      'from Access to Version: one version is less than was approved',
      released('A@1').protect({ pin: 'Version' }).wants('A@7').settle(),
      'open by carry of ana',
    ],
    [
      '… and the next rotation asks',
      released('A@1').protect({ pin: 'Version' }).wants('A@7').settle().wants('A@8').settle(),
      WAITS,
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });
});

describe('API-REVIEW 7: while a level above is not known', () => {
  const halfKnown = (...lines: string[]) => subject(lines, { unknownLines: ['B'] });

  it.each<[string, Gate, string]>([
    [
      'if what is known is released, it goes on',
      released('A', 'B')
        .with({ wanted: halfKnown('A') })
        .settle(),
      'open by approve of ana',
    ],
    [
      'if something known is new, nothing is asked',
      released('A', 'B')
        .with({ wanted: halfKnown('A', 'C') })
        .settle(),
      'undecidable ApprovalUnknown',
    ],
    [
      'before the first release nothing is asked',
      aGate()
        .reviewers('ana')
        .with({ wanted: halfKnown('A') })
        .settle(),
      'undecidable ApprovalUnknown',
    ],
  ])('%s', (_rule, gate, expected) => {
    const before = gate.taken.length;
    expect([gate.is(), gate.decide().steps, gate.taken.length]).toEqual([expected, [], before]);
  });

  it('a request that waits is not replaced by the half of it', () => {
    const gate = aGate()
      .reviewers('ana')
      .wants('A', 'B')
      .asked()
      .with({ wanted: halfKnown('A') })
      .settle();
    expect(gate.request.state).toBe('Waiting');
    expect(gate.wants('A', 'B').approve('ana').is()).toBe('open by approve of ana');
  });
});

describe('when nothing is asked for any more', () => {
  it('GX14: if the scope, target or claim is gone, what waited and what was released is left behind', () => {
    const gate = released('A').wants('A', 'B').settle().with({ wanted: undefined }).settle();
    expect([gate.is(), gate.live(), gate.taken.slice(-2)]).toEqual([
      'superseded',
      'nothing',
      ['replace', 'supersede'],
    ]);
  });

  it('if protection was lifted, everything is open, and what was released before counts for nothing later', () => {
    const gate = released('A').with({ protection: undefined }).settle();
    expect([gate.is(), gate.taken.at(-1)]).toEqual(['open by unprotected', 'replace']);
    expect(gate.protect({}).reviewers('ana').settle().is()).toBe(WAITS);
  });

  it('if it cannot be looked up, nothing is left behind', () => {
    const unknown = [{ reason: 'ApprovalUnknown', message: 'no answer' }] as const;
    const gate = released('A').with({ protection: undefined, unknown }).settle();
    expect([gate.is(), gate.live()]).toEqual([
      'undecidable ApprovalUnknown',
      'A undecidable ApprovalUnknown',
    ]);
  });
});

describe('protection that changes while a request waits', () => {
  it('counts as it is now: who was added approves, who was removed does not', () => {
    const gate = aGate().reviewers('ana').asked().approve('ana').reviewers('ben');
    expect(gate.is()).toBe(WAITS);
    expect(gate.approve('ben').is()).toBe('open by approve of ben');
  });

  it('authors of before a release do not bar those of the next request', () => {
    const gate = aGate({ preventSelfReview: true }).reviewers('ana', 'ben').authors(people('ana')).asked();
    gate.approve('ben').settle().authors(people('ben')).wants('B').settle().approve('ana');
    expect(gate.is()).toBe('open by approve of ana');
  });
});
