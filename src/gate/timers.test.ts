/** What time does to a request: rows are a sentence, a story, and what the gate says. */
import { describe, expect, it } from 'vitest';
import { aGate, DAY, type Gate, HOUR, START } from './a-gate.fixture.ts';

const timer = (minutes: number) => aGate({ waitTimerMinutes: minutes });
const reviewed = (minutes: number) => timer(minutes).reviewers('ana', 'ben').asked();
const asked = () => aGate().reviewers('ana').asked();

describe('GX5, GX6: the wait timer', () => {
  it.each<[string, Gate, string]>([
    ['if it runs, nothing is released', timer(30).asked().at(1799), 'waiting for timer'],
    ['if it has run, the plan is released', timer(30).asked().at(1800), 'open by elapse'],
    [
      'if reviewers are named too, both are waited for at once',
      reviewed(30).at(5),
      'waiting for approvals 0/1 and timer',
    ],
    [
      'if it has run and nobody approved, approval is still waited for',
      reviewed(30).at(HOUR),
      'waiting for approvals 0/1',
    ],
    [
      'if somebody approved early, it still runs',
      reviewed(30).at(60).approve('ben').at(61),
      'waiting for timer',
    ],
    [
      '… and then the plan is released',
      reviewed(30).at(60).approve('ben').at(1800),
      'open by approve of ben',
    ],
    [
      'it starts with the request, not with the approval',
      reviewed(30).at(1790).approve('ben').at(1800),
      'open by approve of ben',
    ],
    [
      'the longest one is 30 days',
      timer(43_200)
        .asked()
        .at(30 * DAY - 1),
      'waiting for timer',
    ],
    [
      'Q8: … and ends though the request is as old as a request may get',
      timer(43_200)
        .asked()
        .at(30 * DAY),
      'open by elapse',
    ],
    [
      'Q8: … with reviewers too',
      reviewed(43_200)
        .at(60)
        .approve('ana')
        .at(30 * DAY),
      'open by approve of ana',
    ],
    [
      'a request for a changed plan has a timer of its own',
      timer(30).asked().at(1700).wants('B').settle().at(1800),
      'waiting for timer',
    ],
    [
      'clocks may differ: it ends when it is over by every clock',
      timer(30).with({ skewMs: 5000 }).asked().at(1804),
      'waiting for timer',
    ],
    ['… by the bound later', timer(30).with({ skewMs: 5000 }).asked().at(1805), 'open by elapse'],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });

  it('nobody can reject where nobody reviews', () => {
    expect(timer(30).asked().reject('ana').at(1800).is()).toBe('open by elapse');
  });
});

describe('GX4, Q8: pendingTTL', () => {
  it.each<[string, Gate, string]>([
    ['if nobody approves for 30 days, the request expires', asked().at(30 * DAY), 'expired request, Retain'],
    ['… not a second earlier', asked().at(30 * DAY - 1), 'waiting for approvals 0/1'],
    [
      'if it is approved on day 29, it is released and stays so',
      asked()
        .at(29 * DAY)
        .approve('ana')
        .settle()
        .at(40 * DAY),
      'open by approve of ana',
    ],
    [
      'if it is approved in time and the operator comes late, it is released',
      asked()
        .at(29 * DAY)
        .approve('ana')
        .at(40 * DAY),
      'open by approve of ana',
    ],
    [
      'if it is approved too late and the operator comes later, it has expired',
      asked()
        .at(31 * DAY)
        .approve('ana')
        .at(40 * DAY),
      'expired request, Retain',
    ],
    [
      'if pendingTTL is 1 h, it expires after an hour',
      asked().protect({ pendingTTL: '1h' }).at(HOUR),
      'expired request, Retain',
    ],
    [
      'if one of two has approved, it expires',
      asked()
        .reviewers('ana', 'ben')
        .protect({ minApprovals: 2 })
        .approve('ana')
        .at(30 * DAY),
      'expired request, Retain',
    ],
    [
      'if the reviewer lost the right while the timer ran past it, it expires',
      reviewed(43_200).protect({ pendingTTL: '1h' }).approve('ana').standing('ana', 'notAuthorized').at(DAY),
      'expired request, Retain',
    ],
    [
      'if it is not known whether the one approval counts, it does not expire',
      asked()
        .approve('ana')
        .standing('ana', 'unknown')
        .at(30 * DAY),
      'undecidable ApprovalUnknown',
    ],
    [
      'if only a timer runs, nobody has to decide, so nothing expires',
      timer(120).protect({ pendingTTL: '1h' }).asked().at(HOUR),
      'waiting for timer',
    ],
    [
      'clocks may differ: it expires when it is over by one clock',
      asked()
        .with({ skewMs: 5000 })
        .at(30 * DAY - 5),
      'expired request, Retain',
    ],
    [
      'a bypass after it comes too late',
      asked()
        .protect({ allowBypass: true })
        .at(30 * DAY)
        .bypass('root'),
      'expired request, Retain',
    ],
    [
      'a rejection after it is as good as one before',
      asked()
        .at(30 * DAY)
        .reject('ana'),
      'rejected',
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });
});

describe('grantTTL', () => {
  const granted = (grantTTL?: string) =>
    aGate(grantTTL === undefined ? {} : { grantTTL })
      .reviewers('ana')
      .asked()
      .at(60)
      .approve('ana')
      .settle();

  it.each<[string, Gate, string]>([
    [
      'if it is not set, a release lasts until what it covers changes',
      granted().at(999 * DAY),
      'open by approve of ana',
    ],
    ['if it is 24 h, the release lasts so long', granted('24h').at(59 + DAY), 'open by approve of ana'],
    ['… from the release on, and the Secret stays', granted('24h').at(60 + DAY), 'expired grant, Retain'],
    [
      'onExpiry Delete: the Secret goes',
      granted('24h')
        .protect({ onExpiry: 'Delete' })
        .at(60 + DAY),
      'expired grant, Delete',
    ],
    [
      'if it is shortened, releases that were given end earlier',
      granted('24h')
        .protect({ grantTTL: '1h' })
        .at(60 + HOUR),
      'expired grant, Retain',
    ],
    [
      'if it is lengthened, nobody gets more than was approved',
      granted('1h')
        .protect({ grantTTL: '24h' })
        .at(60 + HOUR),
      'expired grant, Retain',
    ],
    [
      'FAULTS 32: clocks may differ: it ends when it is over by one clock',
      granted('1h')
        .with({ skewMs: 5000 })
        .at(55 + HOUR),
      'expired grant, Retain',
    ],
    [
      'THREATS 21: if something cannot be looked up, it does not end',
      granted('1h')
        .with({ unknown: [{ reason: 'ApprovalUnknown', message: 'no time' }] })
        .at(2 * HOUR),
      'undecidable ApprovalUnknown',
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(gate.is()).toBe(expected);
  });

  it('what became of the Secret stays what it was, when the setting changes afterwards', () => {
    const gate = granted('1h')
      .at(2 * HOUR)
      .settle()
      .protect({ onExpiry: 'Delete' });
    expect(gate.is()).toBe('expired grant, Retain');
  });
});

describe('when to look again though nothing happens', () => {
  const lookAt = (gate: Gate) => {
    const at = gate.decide().lookAgainAt;
    return at === undefined ? undefined : (at - START) / 1000;
  };

  it.each<[string, Gate, number | undefined]>([
    ['when the timer ends', timer(30).asked(), 1800],
    ['when the request expires', asked(), 30 * DAY],
    ['whichever is first', reviewed(30), 1800],
    [
      'when a vote through a group lapses',
      aGate({ waitTimerMinutes: 9999 }).reviewers('@leads').asked().at(60).approve('carol', { as: '@leads' }),
      60 + DAY,
    ],
    ['when a vote from the future has come', asked().approve('ana', { at: 99 }), 99],
    [
      'when the release ends',
      aGate({ grantTTL: '1h' }).reviewers('ana').asked().approve('ana').settle(),
      HOUR,
    ],
    ['never, where the release has no end', asked().approve('ana').settle(), undefined],
    ['never, once it is rejected', asked().reject('ana').settle(), undefined],
    [
      'when the release before ends, while another plan waits',
      aGate({ grantTTL: '1h' }).reviewers('ana').asked().approve('ana').settle().wants('A', 'B').settle(),
      HOUR,
    ],
    [
      'when the release ends, though it is in doubt',
      aGate({ grantTTL: '1h' })
        .reviewers('ana')
        .asked()
        .approve('ana')
        .settle()
        .standing('ana', 'unknown')
        .revoke('ana'),
      HOUR,
    ],
  ])('%s', (_rule, gate, expected) => {
    expect(lookAt(gate)).toBe(expected);
  });
});
