import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from './kube-client.ts';
import { isKubeError } from './kube-error.ts';
import { type KubeObject, resource } from './kube-objects.ts';
import { openClient } from './open-client.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';
import { Store } from './store.ts';
import { eventually, quietMoment } from './testing/eventually.ts';
import { FakeClock } from './testing/fake-clock.ts';
import { json, statusBody } from './testing/scripted-server.ts';
import { line, WatchableServer } from './testing/watchable-server.ts';
import type { WatchEvent } from './watch-stream.ts';

interface Thing extends KubeObject {
  readonly value: string;
}
const THINGS = resource<Thing>({
  group: '',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
});

let server: WatchableServer;
let clock: FakeClock;
let client: KubeClient;
let close: () => Promise<void>;
let store: Store<string>;
let told: string[];
let states: string[];
let failures: unknown[];
const reflectors: Reflector<Thing, string>[] = [];

beforeEach(async () => {
  server = await WatchableServer.start();
  clock = new FakeClock();
  ({ client, close } = openClient({
    endpoint: server.server.endpoint(),
    clock,
    random: () => 0.5,
    userAgent: 'test',
  }));
  store = new Store();
  told = [];
  states = [];
  failures = [];
});

afterEach(async () => {
  await Promise.all(reflectors.splice(0).map((reflector) => reflector.stop()));
  await close();
  await server.stop();
});

function make(options: Partial<ReflectorOptions<Thing, string>> = {}): Reflector<Thing, string> {
  const reflector = new Reflector<Thing, string>({
    client,
    type: THINGS,
    select: { namespace: 'team' },
    clock,
    random: () => 0.5,
    store,
    transform: ({ value }) => value,
    onChange: (before, after, { key }) => told.push(`${key}: ${before ?? '-'} → ${after ?? '-'}`),
    onState: (state) => states.push(state),
    onError: (error) => failures.push(error),
    ...options,
  });
  reflectors.push(reflector);
  return reflector;
}

async function started(
  options: Partial<ReflectorOptions<Thing, string>> = {},
): Promise<Reflector<Thing, string>> {
  const reflector = make(options);
  reflector.start();
  await reflector.whenSynced();
  await eventually(() => server.open.size === 1 || server.watches.length > 0);
  return reflector;
}

const tick = () => clock.advance(250);
const holds = (name: string, value: string | undefined) => () => store.get(`team/${name}`) === value;

describe('in fair weather', () => {
  it('it streams the state, then follows events', async () => {
    server.put('a', '1');
    server.put('b', '1');
    const reflector = await started();
    expect([...store.keys()]).toEqual(['team/a', 'team/b']);
    server.put('a', '2');
    server.remove('b');
    await eventually(() => store.size === 1);
    expect(told).toEqual(['team/a: - → 1', 'team/b: - → 1', 'team/a: 1 → 2', 'team/b: 1 → -']);
    expect([reflector.state, reflector.synced, server.watches.length, server.lists.length]).toEqual([
      'synced',
      true,
      1,
      0,
    ]);
  });

  it('it lets go of each object when it was dealt with: the next event may be a minute away', async () => {
    const passed: WatchEvent<KubeObject>[] = [];
    const noting: ReflectorOptions<Thing, string>['client'] = {
      list: (type, options) => client.list(type, options),
      watch: async function* (type, options) {
        for await (const event of client.watch(type, options)) {
          passed.push(event);
          yield event;
        }
      },
    };
    server.put('a', '1');
    await started({ client: noting });
    server.put('a', '2');
    await eventually(holds('a', '2'));
    const kinds = passed.map(({ type }) => type);
    expect(kinds).toEqual(['ADDED', 'BOOKMARK', 'MODIFIED']);
    await eventually(() => passed.every((event) => !('object' in event)));
  });

  it('it reads pages of 100 where lists cannot be streamed, and watches from there', async () => {
    server.streamsLists = false;
    for (let i = 0; i < 250; i++) server.put(`n${i}`, '1');
    await started();
    expect([store.size, server.lists.length]).toEqual([250, 3]);
    expect(server.lists[0]?.query.has('resourceVersion')).toBe(false);
    await eventually(() => server.open.size === 1);
    server.put('n7', '2');
    await eventually(holds('n7', '2'));
    expect(failures.filter((error) => !isKubeError(error, 'invalid'))).toEqual([]);
  });

  it('it asks for metadata alone when told to', async () => {
    await started({
      select: { namespace: 'team', metadataOnly: true, labelSelector: 'a=b', fieldSelector: 'c=d' },
    });
    const { headers, query, path } = server.watches[0] ?? { query: new URLSearchParams() };
    expect(headers?.accept).toContain('as=PartialObjectMetadata;');
    expect([path, query.get('labelSelector'), query.get('fieldSelector')]).toEqual([
      '/api/v1/namespaces/team/things',
      'a=b',
      'c=d',
    ]);
    expect([query.get('timeoutSeconds'), query.get('allowWatchBookmarks')]).toEqual(['450', 'true']);
  });

  it('a watch that ends in time goes on from the last bookmark', async () => {
    await started();
    server.put('a', '1');
    await eventually(holds('a', '1'));
    await clock.advance(60_000);
    server.bookmark();
    await quietMoment();
    server.endWatches();
    await eventually(() => server.watches.length === 2);
    expect(server.watches[1]?.query.get('resourceVersion')).toBe('101');
    expect(failures).toEqual([]);
  });

  it('a watch is asked to end in time for the next full list', async () => {
    await started({ relistEveryMs: 60_000 });
    expect(server.watches[0]?.query.get('timeoutSeconds')).toBe('60');
  });

  it('it compares with a full list now and then, in case an event was lost', async () => {
    server.put('ghost', '1');
    await started({ relistEveryMs: 300_000 });
    server.silent = true;
    server.remove('ghost');
    for (let minutes = 0; minutes < 6; minutes++) {
      await clock.advance(60_000);
      server.bookmark();
      await quietMoment();
    }
    expect(store.size).toBe(1);
    server.endWatches();
    await eventually(holds('ghost', undefined));
  });
});

describe('a version that is too old', () => {
  it('at connect makes it list again, and notice what it missed', async () => {
    server.put('a', '1');
    server.put('b', '1');
    await started();
    server.silent = true;
    server.remove('a');
    server.put('a', 'again');
    server.remove('b');
    server.silent = false;
    server.compact();
    server.endWatches();
    await eventually(holds('a', 'again'), tick);
    expect(told.slice(2)).toEqual(['team/a: 1 → -', 'team/a: - → again', 'team/b: 1 → -']);
  });

  it('in the stream makes it list again', async () => {
    await started();
    server.silent = true;
    server.put('a', '1');
    server.silent = false;
    server.event('ERROR', statusBody(410, 'Expired', 'too old resource version'));
    await eventually(holds('a', '1'), tick);
    expect(server.watches.at(-1)?.query.get('sendInitialEvents')).toBe('true');
  });
});

describe('a stream that breaks', () => {
  it.each([403, 500, 504, 429])('with an ERROR event of code %i is noticed and replaced', async (code) => {
    await started();
    server.silent = true;
    server.put('a', '1');
    server.silent = false;
    server.event('ERROR', statusBody(code, 'InternalError'));
    await eventually(holds('a', '1'), tick);
    expect(failures).toMatchObject([{ status: code }]);
  });

  it('in the middle of an event goes on from the last complete one', async () => {
    await started();
    server.put('a', '1');
    await eventually(holds('a', '1'));
    server.silent = true;
    const cut = line('ADDED', server.put('b', '1'));
    server.silent = false;
    server.raw(cut.slice(0, 40));
    server.endWatches();
    await eventually(holds('b', '1'), tick);
    expect(failures).toMatchObject([{ kind: 'network', reason: 'Truncated' }]);
    expect(server.watches.at(-1)?.query.get('resourceVersion')).toBe('101');
  });

  it('with something that is no event starts over', async () => {
    await started();
    server.raw('{"type":"ADDED","object":{}}\n');
    server.put('a', '1');
    await eventually(holds('a', '1'), tick);
    expect(failures).toMatchObject([{ kind: 'badAnswer' }]);
  });

  it('by a reset goes on where it was', async () => {
    await started();
    server.server.cut();
    server.put('a', '1');
    await eventually(holds('a', '1'), tick);
    expect(failures).toMatchObject([{ kind: 'network' }]);
  });

  it('before the state is complete deletes nothing and is not synced', async () => {
    server.put('a', '1');
    server.failOnce((_request, response) => {
      response.writeHead(200).end(line('ADDED', { ...server.put('a', '2') }));
      return true;
    });
    const reflector = make();
    reflector.start();
    await eventually(() => failures.length === 1);
    expect(reflector.synced).toBe(false);
    await eventually(() => reflector.synced, tick);
  });

  it('silently is replaced within two minutes', async () => {
    const reflector = await started();
    server.silent = true;
    server.put('a', '1');
    await clock.advance(104_000);
    expect(server.watches).toHaveLength(1);
    await eventually(holds('a', '1'), tick);
    expect(failures).toMatchObject([{ kind: 'timeout', reason: 'Silent' }]);
    expect(reflector.state).toBe('synced');
  });

  it('lives as long as bookmarks come', async () => {
    await started();
    for (let minutes = 0; minutes < 4; minutes++) {
      await clock.advance(60_000);
      server.bookmark();
      await quietMoment();
    }
    expect([server.watches.length, failures]).toEqual([1, []]);
  });
});

describe('a server that is not well', () => {
  it('is asked again for ever, ever more slowly, up to half a minute', async () => {
    await started();
    const asked: number[] = [];
    server.fail((_request, response) => {
      asked.push(clock.monotonic());
      json(response, 500, statusBody(500, 'InternalError'));
      return true;
    });
    server.endWatches();
    await eventually(
      () => asked.length > 12,
      () => clock.advance(1_000),
    );
    const waits = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    // the clock goes on in steps of a second while a real request is under way
    expect(waits[0]).toBeLessThan(5_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(35_000);
    expect(waits.at(-1)).toBeGreaterThan(15_000);
    server.fail(undefined);
    server.put('a', '1');
    await eventually(holds('a', '1'), () => clock.advance(1_000));
  });

  it('that is back and refuses at first, as one that starts does, is asked again within a second or so', async () => {
    await started();
    let attempts = 0;
    server.fail((_request, response) => {
      attempts++;
      response.destroy();
      return true;
    });
    server.endWatches();
    await eventually(
      () => attempts > 8,
      () => clock.advance(1_000),
    );
    server.fail(undefined);
    server.failOnce((_request, response) => {
      json(response, 403, statusBody(403, 'Forbidden'));
      return true;
    });
    server.put('a', '1');
    await eventually(
      () => states.at(-1) === 'forbidden',
      () => clock.advance(1_000),
    );
    const refusedAt = clock.monotonic();
    await eventually(holds('a', '1'), tick);
    expect(clock.monotonic() - refusedAt).toBeLessThanOrEqual(1_500);
  });

  it('is left alone for as long as it asks, and is then resumed, not listed', async () => {
    await started();
    server.failOnce((_request, response) => {
      json(response, 429, statusBody(429, 'TooManyRequests'), { 'retry-after': '20' });
      return true;
    });
    server.endWatches();
    await eventually(() => failures.length >= 1, tick);
    const before = server.watches.length;
    await clock.advance(19_000);
    expect(server.watches).toHaveLength(before);
    await eventually(() => server.watches.length > before, tick);
    expect(server.watches.at(-1)?.query.has('sendInitialEvents')).toBe(false);
  });

  it('that ends every watch at once is not asked in a loop', async () => {
    await started();
    server.fail((_request, response) => {
      response.writeHead(200).end();
      return true;
    });
    server.endWatches();
    await eventually(() => failures.length > 0, tick);
    const before = server.watches.length;
    await quietMoment();
    expect(server.watches.length).toBe(before);
  });

  it('that cuts every watch as soon as it is open is asked ever more slowly too', async () => {
    await started();
    server.fail((_request, response) => {
      response.writeHead(200).write(line('BOOKMARK', { metadata: { resourceVersion: '100' } }));
      setTimeout(() => response.socket?.resetAndDestroy(), 1);
      return true;
    });
    server.server.cut();
    await eventually(
      () => clock.monotonic() > 60_000,
      async () => {
        await clock.advance(1_000);
        await quietMoment();
      },
    );
    expect(server.watches.length).toBeLessThan(12);
  });

  it('that cannot stream a list after all is read in pages', async () => {
    server.put('a', '1');
    server.fail((request, response) => {
      if (request.query.get('sendInitialEvents') !== 'true') return false;
      response.writeHead(200).end(line('ERROR', statusBody(500, 'InternalError', 'etcd too old')));
      return true;
    });
    await started();
    expect([store.get('team/a'), server.lists.length]).toEqual(['1', 1]);
  });

  it('that does not know streamed lists is noticed by its ordinary bookmark', async () => {
    server.put('a', '1');
    server.failOnce((_request, response) => {
      response.writeHead(200).write(line('BOOKMARK', { metadata: { resourceVersion: '50' } }));
      return true;
    });
    const reflector = make();
    reflector.start();
    await eventually(() => reflector.synced, tick);
    expect(server.lists).toHaveLength(1);
  });

  it('whose pages are too large is asked for smaller ones', async () => {
    server.streamsLists = false;
    for (let i = 0; i < 15; i++) server.put(`n${i}`, '1');
    server.fail((request, response) => {
      if (request.query.get('limit') !== '100') return false;
      json(response, 413, statusBody(413, 'RequestEntityTooLarge'));
      return true;
    });
    await started();
    expect([store.size, server.lists.map(({ query }) => query.get('limit'))]).toEqual([
      15,
      ['100', '10', '10'],
    ]);
  });
});

describe('a refusal', () => {
  it.each([
    [403, 'forbidden'],
    [404, 'absent'],
  ])(
    'with %i is told as "%s", tried again after a second, then ever more seldom up to half a minute, and healed',
    async (code, state) => {
      const asked: number[] = [];
      server.fail((_request, response) => {
        asked.push(clock.monotonic());
        json(response, code, statusBody(code, 'Refused'));
        return true;
      });
      const reflector = make();
      reflector.start();
      await eventually(() => asked.length > 8, tick);
      expect(states).toEqual([state]);
      const waits = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
      expect(waits[0]).toBeGreaterThanOrEqual(500);
      expect(waits[0]).toBeLessThanOrEqual(1_250);
      expect(waits.at(-1)).toBeGreaterThan(14_000);
      expect(Math.max(...waits)).toBeLessThanOrEqual(31_000);
      server.fail(undefined);
      server.put('a', '1');
      await eventually(
        () => reflector.synced,
        () => clock.advance(1_000),
      );
      expect(states).toEqual([state, 'synced']);
    },
  );

  it('keeps what the store has: unknown is not deleted', async () => {
    server.put('a', '1');
    const reflector = await started();
    server.fail((_request, response) => {
      json(response, 403, statusBody(403, 'Forbidden'));
      return true;
    });
    server.endWatches();
    await eventually(() => reflector.state === 'forbidden', tick);
    expect(store.get('team/a')).toBe('1');
  });
});

describe('a handler that throws', () => {
  it('is reported and stops nothing', async () => {
    const from: string[] = [];
    await started({
      onChange: () => {
        throw new Error('handler');
      },
      onError: (_error, where) => from.push(where),
    });
    server.put('a', '1');
    server.put('a', '2');
    await eventually(holds('a', '2'));
    expect(from).toEqual(['handler', 'handler']);
  });
});

describe('stopping', () => {
  it('leaves no watch, no timer and no handler call behind', async () => {
    const reflector = await started();
    const start = Date.now();
    await reflector.stop();
    expect(Date.now() - start).toBeLessThan(500);
    server.put('late', '1');
    await eventually(() => server.open.size === 0);
    await quietMoment();
    expect([told, clock.pendingTimers, reflector.state]).toEqual([[], 0, 'stopped']);
  });

  it.each(['list', 'watch', 'backoff'])('works during a %s', async (moment) => {
    server.streamsLists = moment !== 'list';
    server.fail((request, response) => {
      if (moment === 'backoff') json(response, 500, statusBody(500, 'InternalError'));
      return moment === 'backoff' || request.query.get('watch') !== 'true' || moment === 'watch';
    });
    const reflector = make();
    reflector.start();
    await eventually(() => server.lists.length + server.watches.length > (moment === 'list' ? 1 : 0));
    await quietMoment();
    await reflector.stop();
    expect([clock.pendingTimers, await reflector.whenSynced(), states.at(-1)]).toEqual([0, false, 'stopped']);
  });

  it('before starting, or twice, does nothing', async () => {
    const reflector = make();
    await reflector.stop();
    await reflector.stop();
    reflector.start();
    await quietMoment();
    expect(server.watches).toHaveLength(0);
  });

  it('in a handler ends the events that are buffered already', async () => {
    const reflector: Reflector<Thing, string> = make({
      onChange: (_before, after) => {
        told.push(after ?? '-');
        void reflector.stop();
      },
    });
    reflector.start();
    await eventually(() => server.open.size === 1);
    server.raw(
      ['1', '2', '3']
        .map((value) =>
          line('ADDED', {
            metadata: { name: value, namespace: 'team', uid: value, resourceVersion: value },
            value,
          }),
        )
        .join(''),
    );
    await eventually(() => reflector.state === 'stopped');
    expect(told).toEqual(['1']);
  });
});

it('health sees the last sign of life, and of the server', async () => {
  const reflector = await started();
  await clock.advance(50_000);
  server.bookmark();
  await eventually(() => reflector.lastProgressAt === 50_000);
  server.fail((_request, response) => {
    json(response, 500, statusBody(500, 'InternalError'));
    return true;
  });
  await clock.advance(10_000);
  server.endWatches();
  await eventually(() => reflector.lastActivityAt > 59_000, tick);
  expect(reflector.lastProgressAt).toBe(50_000);
  expect(reflector.label).toBe('things in team');
});
