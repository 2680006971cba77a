/**
 * Owns: what each fault of a request does to it.
 * Called by: fault-proxy.ts. Must not: decide which request is hit.
 */
import { applied, deliver, type Exchange, forward } from './exchange.ts';
import type { RequestFault } from './fault-rules.ts';
import { answerStale } from './stale-answers.ts';
import { statusAnswer } from './status-body.ts';

export async function performFault(exchange: Exchange, fault: RequestFault): Promise<void> {
  const { client, gate, call } = exchange;
  switch (fault.kind) {
    case 'status':
      return client.answer(statusAnswer(fault));
    case 'reset':
      return client.reset();
    case 'hang':
      await gate.released(client.signal);
      return client.reset();
    case 'lost-answer':
      await applied(exchange);
      return client.reset();
    case 'truncate':
      return client.answerHalf(await answerOf(exchange));
    case 'forward-late':
      return performLateForward(exchange, fault.until);
    case 'answer-late': {
      const answer = await forward(exchange, call);
      await gate.pause(fault.ms, client.signal);
      return deliver(exchange, answer);
    }
    case 'run':
      return performRun(exchange, fault);
    case 'stale':
      return answerStale(exchange, fault.resourceVersion);
  }
}

async function performLateForward(exchange: Exchange, until: () => Promise<void>): Promise<void> {
  const { gate, call } = exchange;
  const regardless = new AbortController().signal;
  await Promise.race([until(), gate.released(regardless)]);
  await deliver(exchange, await forward(exchange, call, regardless));
}

async function performRun(
  exchange: Exchange,
  { when, run }: Extract<RequestFault, { kind: 'run' }>,
): Promise<void> {
  const { client } = exchange;
  if (when === 'answered') {
    await client.answer(await answerOf(exchange));
    return run();
  }
  if (when === 'applied') await applied(exchange);
  await run();
  return client.reset();
}

async function answerOf(exchange: Exchange) {
  const answer = await applied(exchange);
  if (answer) return answer;
  throw new Error(`the fault is for a whole answer, and ${exchange.trace.url} is a watch: use onWatch()`);
}
