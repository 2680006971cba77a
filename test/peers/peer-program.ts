/** Owns: running a peer on loopback, from its start until it answers to its end. Called by: moto.ts and its like. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endServer, isServerAlive, spawnServer, tail } from '../cluster/server-process.ts';

export interface PeerProgram {
  readonly name: string;
  readonly binary: string;
  readonly args: readonly string[];
  /** where the program lies */
  readonly dir: string;
  /** whether it serves by now */
  readonly answers: () => Promise<boolean>;
  /** milliseconds until it has to */
  readonly patience: number;
}

const POLL_MS = 100;

/** Resolves when it answers, with what ends it. */
export async function startPeer(program: PeerProgram): Promise<() => Promise<void>> {
  const { name, binary, args, dir } = program;
  const scratch = await mkdtemp(join(tmpdir(), `secretscope-${name}-`));
  const logFile = join(scratch, `${name}.log`);
  const { pid } = await spawnServer({ binary, args, dir, logFile, scratch });
  const stop = async () => {
    await endServer(pid, dir, 'SIGTERM');
    await rm(scratch, { recursive: true, force: true });
  };
  const deadline = Date.now() + program.patience;
  while (!(await program.answers())) {
    if (isServerAlive(pid, dir) && Date.now() < deadline) await sleep(POLL_MS);
    else {
      const said = await tail(logFile);
      await stop();
      throw new Error(`${name} did not start:\n${said}`);
    }
  }
  return stop;
}
