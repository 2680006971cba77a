/** Which votes count: rows are a sentence, a story, what the gate says, and what it says of the last vote. */
import { describe, expect, it } from 'vitest';
import { account, aGate, DAY, type Gate, HOUR, people, START, user } from './a-gate.fixture.ts';

const asked = () => aGate().reviewers('ana', 'ben').asked().at(60);
const lastVote = (gate: Gate) => gate.worth().at(-1);
const NOT_YET = 'waiting for approvals 0/1';

describe('a vote counts for exactly what it names', () => {
  it.each<[string, Gate, string]>([
    [
      'FAULTS 27: if it names another request, it is for nobody here',
      asked().approve('ana', { change: { request: { name: 'web-1', uid: 'another' } } }),
      'void VoteMisdirected',
    ],
    [
      'if it names the UID of this request and the name of another, somebody was shown the wrong one',
      asked().approve('ana', { change: { request: { name: 'web-9', uid: 'request-1' } } }),
      'void VoteMisdirected',
    ],
    [
      'FAULTS 28: if it names another plan, it does not count',
      asked().approve('ana', { change: { subject: 'v1:sha256:other' } }),
      'void VoteMisdirected',
    ],
    [
      'THREATS 13: if it names another scope, where the voter may approve, it does not count',
      asked().approve('ana', { change: { scopeUID: 'staging' } }),
      'void VoteMisdirected',
    ],
    [
      'FAULTS 27, 31: if it is older than the request, it was made up or restored',
      asked().approve('ana', { at: -1 }),
      'void VoteOutOfTime',
    ],
    ['if it was cast in the second of the request, it counts', asked().approve('ana', { at: 0 }), 'counts'],
  ])('%s', (_rule, gate, worth) => {
    expect([lastVote(gate), gate.is()]).toEqual([
      worth,
      worth === 'counts' ? 'open by approve of ana' : NOT_YET,
    ]);
  });

  it('FAULTS 28: if the plan changes after the approval, the approval is not for the new one', () => {
    const gate = aGate({ waitTimerMinutes: 30 })
      .reviewers('ana')
      .asked()
      .approve('ana')
      .wants('A=evil')
      .settle();
    expect([gate.is(), gate.worth()]).toEqual([
      'waiting for approvals 0/1 and timer',
      ['void VoteOutOfTime'],
    ]);
  });

  it('FAULTS 27: a vote that was copied to the request of another consumer is nobody’s there', () => {
    const voted = asked().approve('ana').facts.votes;
    const other = aGate().reviewers('ana');
    other.facts = {
      ...other.facts,
      wanted: { ...asked().request.subject, scopeUID: 'other', unknownLines: [] },
      ledger: {
        ...other.facts.ledger,
        entries: [{ ...asked().request, subject: { ...asked().request.subject, scopeUID: 'other' } }],
      },
    };
    expect(other.with({ votes: voted }).is()).toBe(NOT_YET);
  });
});

describe('a vote counts for who may give it', () => {
  it.each<[string, Gate, string]>([
    ['GX1: if an outsider approves, it does not count', asked().approve('mallory'), 'void NotAReviewer'],
    ['if an outsider rejects, it does not count', asked().reject('mallory'), 'void NotAReviewer'],
    [
      'if a member of another group approves, it does not count',
      asked().approve('mallory', { as: '@interns' }),
      'void NotAReviewer',
    ],
    [
      'if a user has the name of a listed group, it does not count',
      asked().reviewers('@leads').approve('leads'),
      'void NotAReviewer',
    ],
    [
      'if a service account of the same name in another namespace approves, it does not count',
      asked().reviewers('ci:bot').approve('system:serviceaccount:dev:bot', { as: 'dev:bot' }),
      'void NotAReviewer',
    ],
    [
      'THREATS 13: if a service account votes through a listed group, it does not count',
      asked()
        .reviewers('@leads')
        .approve('system:serviceaccount:ci:bot', {
          as: '@leads',
          voter: { countsFor: [{ kind: 'Group', name: 'leads' }] },
        }),
      'void NotAReviewer',
    ],
    [
      'FAULTS 33: if the voter does not hold the right, it does not count',
      asked().standing('ana', 'notAuthorized').approve('ana'),
      'void ReviewerNotAuthorized',
    ],
    [
      'if only the right to bypass was proven, it is no approval',
      asked().approve('ana', { voter: { capacity: 'bypass' } }),
      'void ReviewerNotAuthorized',
    ],
    [
      'THREATS 13: if only the right to approve was proven, it is no bypass',
      asked()
        .protect({ allowBypass: true })
        .bypass('root', { voter: { capacity: 'approve' } }),
      'void ReviewerNotAuthorized',
    ],
    [
      'if it is not known whether the voter may, that is neither yes nor no',
      asked().standing('ana', 'unknown').approve('ana'),
      'undecidable ApprovalUnknown',
    ],
  ])('%s', (_rule, gate, worth) => {
    expect(lastVote(gate)).toBe(worth);
    expect(gate.is()).toBe(worth.startsWith('void') ? NOT_YET : 'undecidable ApprovalUnknown');
  });

  it('if a listed service account approves as itself, it counts', () => {
    const voter = { countsFor: [account('ci', 'bot')] };
    const gate = asked().reviewers('ci:bot').approve('system:serviceaccount:ci:bot', { as: 'ci:bot', voter });
    expect(gate.is()).toBe('open by approve of system:serviceaccount:ci:bot');
  });
});

describe('THREATS 9, API-REVIEW 13: a vote counts if the policies had proven the voter', () => {
  const since = (seconds: number | undefined) => {
    const policies = {
      settleMs: 60_000,
      ...(seconds !== undefined && { inForceSince: START + seconds * 1000 }),
    };
    return aGate().with({ policies }).reviewers('ana').asked();
  };

  it.each<[string, Gate, string]>([
    [
      'if it was cast before they were in force, it has to be cast again',
      since(100).at(50).approve('ana').at(HOUR),
      NOT_YET,
    ],
    ['if it was cast less than a minute after, too', since(100).at(159).approve('ana').at(HOUR), NOT_YET],
    ['if it was cast a minute after, it counts', since(100).at(160).approve('ana'), 'open by approve of ana'],
    ['a forged rejection does not count either', since(100).at(50).reject('ana').at(HOUR), NOT_YET],
    [
      'if they are not in force now, nothing is decided',
      since(undefined).approve('ana'),
      'undecidable PolicyNotInForce',
    ],
    ['… not even an expiry', since(undefined).at(31 * DAY), 'undecidable PolicyNotInForce'],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });

  it('what was released before stands', () => {
    const gate = since(-600)
      .at(60)
      .approve('ana')
      .settle()
      .with({ policies: { settleMs: 60_000 } });
    expect(gate.is()).toBe('open by approve of ana');
    expect(gate.revoke('ana').is()).toBe('open by approve of ana');
  });
});

describe('who says no', () => {
  it.each<[string, Gate, string]>([
    ['GX3: any listed reviewer rejects, and that is final', asked().reject('ben'), 'rejected'],
    [
      'FAULTS 35: of approve and reject at the same moment, reject wins',
      asked().approve('ana').reject('ben'),
      'rejected',
    ],
    ['… in whatever order they are told', asked().reject('ben').approve('ana'), 'rejected'],
    [
      'GX10: of bypass and reject, reject wins',
      asked().protect({ allowBypass: true }).bypass('root').reject('ana'),
      'rejected',
    ],
    [
      'reject wins while a timer runs, though enough have approved',
      asked().protect({ waitTimerMinutes: 30 }).approve('ana').at(120).reject('ben'),
      'rejected',
    ],
    [
      'if a reviewer approves and then says Revoke, nobody has released anything: that is a no',
      asked().protect({ waitTimerMinutes: 30 }).approve('ana').revoke('ana'),
      'rejected',
    ],
    [
      'THREATS 21: if a rejection is being deleted, it counts',
      asked().reject('ana', { change: { deleting: true } }),
      'rejected',
    ],
    [
      'a no through a group does not lapse',
      aGate()
        .reviewers('@leads')
        .asked()
        .at(60)
        .reject('carol', { as: '@leads' })
        .at(2 * DAY),
      'rejected',
    ],
    [
      'if it is not known whether who rejects may, nothing is decided',
      asked().approve('ana').standing('ben', 'unknown').reject('ben'),
      'undecidable ApprovalUnknown',
    ],
    [
      'if who rejects may not, it does not count',
      asked().approve('ana').standing('ben', 'notAuthorized').reject('ben'),
      'open by approve of ana',
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });
});

describe('clocks that differ', () => {
  const skewed = () => asked().with({ skewMs: 5_000 });

  it.each<[string, Gate, string]>([
    [
      'a vote up to the bound older than the request counts',
      skewed().approve('ana', { at: -5 }),
      'open by approve of ana',
    ],
    ['… one that is older than that does not', skewed().approve('ana', { at: -6 }), NOT_YET],
    [
      'a vote up to the bound in the future counts',
      skewed().approve('ana', { at: 65 }),
      'open by approve of ana',
    ],
    [
      '… one that is later than that is not known yet',
      skewed().approve('ana', { at: 66 }),
      'undecidable ApprovalUnknown',
    ],
    [
      '… and is as soon as its time has come',
      skewed().approve('ana', { at: 66 }).at(61),
      'open by approve of ana',
    ],
    [
      'a rejection from the future stops the release that others gave',
      skewed().approve('ana').reject('ben', { at: 99 }),
      'undecidable ApprovalUnknown',
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });

  it('policies count as in force a bound later', () => {
    const policies = { inForceSince: START, settleMs: 60_000 };
    expect(skewed().with({ policies }).at(70).approve('ana', { at: 64 }).is()).toBe(NOT_YET);
    expect(skewed().with({ policies }).at(70).approve('ana', { at: 65 }).is()).toBe('open by approve of ana');
  });
});

describe('what is told of every vote', () => {
  it('also of those for requests that the operator never made: look for the right one', () => {
    const gate = asked().approve('ana', { change: { request: { name: 'x', uid: 'forged' } } });
    expect(gate.decide().votes[0]?.weight).toMatchObject({
      reason: 'VoteMisdirected',
      message: expect.stringContaining('look for its SecretRequest'),
    });
  });

  it('a vote that was counted stays counted, one that came later is told what to do instead', () => {
    const gate = asked().approve('ana').settle().at(90).approve('ben');
    expect(gate.worth()).toEqual(['counts', 'void VoteOutOfTime']);
    expect(gate.decide().votes[1]?.weight.message).toContain('vote Revoke');
  });

  it('nothing rests on it: a counted approval does not withdraw a later rejection of its request', () => {
    const gate = asked().reject('ana').settle();
    expect([gate.is(), gate.worth()]).toEqual(['rejected', ['counts']]);
  });

  it('every message says what to do next', () => {
    const gate = aGate({ allowBypass: true, preventSelfReview: true })
      .reviewers('ana', 'ben', '@leads')
      .authors(people('ben'))
      .asked()
      .at(60)
      .approve('mallory')
      .approve('ben')
      .approve('ana', { at: -9 })
      .approve('ana', { change: { deleting: true } })
      .approve('carol', { as: '@leads', at: 0, voter: { countsFor: [{ kind: 'Group', name: 'leads' }] } })
      .bypass('root', { change: { hasComment: false } })
      .at(2 * DAY);
    const messages = gate.decide().votes.map(({ weight }) => weight.message);
    for (const message of messages) expect(message).toMatch(/[;,] (vote|have|give|look|ask|to)\b/);
    expect(new Set(messages).size).toBe(messages.length);
  });

  it('a reviewer is one of the same kind, namespace and name', () => {
    expect(
      asked()
        .approve('ana', { voter: { countsFor: [user('ana')] } })
        .is(),
    ).toBe('open by approve of ana');
    expect(
      asked()
        .approve('ana', { voter: { countsFor: [] } })
        .is(),
    ).toBe(NOT_YET);
  });
});
