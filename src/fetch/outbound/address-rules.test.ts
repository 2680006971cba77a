import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AddressFault, addressRanges, judgeAddress } from './address-rules.ts';
import { isInRange, parseIp, parseRange } from './address-text.ts';

const judge = (text: string, ranges: readonly string[] = []) => {
  const parsed = addressRanges(ranges);
  return judgeAddress(text, parsed.kind === 'ranges' ? parsed.ranges : []);
};
const refused = (why: AddressFault) => ({ kind: 'refused', why });

const CLOSED: readonly [AddressFault, ...string[]][] = [
  ['metadata', '169.254.169.254', '168.63.129.16', '100.100.100.200', 'fd00:ec2::254', 'FD00:0EC2::0254'],
  ['unspecified', '0.0.0.0', '0.1.2.3', '::', '0:0:0:0:0:0:0:0'],
  ['loopback', '127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1', '::0.0.0.1'],
  ['linkLocal', '169.254.0.1', '169.254.170.2', 'fe80::1', 'febf::1'],
  ['siteLocal', 'fec0::1', 'feff::1'],
  ['private', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  ['sharedNat', '100.64.0.1', '100.127.255.255'],
  ['uniqueLocal', 'fc00::1', 'fd12:3456::1'],
  ['documentation', '192.0.2.1', '198.51.100.7', '203.0.113.9', '2001:db8::1', '3fff::1'],
  ['benchmark', '198.18.0.1', '198.19.255.255', '2001:2::1'],
  ['broadcast', '255.255.255.255'],
  ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1'],
  ['reserved', '192.0.0.1', '240.0.0.1', '192.88.99.1', '100::1', '4000::1', '2001:20::1'],
  ['notAnAddress', '', 'localhost', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '[::1]', ' 127.0.0.1'],
  ['notAnAddress', 'fe80::1%eth0', '2600::1%1', '1.2.3.4.', '::ffff:1.2.3', '10.0.0.1/8'],
];

describe('an address that a name resolves to', () => {
  it.each(CLOSED)('THREATS 4: %s is refused', (why, ...addresses) => {
    for (const address of addresses) expect([address, judge(address)]).toEqual([address, refused(why)]);
  });

  it.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '52.94.233.1',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '198.17.255.255',
    '223.255.255.255',
    '2600:1f18::1',
    '2a00:1450:4001:81b::200a',
    '2001:4860:4802:32::35',
  ])('%s is the outside', (address) => expect(judge(address)).toEqual({ kind: 'allowed' }));

  it.each([
    ['mapped', '::ffff:'],
    ['compatible', '::'],
    ['translated', '::ffff:0:'],
    ['NAT64', '64:ff9b::'],
    ['local NAT64', '64:ff9b:1::'],
  ])('THREATS 4: %s forms are refused, by what is inside them', (_case, prefix) => {
    expect(judge(`${prefix}169.254.169.254`)).toEqual(refused('metadata'));
    expect(judge(`${prefix}127.0.0.1`)).toEqual(refused('loopback'));
    expect(judge(`${prefix}8.8.8.8`)).toEqual(refused('translated'));
    expect(judge(`${prefix}8.8.8.8`, ['8.8.8.0/24'])).toEqual(refused('configured'));
  });

  it('THREATS 4: 6to4 and Teredo are refused, by what is inside them', () => {
    expect(judge('2002:7f00:1::1')).toEqual(refused('loopback'));
    expect(judge('2002:a9fe:a9fe::')).toEqual(refused('metadata'));
    expect(judge('2002:808:808::1')).toEqual(refused('translated'));
    // the client's 10.0.0.1, inverted
    expect(judge('2001:0:4136:e378:8000:63bf:f5ff:fffe')).toEqual(refused('private'));
    expect(judge('2001:0:4136:e378:8000:63bf:f7f7:f7f7')).toEqual(refused('translated'));
  });

  it('FAULTS 46: what the admin closes is refused, though it is public', () => {
    const ranges = ['34.118.224.0/20', '52.1.2.3', '2600:1f18:1::/48'];
    for (const address of ['34.118.239.255', '52.1.2.3', '2600:1F18:0001::9'])
      expect(judge(address, ranges)).toEqual(refused('configured'));
    for (const address of ['34.118.240.0', '52.1.2.4', '2600:1f18:2::'])
      expect(judge(address, ranges)).toEqual({ kind: 'allowed' });
  });

  it('every range that is none is named', () => {
    const texts = [
      '10.0.0.0/8',
      '10.0.0.0/33',
      'fd00::/129',
      'x',
      '10.0.0.0/',
      '10/8',
      '10.0.0.0/08',
      '::ffff:10.0.0.0/104',
    ];
    expect(addressRanges(texts)).toEqual({ kind: 'invalid', texts: texts.slice(1) });
  });

  it('the bits behind a prefix do not count', () => {
    expect(judge('52.9.9.9', ['52.1.2.3/8'])).toEqual(refused('configured'));
    expect(judge('8.8.8.8', ['0.0.0.0/0'])).toEqual(refused('configured'));
    expect(judge('2600::1', ['::/0'])).toEqual(refused('configured'));
  });
});

const RANGES = [
  '127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 100.64.0.0/10 0.0.0.0/8 224.0.0.0/4',
  '240.0.0.0/4 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 198.18.0.0/15 fe80::/10 fc00::/7 fec0::/10 ff00::/8',
  '2001:db8::/32 2001:2::/48 2002::/16 2001::/32 64:ff9b::/96 64:ff9b:1::/48 ::/96',
].join(' ');

/** An address of one of the closed ranges. */
const closed = fc
  .tuple(fc.constantFrom(...RANGES.split(' ')), fc.bigInt(0n, (1n << 128n) - 1n))
  .map(([text, noise]) => {
    const range = parseRange(text);
    if (!range) throw new Error(text);
    const value = (range.head << range.rest) | (noise & ((1n << range.rest) - 1n));
    return { family: range.family, value };
  });

const dotted = (value: bigint) => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
const groupsOf = (value: bigint) =>
  Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn);

/** The ways to write the same IPv6 address. */
function spellings(value: bigint): string[] {
  const hex = groupsOf(value).map((group) => group.toString(16));
  const plain = hex.join(':');
  const padded = hex.map((group) => group.padStart(4, '0')).join(':');
  const url = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const mixed = `${hex.slice(0, 6).join(':')}:${dotted(value & 0xffff_ffffn)}`;
  return [plain, padded, plain.toUpperCase(), url, url.toUpperCase(), mixed];
}

describe('addresses in any spelling', () => {
  it('THREATS 4: every address of a closed range is refused, however it is written', () => {
    fc.assert(
      fc.property(closed, ({ family, value }) => {
        const inIpv6 = [value, 0xffffn << 32n, 0x64_ff9bn << 96n].map((head, index) =>
          index === 0 ? head : head | value,
        );
        const texts = family === 4 ? [dotted(value), ...inIpv6.flatMap(spellings)] : spellings(value);
        for (const text of texts) expect([text, judge(text).kind]).toEqual([text, 'refused']);
      }),
    );
  });

  it('one address is one number', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 128n) - 1n), (value) => {
        for (const text of spellings(value)) expect(parseIp(text)).toEqual({ family: 6, value });
      }),
    );
  });

  it('a range holds the addresses that begin as it does', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, (1n << 32n) - 1n),
        fc.integer({ min: 0, max: 32 }),
        fc.bigInt(0n, (1n << 32n) - 1n),
        (base, length, other) => {
          const range = parseRange(`${dotted(base)}/${length}`);
          const mask = ((1n << 32n) - 1n) ^ ((1n << BigInt(32 - length)) - 1n);
          expect(range && isInRange({ family: 4, value: other }, range)).toBe(
            (base & mask) === (other & mask),
          );
        },
      ),
    );
  });

  it('text never throws, and what is no address is refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-fx:.%/]{0,40}$/)), (text) => {
        if (parseIp(text) === undefined) expect(judge(text)).toEqual(refused('notAnAddress'));
      }),
    );
  });
});
