/** Who has to approve, and when that is enough: rows are a sentence, a story, and what the gate says. */
import { describe, expect, it } from 'vitest';
import { account, aGate, DAY, type Gate, group, HOUR, people, user } from './a-gate.fixture.ts';

const two = () => aGate().reviewers('ana', 'ben').asked().at(60);
const leads = () => aGate().reviewers('@leads', '@owners').asked().at(60);
const strict = (...reviewers: string[]) => aGate({ preventSelfReview: true }).reviewers(...reviewers);
const unknown = { names: ['dev'], complete: false };

describe('an environment that is protected', () => {
  it.each<[string, Gate, string]>([
    ['if no reviewer and no timer is named, nothing is protected', aGate(), 'open by unprotected'],
    [
      'if only settings without effect are named, nothing is protected',
      aGate({ preventSelfReview: true, allowBypass: true, pin: 'Version', waitTimerMinutes: 0 }),
      'open by unprotected',
    ],
    [
      'G9: if reviewers are named, nothing is released before one approves',
      two(),
      'waiting for approvals 0/1',
    ],
    [
      'G8, GX1: one approval of the listed reviewers is enough',
      two().approve('ben'),
      'open by approve of ben',
    ],
    [
      'GX1: a member approves for a listed group',
      leads().approve('carol', { as: '@leads' }),
      'open by approve of carol',
    ],
    [
      'GX1: a listed service account approves',
      aGate().reviewers('ci:bot').asked().approve('system:serviceaccount:ci:bot', { as: 'ci:bot' }),
      'open by approve of system:serviceaccount:ci:bot',
    ],
    [
      'if minApprovals is 2, one is not enough',
      two().protect({ minApprovals: 2 }).approve('ana'),
      'waiting for approvals 1/2',
    ],
    [
      'if minApprovals is 2, two are enough',
      two().protect({ minApprovals: 2 }).approve('ana').approve('ben'),
      'open by approve of ana, ben',
    ],
    [
      'FAULTS 34: if one person approves twice, that is one approval',
      two().protect({ minApprovals: 2 }).approve('ana').approve('ana'),
      'waiting for approvals 1/2',
    ],
    [
      'if a person is listed twice, that is one approval',
      aGate().reviewers('ana', 'ana').asked().protect({ minApprovals: 2 }).approve('ana'),
      'waiting for approvals 1/2',
    ],
    [
      'THREATS 13: if one person approves for two listed groups, that is one approval',
      leads()
        .protect({ minApprovals: 2 })
        .approve('carol', { as: '@leads' })
        .approve('carol', { as: '@owners' }),
      'waiting for approvals 1/2',
    ],
    [
      'if two members of one group approve, these are two approvals',
      leads()
        .protect({ minApprovals: 2 })
        .approve('carol', { as: '@leads' })
        .approve('dan', { as: '@leads' }),
      'open by approve of carol, dan',
    ],
    [
      'FAULTS 34: if a person was renamed between two approvals, the UID tells that it is one',
      leads()
        .protect({ minApprovals: 2 })
        .approve('carol', { as: '@leads', voter: { uid: '7' } })
        .approve('carol-smith', { as: '@leads', voter: { uid: '7' } }),
      'waiting for approvals 1/2',
    ],
    [
      'the same vote, told twice by the API server, is one approval',
      two()
        .protect({ minApprovals: 2 })
        .approve('ana', { change: { uid: 'v' } })
        .approve('ana', { change: { uid: 'v' } }),
      'waiting for approvals 1/2',
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });
});

describe('GX2: preventSelfReview', () => {
  const ana = (gate: Gate) => gate.authors(people('ana')).asked().at(60);

  it.each<[string, Gate, string]>([
    [
      'if it is off, an author approves',
      ana(aGate().reviewers('ana', 'ben')).approve('ana'),
      'open by approve of ana',
    ],
    [
      'if an author approves, it does not count',
      ana(strict('ana', 'ben')).approve('ana'),
      'waiting for approvals 0/1',
    ],
    [
      'if another reviewer approves, that is enough',
      ana(strict('ana', 'ben')).approve('ana').approve('ben'),
      'open by approve of ben',
    ],
    [
      'FAULTS 25: if an author approves as a member of a group, it does not count',
      ana(strict('@leads')).approve('ana', { as: '@leads' }),
      'waiting for approvals 0/1',
    ],
    [
      'API-REVIEW 5, THREATS 12: if somebody else edited last, the first author still counts as one',
      strict('ana', 'ben').authors(people('ana', 'bot-free-bob')).asked().approve('ana'),
      'waiting for approvals 0/1',
    ],
    [
      'THREATS 12: if an author is added after the request was made, their approval does not count',
      strict('ana', 'ben').asked().approve('ana').authors(people('ana')),
      'waiting for approvals 0/1',
    ],
    ['Q9: an author may reject', ana(strict('ana', 'ben')).reject('ana'), 'rejected'],
    [
      'THREATS 12: if it is not known who asked, one approval is not enough',
      strict('ana', 'ben').authors(unknown).asked().approve('ana'),
      'waiting for approvals 1/2',
    ],
    [
      'THREATS 12: if it is not known who asked, two different reviewers are enough',
      strict('ana', 'ben').authors(unknown).asked().approve('ana').approve('ben'),
      'open by approve of ana, ben',
    ],
    [
      'API-REVIEW 5: behind a service account is anybody',
      strict('ana', 'ben').authors(people('system:serviceaccount:flux-system:flux')).asked().approve('ana'),
      'waiting for approvals 1/2',
    ],
    [
      'API-REVIEW 5: a list of authors that is full may lack somebody',
      strict('ana', 'ben')
        .authors(people(...Array.from({ length: 32 }, (_, n) => `dev-${n}`)))
        .asked()
        .approve('ana'),
      'waiting for approvals 1/2',
    ],
    [
      'no author at all is an unknown one',
      strict('ana', 'ben').authors(people()).asked().approve('ana'),
      'waiting for approvals 1/2',
    ],
    [
      'if minApprovals is higher than two, it stays',
      strict('ana', 'ben', 'carol')
        .protect({ minApprovals: 3 })
        .authors(unknown)
        .asked()
        .approve('ana')
        .approve('ben'),
      'waiting for approvals 2/3',
    ],
    [
      'if it is off, unknown authors raise nothing',
      aGate().reviewers('ana').authors(unknown).asked().approve('ana'),
      'open by approve of ana',
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });
});

describe('API-REVIEW 5: reviewers that can never give enough', () => {
  it.each<[string, Gate, string]>([
    [
      'if minApprovals is more than the users that are listed',
      aGate({ minApprovals: 2 }).reviewers('ana'),
      'impossible',
    ],
    ['if approvals are asked for and nobody is listed', aGate({ minApprovals: 1 }), 'impossible'],
    ['if the only reviewer is the author', strict('ana').authors(people('ana')), 'impossible'],
    [
      'if a group is listed, nobody knows how many it has',
      aGate({ minApprovals: 6 }).reviewers('@leads'),
      'waiting for approvals 0/6',
    ],
    [
      'THREATS 19: if it is not known who asked and there is one reviewer',
      strict('ana').authors(unknown),
      'authorsUnknown',
    ],
    [
      'if it is not known who asked and there are two',
      strict('ana', 'ben').authors(unknown),
      'waiting for approvals 0/2',
    ],
    [
      'THREATS 13: a listed service account of a namespace that the scope or its parents live in counts for nothing',
      aGate().reviewers('team-web:bot'),
      'impossible',
    ],
    ['… and one from elsewhere counts', aGate().reviewers('ci:bot'), 'waiting for approvals 0/1'],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.asked().is()).toBe(expected);
  });

  it('it is said before anybody has to wait: no request is made', () => {
    const gate = aGate({ minApprovals: 2 }).reviewers('ana').asked();
    expect(gate.taken).toEqual([]);
    expect(gate.decide().wanted).toMatchObject({
      reason: 'ReviewersInsufficient',
      required: 2,
      possible: 1,
      message: expect.stringMatching(/1 can approve and 2 have to; list another reviewer/),
    });
  });

  it('if bypass is allowed a request is made, for there is something to vote on', () => {
    const gate = aGate({ minApprovals: 2, allowBypass: true }).reviewers('ana').asked();
    expect([gate.taken, gate.is()]).toEqual([['ask'], 'impossible']);
    expect(gate.bypass('root').is()).toBe('open by bypass of root');
  });

  it('the next step depends on what is missing: a reviewer, or to know who asked', () => {
    const message = (gate: Gate) => gate.asked().decide().wanted.message;
    expect(message(strict('ana').authors(unknown))).toContain('have the change made by a person');
    expect(message(strict('ana').authors(people('ana')))).toContain('who did not make the change');
  });

  it('more approvals than were asked for say why', () => {
    const message = (gate: Gate) => gate.asked().decide().wanted.message;
    const why = '0 of 2 so far (two, since it is not certain who made the change)';
    expect(message(strict('ana', 'ben').authors(unknown))).toContain(why);
    const asked = aGate({ minApprovals: 2 }).reviewers('ana', 'ben').authors(people('eve'));
    expect(message(asked)).toContain('0 of 2 so far: ');
  });
});

describe('who may still approve', () => {
  const reviewers = (gate: Gate) => {
    const { wanted } = gate.decide();
    const [cause] = wanted.kind === 'waiting' ? wanted.on : [];
    return cause?.kind === 'approvals' ? cause.reviewers : undefined;
  };

  it('everybody who is listed, at first', () => {
    expect(reviewers(aGate().reviewers('ana', '@leads', 'ci:bot').asked())).toEqual([
      user('ana'),
      group('leads'),
      account('ci', 'bot'),
    ]);
  });

  it('not who has approved already, not an author, and a group always', () => {
    const gate = strict('ana', 'ben', 'carol', '@leads')
      .protect({ minApprovals: 3 })
      .authors(people('ben'))
      .asked();
    expect(reviewers(gate.approve('ana'))).toEqual([user('carol'), group('leads')]);
  });
});

describe('between the vote and the release', () => {
  const timed = () => aGate({ waitTimerMinutes: 30 }).reviewers('ana', 'ben').asked().at(60).approve('ana');

  it.each<[string, Gate, string]>([
    [
      'FAULTS 26: if the reviewer lost the right, the vote does not count',
      timed().standing('ana', 'notAuthorized').at(HOUR),
      'waiting for approvals 0/1',
    ],
    [
      'if the reviewer was taken off the list, the vote does not count',
      timed().reviewers('ben').at(HOUR),
      'waiting for approvals 0/1',
    ],
    [
      'if the right was given back, it counts again',
      timed().standing('ana', 'notAuthorized').standing('ana', 'authorized').at(HOUR),
      'open by approve of ana',
    ],
    [
      'if it cannot be looked up, nothing is decided',
      timed().standing('ana', 'unknown').at(HOUR),
      'undecidable ApprovalUnknown',
    ],
    [
      'if another vote is enough without it, the doubt does not matter',
      timed().standing('ana', 'unknown').approve('ben').at(HOUR),
      'open by approve of ben',
    ],
    [
      'if it would not be enough anyway, the doubt does not matter',
      timed().protect({ minApprovals: 2 }).standing('ana', 'unknown').at(HOUR),
      'waiting for approvals 0/2',
    ],
    [
      'FAULTS 36: if an approval is being deleted, it does not count',
      aGate()
        .reviewers('ana')
        .asked()
        .approve('ana', { change: { deleting: true } }),
      'waiting for approvals 0/1',
    ],
    [
      'if minApprovals was raised, one more is needed',
      timed().protect({ minApprovals: 2 }).at(HOUR),
      'waiting for approvals 1/2',
    ],
    [
      'API-REVIEW 6: a vote through a group lapses after 24 hours undecided',
      leads()
        .protect({ waitTimerMinutes: 2880 })
        .approve('carol', { as: '@leads' })
        .at(60 + DAY),
      'waiting for approvals 0/1 and timer',
    ],
    [
      '… and counts until then',
      leads()
        .protect({ waitTimerMinutes: 2880 })
        .approve('carol', { as: '@leads' })
        .at(59 + DAY),
      'waiting for timer',
    ],
    [
      '… and does not lapse where the voter is listed by name too',
      leads()
        .reviewers('@leads', 'carol')
        .protect({ waitTimerMinutes: 2880 })
        .approve('carol', { as: '@leads' })
        .at(60 + DAY),
      'waiting for timer',
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });

  it('FAULTS 26: once released it stays so, whatever becomes of who approved', () => {
    const gate = timed()
      .at(HOUR)
      .settle()
      .standing('ana', 'notAuthorized')
      .reviewers('ben')
      .at(90 * DAY);
    expect(gate.is()).toBe('open by approve of ana');
  });

  it('a bypass by a member of a group lapses too', () => {
    const gate = aGate({ allowBypass: true })
      .reviewers('ana')
      .asked()
      .at(60)
      .bypass('root', { as: '@admins' });
    expect(gate.is()).toBe('open by bypass of root');
    expect(gate.at(60 + DAY).is()).toBe('waiting for approvals 0/1');
  });
});
