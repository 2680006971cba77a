import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askOn } from './review-prompt.ts';

function ask(typed: string) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.end(typed);
  return { agreed: askOn(input, output, 'Approve?'), output };
}

describe('a question', () => {
  it.each(['y\n', 'yes\n', ' YES \n'])('%j is a yes', async (typed) => {
    const { agreed, output } = ask(typed);
    expect(await agreed).toBe(true);
    expect(String(output.read())).toContain('Approve? [y/N] ');
  });

  it.each(['\n', 'n\n', 'yesterday\n', 'approve\n', ''])('%j is a no', async (typed) => {
    expect(await ask(typed).agreed).toBe(false);
  });
});
