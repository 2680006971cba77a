import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/fetch/port.ts';
import { AuditLog } from '../cluster/audit-log.ts';
import { aLine, asker, shown } from '../contract/a-fetcher.ts';
import { idle } from '../contract/contract-calls.ts';
import { KubernetesWorld, READER } from '../contract/kubernetes-world.ts';

const PATIENT = { timeout: 20_000 };

let world: KubernetesWorld;
const open: Backend[] = [];

beforeAll(async () => {
  world = await KubernetesWorld.start();
});
afterAll(async () => {
  await Promise.all(open.map((backend) => backend.close()));
  await world?.stop();
});

const opened = <B extends Backend>(backend: B): B => {
  open.push(backend);
  return backend;
};

describe('noticing change', () => {
  it('THREATS 22: before a value is wanted, metadata is all that is asked for', async () => {
    await world.store('gated', { value: 'x' });
    const log = new AuditLog(world.cluster.auditLogPath);
    const mark = await log.mark();
    const backend = opened(world.open('reader'));
    const stop = backend.watch?.(() => undefined);
    await expect.poll(() => backend.known?.({ key: 'gated' })?.kind, PATIENT).toBe('found');
    await backend.describe([{ key: 'gated' }, { key: 'missing' }], idle());
    await backend.list('', idle());
    await backend.check(idle());
    const before = await sentObjects(mark.offset);
    expect(before).not.toContain('Secret');
    expect(before).not.toContain('SecretList');
    expect(before).toContain('PartialObjectMetadata');
    expect((await log.since(mark)).some(({ verb, user }) => verb === 'watch' && user === READER)).toBe(true);
    expect(await kindsRead(backend, 'gated')).toEqual(['found']);
    expect((await sentObjects(mark.offset)).filter((kind) => kind === 'Secret')).toHaveLength(1);
    stop?.();
  });

  it('while it watches, versions are known without a call, and changes are told', async () => {
    await world.store('watched', { value: 'x' });
    const backend = opened(world.open('reader'));
    const changed: (string | undefined)[] = [];
    backend.watch?.((key) => changed.push(key));
    expect(backend.known?.({ key: 'watched' })).toBeUndefined();
    await expect.poll(() => backend.capabilities.pushesChanges, PATIENT).toBe(true);
    const first = backend.known?.({ key: 'watched' });
    expect([first]).toEqual(await backend.describe([{ key: 'watched' }], idle()));
    expect(changed).toEqual(['watched']);
    await world.store('watched', { value: 'y' });
    await expect.poll(() => changed.length, PATIENT).toBe(2);
    expect(backend.known?.({ key: 'watched' })).not.toEqual(first);
    if (first?.kind === 'found') {
      expect(backend.known?.({ key: 'watched', version: first.version })).toEqual({ kind: 'versionGone' });
    }
    await world.erase('watched');
    await expect.poll(() => changed.length, PATIENT).toBe(3);
    expect(backend.known?.({ key: 'watched' })).toBeUndefined();
    expect(await backend.describe([{ key: 'watched' }], idle())).toEqual([{ kind: 'absent' }]);
  });

  it('an account that may only get some names does without a watch', async () => {
    await world.store('granted', { value: 'x' });
    const backend = opened(world.open('narrow'));
    backend.watch?.(() => undefined);
    const refs = [{ key: 'granted' }, { key: 'mine' }];
    const kinds = async () => (await backend.describe(refs, idle())).map(({ kind }) => kind);
    expect(await kinds()).toEqual(['found', 'denied']);
    expect(backend.capabilities.pushesChanges).toBe(false);
    expect(backend.known?.({ key: 'granted' })).toBeUndefined();
    expect(await kindsRead(backend, 'granted')).toEqual(['found']);
    expect(await backend.list('', idle())).toEqual({ kind: 'denied' });
    expect(await backend.check(idle())).toEqual({ kind: 'reachable' });
  });

  it('it survives a crash of the API server and learns what happened meanwhile', async () => {
    await world.store('survivor', { value: 'x' });
    const backend = opened(world.open('reader'));
    const changed: (string | undefined)[] = [];
    backend.watch?.((key) => changed.push(key));
    await expect.poll(() => backend.capabilities.pushesChanges, PATIENT).toBe(true);
    await world.cluster.killApiServer();
    await expect.poll(() => backend.capabilities.pushesChanges, PATIENT).toBe(false);
    expect(backend.known?.({ key: 'survivor' })).toBeUndefined();
    expect(await backend.describe([{ key: 'survivor' }], idle())).toMatchObject([{ kind: 'unavailable' }]);
    await world.cluster.startApiServer();
    await world.store('survivor', { value: 'y' });
    await expect.poll(() => changed.includes('survivor'), { timeout: 60_000 }).toBe(true);
    await expect
      .poll(() => backend.known?.({ key: 'survivor' }), { timeout: 60_000 })
      .toEqual((await backend.describe([{ key: 'survivor' }], idle()))[0]);
  });
});

describe('a fetcher over it', () => {
  const line = aLine({ key: 'shared', property: 'value' });
  const one = async (fetcher: ReturnType<KubernetesWorld['fetcher']>, team: string) => {
    const [version] = await fetcher.versions([line], asker(team));
    const wanted = version?.kind === 'known' ? version.version : '';
    const [value] = await fetcher.values([{ line, version: wanted }], asker(team));
    return value;
  };

  it('THREATS 18: 500 scopes that inherit one secret cause one read per change', async () => {
    await world.store('shared', { value: 'one' });
    const fetcher = world.fetcher('reader');
    const log = new AuditLog(world.cluster.auditLogPath);
    const mark = await log.mark();
    const changed: (string | undefined)[] = [];
    fetcher.onChange((_uid, key) => changed.push(key));
    const all = () => Promise.all(Array.from({ length: 500 }, (_, scope) => one(fetcher, `team-${scope}`)));
    const before = await all();
    expect(new Set(before.map((value) => value?.kind === 'value' && String(value.value.reveal())))).toEqual(
      new Set(['one']),
    );
    await world.store('shared', { value: 'two' });
    await expect.poll(() => changed, PATIENT).toContain('shared');
    const after = await all();
    expect(new Set(after.map((value) => value?.kind === 'value' && String(value.value.reveal())))).toEqual(
      new Set(['two']),
    );
    const asked = (await log.since(mark)).filter(({ user }) => user === READER);
    expect(asked.map(({ verb, name }) => `${verb} ${name}`).sort()).toEqual([
      'get shared',
      'get shared',
      'watch undefined',
    ]);
    await fetcher.close();
  });

  it('THREATS 16: ten seconds after its last use the heap holds no value', async () => {
    const control = `control-${randomBytes(12).toString('hex')}`;
    const canary = await storeCanary('shared');
    const fetcher = world.fetcher('reader');
    const value = await one(fetcher, 'team');
    if (value?.kind !== 'value') throw new Error(`not read but ${shown(value)}`);
    expect(value.value.reveal().equals(canary)).toBe(true);
    value.value.wipe();
    await sleep(10_000);
    expect(fetcher.load().heldBytes).toBe(0);
    const encoded = Buffer.from(canary.toString('base64').slice(0, -4));
    const found = await heapHolds([canary, encoded, Buffer.from(control)]);
    expect(found).toEqual([false, false, true]);
    await fetcher.close();
  });
});

async function kindsRead(backend: Backend, key: string): Promise<string[]> {
  return (await backend.read([{ key }], idle())).map(({ kind }) => kind);
}

/** Kinds of what the API server sent to the reader in answer to gets and lists of Secrets. */
async function sentObjects(offset: number): Promise<string[]> {
  const lines = (await readFile(world.cluster.auditLogPath))
    .subarray(offset)
    .toString('utf8')
    .trim()
    .split('\n');
  const events = lines.map((line) => JSON.parse(line)).filter(({ user }) => user.username === READER);
  return events.flatMap(({ responseObject }) => (responseObject ? [String(responseObject.kind)] : []));
}

/** Only the bytes come back, so that no string of it is held by the test. */
async function storeCanary(name: string): Promise<Buffer> {
  const canary = Buffer.from(randomBytes(24).toString('hex'));
  await world.store(name, { value: canary.toString('latin1') });
  return canary;
}

/** Which of these texts occur in any string that is alive. */
async function heapHolds(needles: readonly Buffer[]): Promise<boolean[]> {
  const found = needles.map(() => false);
  let rest = Buffer.alloc(0);
  for await (const chunk of getHeapSnapshot()) {
    const text = Buffer.concat([rest, chunk]);
    for (const [index, needle] of needles.entries()) found[index] ||= text.includes(needle);
    rest = text.subarray(-256);
  }
  return found;
}
