/**
 * The text of an IP address or range as a number. Called by address-rules.ts; pure.
 * Only the forms that `node:net` connects to as they stand: what it does not know (`127.1`, `0x7f000001`, a zone) is no
 * address here, so that nobody reads it differently later.
 */
import { isIPv4, isIPv6 } from 'node:net';

export type Family = 4 | 6;

export interface IpNumber {
  readonly family: Family;
  readonly value: bigint;
}

/** All addresses that begin with the same bits: `rest` is how many bits behind them are free. */
export interface AddressRange {
  readonly family: Family;
  readonly head: bigint;
  readonly rest: bigint;
}

const BITS = { 4: 32, 6: 128 } as const;
const GROUPS = 8;
// ::ffff:0:0/96 names IPv4 addresses: a range written so would never meet the address it means
const MAPPED_HEAD = 0xffffn;

export function parseIp(text: string): IpNumber | undefined {
  if (isIPv4(text)) return { family: 4, value: ipv4Value(text) };
  // a zone (fe80::1%eth0) depends on this machine's interfaces
  if (isIPv6(text) && !text.includes('%')) return { family: 6, value: ipv6Value(text) };
  return undefined;
}

/** `10.0.0.0/8`, `fd00::/8` or a single address; bits behind the prefix are ignored. */
export function parseRange(text: string): AddressRange | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  const ip = parseIp(address);
  if (ip === undefined || more.length > 0) return undefined;
  const bits = BITS[ip.family];
  const length = prefix === undefined ? bits : prefixLength(prefix, bits);
  if (length === undefined || isMapped(ip)) return undefined;
  const rest = BigInt(bits - length);
  return { family: ip.family, head: ip.value >> rest, rest };
}

export function isInRange(ip: IpNumber, range: AddressRange): boolean {
  return ip.family === range.family && ip.value >> range.rest === range.head;
}

function prefixLength(text: string, bits: number): number | undefined {
  if (!/^(0|[1-9][0-9]{0,2})$/.test(text)) return undefined;
  const length = Number(text);
  return length <= bits ? length : undefined;
}

function isMapped({ family, value }: IpNumber): boolean {
  return family === 6 && value >> 32n === MAPPED_HEAD;
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function ipv6Value(text: string): bigint {
  const [left = '', right] = text.split('::');
  const head = groups(left);
  const tail = right === undefined ? [] : groups(right);
  const zeros = new Array<bigint>(GROUPS - head.length - tail.length).fill(0n);
  return [...head, ...zeros, ...tail].reduce((value, group) => (value << 16n) | group, 0n);
}

function groups(text: string): bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [BigInt(`0x${part}`)];
    const ipv4 = ipv4Value(part);
    return [ipv4 >> 16n, ipv4 & 0xffffn];
  });
}
