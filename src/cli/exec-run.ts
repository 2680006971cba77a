/**
 * Owns: one run of a command whose output is masked, at pipes or at a terminal of its own. Used by: exec-verb.ts.
 * The command is of the process group of this program, and reads the same input.
 */
import { type ChildProcess, type SpawnOptions, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { startError } from './exec-command.ts';
import { closeWriter, discard, type OutputPipe, openPipe } from './exec-pipe.ts';
import { type ByteFilter, Pump } from './exec-pump.ts';
import { isInForeground, OF_TERMINAL, type PassedSignal, SignalRelay } from './exec-signals.ts';
import { findScript, PID_FD, type ScriptCall, scriptCall } from './exec-terminal.ts';

export interface RunOrder {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly wantsTerminal: boolean;
  /** A filter for each stream. */
  filter(warn: (text: string) => void): ByteFilter;
  note(text: string): void;
}

/** For output of processes that the command has left behind. */
const REST_MS = 2_000;

/** The exit code to end with: that of the command, or 128 and the number of the signal that ended it. */
export async function runMasked(order: RunOrder): Promise<number> {
  // ended from here on, this program would leave a FIFO or a terminal behind
  using signals = new SignalRelay();
  const call = order.wantsTerminal && process.stdout.isTTY ? terminalCall(order) : undefined;
  return call ? await runAtTerminal(call, order, signals) : await runAtPipes(order, signals);
}

async function runAtPipes(order: RunOrder, signals: SignalRelay): Promise<number> {
  const { command, args, env } = order;
  const [out, err] = [openPipe(), openPipe()];
  // what came meanwhile reached no command, not even from a terminal
  await setImmediate();
  const stdio: StdioOptions = ['inherit', out?.writer ?? 'pipe', err?.writer ?? 'pipe'];
  const child = started(command, args, { env, stdio }, [out, err]);
  signals.passTo((signal, wasEarly) => {
    if (wasEarly || !(OF_TERMINAL.has(signal) && isInForeground())) child.kill(signal);
  });
  try {
    return await carried(child, order, [
      [readerOf(out, child.stdout), process.stdout],
      [readerOf(err, child.stderr), process.stderr],
    ]);
  } catch (error) {
    throw child.pid === undefined && error instanceof Error ? startError(command, error) : error;
  }
}

/** What the system refuses is thrown here, or told by an event. */
function started(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  pipes: readonly (OutputPipe | undefined)[],
): ChildProcess {
  try {
    return spawn(command, args, options);
  } catch (error) {
    // they would keep this process waiting
    for (const pipe of pipes) if (pipe) discard(pipe);
    throw error instanceof Error ? startError(command, error) : error;
  }
}

type Way = readonly [from: Readable, to: NodeJS.WriteStream];

function readerOf(pipe: OutputPipe | undefined, socket: Readable | null): Readable {
  if (pipe) closeWriter(pipe);
  const reader = pipe?.reader ?? socket;
  if (!reader) throw new Error('the command has no output that could be read; run it again');
  return reader;
}

/** Until the command has ended and its output is written. */
async function carried(child: ChildProcess, order: RunOrder, ways: readonly Way[]): Promise<number> {
  const pumps = ways.map(([from, to]) => new Pump(from, to, order.filter(order.note)));
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    const errors = await Promise.all(pumps.map((pump) => pump.endWithin(REST_MS)));
    for (const error of errors) if (error) throw error;
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } catch (error) {
    for (const [from] of ways) from.destroy();
    throw error;
  }
}

interface TerminalCall {
  readonly script: ScriptCall;
  /** The terminal that is watched for keys and sizes: our input, or where the input is none, the one in front. */
  readonly keys: number;
  readonly hasOwnErrors: boolean;
  readonly hasOwnInput: boolean;
}

/** Undefined, with a note that says why, where the command has to do with pipes. */
function terminalCall({ command, args, env, note }: RunOrder): TerminalCall | undefined {
  // whoever changes a terminal from the background is stopped
  if (!isInForeground()) return undefined;
  const found = findScript(process.env);
  if (!found) {
    note(
      'note: the command gets pipes instead of a terminal; install script of util-linux (Alpine: apk add util-linux-misc, Debian: apt install bsdutils), or say --no-tty',
    );
    return undefined;
  }
  const hasOwnErrors = !process.stderr.isTTY;
  const hasOwnInput = !process.stdin.isTTY;
  const script = scriptCall(found.program, found.kind, { command, args, env, hasOwnErrors, hasOwnInput });
  const keys = hasOwnInput ? controllingTerminal() : 0;
  if (script && keys !== undefined) return { script, keys, hasOwnErrors, hasOwnInput };
  note(`note: the command gets pipes instead of a terminal, ${script ? NO_KEYS : TOO_LONG}`);
  return undefined;
}

const NO_KEYS = 'since there is none that keys could be read from; --no-tty says the same without this note';
const TOO_LONG =
  'since its arguments are too long to be handed to one; --no-tty says the same without this note';

function controllingTerminal(): number | undefined {
  try {
    return openSync('/dev/tty', 'r+');
  } catch {
    // a terminal that is only looked at
    return undefined;
  }
}

async function runAtTerminal(call: TerminalCall, order: RunOrder, signals: SignalRelay): Promise<number> {
  const { script, keys, hasOwnErrors, hasOwnInput } = call;
  const errors = hasOwnErrors ? openPipe() : undefined;
  const ownErrors = errors?.writer ?? (hasOwnErrors ? 'pipe' : 'ignore');
  const stdio: StdioOptions = [keys, 'pipe', 'pipe', ownErrors, 'pipe', hasOwnInput ? 0 : 'ignore'];
  const child = started(script.program, script.args, { env: script.env, stdio }, [errors]);
  if (keys !== 0) closeSync(keys);
  const target = new SignalTarget(child, signals);
  const ways: Way[] = [
    [readerOf(undefined, child.stdout), process.stdout],
    // of script itself: a loader repeats the variables that it cannot obey
    [readerOf(undefined, child.stderr), process.stderr],
  ];
  if (hasOwnErrors) ways.push([readerOf(errors, child.stdio[3] as Readable | null), process.stderr]);
  // lines end at their beginning there, where those of a note do not
  const code = await carried(child, { ...order, note: (text) => order.note(`${text}\r`) }, ways);
  if (!target.isKnown)
    throw new Error('script could not open a terminal for the command; run it with --no-tty');
  return code;
}

/** The command in the terminal: script itself would answer every signal by ending it. */
class SignalTarget {
  #pid: number | undefined;

  constructor(script: ChildProcess, signals: SignalRelay) {
    let told = '';
    (script.stdio[PID_FD] as Readable).on('data', (chunk: Buffer) => {
      told += chunk.toString('latin1');
      if (!told.endsWith('\n')) return;
      this.#pid = Number(told);
      signals.passTo((signal) => this.#send(signal));
    });
  }

  /** The command was begun. */
  get isKnown(): boolean {
    return this.#pid !== undefined;
  }

  #send(signal: PassedSignal): void {
    // script tells it the new size, and the system the signal
    if (signal === 'SIGWINCH' || this.#pid === undefined) return;
    try {
      process.kill(this.#pid, signal);
    } catch (error) {
      // it has just ended, or is somebody else's by now
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'ESRCH' && code !== 'EPERM') throw error;
    }
  }
}
