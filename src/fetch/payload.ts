/** What is done with a payload as a whole. Called by whoever owns one. */
import type { Payload, ReadAnswer } from './port.ts';

export function payloadBytes(payload: Payload): number {
  if (payload.kind === 'value') return payload.value.byteLength;
  let sum = 0;
  for (const [name, value] of payload.fields) sum += name.length + value.byteLength;
  return sum;
}

export function wipePayload(payload: Payload): void {
  if (payload.kind === 'value') payload.value.wipe();
  else for (const value of payload.fields.values()) value.wipe();
}

/** For answers that nobody is waiting for any more. */
export function wipeAnswers(answers: readonly ReadAnswer[]): void {
  for (const answer of answers) if (answer.kind === 'found') wipePayload(answer.payload);
}

/** Boxes of their own, for a holder with another lifetime. */
export function copyPayload(payload: Payload): Payload {
  if (payload.kind === 'value') return { kind: 'value', value: payload.value.copy() };
  return {
    kind: 'fields',
    fields: new Map([...payload.fields].map(([name, value]) => [name, value.copy()])),
  };
}
