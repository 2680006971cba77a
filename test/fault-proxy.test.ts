import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import type { RequestFault, WatchFault } from './faults/proxy/fault-proxy.ts';
import { traceOf } from './faults/proxy/seen-request.ts';
import {
  eventLine,
  json,
  ProxiedUpstream,
  type ProxyClient,
  sends,
} from './faults/proxy/testing/proxied-upstream.ts';

const THING = '/apis/x.dev/v1/namespaces/web/things/a';
const THINGS = '/apis/x.dev/v1/namespaces/web/things';
const WATCH = `${THINGS}?watch=true`;
const always = () => true;
const UNAVAILABLE = { kind: 'status', code: 503, reason: 'ServiceUnavailable' } as const;

let upstream: ProxiedUpstream;
let client: ProxyClient;

afterEach(() => upstream.stop());

describe.each([
  { protocol: 'HTTP/1.1', h2: false },
  { protocol: 'HTTP/2', h2: true },
])('a client of the fault proxy that speaks $protocol', ({ h2 }) => {
  beforeEach(async () => {
    upstream = await ProxiedUpstream.start();
    client = upstream.client(h2);
  });

  const hit = (fault: RequestFault) => upstream.proxy.onRequest({ match: always, fault });
  const hitWatch = (name: string, fault: WatchFault) =>
    upstream.proxy.onWatch({ match: always, event: ({ object }) => object.metadata.name === name, fault });

  describe('a request', () => {
    it('reaches the API server as it is, and its answer the client', async () => {
      upstream.answering = (_, response) => {
        response.setHeader('warning', '299 - "old"').setHeader('date', 'Thu, 01 Jan 2026 00:00:00 GMT');
        json(response, 201, { kind: 'Thing' });
      };
      const body = { metadata: { generateName: 'a-' }, data: 'ü' };
      const answer = await client.call(`${THINGS}?fieldManager=me`, { method: 'POST', body });
      expect(answer).toMatchObject({ code: 201, body: { kind: 'Thing' } });
      expect(answer.headers).toMatchObject({ warning: '299 - "old"', date: 'Thu, 01 Jan 2026 00:00:00 GMT' });
      const [arrived] = upstream.arrived;
      expect(arrived).toMatchObject({ method: 'POST', text: JSON.stringify(body) });
      expect(arrived?.headers.authorization).toBe('Bearer secret-token');
      expect(arrived?.url.search).toBe('?fieldManager=me');
      expect(upstream.proxy.seen).toMatchObject([
        { number: 1, kind: 'write', name: 'a-*', body, upstream: { code: 201 }, answered: { code: 201 } },
      ]);
      expect(JSON.stringify(upstream.proxy.seen)).not.toContain('secret-token');
    });

    it('is told apart by its identity', async () => {
      for (const token of ['a', 'b', 'a']) await client.call(THING, { token });
      const [first, second, third] = upstream.proxy.seen.map(({ token }) => token);
      expect(first).toBe(third);
      expect(first).not.toBe(second);
    });

    it('is refused without reaching the API server', async () => {
      hit({ kind: 'status', code: 429, reason: 'TooManyRequests', retryAfterSeconds: 3 });
      const answer = await client.call(THING);
      expect(answer).toMatchObject({ code: 429, headers: { 'retry-after': '3' } });
      expect(answer.body).toMatchObject({ kind: 'Status', reason: 'TooManyRequests', code: 429 });
      expect(upstream.arrived).toEqual([]);
      expect(upstream.proxy.seen).toMatchObject([{ upstream: undefined, answered: { code: 429 } }]);
      expect(await client.call(THING)).toMatchObject({ code: 200 });
    });

    it('is reset without reaching the API server', async () => {
      hit({ kind: 'reset' });
      await expect(client.call(THING)).rejects.toThrow();
      expect(upstream.arrived).toEqual([]);
      expect(await client.call(THING)).toMatchObject({ code: 200 });
    });

    it('hangs until clear()', async () => {
      const armed = hit({ kind: 'hang' });
      const outcome = client.call(THING).catch(() => 'reset');
      await armed.whenHit();
      expect(await Promise.race([outcome, pause(100, 'hangs')])).toBe('hangs');
      upstream.proxy.clear();
      expect(await outcome).toBe('reset');
      expect(upstream.arrived).toEqual([]);
    });

    it('is applied and its answer lost', async () => {
      hit({ kind: 'lost-answer' });
      await expect(client.call(THING, { method: 'PATCH', body: {} })).rejects.toThrow();
      expect(upstream.arrived).toHaveLength(1);
      expect(upstream.proxy.seen).toMatchObject([{ upstream: { code: 200 }, answered: undefined }]);
    });

    it('gets half of an answer', async () => {
      hit({ kind: 'truncate' });
      expect(await client.bytes(THING)).toEqual({ length: '16', got: '{"kind":' });
      expect(upstream.proxy.seen).toMatchObject([{ upstream: { code: 200 }, answered: { code: 200 } }]);
    });

    it('is answered late, and at once after clear()', async () => {
      hit({ kind: 'answer-late', ms: 150 });
      const started = performance.now();
      await client.call(THING);
      expect(performance.now() - started).toBeGreaterThan(140);
      const armed = hit({ kind: 'answer-late', ms: 60_000 });
      const outcome = client.call(THING);
      await armed.whenHit();
      await vi.waitFor(() => expect(upstream.proxy.seen[1]?.upstream).toBeDefined());
      upstream.proxy.clear();
      expect(await outcome).toMatchObject({ code: 200 });
    });

    it('reaches the API server late, even without its client', async () => {
      const late = Promise.withResolvers<void>();
      const armed = hit({ kind: 'forward-late', until: () => late.promise });
      const life = new AbortController();
      const outcome = client
        .call(THING, { method: 'PUT', body: {}, signal: life.signal })
        .catch(() => 'left');
      await armed.whenHit();
      life.abort();
      expect(await outcome).toBe('left');
      expect(upstream.arrived).toEqual([]);
      late.resolve();
      await vi.waitFor(() => expect(upstream.arrived).toMatchObject([{ method: 'PUT' }]));
    });

    it.each([
      { when: 'before', reached: [0], outcome: 'lost' },
      { when: 'applied', reached: [1], outcome: 'lost' },
      { when: 'answered', reached: [1], outcome: 'answered' },
    ] as const)('lets a test act at a moment of its own: $when', async ({ when, reached, outcome }) => {
      const atRun: number[] = [];
      const done = Promise.withResolvers<void>();
      const run = async () => {
        atRun.push(upstream.arrived.length);
        done.resolve();
      };
      hit({ kind: 'run', when, run });
      const lost = () => 'lost';
      expect(await client.call(THING).then(() => 'answered', lost)).toBe(outcome);
      await done.promise;
      expect(atRun).toEqual(reached);
    });
  });

  describe('a rule', () => {
    it('hits the nth match, so many times, and until it is disarmed', async () => {
      const second = { match: always, nth: 2, times: 2, fault: UNAVAILABLE };
      const armed = upstream.proxy.onRequest(second);
      const codes = async (count: number) => {
        const seen: number[] = [];
        for (let call = 0; call < count; call++) seen.push((await client.call(THING)).code);
        return seen;
      };
      expect(await codes(4)).toEqual([200, 503, 503, 200]);
      expect(armed.hits).toBe(2);
      const all = upstream.proxy.onRequest({ match: always, times: Infinity, fault: UNAVAILABLE });
      expect(await codes(3)).toEqual([503, 503, 503]);
      all.disarm();
      expect(await codes(1)).toEqual([200]);
    });

    it('that throws resets the request, and stop() says so', async () => {
      const broken = await ProxiedUpstream.start();
      broken.proxy.onRequest({
        match: () => {
          throw new Error('a mistake of the test');
        },
        fault: UNAVAILABLE,
      });
      await expect(broken.client(h2).call(THING)).rejects.toThrow();
      await expect(broken.stop()).rejects.toMatchObject({ errors: [{ message: 'a mistake of the test' }] });
      broken.breakOff();
    });
  });

  describe('a watch', () => {
    it('passes each event when it comes', async () => {
      const steps = Promise.withResolvers<(name: string) => void>();
      upstream.answering = sends([(response) => steps.resolve((name) => response.write(eventLine(name)))], {
        end: false,
      });
      const watch = await client.watch(WATCH);
      const send = await steps.promise;
      for (const name of ['a', 'b', 'c']) {
        send(name);
        expect(await watch.next()).toBe(name);
      }
    });

    it.each<{ fault: WatchFault; seen: string[] }>([
      { fault: { kind: 'drop' }, seen: ['a', 'c'] },
      { fault: { kind: 'repeat' }, seen: ['a', 'b', 'b', 'c'] },
      { fault: { kind: 'swap' }, seen: ['a', 'c', 'b'] },
      { fault: { kind: 'delay', ms: 50 }, seen: ['a', 'b', 'c'] },
      { fault: { kind: 'end' }, seen: ['a'] },
      { fault: { kind: 'reset' }, seen: ['a', 'broken'] },
      { fault: { kind: 'error-event', code: 410, reason: 'Expired' }, seen: ['a', 'ERROR Expired'] },
    ])('of a, b, c with $fault.kind of b is $seen', async ({ fault, seen }) => {
      upstream.answering = sends(['a', 'b', 'c']);
      hitWatch('b', fault);
      expect(await (await client.watch(WATCH)).rest()).toEqual(seen);
    });

    it('breaks within a line', async () => {
      upstream.answering = sends(['a', 'b']);
      hitWatch('b', { kind: 'truncate' });
      const whole = eventLine('a') + eventLine('b');
      const { got } = await client.bytes(WATCH);
      expect(got).toBe(whole.slice(0, Math.floor(whole.length * 0.75)));
    });

    it('sends an event that was to be swapped alone when no other comes', async () => {
      upstream.answering = sends(['a'], { end: false });
      hitWatch('a', { kind: 'swap' });
      const watch = await client.watch(WATCH);
      const started = performance.now();
      expect(await watch.next()).toBe('a');
      expect(performance.now() - started).toBeGreaterThan(450);
    });

    it('is held until clear()', async () => {
      upstream.answering = sends(['a', 'b', 'c']);
      hitWatch('b', { kind: 'hold' });
      const watch = await client.watch(WATCH);
      expect(await watch.next()).toBe('a');
      const rest = watch.rest();
      expect(await Promise.race([rest, pause(100, 'held')])).toBe('held');
      upstream.proxy.clear();
      expect(await rest).toEqual(['b', 'c']);
    });

    it('is refused when it is opened', async () => {
      upstream.answering = sends(['a']);
      const fault = { kind: 'status', code: 410, reason: 'Expired' } as const;
      upstream.proxy.onWatch({ match: always, fault });
      expect((await client.watch(WATCH)).code).toBe(410);
      expect(await (await client.watch(WATCH)).rest()).toEqual(['a']);
    });

    it('counts matching events only, across all streams', async () => {
      upstream.answering = sends(['a', 'b']);
      const event = ({ object }: { object: { metadata: { name?: string } } }) => object.metadata.name === 'b';
      const armed = upstream.proxy.onWatch({ match: always, event, nth: 2, fault: { kind: 'drop' } });
      expect(await (await client.watch(WATCH)).rest()).toEqual(['a', 'b']);
      expect(await (await client.watch(WATCH)).rest()).toEqual(['a']);
      expect(armed.hits).toBe(1);
    });

    it('ends at the API server when the client leaves, even when it is held', async () => {
      upstream.answering = sends(['a', 'b'], { end: false });
      hitWatch('b', { kind: 'hold' });
      const watch = await client.watch(WATCH);
      await watch.next();
      expect(upstream.openAnswers).toBe(1);
      watch.leave();
      await vi.waitFor(() => expect(upstream.openAnswers).toBe(0));
    });

    it('breaks when the API server breaks off', async () => {
      upstream.answering = sends(['a'], { end: false });
      const watch = await client.watch(WATCH);
      expect(await watch.next()).toBe('a');
      upstream.breakOff();
      expect(await watch.rest()).toEqual(['broken']);
    });

    it('keeps the API server waiting while the client does not read', async () => {
      let sent = 0;
      const megabyte = 'x'.repeat(2 ** 20);
      upstream.answering = (_, response) => {
        const more = () => {
          while (sent < 60) {
            sent += 1;
            if (!response.write(eventLine(megabyte))) return void response.once('drain', more);
          }
          response.end();
        };
        more();
      };
      const watch = await client.watch(WATCH);
      await pause(300);
      expect(sent).toBeLessThan(30);
      expect(await watch.rest()).toHaveLength(60);
    });
  });

  describe('its connections', () => {
    it('go silent, while new ones work', async () => {
      upstream.answering = sends(['a'], { end: false });
      const watch = await client.watch(WATCH);
      await watch.next();
      upstream.proxy.silence();
      const rest = watch.rest();
      const old = client.call(THING).then(always, always);
      upstream.answering = (_, response) => json(response, 200, {});
      expect(await upstream.client(h2).call(THING)).toMatchObject({ code: 200 });
      upstream.proxy.clear();
      const silent = h2 ? Promise.race([rest, old]) : rest;
      expect(await Promise.race([silent, pause(200, 'silent')])).toBe('silent');
    });

    it('are cut, and the next ones work', async () => {
      upstream.answering = sends(['a'], { end: false });
      const watch = await client.watch(WATCH);
      await watch.next();
      upstream.proxy.cut();
      expect(await watch.rest()).toEqual(['broken']);
      upstream.answering = (_, response) => json(response, 200, {});
      expect(await client.call(THING)).toMatchObject({ code: 200 });
      await vi.waitFor(() => expect(upstream.openAnswers).toBe(0));
    });
  });

  describe('the past', () => {
    const old = { metadata: { name: 'old', resourceVersion: '5' } };
    const past = {
      apiVersion: 'x.dev/v1',
      kind: 'ThingList',
      metadata: { resourceVersion: '7' },
      items: [old],
    };

    beforeEach(() => {
      upstream.answering = ({ url }, response) => {
        if (url.searchParams.has('watch')) return sends(['new'])({} as never, response);
        const absent = url.searchParams.get('fieldSelector') === 'metadata.name=new';
        json(response, 200, { ...past, items: absent ? null : past.items });
      };
      upstream.proxy.onRequest({
        match: always,
        times: Infinity,
        fault: { kind: 'stale', resourceVersion: '7' },
      });
    });

    it('is what a list shows', async () => {
      await client.call(`${THINGS}?limit=100&labelSelector=a%3Db`);
      const expected = {
        limit: '100',
        labelSelector: 'a=b',
        resourceVersion: '7',
        resourceVersionMatch: 'Exact',
      };
      expect(Object.fromEntries(upstream.arrived[0]?.url.searchParams ?? [])).toEqual(expected);
      await client.call(`${THINGS}?limit=100&continue=token`);
      expect(upstream.arrived[1]?.url.search).toBe('?limit=100&continue=token');
    });

    it('is what one object shows, or its absence', async () => {
      const { body } = await client.call(`${THINGS}/old`);
      expect(body).toEqual({ apiVersion: 'x.dev/v1', kind: 'Thing', ...old });
      expect(upstream.arrived[0]?.url.pathname).toBe(THINGS);
      expect(await client.call(`${THINGS}/new`)).toMatchObject({ code: 404, body: { reason: 'NotFound' } });
    });

    it('is where a watch stays that names its version, until clear()', async () => {
      const watch = await client.watch(`${WATCH}&resourceVersion=6`);
      const rest = watch.rest();
      expect(await Promise.race([rest, pause(100, 'held')])).toBe('held');
      upstream.answering = (_, response) => json(response, 410, { code: 410, reason: 'Expired' });
      upstream.proxy.clear();
      expect(await rest).toEqual(['ERROR Expired']);
      expect(upstream.arrived[0]?.url.searchParams.get('resourceVersion')).toBe('6');
    });

    it('is not for whoever may not list, and stop() says so', async () => {
      const other = await ProxiedUpstream.start();
      const fault = { kind: 'stale', resourceVersion: '7' } as const;
      other.proxy.onRequest({ match: always, fault });
      other.answering = (_, response) => json(response, 403, {});
      await expect(other.client(h2).call(THING)).rejects.toThrow();
      await expect(other.stop()).rejects.toThrow('a rule of the fault proxy threw');
      other.breakOff();
    });

    it('is what a streaming list shows, until clear()', async () => {
      const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=300';
      const watch = await client.watch(`${THINGS}?${query}&allowWatchBookmarks=true`);
      expect(await watch.next()).toBe('old');
      expect(await watch.next()).toBe('BOOKMARK undefined');
      const rest = watch.rest();
      expect(await Promise.race([rest, pause(100, 'held')])).toBe('held');
      upstream.proxy.clear();
      expect(await rest).toEqual(['new']);
      const [list, since] = upstream.arrived.map(({ url }) => Object.fromEntries(url.searchParams));
      expect(list).toEqual({ resourceVersion: '7', resourceVersionMatch: 'Exact' });
      expect(since).toEqual({
        watch: 'true',
        timeoutSeconds: '300',
        allowWatchBookmarks: 'true',
        resourceVersion: '7',
      });
    });
  });
});

describe('what the proxy has seen', () => {
  beforeEach(async () => {
    upstream = await ProxiedUpstream.start();
  });

  it.each([
    ['GET', '/api/v1/namespaces', { kind: 'list', resource: 'namespaces', name: '' }],
    ['GET', '/api/v1/namespaces/web', { kind: 'read', resource: 'namespaces', name: 'web', namespace: '' }],
    [
      'PUT',
      '/api/v1/namespaces/web/status',
      { kind: 'write', resource: 'namespaces', subresource: 'status' },
    ],
    ['GET', '/api/v1/secrets?watch=1', { kind: 'watch', group: '', resource: 'secrets' }],
    ['GET', '/api/v1/namespaces/web/secrets/status', { kind: 'read', namespace: 'web', name: 'status' }],
    [
      'PATCH',
      `${THING}/status?force=true`,
      { kind: 'write', group: 'x.dev', name: 'a', subresource: 'status' },
    ],
    ['DELETE', THING, { kind: 'write', namespace: 'web', resource: 'things', body: undefined }],
    ['POST', THINGS, { kind: 'write', name: 'posted', body: { metadata: { name: 'posted' } } }],
    [
      'POST',
      '/api/v1/namespaces/web/serviceaccounts/reader/token',
      { kind: 'read', name: 'reader', body: undefined },
    ],
    ['POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { kind: 'read' }],
    ['GET', '/version', { kind: 'read', group: '', resource: '' }],
    ['GET', '/apis/x.dev/v1', { kind: 'read', group: 'x.dev', resource: '' }],
  ] as const)('of %s %s', (method, url, expected) => {
    const body = Buffer.from(method === 'POST' ? '{"metadata":{"name":"posted"}}' : '');
    expect(traceOf(1, { method, url, authorization: '', body })).toMatchObject(expected);
  });

  it('is what came by a kubeconfig of its own, which keeps the user', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'fault-proxy-'));
    const from = join(dir, 'operator.kubeconfig');
    const users = [{ name: 'operator', user: { token: 'secret' } }];
    await writeFile(
      from,
      JSON.stringify({ clusters: [{ name: 'a', cluster: { server: 'https://elsewhere' } }], users }),
    );
    const path = await upstream.proxy.kubeconfig(from);
    const config = parse(await readFile(path, 'utf8')) as object;
    expect(config).toMatchObject({ clusters: [{ cluster: { server: upstream.proxy.url } }], users });
    expect((await stat(path)).mode & 0o077).toBe(0);
    await rm(dir, { recursive: true });
  });
});
