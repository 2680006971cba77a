/**
 * Owns: passing a watch on line by line, with the faults that hit its lines.
 * Called by: exchange.ts, stale-answers.ts. Must not: hold more than one line back.
 */
import type { ClientSide } from './client-side.ts';
import type { Exchange } from './exchange.ts';
import type { EventSeen, StatusFault, WatchFault, WatchRule } from './fault-rules.ts';
import { LineReader } from './line-source.ts';
import { errorLine } from './status-body.ts';

type Relayed = Pick<Exchange, 'trace' | 'gate' | 'watchRules' | 'client'>;
type LineFault = Exclude<WatchFault, StatusFault>;
type LineRule = WatchRule & { readonly fault: LineFault };
type Ending = Extract<LineFault, { kind: 'error-event' | 'reset' | 'truncate' | 'end' }>;

const SWAP_MS = 500;

/** Until one of both sides ends. The client's stream is open already. */
export async function relayWatch(exchange: Relayed, lines: AsyncIterable<Buffer>): Promise<void> {
  await new WatchRelay(exchange).run(new LineReader(lines));
}

class WatchRelay {
  readonly #exchange: Relayed;
  readonly #client: ClientSide;
  /** the event that waits for the one after it */
  #swapped: Buffer | undefined;

  constructor(exchange: Relayed) {
    this.#exchange = exchange;
    this.#client = exchange.client;
  }

  async run(lines: LineReader): Promise<void> {
    for (;;) {
      if (this.#swapped && !(await lines.isSoon(SWAP_MS))) await this.#sendSwapped();
      const line = await lines.next();
      if (line === undefined) break;
      const fault = this.#faultFor(line);
      if (isEnding(fault)) return this.#end(fault, line);
      await this.#pass(fault, line);
    }
    await this.#sendSwapped();
    await this.#client.end();
  }

  #faultFor(line: Buffer): LineFault | undefined {
    const { watchRules, trace } = this.#exchange;
    let event: EventSeen | undefined;
    const rule = watchRules.due((candidate) => {
      if (!isLineRule(candidate) || !candidate.match(trace)) return false;
      event ??= decoded(line);
      return candidate.event?.(event) ?? true;
    });
    return rule && isLineRule(rule) ? rule.fault : undefined;
  }

  async #pass(fault: Exclude<LineFault, Ending> | undefined, line: Buffer): Promise<void> {
    const { gate } = this.#exchange;
    const { signal } = this.#client;
    const earlier = this.#swapped;
    this.#swapped = fault?.kind === 'swap' ? line : undefined;
    if (fault?.kind === 'hold') await gate.released(signal);
    if (fault?.kind === 'delay') await gate.pause(fault.ms, signal);
    if (fault?.kind !== 'drop' && fault?.kind !== 'swap') await this.#client.write(line);
    if (fault?.kind === 'repeat') await this.#client.write(line);
    if (earlier) await this.#client.write(earlier);
  }

  async #end(fault: Ending, line: Buffer): Promise<void> {
    await this.#sendSwapped();
    switch (fault.kind) {
      case 'error-event':
        await this.#client.write(errorLine(fault));
        return this.#client.end();
      case 'end':
        return this.#client.end();
      case 'reset':
        return this.#client.reset();
      case 'truncate':
        return this.#client.cutShort(line.subarray(0, line.length >> 1));
    }
  }

  async #sendSwapped(): Promise<void> {
    const line = this.#swapped;
    this.#swapped = undefined;
    if (line) await this.#client.write(line);
  }
}

function isLineRule(rule: WatchRule): rule is LineRule {
  return rule.fault.kind !== 'status';
}

function isEnding(fault: LineFault | undefined): fault is Ending {
  return fault !== undefined && ['error-event', 'reset', 'truncate', 'end'].includes(fault.kind);
}

/** What is no event, such as a line cut off upstream, has no type. */
function decoded(line: Buffer): EventSeen {
  try {
    const { type, object } = JSON.parse(line.toString('utf8')) as Partial<EventSeen>;
    return { type: type ?? '', object: { ...object, metadata: object?.metadata ?? {} } };
  } catch {
    return { type: '', object: { metadata: {} } };
  }
}
