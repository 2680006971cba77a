import { describe, expect, it } from 'vitest';
import { coloured, wantsColour } from './colour.ts';

describe('colours', () => {
  it.each<[string, { isTTY?: boolean }, Record<string, string>, boolean]>([
    ['are for terminals', { isTTY: true }, {}, true],
    ['are not for files and pipes', {}, {}, false],
    ['are not for who asks for none', { isTTY: true }, { NO_COLOR: '1' }, false],
    ['are for who left NO_COLOR empty', { isTTY: true }, { NO_COLOR: '' }, true],
    ['are not for terminals without', { isTTY: true }, { TERM: 'dumb' }, false],
  ])('%s', (_case, stream, env, wanted) => {
    expect(wantsColour(stream, env)).toBe(wanted);
  });

  it('leave the text as it is where there are none', () => {
    expect(coloured('ok', 'green', false)).toBe('ok');
    expect(coloured('ok', 'green', true)).toBe('\u001b[32mok\u001b[0m');
  });
});
