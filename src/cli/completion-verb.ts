import { Argument, type Command } from 'commander';
import { fishCompletion } from './completion-fish.ts';
import { bashCompletion, zshCompletion } from './completion-posix.ts';
import { type CompletionNode, completionTree } from './completion-tree.ts';
import { wholeProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, (nodes: readonly CompletionNode[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `secretscope completion SHELL`: made from the verbs and flags that there are, so that it is never behind them. */
export function addCompletion(program: Command, version: string, terminal: Terminal): void {
  program
    .command('completion')
    .description('print the completion of a shell: bash, zsh or fish')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action(async (shell: Shell) => {
      terminal.out(SCRIPTS[shell](completionTree(await wholeProgram(version))));
    });
}
