/**
 * Owns: the receiver's process, from the side of the benchmark: one order at a time.
 * Called by: automations-at-work.ts.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Arrival, Done, Order, Started } from './receiver-messages.ts';

export class ReceiverLink {
  readonly endpoint: string;
  /** of an operator that may send to it */
  readonly flags: readonly string[];
  readonly #child: ChildProcess;
  /** or an order to a receiver that has ended would never be answered */
  readonly #ended = new AbortController();

  private constructor(child: ChildProcess, { endpoint, flags }: Started) {
    this.#child = child;
    child.once('exit', () => this.#ended.abort(new Error('the receiver has ended')));
    this.endpoint = endpoint;
    this.flags = flags;
  }

  static async start(): Promise<ReceiverLink> {
    const child = fork(join(import.meta.dirname, 'receiver-process.ts'));
    const [started] = await once(child, 'message');
    return new ReceiverLink(child, started as Started);
  }

  /** What arrived since it was asked last. */
  take(): Promise<readonly Arrival[]> {
    return this.#order({ kind: 'take' });
  }

  /** From now on these paths get no answer, and all others do. */
  async stall(paths: readonly string[]): Promise<void> {
    await this.#order({ kind: 'stall', paths });
  }

  async up(): Promise<void> {
    await this.#order({ kind: 'up' });
  }

  async down(): Promise<void> {
    await this.#order({ kind: 'down' });
  }

  async stop(): Promise<void> {
    if (!this.#child.connected) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  async #order(order: Order): Promise<readonly Arrival[]> {
    const answer = once(this.#child, 'message', { signal: this.#ended.signal });
    this.#child.send(order);
    const [done] = await answer;
    return (done as Done).arrivals;
  }
}
