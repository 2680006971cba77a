import { describe, expect, it } from 'vitest';
import { calledAs, programFor, wholeProgram } from './program.ts';
import { VERBS } from './verbs.ts';

describe('the table of verbs', () => {
  it('says of each verb what the verb says of itself', async () => {
    const { commands } = await wholeProgram('0.0.0');
    expect(commands.map((verb) => [verb.name(), verb.description()])).toEqual(
      VERBS.map(({ name, summary }) => [name, summary]),
    );
  });
});

describe('the program', () => {
  it.each([
    ['of a verb', ['explain', '--help']],
    ['of help for a verb', ['help', 'explain']],
    ['of a verb with values before', ['--no-such-flag', 'explain']],
  ])('loads the flags %s and of no other', async (_case, args) => {
    const { commands } = await programFor(args, '0.0.0', 'secretscope');
    const loaded = commands.filter(({ options }) => options.length > 0);
    expect(loaded.map((verb) => verb.name())).toEqual(['explain']);
  });

  it('is called as kubectl calls it', () => {
    expect(calledAs('/usr/local/bin/kubectl-secretscope')).toBe('kubectl secretscope');
    expect(calledAs('/usr/local/bin/secretscope')).toBe('secretscope');
    expect(calledAs(undefined)).toBe('secretscope');
  });
});
