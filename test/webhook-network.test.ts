/** FAULTS 46 and 47 with nothing played: where the machine lets a test have a network of its own. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Attempted } from './scenarios-support/webhook-network.ts';

const CLOSED = [
  '169.254.169.254',
  '10.96.0.1',
  '172.16.0.1',
  '192.168.1.1',
  'fd00:ec2::254',
  'fc00::1',
  '127.0.0.1',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:10.96.0.1',
];
const PUBLIC = '52.94.233.1';
const IN_ITS_OWN = ['--user', '--map-root-user', '--net'];

const canHave = spawnSync('unshare', [...IN_ITS_OWN, 'ip', 'link', 'set', 'lo', 'up']).status === 0;

describe.skipIf(!canHave)('a webhook in a network where every closed address answers on 443', () => {
  let told: Readonly<Record<string, Attempted>> = {};
  beforeAll(async () => {
    const script = `${import.meta.dirname}/scenarios-support/webhook-network.ts`;
    const { stdout } = await promisify(execFile)('unshare', [...IN_ITS_OWN, process.execPath, script]);
    told = JSON.parse(stdout) as Readonly<Record<string, Attempted>>;
  }, 60_000);

  it('reaches a public address', () => {
    expect(told['public']).toEqual({ outcome: 200, connected: [PUBLIC] });
  });

  it.each(CLOSED)('is refused %s by name, beside a public one, and as it is; others get there', (address) => {
    const nowhere = (outcome: string) => ({ outcome, connected: [] });
    expect(told[`without the connector: ${address}`]?.connected).toEqual([address.replace('::ffff:', '')]);
    expect(told[address]).toEqual(nowhere('AddressRefused'));
    expect(told[`besides: ${address}`]).toEqual(nowhere('AddressRefused'));
    expect(told[`as it is: ${address}`]).toEqual(nowhere('HostRefused'));
  });

  it.each(CLOSED)('is not rebound to %s: the address that was checked is connected to', (address) => {
    expect(told[`rebound: ${address}`]).toEqual({ outcome: 200, connected: [PUBLIC] });
  });
});
