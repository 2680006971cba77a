import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { run as runVerb } from './cli-fixture.ts';
import { fishCompletion } from './completion-fish.ts';
import { bashCompletion, zshCompletion } from './completion-posix.ts';
import { completionTree } from './completion-tree.ts';
import { addCompletion } from './completion-verb.ts';
import { wholeProgram } from './program.ts';
import { VERBS } from './verbs.ts';

const run = promisify(execFile);
const nodes = completionTree(await wholeProgram('0.0.0'));
const bash = bashCompletion(nodes);

/** What bash offers after these words, the last of which is being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const script = `${bash}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _secretscope; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['-c', script, 'bash', 'secretscope', ...words]);
  return stdout.split('\n').filter(Boolean);
}

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { text, code } = await runVerb(
      (program, terminal) => addCompletion(program, '0', terminal),
      'completion',
      shell,
    );
    expect(text).toContain('kubectl-secretscope');
    expect(code).toBe(0);
  });

  it('in bash is a script that bash can read', async () => {
    await expect(run('bash', ['-n', '-c', bash])).resolves.toMatchObject({ stderr: '' });
  });

  it.each<[string, string[], string[]]>([
    ['every verb', [''], VERBS.map(({ name }) => name)],
    ['verbs that begin so', ['expl'], ['explain']],
    ['verbs of a verb', ['review', 'a'], ['approve']],
    ['verbs of automation', ['automation', ''], ['list', 'test', 'replay', 'delete']],
    ['flags of a test of one', ['automation', 'test', 'deploys', '--p'], ['--payload']],
    ['flags of a verb', ['doctor', '--op'], ['--operator-namespace']],
    ['flags of a verb of a verb', ['review', 'list', '--all-'], ['--all-namespaces']],
    ['flags after a flag with a value', ['explain', '-n', 'review', 'app', '--out'], ['--output']],
    ['what a flag may be', ['explain', '-o', ''], ['table', 'json', 'yaml']],
    ['what a flag may be that its verb checks', ['secret', 'set', '-v', 'p'], ['private']],
    ['what an argument may be', ['completion', 'z'], ['zsh']],
    ['no verb that is hidden', ['secret', 'g'], []],
    ['nothing of ours after --', ['exec', '--from-dir', 'a', '--', 'ls', '--'], []],
    ['nothing where anything may stand', ['explain', '--context', ''], []],
  ])('in bash offers %s', async (_what, words, wanted) => {
    expect(await offered(...words)).toEqual(wanted);
  });

  it.each<[string, string]>([
    ['zsh', zshCompletion(nodes)],
    ['fish', fishCompletion(nodes)],
  ])('in %s names every verb and every long flag', (_shell, script) => {
    const flags = nodes.flatMap((node) =>
      node.flags.flatMap(({ names }) => names.filter((name) => name.startsWith('--'))),
    );
    const missing = [...VERBS.map(({ name }) => name), ...flags.map((flag) => flag.slice(2))].filter(
      (word) => !script.includes(word),
    );
    expect(missing).toEqual([]);
    expect(script.split("'").length % 2).toBe(1);
  });

  it('in fish offers the flags of a verb there only, with what they may be', () => {
    expect(fishCompletion(nodes)).toContain(
      "complete -c secretscope -n '__fish_seen_subcommand_from explain' -s o -l output -x -a 'table json yaml' -d 'table, json or yaml'",
    );
  });
});
