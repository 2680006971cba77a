/**
 * Owns: a terminal of somebody who follows a page: one bash for block after block.
 * Called by: run-page.ts. Must not: know of pages.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Ran {
  readonly code: number;
  /** stdout and stderr, as they came */
  readonly printed: string;
}

/** One prompt after the other; variables, functions and aliases stay, as in a terminal. */
export class PageShell {
  readonly #child: ChildProcess;
  readonly #folder: string;
  #printed = '';
  #count = 0;

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#child = spawn('bash', ['--norc'], { cwd: folder, env, detached: true, stdio: 'pipe' });
    const take = (chunk: Buffer) => {
      this.#printed += chunk.toString();
    };
    this.#child.stdout?.on('data', take);
    this.#child.stderr?.on('data', take);
    this.#child.stdin?.write('shopt -s expand_aliases\nset -o pipefail\nexec 2>&1\n');
  }

  /**
   * Runs the lines as they were pasted. The first command that fails ends the rest: a reader would stop there, too.
   * stdin is closed for the commands: nobody is there to answer.
   */
  async run(lines: string, timeout: number): Promise<Ran> {
    const mark = `--ran-${this.#count + 1}-`;
    this.#printed = '';
    // sourced, so that a line sees the aliases of the one before; a trap instead of `set -e`, which would end the shell
    this.#child.stdin?.write(
      `failed=0; trap 'failed=$?; trap - ERR; return $failed' ERR; source ${this.#saved(lines)} </dev/null; trap - ERR; ` +
        `printf '\\n${mark}%s\\n' "$failed"\n`,
    );
    const ended = new RegExp(`\\n${mark}(\\d+)\\n`);
    await this.#until(() => ended.test(this.#printed), 'an end', timeout);
    const match = ended.exec(this.#printed);
    return { code: Number(match?.[1]), printed: this.#printed.slice(0, match?.index) };
  }

  /**
   * Resolves when the lines have said the words, and leaves them running. This terminal is taken then: the reader opens
   * another one, which knows nothing of this.
   */
  async leaveRunning(lines: string, words: string, timeout: number): Promise<void> {
    this.#printed = '';
    this.#child.stdin?.write(`set -e; source ${this.#saved(lines)} </dev/null\n`);
    const said = () => this.#printed.includes(words);
    await this.#until(said, `“${words}”`, timeout);
  }

  async #until(done: () => boolean, what: string, timeout: number): Promise<void> {
    const deadline = performance.now() + timeout;
    while (!done()) {
      const gone = this.#child.exitCode !== null || this.#child.signalCode !== null;
      const late = performance.now() > deadline;
      if (gone || late)
        throw new Error(
          `${gone ? 'it ended' : `after ${timeout} ms it runs`} without ${what}:\n${this.#printed}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #saved(lines: string): string {
    this.#count += 1;
    const file = join(this.#folder, `.pasted-${process.hrtime.bigint()}-${this.#count}.sh`);
    writeFileSync(file, lines);
    return file;
  }

  /** Ends what still runs in it. */
  async close(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    // the group: bash and whatever it started
    process.kill(-pid, 'SIGTERM');
    await exited;
  }
}
