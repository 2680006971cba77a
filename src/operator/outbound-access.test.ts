import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError, type OutboundSettings } from '../config.ts';
import { outboundAccess } from './outbound-access.ts';

const NOTHING: OutboundSettings = {
  refusedRanges: [],
  proxy: undefined,
  testEndpoints: [],
  testIdentity: undefined,
  testCaFile: undefined,
};
const STAND_IN = 'http://127.0.0.1:4566';
const access = (change: Partial<OutboundSettings> = {}) => outboundAccess({ ...NOTHING, ...change });

/** What the operator says when it does not start. */
function refusal(change: Partial<OutboundSettings>): string {
  try {
    access(change);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  return expect.fail('it started');
}

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'secretscope-outbound-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'ca.pem'), text);
  return join(folder, 'ca.pem');
}

describe('THREATS 4: the way out', () => {
  it('if nothing is said, knows no stand-in and lets none through', async () => {
    const { outbound, tests } = access();
    expect(tests).toBeUndefined();
    expect(await outbound.checkedAddresses('127.0.0.1', 4566)).toEqual({
      kind: 'refused',
      code: 'HostRefused',
    });
  });

  it('if a stand-in is named, lets that one through and nothing beside it', async () => {
    const { outbound, tests } = access({ testEndpoints: [STAND_IN] });
    expect([...(tests?.endpoints ?? [])]).toEqual([STAND_IN]);
    expect(await outbound.checkedAddresses('127.0.0.1', 4566)).toMatchObject({ kind: 'checked' });
    expect(await outbound.checkedAddresses('127.0.0.1', 4567)).toMatchObject({ kind: 'refused' });
  });

  it('if identities are exchanged elsewhere, lets that through too', async () => {
    const testIdentity = 'https://127.0.0.1:4567';
    const { outbound, tests } = access({ testEndpoints: [STAND_IN], testIdentity });
    expect(tests?.identity).toBe(testIdentity);
    expect(await outbound.checkedAddresses('127.0.0.1', 4567)).toMatchObject({ kind: 'checked' });
  });

  it('if a file of authorities is named, hands on what is in it', () => {
    const testCaFile = fileWith('PEM of an authority');
    expect(access({ testEndpoints: [STAND_IN], testCaFile }).tests?.ca).toBe('PEM of an authority');
  });

  it('if a slash is at the end, means what backends mean without one', async () => {
    const testIdentity = 'https://127.0.0.1:4567/';
    const { tests } = access({ testEndpoints: [`${STAND_IN}/`], testIdentity });
    expect([...(tests?.endpoints ?? []), tests?.identity]).toEqual([STAND_IN, 'https://127.0.0.1:4567']);
  });

  it('if ranges of the cluster are named, refuses what resolves into them', () => {
    expect(() => access({ refusedRanges: ['10.96.0.0/12', 'fd00:10::/112'] })).not.toThrow();
  });
});

describe('THREATS 4: the operator does not start', () => {
  const FLAGS = '--refuse-addresses, --outbound-proxy or --insecure-test-…: ';

  it.each<[string, Partial<OutboundSettings>, string]>([
    [
      'a range is none',
      { refusedRanges: ['10.96.0.0/12', 'cluster'] },
      `${FLAGS}not ranges of addresses: cluster; write them like 10.96.0.0/12 or fd00:10::/112`,
    ],
    [
      'a proxy has a password',
      { proxy: 'http://u:p@proxy:3128' },
      `${FLAGS}the proxy is not of the form http://host:port; it takes no path and no password`,
    ],
    [
      'a stand-in is not on loopback',
      { testEndpoints: ['https://evil.example'] },
      `${FLAGS}a test endpoint is http or https on loopback, like http://127.0.0.1:4566`,
    ],
    [
      'identities would go elsewhere than to loopback',
      { testEndpoints: [STAND_IN], testIdentity: 'https://evil.example' },
      `${FLAGS}a test endpoint is http or https on loopback, like http://127.0.0.1:4566`,
    ],
    [
      'identities would go elsewhere, and no stand-in is named',
      { testIdentity: 'https://127.0.0.1:4567' },
      '--insecure-test-identity and --insecure-test-ca need --insecure-test-endpoints',
    ],
    [
      'authorities are named, and no stand-in is',
      { testCaFile: '/ca.pem' },
      '--insecure-test-identity and --insecure-test-ca need --insecure-test-endpoints',
    ],
    [
      'the file of authorities is not there',
      { testEndpoints: [STAND_IN], testCaFile: '/nonexistent/ca.pem' },
      '--insecure-test-ca: /nonexistent/ca.pem cannot be read',
    ],
  ])('if %s', (_case, change, message) => {
    expect(refusal(change)).toBe(message);
  });
});
