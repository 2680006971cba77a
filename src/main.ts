#!/usr/bin/env node
import { CommanderError } from 'commander';
import { calledAs, programFor } from './cli/program.ts';
import { EXIT } from './cli/usage-error.ts';
import { VERSION } from './version.ts';

const [, script, ...args] = process.argv;
// notes that nobody reads are no reason to end: a claim would stay behind
process.stderr.on('error', () => undefined);
try {
  const program = await programFor(args, VERSION, calledAs(script));
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    const { failWith, terminal } = await import('./cli/terminal.ts');
    process.exitCode = failWith(terminal, error);
  }
}
