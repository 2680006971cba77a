/** What ends a decision, and how to ask again: rejection, withdrawal, revocation, a lost ledger. */
import { describe, expect, it } from 'vitest';
import { aGate, DAY, type Gate, HOUR, people, subject, user } from './a-gate.fixture.ts';

const released = () => aGate().reviewers('ana', 'ben').asked().at(60).approve('ana').settle().at(90);
const rejected = () => aGate().reviewers('ana', 'ben').asked().at(60).reject('ben').settle().at(90);
const WAITS = 'waiting for approvals 0/1';

describe('THREATS 8, 10: a release', () => {
  it.each<[string, Gate, string]>([
    ['if a reviewer revokes it, it ends and the Secret goes', released().revoke('ben'), 'revoked, Delete'],
    [
      'onRevoke Retain: the Secret stays',
      released().protect({ onRevoke: 'Retain' }).revoke('ben'),
      'revoked, Retain',
    ],
    [
      'API-REVIEW 15: if a rejection lands after it, that revokes it',
      released().reject('ben'),
      'revoked, Delete',
    ],
    [
      '… also one that was cast before it and seen too late',
      released().reject('ben', { at: 59 }),
      'revoked, Delete',
    ],
    ['if who revokes is no reviewer, it goes on', released().revoke('mallory'), 'open by approve of ana'],
    [
      'if who revokes lost the right, it goes on',
      released().standing('ben', 'notAuthorized').revoke('ben'),
      'open by approve of ana',
    ],
    [
      'if it is not known whether who revokes may, nothing new is written and nothing goes',
      released().standing('ben', 'unknown').revoke('ben'),
      'undecidable ApprovalUnknown',
    ],
    [
      'if the vote to revoke is being deleted, it counts',
      released().revoke('ben', { change: { deleting: true } }),
      'revoked, Delete',
    ],
    ['if who approved revokes, it ends', released().revoke('ana'), 'revoked, Delete'],
    [
      'if an author revokes, it ends',
      released().protect({ preventSelfReview: true }).authors(people('ben')).revoke('ben'),
      'revoked, Delete',
    ],
    [
      'if it is revoked and at its end in one moment, it is revoked',
      released().protect({ grantTTL: '1h', onExpiry: 'Retain' }).revoke('ben').at(DAY),
      'revoked, Delete',
    ],
    [
      'FAULTS 36: if its approval vanishes, it goes on',
      released().with({ votes: [] }),
      'open by approve of ana',
    ],
    [
      'Q10: if more people approve, nothing changes',
      released().approve('ben').settle(),
      'open by approve of ana',
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });

  it('once it is revoked it stays so, though the vote vanishes and the setting changes', () => {
    const gate = released().revoke('ben').settle().with({ votes: [] }).protect({ onRevoke: 'Retain' });
    expect([gate.is(), gate.live()]).toEqual(['revoked, Delete', 'A revoked, Delete']);
  });

  it('names the votes that were valid at that moment (API-REVIEW 15)', () => {
    const { wanted } = released().decide();
    expect(wanted).toMatchObject({
      votes: [{ uid: 'vote-1', username: 'ana', decision: 'Approve', castAt: expect.any(Number) }],
      request: { name: 'web-1', uid: 'request-1' },
    });
  });
});

describe('THREATS 8: a rejection', () => {
  it.each<[string, Gate, string]>([
    ['if others approve afterwards, it stays', rejected().approve('ana').settle(), 'rejected'],
    ['if the vote vanishes, it stays', rejected().with({ votes: [] }), 'rejected'],
    [
      'if the request is asked for again without more, it stays',
      rejected().with({ askedAgain: 'please' }).settle(),
      'rejected',
    ],
    [
      'if the claim is made again, it stays',
      rejected()
        .with({
          wanted: subject(['A'], {
            digest: 'v1:sha256:new',
            consumer: { kind: 'Target', namespace: 'prod', name: 'web', uid: 'new' },
          }),
        })
        .settle(),
      'rejected',
    ],
    [
      'if only what is no line changes, it stays',
      rejected()
        .with({ wanted: subject(['A'], { digest: 'v1:sha256:new' }) })
        .settle(),
      'rejected',
    ],
    ['if the value is rotated under pin Access, it stays', rejected().wants('A@2').settle(), 'rejected'],
    ['if the plan changes, the new one is asked for', rejected().wants('A', 'B').settle(), WAITS],
    [
      '… and back again it is still rejected',
      rejected().wants('A', 'B').settle().wants('A').settle(),
      'rejected',
    ],
    ['THREATS 19: if a reviewer withdraws it, somebody may ask again', rejected().revoke('ana'), 'withdrawn'],
    ['… also who rejected', rejected().revoke('ben'), 'withdrawn'],
    [
      '… and it is never asked again by itself',
      rejected().revoke('ana').settle().at(DAY).settle(),
      'withdrawn',
    ],
    [
      '… but when somebody does',
      rejected().revoke('ana').settle().with({ askedAgain: 'please' }).settle(),
      WAITS,
    ],
    ['if an author would withdraw it, it stays', rejected().authors(people('ana')).revoke('ana'), 'rejected'],
    ['if an outsider would withdraw it, it stays', rejected().revoke('mallory'), 'rejected'],
    [
      'if who withdraws lost the right, it stays',
      rejected().standing('ana', 'notAuthorized').revoke('ana'),
      'rejected',
    ],
    [
      'if it is not known whether who withdraws may, it stays',
      rejected().standing('ana', 'unknown').revoke('ana'),
      'rejected',
    ],
    [
      'if who withdraws was not proven, it stays',
      rejected()
        .with({ policies: { settleMs: 0 } })
        .revoke('ana'),
      'rejected',
    ],
    [
      'if Revoke was cast at the moment of the rejection, it was not about it',
      rejected().revoke('ana', { at: 60 }),
      'rejected',
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });

  it('the votes that made it do not withdraw it, whatever the clocks say', () => {
    const gate = aGate()
      .with({ skewMs: 5000 })
      .reviewers('ana')
      .asked()
      .at(60)
      .revoke('ana', { at: 64 })
      .settle();
    expect(gate.at(120).is()).toBe('rejected');
  });

  it('is about one consumer: another one of the same scope is not rejected', () => {
    const gate = rejected().with({
      wanted: subject(['A'], { consumer: { kind: 'Target', namespace: 'prod', name: 'api', uid: '' } }),
    });
    expect(gate.settle().is()).toBe(WAITS);
  });
});

describe('a claim that is deleted and made again', () => {
  const again = subject(['A'], {
    digest: 'v1:sha256:again',
    consumer: { kind: 'Target', namespace: 'prod', name: 'web', uid: 'again' },
  });

  it.each<[string, Gate, string]>([
    ['is still revoked', released().revoke('ben').settle(), 'revoked, Delete'],
    [
      'is asked for, where nobody had decided in time',
      aGate()
        .reviewers('ana')
        .asked()
        .at(31 * DAY)
        .settle(),
      WAITS,
    ],
    ['is asked for, where the rejection was withdrawn', rejected().revoke('ana').settle(), WAITS],
    ['is asked for, where it had been released', released(), WAITS],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.with({ wanted: again }).settle().is()).toBe(expected);
  });
});

describe('API-REVIEW 11: asking again', () => {
  const expired = () =>
    aGate()
      .reviewers('ana')
      .asked()
      .at(31 * DAY)
      .settle();

  it.each<[string, Gate, string, string]>([
    ['after an expiry', expired(), 'expired request, Retain', WAITS],
    ['after a revocation', released().revoke('ben').settle(), 'revoked, Delete', WAITS],
    [
      'after the end of a release',
      released().protect({ grantTTL: '1h' }).at(DAY).settle(),
      'expired grant, Retain',
      WAITS,
    ],
    ['after a withdrawn rejection', rejected().revoke('ana').settle(), 'withdrawn', WAITS],
  ])('%s it is explicit: with a new value of the annotation, once', (_rule, gate, before, after) => {
    expect(
      gate
        .at(40 * DAY)
        .settle()
        .is(),
    ).toBe(before);
    expect(gate.with({ askedAgain: 'one' }).settle().is()).toBe(after);
    expect(gate.taken.at(-1)).toBe('askAgain');
    gate.at(80 * DAY).settle();
    expect(gate.is()).toBe('expired request, Retain');
    expect(gate.with({ askedAgain: 'two' }).settle().is()).toBe(after);
  });

  it('if the annotation was changed before the end, that asked for nothing', () => {
    const gate = aGate()
      .reviewers('ana')
      .asked()
      .with({ askedAgain: 'early' })
      .at(31 * DAY)
      .settle();
    expect(gate.is()).toBe('expired request, Retain');
    expect(gate.with({ askedAgain: 'late' }).settle().is()).toBe(WAITS);
  });

  it('if the request was replaced before it was decided, it is still asked for when its plan is back', () => {
    const gate = expired().with({ askedAgain: 'one' }).settle().wants('B').settle().wants('A').settle();
    expect(gate.is()).toBe(WAITS);
  });

  it('if the annotation goes away, that asks nothing', () => {
    const first = aGate()
      .with({ askedAgain: 'one' })
      .reviewers('ana')
      .asked()
      .at(31 * DAY)
      .settle();
    expect(first.with({ askedAgain: '' }).settle().is()).toBe('expired request, Retain');
    const gate = expired()
      .with({ askedAgain: 'one' })
      .settle()
      .at(80 * DAY)
      .settle()
      .with({ askedAgain: '' });
    expect(gate.settle().is()).toBe('expired request, Retain');
  });

  it('if it was there before, a revocation is not answered by asking again', () => {
    const gate = aGate().with({ askedAgain: 'one' }).reviewers('ana').asked().approve('ana').settle().at(90);
    expect(gate.revoke('ana').settle().is()).toBe('revoked, Delete');
  });

  it('the votes on the old request are not votes on the new one', () => {
    const gate = released().revoke('ben').settle().with({ askedAgain: 'one' }).settle();
    expect([gate.is(), gate.worth()]).toEqual([WAITS, ['counts', 'counts']]);
  });
});

describe('THREATS 8: if the ledger is lost', () => {
  it('everything is asked for again: the votes that are still there are for requests nobody knows', () => {
    const gate = released().with({ ledger: { authors: people('dev'), entries: [] } });
    expect([gate.decide().wanted.kind, gate.live(), gate.worth()]).toEqual([
      'unrequested',
      'nothing',
      ['void VoteMisdirected'],
    ]);
  });
});

describe('if something cannot be looked up', () => {
  const unknown = [
    { reason: 'ApprovalUnknown', message: 'the votes cannot be listed' },
    { reason: 'PolicyNotInForce', message: 'nor the policies' },
  ] as const;
  const blind = (gate: Gate) => gate.with({ unknown });

  it.each<[string, Gate, string]>([
    [
      'a release is neither used for new values nor taken away',
      blind(released().revoke('ben')),
      'A undecidable ApprovalUnknown',
    ],
    ['what was revoked stays revoked', blind(released().revoke('ben').settle()), 'A revoked, Delete'],
    [
      'what has ended stays ended',
      blind(
        released()
          .protect({ grantTTL: '1h' })
          .at(HOUR * 2)
          .settle(),
      ),
      'A expired grant, Retain',
    ],
    ['before the first release there is nothing', blind(rejected()), 'nothing'],
  ])('%s', (_rule, gate, live) => {
    expect([gate.is(), gate.live(), gate.decide().steps]).toEqual(['undecidable ApprovalUnknown', live, []]);
  });

  it('says all that is missing', () => {
    expect(blind(released()).decide().wanted.message).toBe('the votes cannot be listed; nor the policies');
  });
});

it('who may vote on a request is judged by the reviewers of its scope, at every moment', () => {
  expect(released().reviewers('carol').revoke('ana').is()).toBe('open by approve of ana');
  expect(
    released()
      .reviewers('carol')
      .revoke('carol', { voter: { countsFor: [user('carol')] } })
      .is(),
  ).toBe('revoked, Delete');
});
