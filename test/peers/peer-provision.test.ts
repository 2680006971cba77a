import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provided, requiredPeers, runBounded } from './peer-provision.ts';
import { REPORT_FILE, tellPeer, toldPeers } from './peer-report.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secretscope-provision-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const soon = (ms = 10_000) => AbortSignal.timeout(ms);
const wanted = (name: string, provide: () => Promise<void>, signal = soon()) => {
  const place = join(folder, name);
  return { place, mark: place, what: `test: ${name}`, signal, provide };
};

describe('a peer', () => {
  it('is provided once, however many ask', async () => {
    let times = 0;
    const provide = async () => {
      times++;
      await writeFile(join(folder, 'once'), '');
    };
    const ask = () => provided(wanted('once', provide));
    expect(await Promise.all([ask(), ask()])).toEqual([undefined, undefined]);
    expect(await ask()).toBeUndefined();
    expect(times).toBe(1);
  });

  it('that cannot be had is missing with the last word about it', async () => {
    const fail = () =>
      runBounded(
        process.execPath,
        ['-e', 'console.error("a\\nthe mirror is down"); process.exit(1)'],
        soon(),
      );
    const missing = await provided(wanted('down', async () => void (await fail())));
    expect(missing).toEqual({ kind: 'missing', why: 'the mirror is down' });
  });

  it('that takes too long is given up in time, and what was started ends', async () => {
    const began = performance.now();
    const signal = soon(500);
    const hang = () => runBounded(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], signal);
    const missing = await provided(wanted('slow', async () => void (await hang()), signal));
    expect(missing).toMatchObject({ kind: 'missing', why: expect.stringContaining('no more time') });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('that another process provides is waited for, and not provided again', async () => {
    const { promise: begins, resolve: begin } = Promise.withResolvers<void>();
    const slow = async () => {
      begin();
      await sleep(500);
      await writeFile(join(folder, 'shared'), '');
    };
    const first = provided(wanted('shared', slow));
    // whoever asks second may be as fast as the first one until that holds the lock
    await begins;
    expect(await provided(wanted('shared', () => expect.fail('it was provided twice')))).toBeUndefined();
    expect(await first).toBeUndefined();
  });
});

describe('a missing peer', () => {
  it.each([
    [{}, []],
    [{ CI: 'true' }, ['moto', 'localgcp', 'lowkey-vault', 'promtool']],
    [{ CI: 'true', SECRETSCOPE_PEERS_OPTIONAL: '' }, ['moto', 'localgcp', 'lowkey-vault', 'promtool']],
    [{ CI: 'true', SECRETSCOPE_PEERS_OPTIONAL: 'localgcp,lowkey-vault,promtool' }, ['moto']],
    [{ SECRETSCOPE_PEERS_OPTIONAL: 'moto' }, []],
  ])('fails the run of %j if it is one of %j', (env, required) => {
    expect([...requiredPeers(env)]).toEqual(required);
  });

  it('is excused by its name only', () => {
    expect(() => requiredPeers({ SECRETSCOPE_PEERS_OPTIONAL: 'lowkey' })).toThrow(
      'names lowkey; the peers are',
    );
  });
});

it('of each peer one line is told, and one for each difference, with the page of its provider', async () => {
  const file = join(folder, 'told.jsonl');
  const before = process.env[REPORT_FILE];
  process.env[REPORT_FILE] = file;
  const difference = { reason: 'it says yes', page: 'https://provider.test/page' };
  await tellPeer({ name: 'b', version: '', passed: 0, differed: {}, missing: 'no network' });
  await tellPeer({ name: 'a', version: '1', passed: 1, differed: {} });
  await tellPeer({ name: 'a', version: '1', passed: 2, differed: { 'says no': difference } });
  if (before === undefined) delete process.env[REPORT_FILE];
  else process.env[REPORT_FILE] = before;
  expect(await toldPeers(file)).toEqual([
    'a 1: 2 passed, 1 expected difference',
    '  "says no": it says yes (https://provider.test/page)',
    'b: not there: no network',
  ]);
  expect(await toldPeers(join(folder, 'nothing'))).toEqual([]);
});
