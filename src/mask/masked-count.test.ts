import { expect, it } from 'vitest';
import { foreignText, withoutTokens } from './foreign-text.ts';
import { MASKED } from './masked-count.ts';

// never issued: the shape alone is what is detected
const TOKEN = `ghp_${'a1B2'.repeat(9)}`;

it('a text in which something was masked is counted once, where it would have been shown', () => {
  const before = MASKED.of('event');
  foreignText(`denied: ${TOKEN} and ${TOKEN}`, { place: 'event' });
  expect(MASKED.of('event')).toBe(before + 1);
});

it('a text with nothing in it, or that is shown nowhere in particular, is not counted', () => {
  const before = MASKED.of('log');
  withoutTokens('nothing to see', 'log');
  // lines are joined and hidden marks are shown, which masks nothing
  foreignText('two\nlines\u0000', { place: 'log' });
  withoutTokens(TOKEN);
  expect(MASKED.of('log')).toBe(before);
});
