/** Owns: `secretscope mask`, a filter. */
import type { Command } from 'commander';
import { filterFor, maskerFor } from './exec-masking.ts';
import { Pump } from './exec-pump.ts';
import { maskBytes } from './exec-values.ts';
import { type MaskSources, valuesToMask } from './mask-sources.ts';
import { collected } from './repeated-flag.ts';
import type { Terminal } from './terminal.ts';

interface MaskVerbFlags extends MaskSources {
  readonly exact?: boolean;
  readonly detect: boolean;
  readonly commands?: boolean;
}

/** `secretscope mask`: stdin on stdout, without secrets. */
export function addMask(program: Command, terminal: Terminal): void {
  program
    .command('mask')
    .description('copy stdin to stdout with secrets masked')
    .option('--from-dir <folder>', 'folder that a Secret is mounted in; may be repeated', collected)
    .option('--from-env <names>', 'variables that hold secrets, such as A,B; may be repeated', collected)
    .option('--from-file <path>', 'file of NAME=VALUE lines, such as .env; may be repeated', collected)
    .option('--exact', "mask by the rules of GitHub's runner and nothing more")
    .option('--no-detect', 'mask only what is known to be secret, not what looks like a token')
    .option('--commands', 'obey ::add-mask:: and ::stop-commands:: in the input')
    .action((flags: MaskVerbFlags) => mask(flags, terminal));
}

async function mask(flags: MaskVerbFlags, terminal: Terminal): Promise<void> {
  const masker = maskerFor(flags);
  for (const { name, value } of await valuesToMask(flags, process.env)) maskBytes(masker, name, value);
  // Ctrl-C is for those before us in the pipeline: what they still say is not to be lost
  if (!process.stdin.isTTY) process.once('SIGINT', () => undefined);
  const filter = filterFor(masker, flags.commands === true, (text) => terminal.note(text));
  const error = await new Pump(process.stdin, process.stdout, filter).done;
  if (error) throw error;
}
