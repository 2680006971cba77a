import { basename } from 'node:path';
import { Command } from 'commander';
import { VERBS, type Verb } from './verbs.ts';

const HELP_HINT = '(run with --help for the flags)';

/** What the person called: kubectl runs a plugin of ours under the name of its file. */
export function calledAs(path: string | undefined): string {
  return basename(path ?? '').startsWith('kubectl-secretscope') ? 'kubectl secretscope' : 'secretscope';
}

/**
 * The program with the one verb that the arguments name; of the others it knows name and summary. That is all that
 * `--help` needs, so that nothing is loaded for it.
 */
export async function programFor(args: readonly string[], version: string, name: string): Promise<Command> {
  const named = verbIn(args);
  return program(version, name, async (verb) => verb.name === named);
}

/** The program with all that every verb has. */
export function wholeProgram(version: string, name = 'secretscope'): Promise<Command> {
  return program(version, name, async () => true);
}

/** The program itself has no flag with a value, so the first word is the verb; after `help` it is the second. */
function verbIn(args: readonly string[]): string | undefined {
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  return first === 'help' ? second : first;
}

async function program(
  version: string,
  name: string,
  isWanted: (verb: Verb) => Promise<boolean>,
): Promise<Command> {
  const command = new Command(name)
    .description('secrets by organization, repository and environment, synced into Kubernetes')
    .version(version)
    .showHelpAfterError(HELP_HINT)
    .exitOverride();
  for (const verb of VERBS) {
    if (await isWanted(verb)) await addWhole(command, verb, version);
    else command.command(verb.name).description(verb.summary);
  }
  return command;
}

async function addWhole(program: Command, verb: Verb, version: string): Promise<void> {
  const [add, { terminal }] = await Promise.all([verb.load(), import('./terminal.ts')]);
  add(program, version, terminal);
  for (const command of program.commands) inherit(command);
}

/** A verb of a verb ends like one. */
function inherit(command: Command): void {
  command.exitOverride().showHelpAfterError(HELP_HINT);
  for (const inner of command.commands) inherit(inner);
}
