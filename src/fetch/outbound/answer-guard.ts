/**
 * What every answer from outside goes through before a library sees it. Called by the agents with each new request.
 * Three rules that no client has to be told: a redirect loses its Location, so that nothing can follow it; nothing is
 * compressed, so that nothing unpacks into gigabytes; nothing is longer than the longest page.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { OutboundError } from './outbound-error.ts';

// THREATS 18: a page of a listing is at most 8 MiB; a value, at most 1 MiB, is bounded again by who reads it
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export function guardAnswer(request: ClientRequest): void {
  // headers given as a list, or with Expect, are on their way already; the answer is judged all the same
  if (!request.headersSent) request.setHeader('accept-encoding', 'identity');
  request.prependOnceListener('response', (answer: IncomingMessage) => {
    withoutLocation(answer);
    if (isEncoded(answer)) refuse(request, answer, new OutboundError('AnswerEncoded'));
    else boundBody(request, answer);
  });
}

function withoutLocation(answer: IncomingMessage): void {
  const status = answer.statusCode ?? 0;
  if (status < 300 || status > 399) return;
  // Node makes the two from the third when they are first read, and counts on finding it as it was
  delete answer.headers.location;
  delete answer.headersDistinct['location'];
  const kept = answer.rawHeaders.flatMap((name, index, all) => {
    if (index % 2 === 1 || name.toLowerCase() === 'location') return [];
    return [name, all[index + 1] ?? ''];
  });
  answer.rawHeaders.splice(0, answer.rawHeaders.length, ...kept);
}

function isEncoded(answer: IncomingMessage): boolean {
  const encoding = answer.headers['content-encoding'];
  return encoding !== undefined && encoding.trim().toLowerCase() !== 'identity';
}

/** Counts where the parser hands over, below every reader: a listener for data would start the stream too early. */
function boundBody(request: ClientRequest, answer: IncomingMessage): void {
  let size = 0;
  const push = answer.push.bind(answer);
  answer.push = (chunk: unknown, encoding?: BufferEncoding) => {
    size += chunk instanceof Uint8Array ? chunk.byteLength : 0;
    if (size <= MAX_ANSWER_BYTES) return push(chunk, encoding);
    refuse(request, answer, new OutboundError('AnswerTooLarge'));
    return false;
  };
}

function refuse(request: ClientRequest, answer: IncomingMessage, error: OutboundError): void {
  answer.destroy(error);
  request.destroy(error);
}
