/**
 * Which resolved addresses are never connected to, and why. Called by resolve-host.ts; pure.
 * Whoever may write a name into DNS, or a host into a backend, must not reach this machine, this cluster or the cloud's
 * metadata through the operator. Of IPv6 only what is global unicast is let through at all.
 */
import { type AddressRange, type IpNumber, isInRange, parseIp, parseRange } from './address-text.ts';

/** The closed set of reasons. For tests and counters: whoever asked is never told, it would resolve names for them. */
export type AddressFault =
  | 'notAnAddress'
  | 'configured'
  | 'unspecified'
  | 'loopback'
  | 'metadata'
  | 'linkLocal'
  | 'siteLocal'
  | 'private'
  | 'uniqueLocal'
  | 'sharedNat'
  | 'multicast'
  | 'broadcast'
  | 'documentation'
  | 'benchmark'
  | 'reserved'
  /** an IPv4 address in the dress of an IPv6 one, where the IPv4 address itself would be allowed */
  | 'translated';

export type AddressVerdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly why: AddressFault };

export type Ranges =
  | { readonly kind: 'ranges'; readonly ranges: readonly AddressRange[] }
  | { readonly kind: 'invalid'; readonly texts: readonly string[] };

interface Rule {
  readonly range: AddressRange;
  readonly why: AddressFault;
}

interface Dress {
  readonly range: AddressRange;
  /** the IPv4 address inside */
  readonly inside: (value: bigint) => bigint;
}

// the first rule that fits gives the reason, so the narrow ones stand before the wide ones
const RULES: readonly Rule[] = [
  rule('metadata', '169.254.169.254', '168.63.129.16', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254'),
  rule('unspecified', '0.0.0.0/8', '::'),
  rule('loopback', '127.0.0.0/8', '::1'),
  rule('linkLocal', '169.254.0.0/16', 'fe80::/10'),
  rule('siteLocal', 'fec0::/10'),
  rule('private', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'),
  rule('sharedNat', '100.64.0.0/10'),
  rule('uniqueLocal', 'fc00::/7'),
  rule('documentation', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'),
  rule('benchmark', '198.18.0.0/15', '2001:2::/48'),
  rule('broadcast', '255.255.255.255'),
  rule('multicast', '224.0.0.0/4', 'ff00::/8'),
  // protocol assignments, relays of 6to4, the class that was never given out
  rule('reserved', '192.0.0.0/24', '192.88.99.0/24', '240.0.0.0/4', '2001::/23'),
].flat();

const GLOBAL_UNICAST = rangeOf('2000::/3');
const IPV4_MASK = 0xffff_ffffn;

// the well-known forms; an operator of a NAT64 with a prefix of its own adds it to the configured ranges
const DRESSES: readonly Dress[] = [
  { range: rangeOf('::/96'), inside: lastBits },
  // ::ffff:0:0/96, which rangeOf refuses to write
  { range: { family: 6, head: 0xffffn, rest: 32n }, inside: lastBits },
  // ::ffff:0:0:0/96, the translated form of SIIT
  { range: { family: 6, head: 0xffff_0000n, rest: 32n }, inside: lastBits },
  { range: rangeOf('64:ff9b::/96'), inside: lastBits },
  // the operator chooses the prefix inside it; with 96 bits, as nearly all do, the address is at the end
  { range: rangeOf('64:ff9b:1::/48'), inside: lastBits },
  { range: rangeOf('2002::/16'), inside: (value) => (value >> 80n) & IPV4_MASK },
  // Teredo keeps the client's address inverted
  { range: rangeOf('2001::/32'), inside: (value) => ~value & IPV4_MASK },
];

/** `configured`: the cluster's own ranges and whatever else the admin closes. */
export function judgeAddress(text: string, configured: readonly AddressRange[]): AddressVerdict {
  const ip = parseIp(text);
  const why = ip === undefined ? 'notAnAddress' : faultOf(ip, configured);
  return why === undefined ? { kind: 'allowed' } : { kind: 'refused', why };
}

/** Every text that is no range is named, so that an admin corrects them in one go. */
export function addressRanges(texts: readonly string[]): Ranges {
  const parsed = texts.map((text) => ({ text, range: parseRange(text) }));
  const invalid = parsed.filter(({ range }) => range === undefined).map(({ text }) => text);
  if (invalid.length > 0) return { kind: 'invalid', texts: invalid };
  return { kind: 'ranges', ranges: parsed.flatMap(({ range }) => range ?? []) };
}

function faultOf(ip: IpNumber, configured: readonly AddressRange[]): AddressFault | undefined {
  if (configured.some((range) => isInRange(ip, range))) return 'configured';
  const dress = isBare(ip) ? undefined : DRESSES.find(({ range }) => isInRange(ip, range));
  if (dress) return faultOf({ family: 4, value: dress.inside(ip.value) }, configured) ?? 'translated';
  const broken = RULES.find(({ range }) => isInRange(ip, range));
  if (broken) return broken.why;
  return ip.family === 6 && !isInRange(ip, GLOBAL_UNICAST) ? 'reserved' : undefined;
}

/** `::` and `::1` look like IPv4 addresses in the oldest dress, and are not. */
function isBare({ family, value }: IpNumber): boolean {
  return family === 4 || value <= 1n;
}

function lastBits(value: bigint): bigint {
  return value & IPV4_MASK;
}

function rule(why: AddressFault, ...texts: readonly string[]): Rule[] {
  return texts.map((text) => ({ range: rangeOf(text), why }));
}

function rangeOf(text: string): AddressRange {
  const range = parseRange(text);
  if (range === undefined) throw new Error(`not a range: ${text}`);
  return range;
}
