/** Owns: the command line of `secretscope exec`. What it does is in the files beside it. */
import type { Command } from 'commander';
import { weaknessText } from '../mask/weak-value.ts';
import type { SecretValue } from '../model/secret-value.ts';
import { withConnectionFlags, withNamespaceFlag } from './connection-flags.ts';
import { checkCommand } from './exec-command.ts';
import { valuesOfFolders } from './exec-folders.ts';
import { filterFor, maskerFor } from './exec-masking.ts';
import { type ExecFlags, type ExecOrder, execOrder } from './exec-order.ts';
import { runMasked } from './exec-run.ts';
import { onceLeaving } from './exec-signals.ts';
import { maskVariables, type Variables, variablesFrom } from './exec-values.ts';
import { collected } from './repeated-flag.ts';
import type { Terminal } from './terminal.ts';

/** `secretscope exec -- CMD`: a command with secrets in its environment, and without them in its output. */
export function addExec(program: Command, version: string, terminal: Terminal): void {
  const command = program
    .command('exec')
    .description('run a command with secrets as variables, and mask them in what it prints')
    .argument('<command...>', 'the command and its arguments, after --')
    .option('--scope <scope>', 'SecretScope to claim from: name, or namespace/name')
    .option('--from-dir <folder>', 'folder that a Secret is mounted in; may be repeated', collected)
    .option('--include <names>', 'names of secrets, such as A,B; may be repeated', collected)
    .option('--all', 'whatever the scope or the folders have, without names that loaders obey')
    .option(
      '--missing <policy>',
      'a name that nobody supplies: {error|empty}, which is the empty string (default: error)',
    )
    .option('--ttl <duration>', 'how long the Secret of the claim may stay if this is killed (default: 10m)')
    .option('--timeout <duration>', 'how long to wait for the claim (default: 10m)')
    .option('--exact', "mask by the rules of GitHub's runner and nothing more")
    .option('--no-detect', 'mask only what is known to be secret, not what looks like a token')
    .option('--no-commands', 'show ::add-mask:: and ::stop-commands:: instead of obeying them')
    .option('--no-tty', 'give the command pipes, also at a terminal')
    .option('--quiet', 'say nothing but errors')
    .action(async (words: string[], flags: ExecFlags) => {
      const said = flags.quiet ? { ...terminal, note: () => undefined } : terminal;
      process.exitCode = await exec(execOrder(words, flags), flags, version, said);
    });
  withConnectionFlags(withNamespaceFlag(command));
}

async function exec(
  order: ExecOrder,
  flags: ExecFlags,
  version: string,
  terminal: Terminal,
): Promise<number> {
  const { command, args, names } = order;
  // a reviewer's time is not for a command that is not there
  if (!names.include.includes('PATH')) checkCommand(command, process.env['PATH']);
  const values = await valuesFor(order, flags, version, terminal);
  const variables = variablesFrom(values);
  for (const value of values.values()) value.wipe();
  const masker = maskerFor(flags);
  const weak = maskVariables(masker, variables);
  for (const { name, weakness } of weak) terminal.note(`warning: ${weaknessText(name, weakness)}`);
  for (const name of replacedIn(process.env, variables))
    terminal.note(`note: the secret ${name} takes the place of a variable that was set before`);
  return await runMasked({
    command,
    args,
    env: { ...process.env, ...variables },
    wantsTerminal: flags.tty,
    filter: (warn) => filterFor(masker, flags.commands, warn),
    note: (text) => terminal.note(text),
  });
}

async function valuesFor(
  { source, names }: ExecOrder,
  flags: ExecFlags,
  version: string,
  terminal: Terminal,
): Promise<ReadonlyMap<string, SecretValue>> {
  if (source.kind === 'folders')
    return await valuesOfFolders(source.folders, names, (text) => terminal.note(text));
  // whoever reads a mounted Secret needs nothing of a cluster
  const { valuesOfScope } = await import('./exec-scope.ts');
  const { REAL } = await import('./claim-surroundings.ts');
  const surroundings = { ...REAL, onLeave: onceLeaving };
  return await valuesOfScope(source, names, flags, { version, terminal, surroundings });
}

function replacedIn(env: NodeJS.ProcessEnv, variables: Variables): string[] {
  return Object.keys(variables).filter((name) => Object.hasOwn(env, name));
}
