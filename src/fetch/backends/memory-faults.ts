/** Answers that a test wants to see instead of the true ones. Owned by memory.ts. */
import type { Refusal } from '../port.ts';

export type MemoryOperation = 'describe' | 'read' | 'list' | 'put' | 'remove' | 'check';

/** Spoils every answer that its `key` and `operation` fit; either may be left out. */
export interface MemoryFault {
  readonly answer: Refusal;
  readonly key?: string;
  readonly operation?: MemoryOperation;
  /** how many answers it spoils before it is over; for ever if absent */
  readonly times?: number;
}

export class MemoryFaults {
  #planted: { readonly fault: MemoryFault; left: number }[] = [];

  plant(fault: MemoryFault): void {
    this.#planted.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  heal(): void {
    this.#planted = [];
  }

  /** The answer of the first fault that fits, which is thereby used once. */
  take(operation: MemoryOperation, key: string): Refusal | undefined {
    const hit = this.#planted.find(
      ({ fault, left }) =>
        left > 0 && (fault.operation ?? operation) === operation && (fault.key ?? key) === key,
    );
    if (hit) hit.left--;
    return hit?.fault.answer;
  }
}
