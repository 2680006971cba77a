import { describe, expect, it } from 'vitest';
import { LOGS, logs } from './token-logs.fixture.ts';
import { streamedSpans, wholeSpans } from './token-mask.fixture.ts';

describe.each(Object.keys(LOGS))('Q12 logs of %s', (tool) => {
  const text = Buffer.from(logs(8, 12)[tool] ?? '');
  const told = (spans: readonly { readonly start: number; readonly end: number }[]) =>
    spans.map(({ start, end }) => text.toString('utf8', Math.max(0, start - 40), end));

  it('have no token in them', () => {
    expect(text.length).toBeGreaterThan(1000);
    expect(told(wholeSpans(text))).toEqual([]);
  });

  it('have none when they come in pieces', () => {
    expect(told(streamedSpans(text, [1, 100, 7, 4096]).spans)).toEqual([]);
  });
});

describe('Q12 many logs', () => {
  it.each([1, 2, 3])('have no token in them, seed %i', (seed) => {
    const text = Buffer.from(Object.values(logs(seed, 40)).join('\n'));
    expect(wholeSpans(text)).toEqual([]);
  });
});
