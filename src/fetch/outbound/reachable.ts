/**
 * Where one client may go: by protocol, host and port, before anything is resolved. Called by the agents. Pure.
 */
import { isIP } from 'node:net';

export type Destination =
  | { readonly kind: 'cloud'; readonly host: string }
  | { readonly kind: 'testEndpoint'; readonly address: string; readonly name: string; readonly port: number }
  | { readonly kind: 'refused' };

export interface Wanted {
  readonly protocol: 'http:' | 'https:';
  readonly host: string;
  readonly port: number;
}

/** Hosts of one client and, where the operator runs with --insecure-test-endpoints, those endpoints. */
export interface Reachable {
  readonly hosts: ReadonlySet<string>;
  readonly testEndpoints: ReadonlySet<string>;
}

const HTTPS_PORT = 443;
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
// the last label has a letter at its start: 127.1, 2130706433 and 0x7f.1 are addresses to the C library
const DNS_NAME = new RegExp(`^(?=.{4,253}$)(?:${LABEL}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`);

export function destinationOf({ protocol, host, port }: Wanted, reachable: Reachable): Destination {
  const name = host.toLowerCase();
  if (!reachable.hosts.has(name)) return { kind: 'refused' };
  if (reachable.testEndpoints.has(endpointKey({ protocol, host: name, port })))
    return { kind: 'testEndpoint', address: loopbackOf(name) ?? name, name, port };
  if (protocol !== 'https:' || port !== HTTPS_PORT || !isDnsName(name)) return { kind: 'refused' };
  return { kind: 'cloud', host: name };
}

/** A full name of lower-case labels: no address in any spelling, no single label, no dot at the end. */
export function isDnsName(name: string): boolean {
  return DNS_NAME.test(name);
}

/** The key of `http://127.0.0.1:4566`; undefined for whatever is not exactly an endpoint on loopback. */
export function testEndpointKey(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const plain = url.pathname === '/' && `${url.search}${url.hash}${url.username}${url.password}` === '';
  if (!plain || loopbackOf(host) === undefined) return undefined;
  const port = url.port === '' ? defaultPort(url.protocol) : Number(url.port);
  return endpointKey({ protocol: url.protocol, host, port });
}

/** `localhost` is not resolved: what it means is ours to say, not a hosts file's. */
function loopbackOf(host: string): string | undefined {
  if (host === 'localhost') return '127.0.0.1';
  const isLoopback = isIP(host) === 4 ? host.startsWith('127.') : host === '::1';
  return isLoopback ? host : undefined;
}

function endpointKey({ protocol, host, port }: Wanted): string {
  return `${protocol}//${host}|${port}`;
}

function defaultPort(protocol: 'http:' | 'https:'): number {
  return protocol === 'https:' ? HTTPS_PORT : 80;
}
