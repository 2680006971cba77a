/**
 * Owns: which rules are armed, and how often each of them matched and hit.
 * Called by: fault-proxy.ts, watch-relay.ts. Must not: know what a fault does.
 */
import type { Armed } from './fault-rules.ts';

interface Countable {
  readonly nth?: number;
  readonly times?: number;
}

export class RuleBook<R extends Countable> {
  readonly #entries = new Set<ArmedRule<R>>();

  arm(rule: R): Armed {
    const entry = new ArmedRule(rule, () => this.#entries.delete(entry));
    this.#entries.add(entry);
    return entry;
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Counts one match of every rule that matches; answers the first of those whose turn it is. */
  due(matches: (rule: R) => boolean): R | undefined {
    const turns = [...this.#entries].filter((entry) => matches(entry.rule) && entry.isTurn());
    turns[0]?.hit();
    return turns[0]?.rule;
  }
}

class ArmedRule<R extends Countable> implements Armed {
  readonly rule: R;
  readonly disarm: () => void;
  readonly #firstHit = Promise.withResolvers<void>();
  #matches = 0;
  #hits = 0;

  constructor(rule: R, disarm: () => void) {
    this.rule = rule;
    this.disarm = disarm;
  }

  get hits(): number {
    return this.#hits;
  }

  whenHit(): Promise<void> {
    return this.#firstHit.promise;
  }

  isTurn(): boolean {
    const { nth = 1, times = 1 } = this.rule;
    this.#matches += 1;
    return this.#matches >= nth && this.#matches < nth + times;
  }

  hit(): void {
    this.#hits += 1;
    this.#firstHit.resolve();
  }
}
