/** Owns: whether a command can be run, told before anything else is done. Used by: exec-verb.ts, exec-terminal.ts. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { escapeText } from './terminal.ts';
import { EXIT, ExitError } from './usage-error.ts';

type Look = 'executable' | 'notExecutable' | 'missing';

/** Throws with the exit codes of shells. */
export function checkCommand(command: string, path: string | undefined): void {
  const looks = candidates(command, path).map(lookAt);
  if (looks.includes('executable')) return;
  throw looks.includes('notExecutable') ? notExecutable(command) : notFound(command);
}

/** Where a program of the system is. */
export function findProgram(name: string, path: string | undefined): string | undefined {
  return candidates(name, path).find((one) => lookAt(one) === 'executable');
}

/** What the system said when it was to begin. */
export function startError(command: string, error: Error & { readonly code?: string }): Error {
  if (error.code === 'ENOENT') return notFound(command);
  if (error.code === 'EACCES' || error.code === 'EPERM') return notExecutable(command);
  if (error.code === 'E2BIG')
    return new ExitError(
      EXIT.notExecutable,
      `${escapeText(command)} cannot be run: its arguments and variables are too large together; take fewer names with --include`,
    );
  return error;
}

function candidates(command: string, path: string | undefined): string[] {
  if (command.includes('/')) return [command];
  return (path ?? '/usr/local/bin:/usr/bin:/bin')
    .split(delimiter)
    .map((folder) => join(folder || '.', command));
}

function lookAt(path: string): Look {
  try {
    if (!statSync(path).isFile()) return 'notExecutable';
  } catch {
    // not there, or not to be seen: for a search both is the same
    return 'missing';
  }
  try {
    accessSync(path, constants.X_OK);
    return 'executable';
  } catch {
    return 'notExecutable';
  }
}

function notFound(command: string): ExitError {
  return new ExitError(
    EXIT.commandNotFound,
    `there is no command ${escapeText(command)}; look at its name and at PATH, and put -- before it`,
  );
}

function notExecutable(command: string): ExitError {
  return new ExitError(
    EXIT.notExecutable,
    `${escapeText(command)} cannot be executed; is it a program, and may this user run it?`,
  );
}
