import { describe, expect, it } from 'vitest';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { RequestCount } from './request-count.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function counting() {
  const clock = new FakeClock();
  const backend = { sent: 0 };
  return { clock, backend, count: new RequestCount(() => backend.sent, clock) };
}

describe('the requests of a day', () => {
  it('are all since it was opened, on the day on which it was', () => {
    const { backend, count } = counting();
    backend.sent = 42;
    expect(count.today()).toEqual({ date: '2026-01-01', count: 42 });
  });

  it('are the same for most of an hour: a status that changed with every call would be written with it', async () => {
    const { clock, backend, count } = counting();
    const shown = count.today();
    backend.sent = 42;
    await clock.advance(HOUR - 6 * MINUTE);
    expect(count.today()).toBe(shown);
    await clock.advance(2 * MINUTE);
    expect(count.today()).toEqual({ date: '2026-01-01', count: 42 });
  });

  it('begin anew at midnight by UTC, with the first look at them', async () => {
    const { clock, backend, count } = counting();
    await clock.advance(23 * HOUR);
    backend.sent = 42;
    expect(count.today()).toEqual({ date: '2026-01-01', count: 42 });
    await clock.advance(HOUR);
    expect(count.today()).toEqual({ date: '2026-01-02', count: 0 });
    backend.sent = 45;
    await clock.advance(HOUR);
    expect(count.today()).toEqual({ date: '2026-01-02', count: 3 });
  });

  it('if nobody looked for days, are those since somebody does', async () => {
    const { clock, backend, count } = counting();
    backend.sent = 10;
    await clock.advance(72 * HOUR);
    backend.sent = 1_000;
    expect(count.today()).toEqual({ date: '2026-01-04', count: 0 });
  });

  it('if the machine’s clock is set back over midnight, are never less than none', async () => {
    const { clock, backend, count } = counting();
    backend.sent = 10;
    clock.jumpWall(-2 * HOUR);
    expect(count.today()).toEqual({ date: '2025-12-31', count: 0 });
    clock.jumpWall(2 * HOUR);
    await clock.advance(HOUR);
    expect(count.today()).toEqual({ date: '2026-01-01', count: 0 });
  });
});
