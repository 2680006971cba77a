#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { addClaim } from './cli/claim-verb.ts';
import { addEnroll } from './cli/enroll-verb.ts';
import { addExplain } from './cli/explain-verb.ts';
import { addInit } from './cli/init-verb.ts';
import { addReview } from './cli/review-verb.ts';
import { addRun } from './cli/run-verb.ts';
import { failWith, terminal } from './cli/terminal.ts';
import { EXIT } from './cli/usage-error.ts';
import { VERSION } from './version.ts';

const program = new Command('secretscope')
  .description('secrets by organization, repository and environment, synced into Kubernetes')
  .version(VERSION)
  .showHelpAfterError('(run with --help for the flags)')
  .exitOverride();

addRun(program, VERSION);
addInit(program, terminal);
addEnroll(program, VERSION, terminal);
addExplain(program, VERSION, terminal);
addReview(program, VERSION, terminal);
addClaim(program, VERSION, terminal);
for (const command of program.commands)
  command.exitOverride().showHelpAfterError('(run with --help for the flags)');

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else process.exitCode = failWith(terminal, error);
}
