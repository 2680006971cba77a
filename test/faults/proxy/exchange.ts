/**
 * Owns: one request on its way through, and forwarding it as it is.
 * Called by: fault-proxy.ts, request-faults.ts, stale-answers.ts. Must not: decide on faults.
 */
import type { ClientSide, WholeAnswer } from './client-side.ts';
import type { WatchRule } from './fault-rules.ts';
import { linesOf } from './line-source.ts';
import type { ReleaseGate } from './release-gate.ts';
import type { RuleBook } from './rule-book.ts';
import { moment, type Trace } from './seen-request.ts';
import { bytesOf, type Upstream, type UpstreamAnswer, type UpstreamCall } from './upstream.ts';
import { relayWatch } from './watch-relay.ts';

export interface Exchange {
  readonly trace: Trace;
  readonly call: UpstreamCall;
  readonly client: ClientSide;
  readonly upstream: Upstream;
  readonly gate: ReleaseGate;
  readonly watchRules: RuleBook<WatchRule>;
}

/** Sends it, or what it was made into, to the API server; unless told otherwise, for as long as the client waits. */
export async function forward(
  { trace, upstream, client }: Exchange,
  call: UpstreamCall,
  signal: AbortSignal = client.signal,
): Promise<UpstreamAnswer> {
  const answer = await upstream.open(call, signal);
  trace.upstream = moment(answer.code);
  return answer;
}

export async function wholeOf(answer: UpstreamAnswer): Promise<WholeAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytesOf(answer)) chunks.push(chunk);
  return { code: answer.code, headers: answer.headers, body: Buffer.concat(chunks) };
}

/** A watch that was accepted goes line by line, everything else in one piece. */
export async function deliver(exchange: Exchange, answer: UpstreamAnswer): Promise<void> {
  if (!isStream(exchange, answer)) return exchange.client.answer(await wholeOf(answer));
  exchange.client.open(answer.code, answer.headers);
  try {
    await relayWatch(exchange, linesOf(bytesOf(answer)));
  } finally {
    answer.body.destroy();
  }
}

/** The API server's part, to its end; of a watch, to its beginning. */
export async function applied(exchange: Exchange): Promise<WholeAnswer | undefined> {
  const answer = await forward(exchange, exchange.call);
  if (!isStream(exchange, answer)) return wholeOf(answer);
  answer.body.destroy();
  return undefined;
}

function isStream({ trace }: Exchange, { code }: UpstreamAnswer): boolean {
  return trace.kind === 'watch' && code === 200;
}
