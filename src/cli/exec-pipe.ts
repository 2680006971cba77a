/**
 * Owns: pipes that a command writes into. Used by: exec-run.ts.
 * Node gives children sockets, and nobody can open a socket by name: whatever logs to /dev/stdout would fail.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface OutputPipe {
  /** Ours. */
  readonly reader: Socket;
  /** The command's; to be closed here once it has it. */
  readonly writer: number;
}

/** Undefined where no folder can hold one, or there is no mkfifo: then a socket has to do. */
export function openPipe(): OutputPipe | undefined {
  // the second is writable in Pods whose own file system is not
  for (const folder of [tmpdir(), '/dev/shm']) {
    const pipe = pipeIn(folder);
    if (pipe) return pipe;
  }
  return undefined;
}

function pipeIn(parent: string): OutputPipe | undefined {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(parent, 'secretscope-'));
    const path = join(folder, 'output');
    execFileSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' });
    // whoever opens for reading would wait for a writer, and the other way round
    const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    return { reader: new Socket({ fd: reading, readable: true, writable: false }), writer };
  } catch {
    // read-only, full or without mkfifo: each has the same answer
    return undefined;
  } finally {
    // it stays open without its name
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

export function closeWriter({ writer }: OutputPipe): void {
  closeSync(writer);
}

/** Of no use to anybody any more. */
export function discard(pipe: OutputPipe): void {
  pipe.reader.destroy();
  closeWriter(pipe);
}
