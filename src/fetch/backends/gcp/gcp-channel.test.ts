import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, issueServerCertificate } from '../../../../test/cluster/pki.ts';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { FakeGcp } from '../../../../test/peers/fake-gcp.ts';
import { onLoopback, plainGcp } from '../../../../test/peers/gcp-open.ts';
import { type Clock, systemClock } from '../../../kube/clock.ts';
import type { CheckAddresses } from './gcp-channel.ts';

const HOST = 'secretmanager.googleapis.com';
let fake: FakeGcp;
let roots: string;
beforeAll(async () => {
  const authority = await createAuthority('test');
  fake = await FakeGcp.open(await issueServerCertificate(authority, [HOST]));
  fake.put('a', 'x');
  roots = authority.certificate;
});
afterAll(() => fake.close());

function over(checkedAddresses: CheckAddresses, host = HOST, trusted: string | undefined = roots) {
  const endpoint = { host, port: fake.port, security: { kind: 'tls', roots: trusted } as const };
  return plainGcp(fake.port, { endpoint, checkedAddresses });
}

async function described(backend: ReturnType<typeof over>) {
  try {
    return (await backend.describe([{ key: 'a' }], idle()))[0];
  } finally {
    await backend.close();
  }
}

describe('a channel to Google', () => {
  it('THREATS 4: connects to the addresses that were checked for the host, as that host', async () => {
    const asked: string[] = [];
    const backend = over((host) => {
      asked.push(host);
      return onLoopback(host);
    });
    // the real host's address is another one: without the binding this would leave the machine
    expect(await described(backend)).toEqual({ kind: 'found', version: '1' });
    expect(asked).toEqual([HOST]);
  });

  it('tries the next address when one does not answer', async () => {
    const addresses = ['127.0.0.2', '127.0.0.1'].map((address) => ({ address, family: 4 }));
    expect(await described(over(async () => ({ kind: 'checked', addresses })))).toMatchObject({
      kind: 'found',
    });
  });

  it('THREATS 4: is not opened to an address that is refused', async () => {
    const refused: CheckAddresses = async () => ({ kind: 'refused', code: 'AddressRefused' });
    fake.calls.length = 0;
    expect(await described(over(refused))).toEqual({ kind: 'unavailable', code: 'AddressRefused' });
    expect(fake.calls).toEqual([]);
  });

  it('THREATS 4: does not talk to whoever has another certificate', async () => {
    const other = await createAuthority('other');
    fake.calls.length = 0;
    for (const backend of [
      over(onLoopback, 'other.googleapis.com'),
      over(onLoopback, HOST, other.certificate),
    ]) {
      expect(await described(backend)).toMatchObject({ kind: 'unavailable' });
    }
    expect(fake.calls).toEqual([]);
  });

  it('asks for addresses again after some minutes, and soon after a failure', async () => {
    let [now, asked] = [0, 0];
    const clock: Clock = { ...systemClock, monotonic: () => now };
    const plain = await FakeGcp.open();
    const backend = plainGcp(plain.port, {
      clock,
      random: () => 0,
      checkedAddresses: (host) => {
        asked++;
        return onLoopback(host);
      },
    });
    const round = async (ms: number) => {
      now += ms;
      await Promise.all([1, 2, 3].map(() => backend.describe([{ key: 'a' }], idle())));
      return asked;
    };
    expect([await round(0), await round(299_000)]).toEqual([1, 1]);
    expect(await round(2_000)).toBe(2);
    plain.spoil({ code: 14, times: 1 });
    expect([await round(6_000), await round(0)]).toEqual([2, 3]);
    await backend.close();
    await plain.close();
  });
});
