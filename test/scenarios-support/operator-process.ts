/**
 * Owns: the operator as a process of its own, as it is deployed: its service account, the shipped rights.
 * Used by: scenarios. What it prints is kept, so that a test can search it and a failure can show it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { COMPILE_CACHE } from '../cluster/compile-cache.ts';
import { holdLeash } from '../cluster/leash.ts';
import { until } from './until.ts';

const SOURCES = join(import.meta.dirname, '..', '..');
/** Names the folder of the operator as it is shipped, which starts sooner; a run of the tests makes it once. */
export const BUNDLED_OPERATOR = 'SECRETSCOPE_BUNDLED_OPERATOR';
const ROOT = process.env[BUNDLED_OPERATOR] ?? SOURCES;
const mainOf = (root: string) => join(root, 'src', 'main.ts');
/** For whoever starts a verb of the command line as a process of its own. */
export const MAIN = mainOf(ROOT);

export interface OperatorFlags {
  readonly orphanGrace?: string;
  readonly logLevel?: string;
  readonly workers?: number;
  readonly extra?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** folder of the sources to run; the bundle of this checkout if absent, or where none was made the checkout */
  readonly root?: string;
  /** a command that becomes the operator, given as its arguments: one that confines itself first */
  readonly under?: readonly string[];
}

export class OperatorProcess {
  readonly #child: ChildProcess;
  /** of those in whose place it was started */
  readonly #earlier: string;
  #output = '';
  #wasEnded = false;
  #ports: { health: number; metrics: number } | undefined;

  private constructor(child: ChildProcess, earlier = '') {
    this.#child = child;
    this.#earlier = earlier;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => this.#take(chunk.toString()));
  }

  /** Of one that was started in another way than from the sources. */
  static of(child: ChildProcess): OperatorProcess {
    return new OperatorProcess(child);
  }

  /** Started and ready, which takes about a second. */
  static async start(kubeconfig: string, flags: OperatorFlags = {}): Promise<OperatorProcess> {
    const operator = OperatorProcess.launch(kubeconfig, flags);
    await operator.untilReady();
    return operator;
  }

  /** Started; whether it ever becomes ready is the test's business. What it prints follows on `earlier`. */
  static launch(kubeconfig: string, flags: OperatorFlags = {}, earlier = ''): OperatorProcess {
    const { orphanGrace = '24h', logLevel = 'debug', workers = 4, extra = [], env = {}, root = ROOT } = flags;
    const args = [
      ...(flags.under ?? []),
      process.execPath,
      mainOf(root),
      'run',
      '--kubeconfig',
      kubeconfig,
      '--health-address',
      '127.0.0.1:0',
    ];
    args.push('--metrics-address', '127.0.0.1:0', '--orphan-grace', orphanGrace, '--log-level', logLevel);
    args.push('--workers', String(workers), ...extra);
    const [command = '', ...rest] = args;
    const child = spawn(command, rest, {
      env: { ...process.env, ...COMPILE_CACHE, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    holdLeash(child);
    return new OperatorProcess(child, earlier);
  }

  async untilReady(timeout = 30_000): Promise<void> {
    await until(() => this.#requireReady(), timeout);
  }

  /** Waits until it holds the Lease; answers the milliseconds. */
  async untilLeading(timeout = 30_000): Promise<number> {
    const started = performance.now();
    const leads = () => {
      if (!this.leads) throw new Error(`it does not lead:\n${this.#output.slice(-2000)}`);
    };
    await until(leads, timeout);
    return Math.round(performance.now() - started);
  }

  /** Whether it said that it leads. */
  get leads(): boolean {
    return this.#says('leading');
  }

  /** Whether it ended by itself for that, as it must: it stood still for longer, or its clock was set. */
  get lostItsLease(): boolean {
    return this.ended && !this.#wasEnded && this.#says('the Lease is lost; ending');
  }

  /** Called once, when all of its output was read. */
  onEnd(listener: () => void): void {
    this.#child.once('close', listener);
  }

  /** Waits for its end; answers its exit code. */
  async untilExit(timeout = 30_000): Promise<number | null> {
    const ended = () => {
      if (!this.ended) throw new Error('it still runs');
    };
    await until(ended, timeout);
    return this.#child.exitCode;
  }

  /** Everything it printed so far. */
  get output(): string {
    return this.#earlier + this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Whether it exited or was killed. */
  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** One line of JSON each; what is not JSON (a crash) is left out. */
  get logs(): Record<string, unknown>[] {
    return logsIn(this.output);
  }

  async metrics(): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#ports?.metrics}/metrics`);
    return response.text();
  }

  async health(path: '/healthz' | '/readyz'): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://127.0.0.1:${this.#ports?.health}${path}`);
    return { status: response.status, body: await response.text() };
  }

  /** Ends it in an orderly way and answers its exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** As a crash would: nothing of it runs any more when this resolves. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#end(signal);
  }

  /** SIGSTOP and SIGCONT: a process that is paused. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    this.#wasEnded = true;
    if (!this.ended) {
      const exited = once(this.#child, 'exit');
      this.#child.kill(signal);
      await exited;
    }
    return this.#child.exitCode;
  }

  #says(text: string): boolean {
    return logsIn(this.#output).some(({ message }) => message === text);
  }

  #take(text: string): void {
    this.#output += text;
    const serving = this.#ports
      ? undefined
      : logsIn(this.#output).find((line) => line['message'] === 'serving');
    if (serving) this.#ports = { health: Number(serving['health']), metrics: Number(serving['metrics']) };
  }

  async #requireReady(): Promise<void> {
    if (this.#child.exitCode !== null)
      throw new Error(`the operator ended with ${this.#child.exitCode}:\n${this.#output.slice(-4000)}`);
    if (!this.#ports) throw new Error(`the operator serves nothing yet:\n${this.#output.slice(-2000)}`);
    const { status, body } = await this.health('/readyz');
    if (status !== 200) throw new Error(`not ready: ${body}\n${this.#output.slice(-2000)}`);
  }
}

const logsIn = (output: string): Record<string, unknown>[] =>
  output
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
