import { describe, expect, it } from 'vitest';
import { conditionSchema } from '../model/kinds/common.ts';
import { REASONS, type Reason, type ReasonPolicy } from '../model/reasons.ts';
import { conditionsFor, extraCondition, type Finding, shownMessage } from './conditions.ts';

const NOW = '2026-01-01T00:00:00Z';
const LATER = '2026-01-02T00:00:00Z';
const good: Finding = { reason: 'Materialized', message: '3 keys delivered' };
const finding = (reason: Reason, message: string = reason): Finding => ({ reason, message });
const of = (...findings: Finding[]) => conditionsFor(findings, good, 7, [], NOW);
const types = (conditions: ReturnType<typeof of>) =>
  conditions.map(({ type, status }) => `${type}=${status}`);

describe('kstatus: what tools conclude from the conditions', () => {
  it('nothing wrong is Ready and nothing else', () => {
    expect(of()).toEqual([
      { type: 'Ready', status: 'True', ...good, observedGeneration: 7, lastTransitionTime: NOW },
    ]);
  });

  it.each(Object.keys(REASONS) as Reason[])(
    '%s is Ready, Reconciling or Stalled, and never two of them',
    (reason) => {
      const { ready, stalled, over }: ReasonPolicy = REASONS[reason];
      const bad = over ? [] : [stalled ? 'Stalled=True' : 'Reconciling=True'];
      expect(types(of(finding(reason)))).toEqual(ready === 'True' ? ['Ready=True'] : ['Ready=False', ...bad]);
    },
  );

  it('what is only worth knowing does not hide that all is well', () => {
    expect(of(finding('Suspended'), finding('Shadowed'))[0]).toMatchObject({
      status: 'True',
      reason: 'Materialized',
    });
  });

  it('every condition says which generation it is about, and is one that the schema takes', () => {
    for (const condition of of(finding('SecretMissing'), finding('KeyNotGranted'))) {
      expect(condition.observedGeneration).toBe(7);
      expect(conditionSchema.parse(condition)).toEqual(condition);
    }
  });
});

describe('of several findings', () => {
  it('the gravest gives the reason, also to Stalled', () => {
    const conditions = of(finding('BackendThrottled'), finding('SpecInvalid'), finding('SecretMissing'));
    expect(conditions.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Ready SpecInvalid',
      'Stalled SpecInvalid',
    ]);
  });

  it('the message tells three more and counts the rest', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((message) => finding('SecretMissing', message));
    expect(of(...many)[0]?.message).toBe('a; b; c; d; and 2 more');
    expect(of(...many.slice(0, 4))[0]?.message).toBe('a; b; c; d');
  });

  it('the same message is told once', () => {
    expect(of(finding('SecretMissing', 'a'), finding('VersionGone', 'a'))[0]?.message).toBe('a');
  });

  it('a long message is cut, at a character', () => {
    const cut = (text: string) => of(finding('SecretMissing', text))[0]?.message ?? '';
    expect(cut('x'.repeat(2_000))).toBe('x'.repeat(2_000));
    expect(cut('x'.repeat(2_001))).toBe(`${'x'.repeat(1_997)}...`);
    // half a character would come back from the API server as another one, and differ for ever
    expect(cut(`${'x'.repeat(1_996)}${'😀'.repeat(10)}`).isWellFormed()).toBe(true);
  });
});

it('G20 a token that stands in a message is masked before it is cut, and the same each time', () => {
  // never issued: the shape alone is what is detected
  const token = `ghp_${'a1B2'.repeat(9)}`;
  expect(shownMessage(`key "${token}" is not granted`)).toBe('key "***" is not granted');
  const denied = finding('KeyNotGranted', `key "${token}" is not granted`);
  const said = [
    of(denied),
    of(denied, finding('SecretMissing', `no ${token}`)),
    of(finding('SecretMissing', 'a'), denied),
  ]
    .flat()
    .map(({ message }) => message);
  const extra = extraCondition('ChangesPending', denied, 1, [], NOW);
  const all = JSON.stringify([...said, extra]);
  expect([all.includes('ghp_'), all.includes('***')]).toEqual([false, true]);
  expect(JSON.stringify(extra)).toContain('***');
  const cut = shownMessage(`${'x '.repeat(985)}${token} ${'y'.repeat(100)}`);
  expect([cut.length, cut.includes('ghp_')]).toEqual([2_000, false]);
  expect(shownMessage(cut)).toBe(cut);
});

describe('the time of a transition', () => {
  const before = of(finding('SecretMissing', 'old'));
  const at = (type: string, conditions: ReturnType<typeof of>) =>
    conditions.find((one) => one.type === type)?.lastTransitionTime;

  it('stays while the status does, whatever the reason or message', () => {
    const next = conditionsFor([finding('BackendUnavailable', 'new')], good, 8, before, LATER);
    expect(at('Ready', next)).toBe(NOW);
    expect(at('Reconciling', next)).toBe(NOW);
  });

  it('moves when the status does, for this condition alone', () => {
    expect(at('Ready', conditionsFor([], good, 8, before, LATER))).toBe(LATER);
    const stalled = conditionsFor([finding('SpecInvalid')], good, 8, before, LATER);
    expect([at('Ready', stalled), at('Stalled', stalled)]).toEqual([NOW, LATER]);
  });

  it('of an extra condition follows the same rule', () => {
    const first = extraCondition('Suspended', finding('Suspended', 'x'), 7, [], NOW);
    expect(first).toMatchObject({ type: 'Suspended', status: 'True', lastTransitionTime: NOW });
    expect(extraCondition('Suspended', finding('Suspended', 'y'), 8, [first], LATER).lastTransitionTime).toBe(
      NOW,
    );
  });
});
