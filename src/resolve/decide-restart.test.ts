import { describe, expect, it } from 'vitest';
import { marksText, mergeMarks, parseMarks, type RestartMark } from '../model/restart-marks.ts';
import { nextWish, parseWish, type RestartWish, wishText } from '../model/restart-wish.ts';
import { decideRestart, type OrganizationState, type WorkloadState } from './decide-restart.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 23, 12);
const IDLE: OrganizationState = { restarts: [], rollouts: 0 };
const OLD: WorkloadState = { createdAt: 0, marks: [], rolledOut: true };
const wish = (ago: number, more: Partial<RestartWish> = {}): RestartWish => ({
  change: 'change-one',
  since: NOW - ago,
  at: NOW - ago,
  ...more,
});
const mark = (ago: number, ...changes: string[]): RestartMark => ({ at: NOW - ago, changes });
const decide = (wishes: RestartWish[], workload: Partial<WorkloadState> = {}, organization = {}) =>
  decideRestart(wishes, { ...OLD, ...workload }, { ...IDLE, ...organization }, NOW);

describe('a workload', () => {
  it.each<[string, RestartWish[], Partial<WorkloadState>, object]>([
    ['waits until changes have settled', [wish(4 * SECOND)], {}, { kind: 'settling', againMs: 6 * SECOND }],
    [
      'is restarted for all that changed',
      [wish(10 * SECOND), wish(SECOND, { change: 'change-two' })],
      {},
      { kind: 'restart', mark: { at: NOW, changes: ['change-one', 'change-two'] } },
    ],
    [
      'that was restarted for it is not again',
      [wish(MINUTE)],
      { marks: [mark(30 * SECOND, 'change-one')] },
      { kind: 'done' },
    ],
    [
      'takes a place while it rolls',
      [wish(MINUTE)],
      { marks: [mark(30 * SECOND, 'change-one')], rolledOut: false },
      { kind: 'rolling', againMs: 10 * SECOND },
    ],
    [
      'takes none after ten minutes',
      [wish(HOUR)],
      { marks: [mark(10 * MINUTE, 'change-one')], rolledOut: false },
      { kind: 'done' },
    ],
    ['made well after the change has it', [wish(MINUTE)], { createdAt: NOW - 30 * SECOND }, { kind: 'done' }],
    [
      'made while the change was written may not have it',
      [wish(MINUTE)],
      { createdAt: NOW - 31 * SECOND },
      { kind: 'restart', mark: { at: NOW, changes: ['change-one'] } },
    ],
    [
      'restarted six times within the hour holds',
      [wish(MINUTE)],
      { marks: [1, 2, 3, 4, 5, 50].map((minutes) => mark(minutes * MINUTE, 'other')) },
      { kind: 'flapping', until: NOW + 10 * MINUTE },
    ],
    [
      'restarted five times within the hour does not',
      [wish(MINUTE)],
      { marks: [1, 2, 3, 4, 5, 60].map((minutes) => mark(minutes * MINUTE, 'other')) },
      { kind: 'restart', mark: { at: NOW, changes: ['change-one'] } },
    ],
    [
      'with marks from the future is not held by them',
      [wish(MINUTE)],
      { marks: [1, 2, 3, 4, 5, 6].map((hours) => mark(-hours * HOUR, 'forged')) },
      { kind: 'restart', mark: { at: NOW, changes: ['change-one'] } },
    ],
    [
      'with a change from the future is not put off by it',
      [wish(-HOUR)],
      {},
      { kind: 'restart', mark: { at: NOW, changes: ['change-one'] } },
    ],
  ])('%s', (_case, wishes, workload, decision) => {
    expect(decide(wishes, workload)).toEqual(decision);
  });
});

describe('an organization', () => {
  it('rolls ten at the same time', () => {
    expect(decide([wish(MINUTE)], {}, { rollouts: 9 })).toMatchObject({ kind: 'restart' });
    expect(decide([wish(MINUTE)], {}, { rollouts: 10 })).toEqual({ kind: 'limited', until: undefined });
  });

  it('restarts a hundred within an hour', () => {
    const restarts = Array.from({ length: 100 }, (_, index) => NOW - index * SECOND);
    expect(decide([wish(MINUTE)], {}, { restarts })).toEqual({
      kind: 'limited',
      until: NOW - 99 * SECOND + HOUR,
    });
    expect(decide([wish(MINUTE)], {}, { restarts: restarts.slice(1) })).toMatchObject({ kind: 'restart' });
  });
});

describe('what stands on objects', () => {
  it('is read back as it was written', () => {
    const marks = [mark(MINUTE, 'change-one', 'change-two'), mark(HOUR, 'change-old')];
    expect(parseMarks(marksText(marks))).toEqual(marks);
    expect(parseWish(wishText(wish(MINUTE)))).toEqual(wish(MINUTE));
  });

  it.each(['', 'x', 'change-one 2026', '2026-13-45T99:00:00.000Z=a', `${'a'.repeat(6_000)}`])(
    'and says nothing where it is none: %s',
    (text) => {
      expect([parseMarks(text), parseWish(text)]).toEqual([[], undefined]);
    },
  );

  it('keeps the six newest', () => {
    const marks = [7, 6, 5, 4, 3, 2, 1].map((minutes) => mark(minutes * MINUTE, `c${minutes}`));
    expect(parseMarks(marksText(marks)).map(({ changes }) => changes[0])).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => `c${n}`),
    );
    expect(mergeMarks(marks, marks.slice(3))).toHaveLength(7);
  });

  it('a change soon after another goes on waiting with it; one much later begins anew', () => {
    const before = wish(0);
    expect(nextWish('b', NOW + 19 * SECOND, before)).toEqual({
      change: 'b',
      since: NOW,
      at: NOW + 19 * SECOND,
    });
    expect(nextWish('b', NOW + 20 * SECOND, before).since).toBe(NOW + 20 * SECOND);
    expect(nextWish('b', NOW - SECOND, before).since).toBe(NOW - SECOND);
  });
});
