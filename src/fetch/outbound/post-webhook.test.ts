/** What a receiver gets, and what the sender says of it. Over real TLS on loopback. */
import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { issueServerCertificate } from '../../../test/cluster/pki.ts';
import { until } from '../../../test/scenarios-support/until.ts';
import { halfClose, retryAfter, stall, status } from '../../../test/scenarios-support/webhook-answers.ts';
import { hasBearer, isSigned } from '../../../test/scenarios-support/webhook-receiver.ts';
import { type Clock, systemClock } from '../../kube/clock.ts';
import { SecretValue } from '../../model/secret-value.ts';
import { OutboundConnector } from './outbound-connector.ts';
import { authority } from './outbound-fixture.ts';
import { ATTEMPT_MS, webhookPoster } from './post-webhook.ts';
import { allowing, BODY, outcomeOf, post, postHastily, receiver, webhook } from './post-webhook-fixture.ts';

describe('what is sent', () => {
  it('is one POST with these headers in their order and exactly these bytes', async () => {
    const there = await receiver();
    const request = webhook(`${there.endpoint}/hooks/x?team=web&q=%20a b`, {
      'User-Agent': 'secretscope/0.1.0',
      Authorization: 'Bearer tok-123',
      'X-Twice': 'one',
      'x-twice': 'two',
    });
    await expect(outcomeOf(post(allowing([there]), request))).resolves.toBe(200);
    const [receipt] = there.receipts;
    expect(receipt).toMatchObject({ method: 'POST', path: '/hooks/x?team=web&q=%20a%20b' });
    expect(receipt?.rawHeaders).toEqual([
      ...['Host', `127.0.0.1:${there.port}`],
      ...['accept-encoding', 'identity'],
      ...['Content-Type', 'application/json'],
      ...['X-SecretScope-Delivery', 'd-1'],
      ...['User-Agent', 'secretscope/0.1.0'],
      ...['Authorization', 'Bearer tok-123'],
      ...['X-Twice', 'one'],
      ...['X-Twice', 'two'],
      ...['Connection', 'close'],
      ...['Content-Length', String(Buffer.byteLength(BODY))],
    ]);
    expect(receipt?.body).toEqual(Buffer.from(BODY));
    expect(receipt && hasBearer(receipt, 'tok-123')).toBe(true);
  });

  it('webhook-sign-003, -006: the receiver finds the signature over the bytes that came', async () => {
    const there = await receiver();
    const signed = (value: string, key: string, body: string, header = 'X-Wandb-Signature') => ({
      ...webhook(there.endpoint, { [header]: value }),
      body: SecretValue.fromText(body),
      key,
    });
    const plain = signed('rdhTsQP7zJNqGU+esV4pxP8Ir25H1dG8pPICGOMeT/8=', 'k', '{}');
    const unicode = signed('HqomlQvVXHxlDHgf7do7fLZ4PLNOytew6xGaPaIP5OY=', '키', '{"x":"비밀"}');
    for (const request of [plain, unicode]) await post(allowing([there]), request);
    expect(there.receipts.map((one, index) => isSigned(one, { key: index === 0 ? 'k' : '키' }))).toEqual([
      true,
      true,
    ]);
    const [first] = there.receipts;
    const altered = first && { ...first, body: Buffer.from('{ }') };
    expect(altered && isSigned(altered, { key: 'k' })).toBe(false);
    expect(first && isSigned(first, { key: 'other' })).toBe(false);
    expect(first && isSigned(first, { key: 'k', encoding: 'hex' })).toBe(false);
  });

  it('a header goes byte for byte, whatever its encoding is', async () => {
    const there = await receiver();
    await post(allowing([there]), webhook(there.endpoint, { 'X-Name': '하é' }));
    expect(Buffer.from(there.receipts[0]?.headers['x-name'] ?? '', 'latin1').toString('utf8')).toBe('하é');
  });

  it.each(['hunter2\r\nX-Evil: 1', 'hunter2\n', 'hunter2\0', 'hunter2\x7f'])(
    'nothing is sent with a header that cannot hold %j, and the error does not show it',
    async (value) => {
      const there = await receiver();
      const error: unknown = await post(allowing([there]), webhook(there.endpoint, { 'X-Pw': value })).catch(
        (caught: unknown) => caught,
      );
      expect(error).toMatchObject({ code: 'ERR_INVALID_CHAR' });
      expect(String(error)).not.toMatch(/hunter2/);
      expect(there.connections).toBe(0);
    },
  );
});

describe('what is said of it', () => {
  it.each([200, 202, 204, 301, 304, 400, 401, 404, 410, 413, 429, 500, 503, 599])(
    'WX3: of an answer of %i the code and the time, and nothing of its text',
    async (code) => {
      const there = await receiver();
      there.usually(status(code, { 'x-echo': 'hunter2' }, code === 204 || code === 304 ? '' : 'hunter2'));
      const outcome = await post(allowing([there]), webhook(there.endpoint));
      expect(outcome).toEqual({
        kind: 'answered',
        code,
        retryAfterMs: undefined,
        milliseconds: expect.any(Number),
      });
    },
  );

  it.each<[string, number | undefined]>([
    ['3', 3_000],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['-1', undefined],
    ['later', undefined],
  ])('Retry-After: %s, by the clock that is given', async (wish, retryAfterMs) => {
    const there = await receiver();
    there.usually(retryAfter(429, wish));
    const clock = { ...systemClock, now: () => Date.parse('2026-03-01T12:00:00Z') };
    const sent = webhookPoster(allowing([there]), { clock })(
      webhook(there.endpoint),
      new AbortController().signal,
    );
    await expect(sent).resolves.toMatchObject({ code: 429, retryAfterMs });
  });

  it('an attempt has ten seconds, whatever it waits for', async () => {
    const waits: number[] = [];
    const clock: Clock = {
      ...systemClock,
      after: (ms, run) => {
        waits.push(ms);
        return systemClock.after(0, run);
      },
    };
    const there = await receiver();
    const sent = webhookPoster(allowing([there]), { clock })(
      webhook(there.endpoint),
      new AbortController().signal,
    );
    await expect(outcomeOf(sent)).resolves.toBe('TimedOut');
    expect([ATTEMPT_MS, waits]).toEqual([10_000, [10_000]]);
    expect(there.receipts).toEqual([]);
  });
});

describe('a connection', () => {
  it('is made for one attempt and closed behind it, so that none is shared', async () => {
    const there = await receiver();
    const outbound = allowing([there]);
    for (let count = 0; count < 3; count += 1) await post(outbound, webhook(there.endpoint));
    expect([there.connections, there.handshakes]).toEqual([3, 3]);
    await until(() => expect(there.open).toBe(0));
  });

  it('if the operator ends, then the attempt ends with it and has no outcome', async () => {
    const there = await receiver();
    there.usually(stall);
    const ending = new AbortController();
    const sent = post(allowing([there]), webhook(there.endpoint), ending.signal);
    await there.untilEffects(1);
    ending.abort(new Error('the operator ends'));
    await expect(sent).rejects.toThrow('the operator ends');
    await until(() => expect(there.open).toBe(0));
  });

  it('if the operator has ended, then nothing is connected', async () => {
    const there = await receiver();
    const sent = post(allowing([there]), webhook(there.endpoint), AbortSignal.abort(new Error('over')));
    await expect(sent).rejects.toThrow('over');
    expect(there.connections).toBe(0);
  });

  it('if nobody listens any more, then that is said, and the next attempt finds who is back', async () => {
    const there = await receiver();
    await there.down();
    await expect(outcomeOf(post(allowing([there]), webhook(there.endpoint)))).resolves.toBe(
      'ConnectionFailed',
    );
    await there.up();
    await expect(outcomeOf(post(allowing([there]), webhook(there.endpoint)))).resolves.toBe(200);
  });

  it('a process that fails one attempt after the other keeps nothing of them', async () => {
    const there = await receiver();
    there.usually(halfClose);
    const outbound = allowing([there]);
    for (let count = 0; count < 20; count += 1) {
      const sent = post(outbound, webhook(there.endpoint));
      await expect(outcomeOf(sent)).resolves.toBe('ConnectionFailed');
    }
    await until(() => expect(there.open).toBe(0));
  });
});

describe('the boxes', () => {
  it('may be wiped as soon as there is an outcome: no byte that was wiped is ever sent', async () => {
    const got: Buffer[] = [];
    const closed = Promise.withResolvers<void>();
    const { certificate: cert, key } = await issueServerCertificate(authority, ['localhost']);
    const server = https.createServer({ cert, key }, (request) => {
      // reads only when the sender has long given up
      setTimeout(() => request.on('data', (chunk: Buffer) => got.push(chunk)), 1_000);
      request.on('error', () => closed.resolve()).once('close', () => closed.resolve());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const outbound = new OutboundConnector({ allow: { endpoints: [url], ca: authority.certificate } });
    const body = new SecretValue(Buffer.alloc(16 * 1024 * 1024, 'x'));
    await expect(outcomeOf(postHastily(outbound, { url, headers: [], body }))).resolves.toBe('TimedOut');
    body.wipe();
    await closed.promise;
    const arrived = Buffer.concat(got);
    expect(arrived.length).toBeGreaterThan(0);
    expect(arrived.length).toBeLessThan(16 * 1024 * 1024);
    expect(arrived.every((byte) => byte === 0x78)).toBe(true);
  });

  it('are not looked into again after they were wiped', async () => {
    const there = await receiver();
    const request = webhook(there.endpoint);
    request.body.wipe();
    await expect(post(allowing([there]), request)).rejects.toThrow(/has been wiped/);
    expect(there.receipts).toEqual([]);
  });
});
