/** Every oracle, by the name under which its violations are told. */
import { approvedWrites } from './approved-writes.ts';
import { boundedRetries } from './bounded-retries.ts';
import { claimedWrites } from './claimed-writes.ts';
import { guardedWrites } from './guarded-writes.ts';
import { lawfulWrites } from './lawful-writes.ts';
import { needlessWrites } from './needless-writes.ts';
import { noLeaks } from './no-leaks.ts';
import { oneWriter } from './one-writer.ts';
import type { Evidence, Oracle } from './oracle.ts';
import { silence } from './silence.ts';
import { toldWebhooks } from './told-webhooks.ts';
import { writtenValues } from './written-values.ts';

const ORACLES: Readonly<Record<string, Oracle>> = {
  'lawful writes': lawfulWrites,
  'guarded writes': guardedWrites,
  'approved writes': approvedWrites,
  'claimed writes': claimedWrites,
  'written values': writtenValues,
  'told webhooks': toldWebhooks,
  'needless writes': needlessWrites,
  'one writer': oneWriter,
  'bounded retries': boundedRetries,
  silence,
  'no leaks': noLeaks,
};

export function violations(evidence: Evidence): string[] {
  return Object.entries(ORACLES).flatMap(([name, oracle]) =>
    oracle(evidence).map((violation) => `${name}: ${violation}`),
  );
}
