import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SecretValue } from '../model/secret-value.ts';
import { bearer } from './kube-endpoint.ts';
import { resource, SECRETS } from './kube-objects.ts';
import { eventually, quietMoment } from './testing/eventually.ts';
import { inTurn, scriptedClient } from './testing/scripted-client.ts';
import { type Handler, json, statusBody } from './testing/scripted-server.ts';

const THINGS = resource({ group: '', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true });
const ref = { namespace: 'team', name: 'a' };
const draft = { apiVersion: 'v1', kind: 'Thing', metadata: ref };
const ok: Handler = (_request, response) => json(response, 200, draft);
const busy =
  (seconds: string, code = 429): Handler =>
  (_request, response) =>
    json(response, code, statusBody(code, 'TooManyRequests'), seconds ? { 'retry-after': seconds } : {});
const cut: Handler = (request, _response) => void request;
const hangUp: Handler = (_request, response) => void response.socket?.resetAndDestroy();

/** The outcome of a call while time passes as it needs to. */
async function settled<T>(
  world: Awaited<ReturnType<typeof scriptedClient>>,
  call: Promise<T>,
): Promise<PromiseSettledResult<T>> {
  let outcome: PromiseSettledResult<T> | undefined;
  void Promise.allSettled([call]).then(([first]) => {
    outcome = first;
  });
  await eventually(
    () => outcome !== undefined,
    () => world.clock.advance(100),
  );
  return outcome as PromiseSettledResult<T>;
}

describe('a throttled call', () => {
  it('is sent again after the time that the server asks for', async () => {
    await using world = await scriptedClient(inTurn(busy('2'), ok));
    const call = world.client.get(THINGS, ref);
    await eventually(() => world.clock.pendingTimers > 1);
    await world.clock.advance(2_000);
    expect(world.server.received).toHaveLength(1);
    await world.clock.advance(500);
    await expect(call).resolves.toEqual(draft);
    expect(world.records.map(({ code }) => code)).toEqual(['429', '200']);
  });

  it('gives up after three retries', async () => {
    await using world = await scriptedClient(busy(''));
    expect(await settled(world, world.client.get(THINGS, ref))).toMatchObject({
      reason: { kind: 'throttled' },
    });
    expect(world.server.received).toHaveLength(4);
  });

  it('gives up at once when it would wait for more than ten seconds, and says how long', async () => {
    await using world = await scriptedClient(busy('30'));
    await expect(world.client.get(THINGS, ref)).rejects.toMatchObject({
      kind: 'throttled',
      retryAfterMs: 30_000,
    });
    expect(world.server.received).toHaveLength(1);
  });

  it('that creates is sent again too, since nothing was executed', async () => {
    await using world = await scriptedClient(inTurn(busy('1'), ok));
    expect((await settled(world, world.client.create(THINGS, draft))).status).toBe('fulfilled');
  });
});

describe('an unavailable server', () => {
  it('is asked again when asking twice does no harm', async () => {
    await using world = await scriptedClient(inTurn(busy('1', 503), ok));
    expect((await settled(world, world.client.apply(THINGS, draft))).status).toBe('fulfilled');
  });

  it('is not asked again to create: it may have done it', async () => {
    await using world = await scriptedClient(inTurn(busy('1', 503), ok));
    expect(await settled(world, world.client.create(THINGS, draft))).toMatchObject({
      reason: { status: 503 },
    });
  });
});

describe('a connection that is cut', () => {
  it('costs a read one more request', async () => {
    await using world = await scriptedClient(inTurn(hangUp, ok));
    expect((await settled(world, world.client.get(THINGS, ref))).status).toBe('fulfilled');
  });

  it('is not hidden from a compare-and-swap, which may have happened', async () => {
    await using world = await scriptedClient(hangUp);
    expect(await settled(world, world.client.replace(THINGS, draft))).toMatchObject({
      reason: { kind: 'network' },
    });
    expect(world.server.received).toHaveLength(1);
  });
});

it('a server that is not there is a network error with the code of the socket', async () => {
  await using world = await scriptedClient(ok);
  await world.server.stop();
  await expect(world.client.get(THINGS, ref)).rejects.toMatchObject({
    kind: 'network',
    reason: 'ECONNREFUSED',
  });
});

describe('a call without an answer', () => {
  it('ends at its deadline', async () => {
    await using world = await scriptedClient(cut);
    const call = world.client.get(THINGS, ref, { deadlineMs: 5_000 });
    const failed = expect(call).rejects.toMatchObject({ kind: 'timeout' });
    await eventually(() => world.server.received.length === 1);
    await world.clock.advance(5_000);
    await failed;
  });

  it('ends with the signal of the caller', async () => {
    await using world = await scriptedClient(cut);
    const controller = new AbortController();
    const failed = expect(world.client.get(THINGS, ref, { signal: controller.signal })).rejects.toMatchObject(
      { kind: 'aborted' },
    );
    await eventually(() => world.server.received.length === 1);
    controller.abort();
    await failed;
  });

  it('leaves no timer and no listener behind', async () => {
    await using world = await scriptedClient(ok);
    await world.client.get(THINGS, ref);
    expect(world.clock.pendingTimers).toBe(0);
  });
});

describe('a watch', () => {
  const events: Handler = (_request, response) => {
    response
      .writeHead(200)
      .write(`${JSON.stringify({ type: 'ADDED', object: { metadata: { resourceVersion: '1' } } })}\n`);
  };

  it('leaves nothing on the signal of its caller, and no connection, when its consumer stops', async () => {
    await using world = await scriptedClient(events);
    const { signal } = new AbortController();
    for await (const event of world.client.watch(THINGS, { timeoutSeconds: 300, signal })) if (event) break;
    expect([getEventListeners(signal, 'abort').length, world.clock.pendingTimers]).toEqual([0, 0]);
    await eventually(() => world.server.connections === 0);
  });

  it('has a deadline for its headers, and none for its events', async () => {
    await using world = await scriptedClient(inTurn(events, cut));
    const watch = () => world.client.watch(THINGS, { timeoutSeconds: 300 });
    const open = watch();
    await open.next();
    await world.clock.advance(600_000);
    await open.return();
    const refused = expect(watch().next()).rejects.toMatchObject({ kind: 'timeout' });
    await eventually(() => world.server.received.length === 2);
    await world.clock.advance(30_000);
    await refused;
  });

  it('that is refused leaves nothing on the signal of its caller', async () => {
    await using world = await scriptedClient((_request, response) =>
      json(response, 403, statusBody(403, 'Forbidden')),
    );
    const { signal } = new AbortController();
    await expect(world.client.watch(THINGS, { timeoutSeconds: 300, signal }).next()).rejects.toMatchObject({
      kind: 'forbidden',
    });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

it('a refusal that was being waited out says more than the deadline', async () => {
  await using world = await scriptedClient(busy('5'));
  const call = world.client.get(THINGS, ref, { deadlineMs: 3_000 });
  expect(await settled(world, call)).toMatchObject({ reason: { kind: 'throttled' } });
});

describe('401', () => {
  it('makes the credentials be read again, once', async () => {
    const asked: boolean[] = [];
    const token = async ({ fresh }: { fresh: boolean }) => {
      asked.push(fresh);
      return SecretValue.fromText(fresh ? 'new' : 'old');
    };
    const server: Handler = (request, response) =>
      request.headers.authorization === 'Bearer new'
        ? ok(request, response)
        : json(response, 401, statusBody(401, 'Unauthorized'));
    await using world = await scriptedClient(server, bearer(token));
    await expect(world.client.create(THINGS, draft)).resolves.toEqual(draft);
    expect(asked).toEqual([false, true]);
  });

  it('with fresh credentials is final', async () => {
    await using world = await scriptedClient((_request, response) =>
      json(response, 401, statusBody(401, 'Unauthorized')),
    );
    await expect(world.client.get(THINGS, ref)).rejects.toMatchObject({ kind: 'unauthorized' });
    expect(world.server.received).toHaveLength(2);
  });
});

describe('an answer', () => {
  const canary = 'canary-hunter2';

  it('over 32 MiB is not read to its end', async () => {
    await using world = await scriptedClient((_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024, 32);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', more);
      };
      more();
    });
    await expect(world.client.get(THINGS, ref)).rejects.toMatchObject({ kind: 'tooLarge' });
    await eventually(() => world.server.connections === 0);
  });

  it('that is cut in the middle is no answer', async () => {
    await using world = await scriptedClient((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('{"a":');
      setTimeout(() => response.socket?.resetAndDestroy(), 5);
    });
    expect(await settled(world, world.client.get(THINGS, ref))).toMatchObject({
      reason: { kind: 'network' },
    });
  });

  it('that is not JSON is not quoted', async () => {
    await using world = await scriptedClient((_request, response) => void response.end(`{"data": ${canary}`));
    const error = await world.client.get(SECRETS, ref).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'badAnswer', reason: 'NotJSON' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(canary);
  });

  it('that breaks HTTP is not quoted', async () => {
    await using world = await scriptedClient(
      (_request, response) => void response.socket?.end(`HTTP/1.1 2x0 ${canary}\r\n\r\n${canary}`),
    );
    const error = await world.client.get(SECRETS, ref).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'network' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(canary);
  });

  it('that refuses at length still counts by its code', async () => {
    await using world = await scriptedClient(
      (_request, response) => void response.writeHead(403).end('x'.repeat(1_000_000)),
    );
    await expect(world.client.get(THINGS, ref)).rejects.toMatchObject({ kind: 'forbidden', status: 403 });
  });
});

it('forty calls at once share at most 32 connections', async () => {
  await using world = await scriptedClient(async (request, response) => {
    await quietMoment();
    await ok(request, response);
  });
  await Promise.all(Array.from({ length: 40 }, () => world.client.get(THINGS, ref)));
  expect(world.server.connections).toBeLessThanOrEqual(32);
});
