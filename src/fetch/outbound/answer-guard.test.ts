import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { MAX_ANSWER_BYTES } from './answer-guard.ts';
import { OutboundConnector } from './outbound-connector.ts';
import { outboundCode } from './outbound-error.ts';
import { ask, authority, httpServer } from './outbound-fixture.ts';

const local = (port: number, protocol = 'http') => {
  const endpoints = [`${protocol}://127.0.0.1:${port}`];
  const allow = { endpoints, ...(protocol === 'https' && { ca: authority.certificate }) };
  return new OutboundConnector({ allow }).agents({ hosts: ['127.0.0.1'] });
};
const codeOf = (asked: Promise<unknown>) => asked.then(() => 'answered', outboundCode);

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])(
    'FAULTS 47: %i is handed over without its Location, and not followed',
    async (status) => {
      const elsewhere = vi.fn();
      const { port: other } = await httpServer(elsewhere);
      const { port } = await httpServer((_request, response) =>
        response.writeHead(status, { location: `http://127.0.0.1:${other}/`, 'x-kept': 'yes' }).end('moved'),
      );
      const { http, fetch } = local(port);
      const answer = await ask(http, `http://127.0.0.1:${port}/`);
      expect(answer).toMatchObject({ status, body: 'moved', headers: { 'x-kept': 'yes' } });
      expect(answer.headers.location).toBeUndefined();
      expect(answer.rawHeaders.join()).not.toMatch(/location/i);
      const fetched = await fetch(`http://127.0.0.1:${port}/`);
      expect([fetched.status, fetched.redirected, fetched.headers.get('location')]).toEqual([
        status,
        false,
        null,
      ]);
      expect(elsewhere).not.toHaveBeenCalled();
    },
  );

  it('FAULTS 47: whoever follows one all the same is refused', async () => {
    const { port } = await httpServer((_request, response) => response.end());
    const agents = local(port);
    const elsewhere = ask(agents.http, 'http://127.0.0.1:1/');
    await expect(codeOf(elsewhere)).resolves.toBe('HostRefused');
  });

  it('a created thing keeps its Location', async () => {
    const { port } = await httpServer((_request, response) =>
      response.writeHead(201, { location: '/1' }).end(),
    );
    await expect(ask(local(port).http, `http://127.0.0.1:${port}/`)).resolves.toMatchObject({
      headers: { location: '/1' },
    });
  });
});

describe('an answer', () => {
  it('THREATS 18: compression is declined, and refused where it comes all the same', async () => {
    const asked: (string | undefined)[] = [];
    const { port } = await httpServer((request, response) => {
      asked.push(request.headers['accept-encoding']?.toString());
      response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(50_000_000)));
    });
    const { http, fetch } = local(port);
    const headers = { 'accept-encoding': 'gzip, br' };
    await expect(codeOf(ask(http, `http://127.0.0.1:${port}/`, { headers }))).resolves.toBe('AnswerEncoded');
    await expect(codeOf(fetch(`http://127.0.0.1:${port}/`, { headers }))).resolves.toBe('AnswerEncoded');
    expect(asked).toEqual(['identity', 'identity']);
  });

  it.each(['content-length', 'transfer-encoding'])(
    'THREATS 18: one that never ends is cut (%s)',
    async (header) => {
      let sent = 0;
      const { port } = await httpServer((_request, response) => {
        response.setHeader(header, header === 'content-length' ? '99999999999' : 'chunked');
        const more = () => {
          while (!response.destroyed) {
            sent += 65_536;
            if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
          }
        };
        more();
      });
      const { http, fetch } = local(port);
      await expect(codeOf(ask(http, `http://127.0.0.1:${port}/`))).resolves.toBe('AnswerTooLarge');
      await expect(codeOf(fetch(`http://127.0.0.1:${port}/`))).resolves.toBe('AnswerTooLarge');
      expect(sent).toBeLessThan(8 * MAX_ANSWER_BYTES);
    },
  );

  it('of the greatest length is whole', async () => {
    const { port } = await httpServer((_request, response) =>
      response.end(Buffer.alloc(MAX_ANSWER_BYTES, 'x')),
    );
    const { body } = await ask(local(port).http, `http://127.0.0.1:${port}/`);
    expect(body.length).toBe(MAX_ANSWER_BYTES);
  });
});
