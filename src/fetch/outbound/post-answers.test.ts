/** What a receiver does to whoever sends to it. Every attempt ends, is one word, and leaves no connection behind. */
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../../../test/scenarios-support/until.ts';
import {
  type Answering,
  drip,
  flood,
  gzip,
  halfClose,
  raw,
  redirect,
  reset,
  stall,
} from '../../../test/scenarios-support/webhook-answers.ts';
import { OutboundConnector } from './outbound-connector.ts';
import { allowing, outcomeOf, post, postHastily, receiver, webhook } from './post-webhook-fixture.ts';

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n';
const later =
  (answer: Answering): Answering =>
  (exchange) =>
    void setTimeout(() => answer(exchange), 50);

describe('an answer that is one', () => {
  it.each<[string, Answering]>([
    ['compressed, which nobody unpacks', gzip(50_000_000)],
    ['cut in its body', raw(HEAD, later(reset))],
    ['closed in its body', raw(HEAD, halfClose)],
    ['stalled in its body', raw(HEAD, stall)],
    ['without an end', flood('x', 'HTTP/1.1 200 OK\r\n\r\n')],
    [
      'without an end, in chunks',
      flood('1\r\nx\r\n', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'),
    ],
    ['followed by another', raw(`${HEAD}hello${HEAD.replace('200', '500')}again`)],
    ['after a 100', raw(`HTTP/1.1 100 Continue\r\n\r\n${HEAD}`)],
    ['after hints', raw(`${'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(3)}${HEAD}`)],
    ['of HTTP/1.0', raw('HTTP/1.0 200 OK\r\n\r\n')],
    ['with a head of nearly 16 KiB', raw(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(16_000)}\r\n\r\n`)],
  ])('%s: its code counts', async (_case, answer) => {
    const there = await receiver();
    there.usually(answer);
    await expect(outcomeOf(post(allowing([there]), webhook(there.endpoint)))).resolves.toBe(200);
    await until(() => expect(there.open).toBe(0));
  });

  it.each([301, 302, 303, 307, 308])(
    'FAULTS 47: a redirect (%i) is a code like any other, and nobody is connected to',
    async (code) => {
      const [there, elsewhere] = [await receiver(), await receiver()];
      for (const location of [elsewhere.endpoint, 'http://169.254.169.254/latest/meta-data/']) {
        there.usually(redirect(location, code));
        // it might reach the other one, and does not
        await expect(outcomeOf(post(allowing([there, elsewhere]), webhook(there.endpoint)))).resolves.toBe(
          code,
        );
      }
      expect([there.receipts.length, elsewhere.connections]).toEqual([2, 0]);
    },
  );
});

describe('an answer that is none', () => {
  it.each<[string, string, Answering]>([
    ['nothing', 'TimedOut', stall],
    ['a head that drips', 'TimedOut', raw('HTTP/1.1 200 OK\r\nx: ', drip('a'))],
    ['half a head', 'TimedOut', raw('HTTP/1.1 200 OK\r\nx: a')],
    ['one hint and nothing more', 'TimedOut', raw('HTTP/1.1 103 Early Hints\r\n\r\n')],
    ['a reset', 'ConnectionFailed', reset],
    ['half a head and a reset', 'ConnectionFailed', raw('HTTP/1.1 200 OK\r\nx: ', reset)],
    ['the end of the connection', 'ConnectionFailed', halfClose],
    ['half a head and the end', 'ConnectionFailed', raw('HTTP/1.1 200 OK\r\nx: ', halfClose)],
    ['another protocol', 'AnswerRefused', raw('SSH-2.0-OpenSSH_9.9\r\n')],
    ['HTTP/0.9', 'AnswerRefused', raw('<html>hello</html>', halfClose)],
    ['zeros', 'AnswerRefused', raw(Buffer.alloc(64))],
    ['a code of four digits', 'AnswerRefused', raw('HTTP/1.1 2000 OK\r\n\r\n')],
    ['a code that is none', 'AnswerRefused', raw('HTTP/1.1 999 Hi\r\n\r\n')],
    ['a code below all', 'AnswerRefused', raw('HTTP/1.1 099 Hi\r\n\r\n')],
    [
      'another protocol from here on',
      'AnswerRefused',
      raw('HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n'),
    ],
    [
      'two lengths',
      'AnswerRefused',
      raw('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n'),
    ],
    [
      'a head of more than 16 KiB',
      'AnswerRefused',
      raw(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`),
    ],
    ['a head without an end', 'AnswerRefused', flood('x: aaaaaaaaaaaaaaaa\r\n', 'HTTP/1.1 200 OK\r\n')],
    ['100 for ever', 'AnswerRefused', flood('HTTP/1.1 100 Continue\r\n\r\n')],
    ['hints for ever', 'AnswerRefused', flood('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n')],
  ])('%s: %s', async (_case, outcome, answer) => {
    const there = await receiver();
    there.usually(answer);
    const attempt = outcome === 'TimedOut' ? postHastily : post;
    const sent = await attempt(allowing([there]), webhook(there.endpoint));
    expect(sent).toEqual({ kind: 'failed', outcome, milliseconds: expect.any(Number) });
    expect(sent.milliseconds).toBeLessThan(5_000);
    expect(there.arrivals('d-1')).toBe(1);
    await until(() => expect(there.open).toBe(0));
  });
});

/** Takes connections, and does with them as it is told: below TLS. */
async function listener(connected: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    connected(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('no TLS', () => {
  it.each<[string, string, (socket: Socket) => void]>([
    ['nothing', 'TimedOut', () => undefined],
    ['HTTP without TLS', 'TLSRefused', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['the end of the connection', 'ConnectionFailed', (socket) => socket.end()],
    ['a reset', 'ConnectionFailed', (socket) => socket.resetAndDestroy()],
    [
      'an alert',
      'TLSRefused',
      (socket) => socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40]))),
    ],
  ])('%s in the place of a handshake: %s', async (_case, outcome, connected) => {
    const url = await listener(connected);
    const outbound = new OutboundConnector({ allow: { endpoints: [url] } });
    const attempt = outcome === 'TimedOut' ? postHastily : post;
    await expect(outcomeOf(attempt(outbound, webhook(url)))).resolves.toBe(outcome);
  });
});
