/**
 * Owns: a terminal of its own for a command, by script(1), whose output comes to us. Used by: exec-run.ts.
 * Values are in the environment only; what stands in the arguments of script is what was typed.
 */
import { spawnSync } from 'node:child_process';
import { findProgram } from './exec-command.ts';

/** File descriptors that the command's shell finds, beside the terminal. */
export const ERRORS_FD = 3;
export const PID_FD = 4;
export const INPUT_FD = 5;

export interface TerminalWish {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Its errors go another way than its output. */
  readonly hasOwnErrors: boolean;
  /** Its input is no terminal. */
  readonly hasOwnInput: boolean;
}

export interface ScriptCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export type ScriptKind = 'linux' | 'bsd';

// of Linux, for one argument
const MAX_ARGUMENT = 131_071;
const SHELL_KEPT = '_SECRETSCOPE_SHELL';

/** Undefined: there is none that can be used. */
export function findScript(env: NodeJS.ProcessEnv): { program: string; kind: ScriptKind } | undefined {
  const program = findProgram('script', env['PATH']);
  if (program === undefined || findProgram('sh', '/bin') === undefined) return undefined;
  if (process.platform !== 'linux') return { program, kind: 'bsd' };
  // that of busybox tells no exit code
  const { stdout } = spawnSync(program, ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return stdout?.includes('util-linux') ? { program, kind: 'linux' } : undefined;
}

/** Undefined where the arguments are too long to be passed this way. */
export function scriptCall(program: string, kind: ScriptKind, wish: TerminalWish): ScriptCall | undefined {
  const line = shellLine(wish);
  if (Buffer.byteLength(line) > MAX_ARGUMENT) return undefined;
  const { SHELL: shell, ...others } = wish.env;
  const env = { ...others, SHELL: '/bin/sh', ...(shell !== undefined && { [SHELL_KEPT]: shell }) };
  const args = kind === 'linux' ? ['-qefc', line, '/dev/null'] : ['-q', '/dev/null', '/bin/sh', '-c', line];
  return { program, args, env };
}

/** What the shell in the terminal runs; it becomes the command, so its number is the command's. */
function shellLine({ command, args, env, hasOwnErrors, hasOwnInput }: TerminalWish): string {
  const shell =
    env['SHELL'] === undefined ? 'unset SHELL' : `SHELL=$${SHELL_KEPT}; export SHELL; unset ${SHELL_KEPT}`;
  const recorded = env['SCRIPT'] === undefined ? 'unset SCRIPT; ' : '';
  const errors = hasOwnErrors ? ` 2>&${ERRORS_FD} ${ERRORS_FD}>&-` : '';
  const input = hasOwnInput ? ` <&${INPUT_FD} ${INPUT_FD}<&-` : '';
  const words = [command, ...args].map(quoted).join(' ');
  return `echo $$ >&${PID_FD}; ${shell}; ${recorded}exec ${words} ${PID_FD}>&-${errors}${input}`;
}

/** One word of a shell, whatever it holds. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
