/**
 * Where a webhook may not go (FAULTS 46, 47; THREATS 7). Names are resolved by a real name server that lies; the
 * receiver stands in for whatever address is connected to, so every connection that is made is counted there.
 */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAuthority, issueServerCertificate } from '../../../test/cluster/pki.ts';
import { type DnsAnswer, LoopbackDns } from '../../../test/scenarios-support/loopback-dns.ts';
import { redirect } from '../../../test/scenarios-support/webhook-answers.ts';
import type { WebhookReceiver } from '../../../test/scenarios-support/webhook-receiver.ts';
import { OutboundConnector } from './outbound-connector.ts';
import { authority, PUBLIC, playInternet } from './outbound-fixture.ts';
import {
  allowing,
  outcomeOf,
  post,
  postHastily,
  receiver,
  TrustingConnector,
  webhook,
} from './post-webhook-fixture.ts';

const HOOK = 'hooks.example.com';
const URL_OF_HOOK = `https://${HOOK}/x`;
const API_SERVER = '10.96.0.1';
/** Public, but the API server of this cluster. */
const PUBLIC_API_SERVER = '52.94.9.9';

interface Internet {
  readonly there: WebhookReceiver;
  readonly dns: LoopbackDns;
  readonly outbound: OutboundConnector;
  /** where connections went, as far as addresses were looked up for them */
  readonly addresses: () => string[];
}

async function internet(...answers: readonly DnsAnswer[]): Promise<Internet> {
  const there = await receiver({ names: [HOOK] });
  const dns = await LoopbackDns.start();
  onTestFinished(() => dns[Symbol.asyncDispose]());
  dns.serve(HOOK, ...answers);
  const dialled = playInternet(there.port);
  const outbound = new TrustingConnector(there.authority.certificate, {
    resolve: dns.resolve,
    refusedRanges: ['10.96.0.0/12', PUBLIC_API_SERVER],
  });
  return { there, dns, outbound, addresses: () => dialled.flatMap((one) => one.addresses) };
}

describe('a name', () => {
  it('that resolves to public addresses is connected to at one of them', async () => {
    const { there, dns, outbound, addresses } = await internet([PUBLIC.address, '2600:1f18::1']);
    await expect(outcomeOf(post(outbound, webhook(URL_OF_HOOK)))).resolves.toBe(200);
    expect(addresses()).toEqual([PUBLIC.address, '2600:1f18::1']);
    expect([there.receipts.length, dns.rounds(HOOK), there.receipts[0]?.headers['host']]).toEqual([
      1,
      1,
      HOOK,
    ]);
  });

  it.each([
    ['the metadata of the cloud', '169.254.169.254'],
    ['the metadata of the cloud over IPv6', 'fd00:ec2::254'],
    ['the API server', API_SERVER],
    ['the API server at a public address', PUBLIC_API_SERVER],
    ['a private address', '10.1.2.3'],
    ['another private address', '172.16.0.1'],
    ['a third private address', '192.168.1.1'],
    ['loopback', '127.0.0.1'],
    ['another address of loopback', '127.1.2.3'],
    ['loopback over IPv6', '::1'],
    ['no address', '0.0.0.0'],
    ['IPv4 metadata as IPv6', '::ffff:169.254.169.254'],
    ['IPv4 loopback as IPv6', '::ffff:127.0.0.1'],
    ['a private address as IPv6', '::ffff:10.0.0.1'],
    ['a public address as IPv6', `::ffff:${PUBLIC.address}`],
    ['a private address behind NAT64', '64:ff9b::10.0.0.1'],
    ['a link', 'fe80::1'],
    ['an address of this site', 'fc00::1'],
  ])('FAULTS 46: that resolves to %s is refused', async (_case, address) => {
    const { there, outbound, addresses } = await internet([address]);
    await expect(outcomeOf(post(outbound, webhook(URL_OF_HOOK)))).resolves.toBe('AddressRefused');
    expect([there.connections, addresses()]).toEqual([0, []]);
  });

  it.each([
    ['the first', ['127.0.0.1', PUBLIC.address]],
    ['the last', [PUBLIC.address, '52.94.233.2', '10.0.0.1']],
    ['of the other family', [PUBLIC.address, '::1']],
  ])('FAULTS 46: of which one of several addresses is private (%s) is refused', async (_case, answer) => {
    const { there, outbound } = await internet(answer);
    await expect(outcomeOf(post(outbound, webhook(URL_OF_HOOK)))).resolves.toBe('AddressRefused');
    expect(there.connections).toBe(0);
  });

  it.each(['127.0.0.1', '169.254.169.254', '10.96.0.1', '::ffff:10.0.0.1'])(
    'FAULTS 47: that is rebound to %s between check and connect is asked for once, and the address that was checked is the one',
    async (second) => {
      const { there, dns, outbound, addresses } = await internet([PUBLIC.address], [second]);
      await expect(outcomeOf(post(outbound, webhook(URL_OF_HOOK)))).resolves.toBe(200);
      expect([dns.rounds(HOOK), addresses()]).toEqual([1, [PUBLIC.address]]);
      // the next attempt asks again, and no connection of the last one is left to go by
      await expect(outcomeOf(post(outbound, webhook(URL_OF_HOOK)))).resolves.toBe('AddressRefused');
      expect([there.connections, dns.rounds(HOOK), addresses()]).toEqual([1, 2, [PUBLIC.address]]);
    },
  );

  it.each<[string, DnsAnswer]>([
    ['there is no', 'no such name'],
    ['has no address', []],
  ])('%s: that is said', async (_case, answer) => {
    const { there, dns, outbound } = await internet(answer);
    await expect(outcomeOf(post(outbound, webhook(URL_OF_HOOK)))).resolves.toBe('NameNotResolved');
    expect([there.connections, dns.rounds(HOOK)]).toEqual([0, 1]);
  });

  it('nobody answers for: the time is over, and nobody was connected to', async () => {
    const { there, outbound } = await internet('nothing');
    await expect(outcomeOf(postHastily(outbound, webhook(URL_OF_HOOK)))).resolves.toBe('TimedOut');
    expect(there.connections).toBe(0);
  });

  it('is absolute, so that no search list makes it a Service', async () => {
    const { dns, outbound } = await internet('no such name');
    await post(outbound, webhook(URL_OF_HOOK));
    expect(new Set(dns.asked)).toEqual(new Set([HOOK]));
  });
});

describe('a URL', () => {
  it.each([
    ['an address', 'https://52.94.233.1/'],
    ['an IPv6 address', 'https://[2600:1f18::1]/'],
    ['the metadata of the cloud', 'https://169.254.169.254/latest/'],
    ['a decimal number', 'https://2130706433/'],
    ['a hexadecimal number', 'https://0x7f000001/'],
    ['an octal number', 'https://0177.0.0.1/'],
    ['two numbers', 'https://127.1/'],
    ['a dot at the end', `https://${HOOK}./`],
    ['a single label', 'https://kubernetes/'],
    ['localhost', 'https://localhost/'],
    ['a user', `https://${HOOK}@evil.example.com/`],
    ['a user and a password', `https://user:pw@${HOOK}/`],
    ['a user who is called like the host', `https://${HOOK}:pw@${HOOK}/`],
    ['another port', `https://${HOOK}:8443/`],
    ['the port of the API server', `https://${HOOK}:6443/`],
    ['HTTP', `http://${HOOK}/`],
    ['HTTP on the port of HTTPS', `http://${HOOK}:443/`],
    ['another protocol', `ftp://${HOOK}/`],
    ['capital letters', 'https://Hooks.example.com/'],
    ['a backslash', `https://evil.example.com\\@${HOOK}/`],
    ['full-width letters', 'https://ｈooks.example.com/'],
    ['a letter written as a number', 'https://%68ooks.example.com/'],
    ['no host', 'https:///x'],
    ['no URL', 'hooks'],
  ])('FAULTS 46: with %s is refused before anything is resolved or connected to', async (_case, url) => {
    const { there, dns, outbound } = await internet([PUBLIC.address]);
    await expect(outcomeOf(post(outbound, webhook(url)))).resolves.toBe('HostRefused');
    expect([there.connections, dns.asked]).toEqual([0, []]);
  });

  it.each(['2130706433', '127.1', '0x7f.1', '127.0.0.1.', '127.000.000.001'])(
    'THREATS 7: reads as it is written: %s is not the test endpoint 127.0.0.1',
    async (host) => {
      const there = await receiver();
      const request = webhook(`https://${host}:${there.port}/`);
      await expect(outcomeOf(post(allowing([there]), request))).resolves.toBe('HostRefused');
      expect(there.connections).toBe(0);
    },
  );

  it('of the receiver next door is refused: only the endpoint that was allowed is reached', async () => {
    const [there, nextDoor] = [await receiver(), await receiver()];
    await expect(outcomeOf(post(allowing([there]), webhook(nextDoor.endpoint)))).resolves.toBe('HostRefused');
    expect(nextDoor.connections).toBe(0);
  });
});

describe('a certificate', () => {
  const localhost = async (certificate: { readonly certificate: string; readonly key: string }) => {
    const there = await receiver({ certificate });
    const allow = { endpoints: [`https://localhost:${there.port}`], ca: authority.certificate };
    return { there, outbound: new OutboundConnector({ allow }), url: `https://localhost:${there.port}/` };
  };

  it('of this name and this authority is taken', async () => {
    const { outbound, url } = await localhost(await issueServerCertificate(authority, ['localhost']));
    await expect(outcomeOf(post(outbound, webhook(url)))).resolves.toBe(200);
  });

  it.each<[string, () => Promise<{ readonly certificate: string; readonly key: string }>]>([
    ['of another name', () => issueServerCertificate(authority, ['evil.example.com'])],
    ['that signed itself', () => createAuthority('localhost')],
    ['of another authority', async () => issueServerCertificate(await createAuthority('x'), ['localhost'])],
    ['that has expired', () => issuedAt(-2 * 365)],
    ['that is not valid yet', () => issuedAt(2)],
  ])('FAULTS 47: %s is refused, and the receiver gets no byte of HTTP', async (_case, made) => {
    const { there, outbound, url } = await localhost(await made());
    await expect(outcomeOf(post(outbound, webhook(url)))).resolves.toBe('TLSRefused');
    expect([there.connections, there.receipts]).toEqual([1, []]);
  });

  it('FAULTS 47: of a test’s authority vouches for nobody on the internet', async () => {
    const { there, dns } = await internet([PUBLIC.address]);
    const allow = { endpoints: [there.endpoint], ca: there.authority.certificate };
    const outbound = new OutboundConnector({ allow, resolve: dns.resolve });
    await expect(outcomeOf(post(outbound, webhook(URL_OF_HOOK)))).resolves.toBe('TLSRefused');
    expect(there.receipts).toEqual([]);
  });

  async function issuedAt(days: number): ReturnType<typeof issueServerCertificate> {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * 86_400_000 });
    try {
      return await issueServerCertificate(authority, ['localhost']);
    } finally {
      vi.useRealTimers();
    }
  }
});

describe('a redirect', () => {
  it.each(['https://169.254.169.254/latest/', 'http://127.0.0.1:8001/', 'https://kubernetes.default.svc/'])(
    'FAULTS 47: to %s is a code, and nobody is asked or connected to for it',
    async (location) => {
      const { there, dns, outbound, addresses } = await internet([PUBLIC.address]);
      there.usually(redirect(location));
      await expect(outcomeOf(post(outbound, webhook(URL_OF_HOOK)))).resolves.toBe(307);
      expect([there.connections, addresses(), new Set(dns.asked)]).toEqual([
        1,
        [PUBLIC.address],
        new Set([HOOK]),
      ]);
    },
  );
});
