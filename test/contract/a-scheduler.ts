/** A scheduler over a backend in memory, on a clock that the test moves. Called by its tests. */
import { MemoryBackend } from '../../src/fetch/backends/memory.ts';
import type { AccountEvent, CallRecord } from '../../src/fetch/dispatcher.ts';
import type { Asker } from '../../src/fetch/flight.ts';
import { wipeAnswers } from '../../src/fetch/payload.ts';
import type { Capabilities } from '../../src/fetch/port.ts';
import { Scheduler } from '../../src/fetch/scheduler.ts';
import { SteppedClock } from './stepped-clock.ts';

export const by = (tenant: string, signal = new AbortController().signal): Asker => ({ tenant, signal });

export function aScheduler(capabilities: Partial<Capabilities> = {}, ms = 100) {
  const clock = new SteppedClock();
  const backend = new MemoryBackend({ capabilities, latency: { clock, ms } });
  const records: CallRecord[] = [];
  const events: AccountEvent[] = [];
  const scheduler = new Scheduler({
    backend,
    clock,
    random: () => 0.5,
    onCall: (record) => records.push(record),
    onEvent: (event) => events.push(event),
    onPut: () => undefined,
    onRemove: () => undefined,
    onRead: (_query, answer) => answer.kind === 'found' && wipeAnswers([answer]),
  });
  return { clock, backend, scheduler, records, events };
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}
