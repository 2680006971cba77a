/**
 * From a host name to addresses that may be connected to. Called by the agents for every new connection and, through the
 * connector, by clients that connect on their own.
 * One forbidden address among several refuses the name: whoever can add one to DNS would else only have to wait for it
 * to be chosen.
 */
import { promises as dns, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { judgeAddress } from './address-rules.ts';
import type { AddressRange } from './address-text.ts';
import { OutboundError } from './outbound-error.ts';

export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

export type CheckedAddresses =
  | { readonly kind: 'checked'; readonly addresses: readonly [LookupAddress, ...LookupAddress[]] }
  | { readonly kind: 'refused'; readonly code: 'AddressRefused' | 'HostRefused' | 'NotResolved' };

// clouds answer with up to eight; after the fourth that does not answer, a fifth would not either
const MAX_TRIED = 4;

export function systemResolve(name: string): Promise<readonly LookupAddress[]> {
  return dns.lookup(name, { all: true, order: 'verbatim' });
}

export async function resolveHost(
  host: string,
  configured: readonly AddressRange[],
  resolve: Resolve,
): Promise<CheckedAddresses> {
  const [first, ...others] = await found(host, resolve);
  if (first === undefined) return { kind: 'refused', code: 'NotResolved' };
  const refused = [first, ...others].some(
    ({ address }) => judgeAddress(address, configured).kind === 'refused',
  );
  if (refused) return { kind: 'refused', code: 'AddressRefused' };
  return { kind: 'checked', addresses: [first, ...others.slice(0, MAX_TRIED - 1)] };
}

/** For `net.connect`, which asks once and connects to nothing but what it is answered. */
export function checkedLookup(check: () => Promise<CheckedAddresses>): LookupFunction {
  return (_host, options, callback) => {
    void check().then((answer) => {
      if (answer.kind === 'refused') return callback(new OutboundError(answer.code), []);
      const [{ address, family }] = answer.addresses;
      if (options.all === true) return callback(null, [...answer.addresses]);
      return callback(null, address, family);
    });
  };
}

/** The dot at the end keeps the cluster's search list out: a Service `amazonaws` in a namespace `com` is no cloud. */
async function found(host: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  try {
    return await resolve(`${host}.`);
  } catch (error) {
    // no such name, or DNS does not answer: the caller tries again either way
    if (error instanceof Error) return [];
    throw error;
  }
}
