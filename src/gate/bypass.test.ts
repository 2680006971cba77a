/** Release without approval: rows are a sentence, a story, and what the gate says. */
import { describe, expect, it } from 'vitest';
import { aGate, DAY, type Gate, HOUR, people } from './a-gate.fixture.ts';

const allowed = () => aGate({ allowBypass: true }).reviewers('ana', 'ben').asked().at(60);
const strict = () => aGate({ allowBypass: true, preventSelfReview: true }).reviewers('ana', 'ben');

describe('GX10: bypass', () => {
  it.each<[string, Gate, string]>([
    ['if it is allowed, a holder of the right releases', allowed().bypass('root'), 'open by bypass of root'],
    [
      'if it is not allowed, which is the default, it counts for nothing',
      aGate().reviewers('ana').asked().bypass('root'),
      'waiting for approvals 0/1',
    ],
    [
      'THREATS 13: without a reason it counts for nothing',
      allowed().bypass('root', { change: { hasComment: false } }),
      'waiting for approvals 0/1',
    ],
    [
      'who holds no right to it does not bypass',
      allowed().standing('ana', 'notAuthorized').bypass('ana'),
      'waiting for approvals 0/1',
    ],
    [
      'whoever bypasses need not be a reviewer, and a reviewer may',
      allowed().bypass('ana'),
      'open by bypass of ana',
    ],
    [
      'a service account does not bypass',
      allowed().bypass('system:serviceaccount:ci:bot', { as: 'ci:bot' }),
      'waiting for approvals 0/1',
    ],
    [
      'it waits for no timer',
      allowed().protect({ waitTimerMinutes: 43_200 }).bypass('root'),
      'open by bypass of root',
    ],
    [
      'where only a timer runs it is the way past it',
      aGate({ allowBypass: true, waitTimerMinutes: 30 }).asked().bypass('root'),
      'open by bypass of root',
    ],
    [
      'it opens what the reviewers never could',
      allowed().protect({ minApprovals: 6 }).bypass('root'),
      'open by bypass of root',
    ],
    ['after a rejection it comes too late', allowed().reject('ana').settle().bypass('root'), 'rejected'],
    [
      'Q9: an author does not bypass where self-review is prevented',
      strict().authors(people('root')).asked().bypass('root'),
      'waiting for approvals 0/1',
    ],
    [
      '… and does where it is not',
      aGate({ allowBypass: true }).reviewers('ana').authors(people('root')).asked().bypass('root'),
      'open by bypass of root',
    ],
    [
      'if it is not known who asked, one person’s bypass is not enough',
      strict().authors({ names: [], complete: false }).asked().bypass('root'),
      'waiting for approvals 0/2',
    ],
    [
      '… that of two is',
      strict().authors({ names: [], complete: false }).asked().bypass('root').bypass('chief'),
      'open by bypass of chief, root',
    ],
    [
      'half a bypass and half an approval are neither',
      strict().authors({ names: [], complete: false }).asked().bypass('root').approve('ana'),
      'waiting for approvals 1/2',
    ],
    [
      'if it is not known whether who bypasses may, nothing is decided',
      allowed().standing('root', 'unknown').bypass('root'),
      'undecidable ApprovalUnknown',
    ],
    [
      'it may have an end like any release',
      allowed()
        .protect({ grantTTL: '1h' })
        .bypass('root')
        .settle()
        .at(60 + HOUR),
      'expired grant, Retain',
    ],
    [
      'it is revoked like any release',
      allowed().bypass('root').settle().at(90).revoke('ana'),
      'revoked, Delete',
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });

  it('THREATS 8: it is shown as a bypass for ever, also when it is carried over', () => {
    const gate = allowed().wants('A', 'B').settle().bypass('root').settle().at(DAY).wants('A').settle();
    expect(gate.decide().wanted).toMatchObject({ kind: 'open', by: 'carry', reason: 'Bypassed' });
    expect(gate.decide().wanted.message).toContain('by a bypass of root');
  });

  it('if somebody approved besides, the release names who bypassed and not who approved', () => {
    expect(allowed().protect({ minApprovals: 2 }).approve('ana').bypass('root').is()).toBe(
      'open by bypass of root',
    );
  });
});
