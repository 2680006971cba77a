import { beforeEach, describe, expect, it } from 'vitest';
import type { EventNote } from './event-note.ts';
import { EventRecorder } from './event-recorder.ts';
import type { KubeClient } from './kube-client.ts';
import { KubeError, type KubeErrorKind } from './kube-error.ts';
import type { KubeDraft } from './kube-objects.ts';
import { FakeClock, turn } from './testing/fake-clock.ts';

interface StoredEvent extends KubeDraft {
  series?: { count: number };
}

/** Keeps events as the API server does. */
class EventServer {
  readonly events = new Map<string, StoredEvent>();
  calls: string[] = [];
  fault: KubeErrorKind | 'hang' | undefined;

  readonly client = {
    create: ((_type, draft, options) =>
      this.#answer('create', options?.signal, () => this.#create(draft))) as KubeClient['create'],
    get: ((_type, ref, options) =>
      this.#answer('get', options?.signal, () => this.#find(ref.name))) as KubeClient['get'],
    mergePatch: ((_type, ref, patch, options) =>
      this.#answer('patch', options?.signal, () =>
        Object.assign(this.#find(ref.name), patch),
      )) as KubeClient['mergePatch'],
  };

  counts(): (number | undefined)[] {
    return [...this.events.values()].map(({ series }) => series?.count);
  }

  async #answer<T>(verb: string, signal: AbortSignal | undefined, act: () => T): Promise<T> {
    this.calls.push(verb);
    if (this.fault === 'hang')
      await new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(failure('aborted'))),
      );
    else if (this.fault) throw failure(this.fault);
    return act();
  }

  #create(draft: KubeDraft): StoredEvent {
    const name = draft.metadata.name ?? '';
    if (this.events.has(name)) throw failure('alreadyExists');
    this.events.set(name, { ...draft });
    return draft;
  }

  #find(name: string): StoredEvent {
    const event = this.events.get(name);
    if (!event) throw failure('notFound');
    return event;
  }
}

const failure = (kind: KubeErrorKind) =>
  new KubeError({ kind, call: { verb: 'create', resource: 'events', target: '', sensitive: false } });
const regarding = {
  apiVersion: 'secretscope.dev/v1alpha1',
  kind: 'SecretScope',
  namespace: 'team',
  name: 'web',
  uid: 'u1',
};
const event = (note: string, rest: Partial<EventNote> = {}): EventNote => ({
  regarding,
  type: 'Normal',
  reason: 'Materialized',
  action: 'Write',
  note,
  ...rest,
});

let clock: FakeClock;
let server: EventServer;
let drops: string[];

beforeEach(() => {
  clock = new FakeClock();
  server = new EventServer();
  drops = [];
});

function recorder(): EventRecorder {
  return new EventRecorder({
    client: server.client,
    clock,
    reporter: { controller: 'secretscope.dev/operator', instance: 'pod-1' },
    onDrop: (reason, why) => drops.push(why ? `${reason} ${why}` : reason),
  });
}

async function say(to: EventRecorder, ...events: EventNote[]): Promise<void> {
  for (const one of events) {
    to.record(one);
    for (let i = 0; i < 4; i++) await turn();
  }
}

describe('an event', () => {
  it('is written with microseconds, for the object that it is about', async () => {
    await say(recorder(), event('three names'));
    const [stored] = server.events.values();
    expect(stored).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'secretscope.dev/operator',
      metadata: { namespace: 'team', name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) },
      regarding,
      note: 'three names',
    });
  });

  it('of a cluster-scoped object goes to the default namespace', async () => {
    const { namespace: _, ...shared } = regarding;
    await say(recorder(), event('x', { regarding: shared }));
    expect([...server.events.values()][0]?.metadata.namespace).toBe('default');
  });

  it('has a name that is allowed, whatever the object is called', async () => {
    await say(
      recorder(),
      event('x', { regarding: { ...regarding, name: `${'a'.repeat(235)}.b${'c'.repeat(15)}` } }),
    );
    const [name = ''] = server.events.keys();
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
  });

  it('obeys no control characters and holds no more than a thousand and twenty-four', async () => {
    await say(recorder(), event(`a\u001b[2J\n${'x'.repeat(2000)}`));
    expect([...server.events.values()][0]?.['note']).toMatch(/^a\\u\{1b\}\[2J x{1012}…$/);
  });

  it('G20 holds no token, whoever put it where a name belongs', async () => {
    // never issued: the shape alone is what is detected
    await say(recorder(), event(`key "ghp_${'a1B2'.repeat(9)}" is not granted`));
    expect([...server.events.values()][0]?.['note']).toBe('key "***" is not granted');
  });
});

describe('the same event', () => {
  it('again is counted, written each time the count has doubled', async () => {
    const again = recorder();
    for (let i = 0; i < 100; i++) await say(again, event('x'));
    expect([server.events.size, server.counts(), server.calls.length]).toEqual([1, [64], 7]);
  });

  it('again while it is written is one more write, however often', async () => {
    const hasty = recorder();
    for (let i = 0; i < 3; i++) hasty.record(event('x'));
    await hasty.flush(2_000);
    expect([server.calls, server.counts()]).toEqual([['create', 'patch'], [3]]);
  });

  it('after a restart is not a second one, and writes nothing', async () => {
    await say(recorder(), event('x', { transition: '2026' }));
    server.calls = [];
    await say(recorder(), event('x', { transition: '2026' }));
    expect([server.events.size, server.counts(), server.calls]).toEqual([1, [undefined], ['create']]);
  });

  it('that happens again after a restart goes on counting', async () => {
    const before = recorder();
    for (let i = 0; i < 4; i++) await say(before, event('x'));
    const after = recorder();
    await say(after, event('x'), event('x'), event('x'));
    expect(server.counts()).toEqual([5]);
  });

  it('with another note, type, reason, object or transition is another one', async () => {
    const one = recorder();
    const others = [
      event('y'),
      event('x', { type: 'Warning' }),
      event('x', { reason: 'Other' }),
      event('x', { regarding: { ...regarding, uid: 'u2' } }),
      event('x', { transition: 'later' }),
    ];
    await say(one, event('x'), ...others);
    expect(server.events.size).toBe(6);
  });

  it('that the server has forgotten is written anew', async () => {
    const one = recorder();
    await say(one, event('x'));
    server.events.clear();
    await say(one, event('x'));
    expect([server.events.size, server.counts()]).toEqual([1, [undefined]]);
  });
});

describe('too much', () => {
  it('about one object is 25 at once, then one in five minutes', async () => {
    const chatty = recorder();
    for (let i = 0; i < 40; i++) await say(chatty, event(`note ${i}`));
    expect([server.events.size, drops.length]).toEqual([25, 15]);
    await clock.advance(300_000);
    await say(
      chatty,
      event('later'),
      event('too soon'),
      event('quiet neighbour', { regarding: { ...regarding, uid: 'u2' } }),
    );
    expect([server.events.size, drops.length]).toEqual([27, 16]);
  });

  it('at once is dropped and counted, and nobody waits', () => {
    const busy = recorder();
    server.fault = 'hang';
    for (let i = 0; i < 300; i++) busy.record(event('x', { regarding: { ...regarding, uid: `u${i}` } }));
    // one is under way, 256 wait
    expect(drops).toEqual(Array.from({ length: 43 }, () => 'queueFull'));
  });
});

it('a failed write is counted and said with the next one', async () => {
  const one = recorder();
  server.fault = 'forbidden';
  await say(one, event('x'));
  server.fault = undefined;
  await say(one, event('x'), event('x'), event('x'));
  expect(drops).toEqual(['failed forbidden']);
  // the fourth waits until the count has doubled
  expect(server.counts()).toEqual([3]);
});

describe('shutdown', () => {
  it('sends what waits', async () => {
    const one = recorder();
    for (let i = 0; i < 20; i++) one.record(event(`note ${i}`));
    await one.flush(2_000);
    one.record(event('late'));
    expect([server.events.size, drops, clock.pendingTimers]).toEqual([20, ['shutDown'], 0]);
  });

  it('does not wait for a server that hangs', async () => {
    const one = recorder();
    server.fault = 'hang';
    one.record(event('a'));
    one.record(event('b'));
    const flushed = one.flush(2_000);
    await clock.advance(2_000);
    await flushed;
    expect(drops).toEqual(['failed aborted', 'shutDown']);
  });
});
