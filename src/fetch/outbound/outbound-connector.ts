/**
 * The one way out to the clouds. Every client of a backend gets its agents here and names the hosts that it may reach;
 * whatever else it is made to ask for, by an answer, by DNS, by its environment, ends in an OutboundError.
 *
 * What holds for each connection: the host is on the client's list, the port is 443, every address that the name
 * resolves to is outside of what address-rules.ts closes, the connection goes to one of those addresses, the
 * certificate is the host's, TLS is 1.2 or newer. Redirects, compression and endless answers stop in answer-guard.ts.
 * Proxies and authorities come from options, never from the environment.
 */
import type http from 'node:http';
import type https from 'node:https';
import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import { addressRanges } from './address-rules.ts';
import type { AddressRange } from './address-text.ts';
import { isCaBundle, secureContext } from './dial-tls.ts';
import { OutboundHttpAgent, OutboundHttpsAgent } from './outbound-agents.ts';
import { type OutboundFetch, outboundFetch } from './outbound-fetch.ts';
import { proxyUrl } from './proxy-tunnel.ts';
import { type Destination, destinationOf, type Reachable, testEndpointKey } from './reachable.ts';
import { type CheckedAddresses, type Resolve, resolveHost, systemResolve } from './resolve-host.ts';

export interface OutboundOptions {
  /** The cluster's service and pod ranges and the API server's addresses, as ranges or single addresses. */
  readonly refusedRanges?: readonly string[];
  /** `http://proxy:3128` for all clouds; without it there is none, whatever the environment says. */
  readonly proxy?: string;
  /** --insecure-test-endpoints: exactly these endpoints on loopback, and the authority of those with https. */
  readonly allow?: { readonly endpoints: readonly string[]; readonly ca?: string };
  /** How names are resolved; the system's way unless a test stands in for DNS. */
  readonly resolve?: Resolve;
}

/** One client: one provider account and identity. */
export interface Client {
  /** The hosts it may reach, as cloud-hosts.ts makes them, or that of a ClusterSecretBackend's endpoint. */
  readonly hosts: readonly string[];
  /** Instead of the public authorities, not besides them. */
  readonly caBundle?: string;
  /** Connections to one host at once. */
  readonly maxSockets?: number;
}

/** `destroy()` on an agent closes this client's connections and nobody else's. */
export interface OutboundAgents {
  readonly https: https.Agent;
  readonly http: http.Agent;
  /** For libraries that take a `fetch` and not an agent. */
  readonly fetch: OutboundFetch;
}

// the busiest account: 25 reads a second, 600 ms each when the cloud is slow, are 15 in flight. Two hosts of 16 and
// about 50 kB for each connection are 1.6 MB; 100 accounts, all busy at once, are 160 MB and 3,200 descriptors
const DEFAULT_MAX_SOCKETS = 16;

/** A flag that cannot be obeyed. The operator does not start with it. */
export class OutboundOptionError extends Error {
  override readonly name = 'OutboundOptionError';
}

export class OutboundConnector {
  readonly #refused: readonly AddressRange[];
  readonly #proxy: URL | undefined;
  readonly #testEndpoints: ReadonlySet<string>;
  readonly #testCa: string | undefined;
  readonly #resolve: Resolve;
  #roots: SecureContext | undefined;
  #testRoots: SecureContext | undefined;

  constructor({ refusedRanges = [], proxy, allow, resolve = systemResolve }: OutboundOptions = {}) {
    this.#refused = rangesOf(refusedRanges);
    this.#proxy = proxy === undefined ? undefined : proxyOf(proxy);
    this.#testEndpoints = new Set(allow?.endpoints.map(endpointOf));
    this.#testCa = allow?.ca;
    this.#resolve = resolve;
  }

  /** A pool of its own for each client, so that a slow account holds nobody else's connections. */
  agents({ hosts, caBundle, maxSockets = DEFAULT_MAX_SOCKETS }: Client): OutboundAgents {
    // made once each: the public roots take 10 ms and 800 kB, and every webhook is a client of its own
    this.#roots ??= contextOf(undefined);
    this.#testRoots ??= this.#testCa === undefined ? this.#roots : contextOf(this.#testCa);
    const duties = {
      reachable: { hosts: new Set(hosts), testEndpoints: this.#testEndpoints },
      context: caBundle === undefined ? this.#roots : contextOf(caBundle),
      testContext: this.#testRoots,
      proxy: this.#proxy,
      check: (host: string) => this.checkedAddresses(host),
      maxSockets,
    };
    const agents = { https: new OutboundHttpsAgent(duties), http: new OutboundHttpAgent(duties) };
    return { ...agents, fetch: outboundFetch(agents) };
  }

  /**
   * For gRPC: connect to these and to nothing else, with `host` as authority. Good for the next connections, not for
   * hours. Never through the proxy. Any other port than 443 has to be that of a test endpoint.
   */
  async checkedAddresses(host: string, port = 443): Promise<CheckedAddresses> {
    const reachable = { hosts: new Set([host]), testEndpoints: this.#testEndpoints };
    const to = checkedDestination(host, port, reachable);
    switch (to.kind) {
      case 'refused':
        return { kind: 'refused', code: 'HostRefused' };
      case 'testEndpoint':
        return { kind: 'checked', addresses: [{ address: to.address, family: isIP(to.address) }] };
      case 'cloud':
        return resolveHost(to.host, this.#refused, this.#resolve);
      default:
        return to satisfies never;
    }
  }
}

/** gRPC to a test endpoint may be without TLS; to a cloud it never is. */
function checkedDestination(host: string, port: number, reachable: Reachable): Destination {
  const plain = destinationOf({ protocol: 'http:', host, port }, reachable);
  return plain.kind === 'refused' ? destinationOf({ protocol: 'https:', host, port }, reachable) : plain;
}

function contextOf(ca: string | undefined): SecureContext {
  if (ca === undefined || isCaBundle(ca)) return secureContext(ca);
  throw new OutboundOptionError('the CA bundle is not a list of PEM certificates');
}

function rangesOf(texts: readonly string[]): readonly AddressRange[] {
  const parsed = addressRanges(texts);
  switch (parsed.kind) {
    case 'ranges':
      return parsed.ranges;
    case 'invalid':
      throw new OutboundOptionError(
        `not ranges of addresses: ${parsed.texts.join(', ')}; write them like 10.96.0.0/12 or fd00:10::/112`,
      );
    default:
      return parsed satisfies never;
  }
}

function proxyOf(text: string): URL {
  const url = proxyUrl(text);
  if (url) return url;
  throw new OutboundOptionError(
    'the proxy is not of the form http://host:port; it takes no path and no password',
  );
}

function endpointOf(text: string): string {
  const key = testEndpointKey(text);
  if (key !== undefined) return key;
  throw new OutboundOptionError('a test endpoint is http or https on loopback, like http://127.0.0.1:4566');
}
