import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_UNDELIVERED,
  MAX_WAITING,
  type StoredDelivery,
} from '../model/kinds/automation-status-schema.ts';
import type { PostOutcome } from '../model/webhook.ts';
import {
  afterAttempt,
  type DeliveryQueue,
  dueAt,
  givenUpBy,
  queueIn,
  replayed,
  replayWish,
  sizesIn,
  toldIn,
  withEvents,
} from './delivery-queue.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const EMPTY: DeliveryQueue = { waiting: [], undelivered: [], counts: { delivered: 0, undelivered: 0 } };

const anEvent = (id: string) => ({ id, event: 'Rotated' as const, variables: { secret_name: 'A' } });
const queueOf = (...ids: string[]) => withEvents(EMPTY, ids.map(anEvent), NOW);
const answered = (code: number, retryAfterMs?: number): PostOutcome => ({
  kind: 'answered',
  code,
  retryAfterMs,
  milliseconds: 5,
});
const lost: PostOutcome = { kind: 'failed', outcome: 'TimedOut', milliseconds: 10_000 };
const ids = (list: readonly StoredDelivery[]) => list.map(({ id }) => id);
const attempt = (queue: DeliveryQueue, outcome: PostOutcome, now = NOW, random = 1, retryForMs = DAY) =>
  afterAttempt(queue, outcome, { now, retryForMs, random });

/** The queue after so many attempts in vain, each of them at once. */
function after(times: number, start = queueOf('a', 'b')): DeliveryQueue {
  let queue = start;
  for (let i = 0; i < times; i++) queue = attempt(queue, lost).queue;
  return queue;
}

describe('after an attempt', () => {
  it.each([200, 201, 204, 299])(
    'if it was answered with %i, it is delivered and the next one follows',
    (code) => {
      const { queue, ended } = attempt(queueOf('a', 'b'), answered(code));
      expect(ended).toBe('delivered');
      expect(ids(queue.waiting)).toEqual(['b']);
      expect(queue.counts).toEqual({ delivered: 1, undelivered: 0 });
      expect(queue.undelivered).toEqual([]);
    },
  );

  it.each([100, 199, 300, 301, 400, 404, 410, 429, 500, 503])(
    'if it was answered with %i, it is tried again, and nothing overtakes it',
    (code) => {
      const { queue, ended } = attempt(queueOf('a', 'b'), answered(code));
      expect(ended).toBe('again');
      expect(ids(queue.waiting)).toEqual(['a', 'b']);
      expect(queue.waiting[0]).toMatchObject({
        attempts: 1,
        last: { outcome: 'Answered', code, at: '2026-03-01T12:00:00.000Z' },
      });
    },
  );

  it('if there was no answer, it says why and has no code', () => {
    const [head] = attempt(queueOf('a'), lost).queue.waiting;
    expect(head?.last).toEqual({ outcome: 'TimedOut', at: '2026-03-01T12:00:00.000Z' });
  });

  it('if nothing waits, nothing can have been sent', () => {
    expect(() => attempt(EMPTY, lost)).toThrow('nothing waits');
  });
});

describe('when it is tried again', () => {
  const waits = (attempts: number, random: number, outcome: PostOutcome = lost) => {
    const { queue } = attempt(after(attempts - 1), outcome, NOW, random);
    return (dueAt(queue) ?? 0) - NOW;
  };

  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [9, 256_000],
    [10, 300_000],
    [60, 300_000],
  ])('after %i attempts within %i ms, at whatever time of it', (attempts, most) => {
    expect(waits(attempts, 1)).toBe(most);
    expect(waits(attempts, 0.5)).toBe(most / 2);
    expect(waits(attempts, 0)).toBe(0);
  });

  it.each([
    ['later than that', 120_000, 120_000],
    ['sooner than that', 10, 1_000],
    ['tomorrow', DAY, HOUR],
  ])('if the receiver asks for %s', (_case, retryAfter, wait) => {
    expect(waits(1, 1, answered(429, retryAfter))).toBe(wait);
  });

  it('if it was never tried, at once; if nothing waits, never', () => {
    expect(dueAt(queueOf('a'))).toBe(0);
    expect(dueAt(EMPTY)).toBeUndefined();
  });

  it('if the time in a status cannot be read, at once', () => {
    const queue = attempt(queueOf('a'), lost).queue;
    const waiting = queue.waiting.map((one) => ({ ...one, nextAttempt: 'soon' }));
    expect(dueAt({ ...queue, waiting })).toBe(0);
  });
});

describe('when it is given up', () => {
  it('if retryFor has passed since the first attempt, the next one follows', () => {
    const first = attempt(queueOf('a', 'b'), lost).queue;
    expect(attempt(first, lost, NOW + DAY - 1).ended).toBe('again');
    const { queue, ended } = attempt(first, answered(500), NOW + DAY);
    expect(ended).toBe('givenUp');
    expect(ids(queue.waiting)).toEqual(['b']);
    expect(queue.undelivered).toEqual([
      {
        ...anEvent('a'),
        at: '2026-03-01T12:00:00.000Z',
        attempts: 2,
        firstAttempt: '2026-03-01T12:00:00.000Z',
        last: { outcome: 'Answered', code: 500, at: '2026-03-02T12:00:00.000Z' },
      },
    ]);
    expect(queue.counts).toEqual({ delivered: 0, undelivered: 1 });
  });

  it('if it had to wait long before it was ever tried, that does not count', () => {
    expect(attempt(queueOf('a'), lost, NOW + 30 * DAY).ended).toBe('again');
  });

  it('if nothing may be sent, what was tried has its time, and what never was waits without end', () => {
    const tried = attempt(queueOf('a', 'b'), lost).queue;
    expect(givenUpBy(tried, NOW + DAY - 1, DAY)).toEqual(tried);
    const later = givenUpBy(tried, NOW + DAY, DAY);
    expect(ids(later.waiting)).toEqual(['b']);
    expect(ids(later.undelivered)).toEqual(['a']);
    expect(later.counts.undelivered).toBe(1);
    expect(givenUpBy(later, NOW + 365 * DAY, DAY)).toEqual(later);
  });

  it('if there are more than are kept, the oldest makes room', () => {
    let queue = queueOf(...Array.from({ length: 22 }, (_, i) => `d${i}`));
    for (let i = 0; i < 22; i++) queue = attempt(queue, lost, NOW, 1, 0).queue;
    expect(ids(queue.undelivered)).toEqual(Array.from({ length: MAX_UNDELIVERED }, (_, i) => `d${i + 2}`));
    expect(queue.counts.undelivered).toBe(22);
  });
});

describe('a replay', () => {
  const givenUp = () => {
    let queue = queueOf('a', 'b', 'c');
    for (let i = 0; i < 2; i++) queue = attempt(queue, lost, NOW, 1, 0).queue;
    return queue;
  };

  it('puts one back behind what waits, with its id and as if never sent', () => {
    const queue = replayed(givenUp(), 'a');
    expect(ids(queue.waiting)).toEqual(['c', 'a']);
    expect(ids(queue.undelivered)).toEqual(['b']);
    expect(queue.waiting[1]).toEqual({ ...anEvent('a'), at: '2026-03-01T12:00:00.000Z', attempts: 0 });
    expect(queue.counts).toEqual({ delivered: 0, undelivered: 2 });
  });

  it('puts all back, in their order', () => {
    const queue = replayed(givenUp(), 'all');
    expect(ids(queue.waiting)).toEqual(['c', 'a', 'b']);
    expect(queue.undelivered).toEqual([]);
  });

  it('if there is none of that id, changes nothing', () => {
    expect(replayed(givenUp(), 'x')).toEqual(givenUp());
  });

  it('if there is no room, what does not fit stays', () => {
    const full = withEvents(
      givenUp(),
      Array.from({ length: MAX_WAITING - 2 }, (_, i) => anEvent(`w${i}`)),
      NOW,
    );
    const queue = replayed(full, 'all');
    expect(queue.waiting).toHaveLength(MAX_WAITING);
    expect(queue.waiting.at(-1)?.id).toBe('a');
    expect(ids(queue.undelivered)).toEqual(['b']);
  });

  it.each([
    ['1:all', 'all'],
    ['2026-03-01T12:00:00Z:all', 'all'],
    ['n:5f6c1c0e-0000-8000-8000-000000000001', '5f6c1c0e-0000-8000-8000-000000000001'],
    ['all', undefined],
    [':all', undefined],
    ['n:', undefined],
    ['n:everything', undefined],
    ['n:all ', undefined],
    ['n m:all', undefined],
    [`${'n'.repeat(81)}:all`, undefined],
    ['', undefined],
  ])('%j asks for %j', (annotation, wish) => {
    expect(replayWish(annotation)).toBe(wish);
  });
});

describe('a queue in a status', () => {
  it('is read as it was written', () => {
    const queue = attempt(replayed(after(3), 'all'), answered(204)).queue;
    const status = { ...JSON.parse(JSON.stringify(queue)), counts: { ...queue.counts, waiting: 1 } };
    expect(queueIn(status)).toEqual(queue);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'waiting'],
    ['lists that are none', { waiting: 'a', undelivered: { id: 'a' }, counts: 3 }],
    [
      'lists of other things',
      { waiting: [null, 3, { id: 'a' }], undelivered: [[]], counts: { delivered: -1, undelivered: '2' } },
    ],
  ])('if it is %s, it is empty', (_case, status) => {
    expect(queueIn(status)).toEqual(EMPTY);
  });

  it('if one delivery is spoilt, the others stay', () => {
    const { waiting } = queueOf('a', 'b', 'c');
    const spoilt = waiting.map((one) => (one.id === 'b' ? { ...one, event: 'Exploded' } : one));
    expect(ids(queueIn({ waiting: spoilt }).waiting)).toEqual(['a', 'c']);
  });

  it('one whose id no header can hold is passed over, since it would block all others', () => {
    const { waiting } = queueOf('a', 'b\r\nX-Injected: 1', '', 'c');
    expect(ids(queueIn({ waiting }).waiting)).toEqual(['a', 'c']);
  });

  it('if there are too many or one twice, it is cut to what it may be', () => {
    const many = Array.from({ length: 60 }, (_, i) => ({ ...anEvent(`d${i}`), at: 'x', attempts: 0 }));
    const queue = queueIn({ waiting: [many[0], ...many], undelivered: [...many, ...many.slice(58)] });
    expect(ids(queue.waiting)).toEqual(ids(many).slice(0, MAX_WAITING));
    expect(ids(queue.undelivered)).toEqual(ids(many).slice(50));
  });

  it('what was told is read as it was written, and is nothing where it cannot be read', () => {
    const told = { versions: ['A@1'], targets: [], requests: ['u Waiting'], failure: 'x y' };
    expect(toldIn({ told })).toEqual(told);
    for (const status of [undefined, {}, { told: 'x' }, { told: { versions: [1] } }])
      expect(toldIn(status)).toBeUndefined();
  });
});

describe('events that come in', () => {
  it('are put behind what waits, in their order', () => {
    expect(ids(withEvents(queueOf('a'), [anEvent('b'), anEvent('c')], NOW).waiting)).toEqual(['a', 'b', 'c']);
  });

  it('if one waits already, it is not sent twice', () => {
    expect(ids(withEvents(queueOf('a'), [anEvent('a')], NOW).waiting)).toEqual(['a']);
  });
});

describe('for any story', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('events' as const), count: fc.nat(40) }),
    fc.record({ kind: fc.constant('sent' as const), isTaken: fc.boolean(), wait: fc.nat(2 * HOUR) }),
    fc.record({ kind: fc.constant('replay' as const) }),
    fc.record({ kind: fc.constant('stuck' as const), wait: fc.nat(2 * HOUR) }),
  );

  it('the queue keeps within its bounds, in its order, and every delivery has one end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (story) => {
        let queue = EMPTY;
        let now = NOW;
        let made = 0;
        for (const one of story) {
          const before = ids(queue.waiting);
          if (one.kind === 'events') {
            const room = Math.min(one.count, MAX_WAITING - queue.waiting.length);
            queue = withEvents(
              queue,
              Array.from({ length: room }, () => anEvent(`d${made++}`)),
              now,
            );
            expect(ids(queue.waiting).slice(0, before.length)).toEqual(before);
          } else if (one.kind === 'replay') {
            queue = replayed(queue, 'all');
            made += queue.waiting.length - before.length;
            expect(ids(queue.waiting).slice(0, before.length)).toEqual(before);
          } else if (one.kind === 'stuck') {
            now += one.wait;
            queue = givenUpBy(queue, now, HOUR);
            expect(before.slice(-queue.waiting.length || before.length)).toEqual(ids(queue.waiting));
          } else if (queue.waiting.length > 0) {
            now += one.wait;
            const { queue: next, ended } = attempt(queue, answered(one.isTaken ? 200 : 500), now, 0.5, HOUR);
            queue = next;
            expect(ids(queue.waiting)).toEqual(ended === 'again' ? before : before.slice(1));
          }
          expect(queue.waiting.length).toBeLessThanOrEqual(MAX_WAITING);
          expect(queue.undelivered.length).toBeLessThanOrEqual(MAX_UNDELIVERED);
          expect(queue.waiting.length + queue.counts.delivered + queue.counts.undelivered).toBe(made);
          expect(queueIn(JSON.parse(JSON.stringify(queue)))).toEqual(queue);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('how many a status holds', () => {
  it.each<[unknown, number, number]>([
    [undefined, 0, 0],
    [{ waiting: 'many' }, 0, 0],
    [{ waiting: [{}, {}], undelivered: [{}] }, 2, 1],
  ])('%j: %d wait, %d were given up', (status, waiting, undelivered) => {
    expect(sizesIn(status)).toEqual({ waiting, undelivered });
  });
});
