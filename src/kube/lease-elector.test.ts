import { beforeEach, describe, expect, it } from 'vitest';
import { sleep } from './clock.ts';
import type { KubeClient } from './kube-client.ts';
import { KubeError, type KubeErrorKind } from './kube-error.ts';
import type { KubeDraft } from './kube-objects.ts';
import { LeaseElector } from './lease-elector.ts';
import type { Lease } from './lease-record.ts';
import { FakeClock } from './testing/fake-clock.ts';

type Gate = (verb: 'get' | 'create' | 'replace') => KubeErrorKind | 'hang' | 'loseAnswer' | undefined;

/** One Lease with compare-and-swap, and faults between it and a replica. */
class LeaseServer {
  lease: Lease | undefined;
  writes: KubeDraft[] = [];
  #version = 0;

  client(gate: Gate = () => undefined): Pick<KubeClient, 'get' | 'create' | 'replace'> {
    const through = async <T>(
      verb: 'get' | 'create' | 'replace',
      act: () => T,
      signal?: AbortSignal,
    ): Promise<T> => {
      const fault = gate(verb);
      if (fault === 'hang') return hang(signal);
      if (fault && fault !== 'loseAnswer') throw failure(fault);
      const answer = act();
      if (fault === 'loseAnswer') throw failure('timeout');
      return answer;
    };
    return {
      get: ((_type, _ref, options) =>
        through('get', () => this.lease ?? raise('notFound'), options?.signal)) as KubeClient['get'],
      create: ((_type, draft, options) =>
        through(
          'create',
          () => (this.lease ? raise('alreadyExists') : this.#store(draft)),
          options?.signal,
        )) as KubeClient['create'],
      replace: ((_type, draft, options) =>
        through('replace', () => this.#swap(draft), options?.signal)) as KubeClient['replace'],
    };
  }

  #swap(draft: KubeDraft): Lease {
    if (draft.metadata['resourceVersion'] !== this.lease?.metadata.resourceVersion) raise('conflict');
    return this.#store(draft);
  }

  #store(draft: KubeDraft): Lease {
    this.writes.push(draft);
    this.lease = {
      ...draft,
      metadata: { ...draft.metadata, uid: 'u', resourceVersion: String(++this.#version) },
    } as unknown as Lease;
    return this.lease;
  }
}

const call = { verb: 'update', resource: 'leases', target: 'ns/op', sensitive: false };
const failure = (kind: KubeErrorKind) => new KubeError({ kind, call });
function raise(kind: KubeErrorKind): never {
  throw failure(kind);
}
function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal?.addEventListener('abort', () => reject(failure('aborted'))),
  );
}

let clock: FakeClock;
let server: LeaseServer;
const never = new AbortController().signal;

beforeEach(() => {
  clock = new FakeClock();
  server = new LeaseServer();
});

function elector(identity: string, gate?: Gate, own: FakeClock = clock): LeaseElector {
  return new LeaseElector({
    client: server.client(gate),
    namespace: 'ns',
    name: 'op',
    identity,
    clock: own,
    random: () => 0.5,
  });
}

const holder = () => server.lease?.spec?.holderIdentity;

describe('the lease', () => {
  it('is made by whoever comes first', async () => {
    const term = await elector('a').acquire(never);
    expect([term?.isLeaderNow(), holder()]).toEqual([true, 'a']);
    expect(server.lease?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
  });

  it('stays with a leader that renews it', async () => {
    await elector('a').acquire(never);
    let taken = false;
    void elector('b')
      .acquire(never)
      .then(() => {
        taken = true;
      });
    await clock.advance(120_000);
    expect([taken, holder()]).toEqual([false, 'a']);
  });

  it('goes to another one when the leader died, after the lease and no sooner', async () => {
    let dead = false;
    await elector('a', (verb) => (dead && verb === 'replace' ? 'hang' : undefined)).acquire(never);
    const next = elector('b').acquire(never);
    await clock.advance(4_000);
    dead = true;
    await clock.advance(14_000);
    expect(holder()).toBe('a');
    await clock.advance(10_000);
    expect([(await next)?.isLeaderNow(), server.lease?.spec?.leaseTransitions]).toEqual([true, 1]);
  });

  it('of a dead leader is judged by our own clock, whatever its times say', async () => {
    const theirs = new FakeClock();
    theirs.jumpWall(3_600_000);
    await elector('a', undefined, theirs).acquire(never);
    const next = elector('b').acquire(never);
    await clock.advance(14_000);
    expect(holder()).toBe('a');
    await clock.advance(6_000);
    expect((await next)?.isLeaderNow()).toBe(true);
  });

  it('that is given up goes to the next one at its next look', async () => {
    const first = await elector('a').acquire(never);
    const next = elector('b').acquire(never);
    await clock.advance(1_000);
    await first?.release();
    await clock.advance(3_000);
    expect([(await next) !== undefined, holder(), first?.leading.aborted]).toEqual([true, 'b', true]);
  });

  it('of an earlier term of ours is taken at once', async () => {
    await elector('a').acquire(never);
    expect((await elector('a').acquire(never))?.isLeaderNow()).toBe(true);
  });

  it('is never held by two, however their races end', async () => {
    const terms = [await Promise.race([elector('a').acquire(never), elector('b').acquire(never)])];
    await clock.advance(5_000);
    expect(terms.filter((term) => term?.isLeaderNow())).toHaveLength(1);
    expect(server.writes.filter(({ metadata }) => metadata['resourceVersion'] === undefined)).toHaveLength(1);
  });
});

describe('a leader', () => {
  it('that cannot renew stops before anybody else may start', async () => {
    let cut = false;
    const term = await elector('a', () => (cut ? 'network' : undefined)).acquire(never);
    await clock.advance(5_000);
    cut = true;
    await clock.advance(7_900);
    expect(term?.isLeaderNow()).toBe(true);
    await clock.advance(2_100);
    expect([term?.isLeaderNow(), term?.leading.aborted, holder()]).toEqual([false, true, 'a']);
  });

  it('whose renewal hangs stops in time too', async () => {
    let hanging = false;
    const term = await elector('a', () => (hanging ? 'hang' : undefined)).acquire(never);
    hanging = true;
    await clock.advance(10_000);
    expect(term?.leading.aborted).toBe(true);
  });

  it('counts from when it asked, not from when the answer came', async () => {
    let state: 'fast' | 'slow' | 'cut' = 'fast';
    const client = server.client(() => (state === 'cut' ? 'network' : undefined));
    const replace: KubeClient['replace'] = async (type, draft, options) => {
      if (state === 'slow') await sleep(clock, 4_000);
      return client.replace(type, draft, options);
    };
    const slow = { ...client, replace };
    const term = await new LeaseElector({
      client: slow,
      namespace: 'ns',
      name: 'op',
      identity: 'a',
      clock,
      random: () => 0,
    }).acquire(never);
    state = 'slow';
    await clock.advance(6_000);
    state = 'cut';
    await clock.advance(5_900);
    expect(term?.isLeaderNow()).toBe(true);
    await clock.advance(100);
    expect(term?.isLeaderNow()).toBe(false);
  });

  it('that missed some renewals goes on', async () => {
    let calls = 0;
    const term = await elector('a', (verb) =>
      verb === 'replace' && ++calls % 3 !== 0 ? 'server' : undefined,
    ).acquire(never);
    await clock.advance(60_000);
    expect(term?.isLeaderNow()).toBe(true);
  });

  it('whose renewal worked without an answer goes on with the new version', async () => {
    let calls = 0;
    const term = await elector('a', (verb) =>
      verb === 'replace' && ++calls === 1 ? 'loseAnswer' : undefined,
    ).acquire(never);
    await clock.advance(30_000);
    expect([term?.isLeaderNow(), holder()]).toEqual([true, 'a']);
  });

  it('that was paused past its lease knows before its next write, timers or not', async () => {
    const term = await elector('a').acquire(never);
    clock.freeze(11_000);
    expect(term?.isLeaderNow()).toBe(false);
    await clock.advance(0);
    expect(term?.leading.aborted).toBe(true);
  });

  it('that slept with its machine knows it by the wall clock', async () => {
    const term = await elector('a').acquire(never);
    clock.jumpWall(20_000);
    expect(term?.isLeaderNow()).toBe(false);
  });

  it('does not live longer because the wall clock was set back', async () => {
    let cut = false;
    const term = await elector('a', () => (cut ? 'network' : undefined)).acquire(never);
    cut = true;
    clock.jumpWall(-3_600_000);
    await clock.advance(10_000);
    expect(term?.isLeaderNow()).toBe(false);
  });

  it('that finds somebody else in the lease stops at once', async () => {
    const term = await elector('a').acquire(never);
    await server
      .client()
      .replace({} as never, { ...server.lease, spec: { holderIdentity: 'thief' } } as unknown as KubeDraft);
    await clock.advance(2_000);
    expect([term?.leading.aborted, holder()]).toEqual([true, 'thief']);
  });

  it('that lost the lease does not give it up a second time', async () => {
    const term = await elector('a').acquire(never);
    await server
      .client()
      .replace({} as never, { ...server.lease, spec: { holderIdentity: 'thief' } } as unknown as KubeDraft);
    await clock.advance(3_000);
    const writes = server.writes.length;
    await term?.release();
    expect(server.writes).toHaveLength(writes);
  });
});

it('waiting for the lease ends with its signal, and leaves no timer', async () => {
  await elector('a')
    .acquire(never)
    .then((term) => term?.release());
  const term = await elector('a').acquire(never);
  const controller = new AbortController();
  const waiting = elector('b').acquire(controller.signal);
  await clock.advance(3_000);
  controller.abort();
  expect(await waiting).toBeUndefined();
  await term?.release();
  expect(clock.pendingTimers).toBe(0);
});
