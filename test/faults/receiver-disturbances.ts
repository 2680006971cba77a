/**
 * Owns: everything that can go wrong with a receiver of webhooks, each as a way to carry out the act of a scenario.
 * Used by: make-plans.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../scenarios-support/until.ts';
import {
  type Answering,
  flood,
  halfClose,
  raw,
  redirect,
  reset,
  retryAfter,
  stall,
  status,
} from '../scenarios-support/webhook-answers.ts';
import type { Disturbance } from './disturbances.ts';
import { PlanNotCarriedOut } from './stage.ts';

// the first request comes within two seconds, and the ones after a failure within four; a machine may be busy
const HIT_MS = 30_000;
const DOWN_MS = 3_000;

interface ReceiverFault {
  readonly name: string;
  readonly answers: readonly Answering[];
  /** about how long it holds up the delivery, beyond the back-off */
  readonly seconds?: number;
}

/** Each spoils the first requests after the act; later ones are taken. */
export const RECEIVER_FAULTS: readonly ReceiverFault[] = [
  { name: '500', answers: [status(500), status(500)] },
  { name: '404', answers: [status(404)] },
  { name: '429', answers: [retryAfter(429, '2')] },
  { name: 'redirect', answers: [redirect('https://127.0.0.1:9/elsewhere')] },
  { name: 'reset', answers: [reset, reset] },
  { name: 'half', answers: [halfClose] },
  { name: 'truncate', answers: [raw('HTTP/1.1 200 OK\r\ncontent-le', reset)] },
  { name: 'garbage', answers: [raw('banana\r\n\r\n', halfClose)] },
  { name: 'flood', answers: [flood('x', 'HTTP/1.1 200 OK\r\nx-long: ')] },
  // an attempt takes ten seconds at most
  { name: 'stall', answers: [stall], seconds: 11 },
];

export function receiverAnswers(answers: readonly Answering[]): Disturbance {
  return async (stage) => {
    const { receiver } = stage.lane;
    receiver.script(...answers);
    await stage.act();
    await untilHit(() => receiver.scripted === 0, 'the receiver was not asked as often as it was to fail');
  };
}

/** Nobody listens there for a while. */
export const receiverDown: Disturbance = async (stage) => {
  const { receiver } = stage.lane;
  await receiver.down();
  try {
    await stage.act();
    await pause(DOWN_MS);
  } finally {
    await receiver.up();
  }
};

/** The process dies when the nth request has arrived: before it is answered, or when it is. */
export function killAtReceiver(nth: number, answer: Answering): Disturbance {
  return async (stage) => {
    const { receiver } = stage.lane;
    let died: Promise<void> | undefined;
    const deadly: Answering = (exchange) => {
      answer(exchange);
      died = stage.replica.process?.kill();
    };
    receiver.script(...Array.from({ length: nth - 1 }, () => status(200)), deadly);
    await stage.act();
    await untilHit(() => died !== undefined, `request ${nth} never came`);
    await died;
    await stage.restart(stage.replica);
  };
}

async function untilHit(isHit: () => boolean, what: string): Promise<void> {
  await until(() => {
    if (!isHit()) throw new PlanNotCarriedOut(what);
  }, HIT_MS);
}
