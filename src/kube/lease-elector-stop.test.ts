import { beforeEach, describe, expect, it } from 'vitest';
import { electorOf, type Fault, LeaseServer, type Verb } from './lease-elector-fixture.ts';
import { FakeClock, turn } from './testing/fake-clock.ts';

let clock: FakeClock;
let server: LeaseServer;
const never = new AbortController().signal;

beforeEach(() => {
  clock = new FakeClock();
  server = new LeaseServer(clock);
});

/** `fault` meets the first request of this verb after it was armed, and no other. */
function faulty(verb: Verb, fault: Fault) {
  const one = { armed: true };
  const client = server.client((asked) => {
    if (asked !== verb || !one.armed) return undefined;
    one.armed = false;
    return fault;
  });
  return { client, one };
}

async function given(): Promise<void> {
  const term = await electorOf(server.client(), 'before', clock).acquire(never);
  await term?.release();
}

const leadsSoon = async () => {
  const next = electorOf(server.client(), 'next', clock).acquire(never);
  await clock.advance(0);
  return { next: (await Promise.race([next, turn()])) !== undefined, holder: server.holder };
};

describe('a replica that is asked to end while it takes the lease leaves it free', () => {
  it.each<[Verb, Fault, string]>([
    ['create', 'answerHangs', 'the new lease was made, but nobody has said so'],
    ['create', 'underWay', 'the new lease is about to be made'],
    ['replace', 'answerHangs', 'the lease was taken, but nobody has said so'],
    ['replace', 'underWay', 'the lease is about to be taken'],
  ])('%s, %s: %s', async (verb, fault) => {
    if (verb === 'replace') await given();
    const ending = new AbortController();
    const asked = electorOf(faulty(verb, fault).client, 'asked', clock).acquire(ending.signal);
    await clock.advance(500);
    ending.abort();
    expect(await asked).toBeUndefined();
    await clock.advance(1_000);
    expect(await leadsSoon()).toEqual({ next: true, holder: 'next' });
  });

  it('also when the answer was lost, and the end came before the next look', async () => {
    const ending = new AbortController();
    const asked = electorOf(faulty('create', 'loseAnswer').client, 'asked', clock).acquire(ending.signal);
    await clock.advance(500);
    expect(server.holder).toBe('asked');
    ending.abort();
    expect(await asked).toBeUndefined();
    expect(await leadsSoon()).toEqual({ next: true, holder: 'next' });
  });

  it('also when the answer came together with the signal', async () => {
    const ending = new AbortController();
    const client = server.client((verb) => {
      if (verb === 'create') ending.abort();
      return undefined;
    });
    expect(await electorOf(client, 'asked', clock).acquire(ending.signal)).toBeUndefined();
    expect(server.holder).toBe('');
  });

  it('but not one that somebody else took meanwhile', async () => {
    await given();
    const ending = new AbortController();
    const asked = electorOf(faulty('replace', 'underWay').client, 'asked', clock).acquire(ending.signal);
    await clock.advance(500);
    server.steal();
    ending.abort();
    expect(await asked).toBeUndefined();
    await clock.advance(1_000);
    expect(server.holder).toBe('thief');
  });

  it('and one that only looked on writes nothing', async () => {
    await electorOf(server.client(), 'leader', clock).acquire(never);
    const ending = new AbortController();
    const follower = electorOf(server.client(), 'asked', clock).acquire(ending.signal);
    await clock.advance(5_000);
    const writes = server.writes.length;
    ending.abort();
    expect([await follower, server.writes.length]).toEqual([undefined, writes]);
  });

  it('and ends all the same when the server answers nothing more', async () => {
    let cut = false;
    const client = server.client((verb) => (cut ? 'network' : verb === 'create' ? 'loseAnswer' : undefined));
    const ending = new AbortController();
    const asked = electorOf(client, 'asked', clock).acquire(ending.signal);
    await clock.advance(500);
    cut = true;
    ending.abort();
    expect([await asked, clock.pendingTimers]).toEqual([undefined, 0]);
  });
});

describe('a leader that gives the lease up while it renews it leaves it free', () => {
  it.each<[Fault, string]>([
    ['answerHangs', 'the renewal was done, but nobody has said so'],
    ['underWay', 'the renewal is about to be done'],
    ['hang', 'the renewal never arrives'],
  ])('%s: %s', async (fault) => {
    const { client, one } = faulty('replace', fault);
    one.armed = false;
    const term = await electorOf(client, 'leader', clock).acquire(never);
    await clock.advance(900);
    one.armed = true;
    await clock.advance(200);
    expect(one.armed).toBe(false);
    await term?.release();
    await clock.advance(1_000);
    expect(await leadsSoon()).toEqual({ next: true, holder: 'next' });
  });

  it('also when the word about it is lost', async () => {
    const { client, one } = faulty('replace', 'loseAnswer');
    one.armed = false;
    const term = await electorOf(client, 'leader', clock).acquire(never);
    one.armed = true;
    await term?.release();
    expect(await leadsSoon()).toEqual({ next: true, holder: 'next' });
  });

  it('also when the server was busy for a moment', async () => {
    const { client, one } = faulty('replace', 'server');
    one.armed = false;
    const term = await electorOf(client, 'leader', clock).acquire(never);
    one.armed = true;
    await term?.release();
    expect(await leadsSoon()).toEqual({ next: true, holder: 'next' });
  });
});
