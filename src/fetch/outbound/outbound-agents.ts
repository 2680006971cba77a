/**
 * The agents that cloud SDKs are given: Node's own pooling, with our way of making a connection. Made by the connector.
 */
import http, { type ClientRequest, type ClientRequestArgs } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { guardAnswer } from './answer-guard.ts';
import { boundConnect, dialTls } from './dial-tls.ts';
import { OutboundError } from './outbound-error.ts';
import { openTunnel } from './proxy-tunnel.ts';
import { type Destination, destinationOf, type Reachable } from './reachable.ts';
import { type CheckedAddresses, checkedLookup } from './resolve-host.ts';

export interface AgentDuties {
  readonly reachable: Reachable;
  readonly context: SecureContext;
  /** for endpoints on loopback only; their authority is never one for a cloud */
  readonly testContext: SecureContext;
  readonly proxy: URL | undefined;
  readonly check: (host: string) => Promise<CheckedAddresses>;
  readonly maxSockets: number;
}

type Created = (error: Error | null, socket: Duplex) => void;

// two hosts for each client: the store and whoever exchanges its tokens
const HOSTS_PER_CLIENT = 2;
// what stays open between two rounds; a burst opens the rest again
const MAX_IDLE = 4;
// below the idle limits of the clouds' front ends (AWS 350 s, Azure 240 s), which drop silently
const IDLE_MS = 60_000;

export class OutboundHttpsAgent extends https.Agent {
  readonly #duties: AgentDuties;

  constructor(duties: AgentDuties) {
    super(pool(duties.maxSockets));
    this.#duties = duties;
  }

  // Node's queue: the one place that sees every request of every library. Its type leaves it out
  addRequest(request: ClientRequest, ...rest: readonly unknown[]): void {
    guardAnswer(request);
    enqueue(this, request, rest);
  }

  override createConnection(options: RequestOptions, created?: Created): Duplex | undefined {
    const { check, context, testContext, proxy } = this.#duties;
    const to = wanted(options, 'https:', this.#duties.reachable);
    switch (to.kind) {
      case 'refused':
        return refuse(created);
      case 'testEndpoint':
        return dialTls({ host: to.name, context: testContext, way: { ...to, kind: 'address' } });
      case 'cloud':
        if (proxy) return tunnel(proxy, to.host, context, created);
        return dialTls({
          host: to.host,
          context,
          way: { kind: 'resolve', port: 443, lookup: checkedLookup(() => check(to.host)) },
        });
      default:
        return to satisfies never;
    }
  }
}

/** Plain HTTP: nothing but the endpoints of tests on loopback. */
export class OutboundHttpAgent extends http.Agent {
  readonly #reachable: Reachable;

  constructor({ reachable, maxSockets }: AgentDuties) {
    super(pool(maxSockets));
    this.#reachable = reachable;
  }

  addRequest(request: ClientRequest, ...rest: readonly unknown[]): void {
    guardAnswer(request);
    enqueue(this, request, rest);
  }

  override createConnection(options: ClientRequestArgs, created?: Created): Duplex | undefined {
    const to = wanted(options, 'http:', this.#reachable);
    if (to.kind !== 'testEndpoint') return refuse(created);
    const socket = connectTcp({ host: to.address, port: to.port });
    boundConnect(socket, 'connect');
    return socket;
  }
}

function wanted(
  { host, port, socketPath }: ClientRequestArgs,
  protocol: 'http:' | 'https:',
  reachable: Reachable,
): Destination {
  if (typeof host !== 'string' || socketPath) return { kind: 'refused' };
  const number = Number(port ?? (protocol === 'https:' ? 443 : 80));
  return destinationOf({ protocol, host, port: number }, reachable);
}

function refuse(created: Created | undefined): undefined {
  const error = new OutboundError('HostRefused');
  if (created === undefined) throw error;
  fail(created, error);
}

function tunnel(proxy: URL, host: string, context: SecureContext, created: Created | undefined): undefined {
  openTunnel(proxy, `${host}:443`, (error, socket) => {
    if (created === undefined) socket?.destroy();
    else if (socket === undefined) fail(created, error ?? new OutboundError('ProxyFailed'));
    else created(null, dialTls({ host, context, way: { kind: 'tunnel', socket } }));
  });
}

/** Node reads no socket where there is an error, but its type wants one. */
function fail(created: Created, error: OutboundError): void {
  Reflect.apply(created, undefined, [error]);
}

function enqueue(agent: http.Agent, request: ClientRequest, rest: readonly unknown[]): void {
  const inherited: unknown = Reflect.get(http.Agent.prototype, 'addRequest');
  // said aloud rather than passed by unguarded, should Node ever call it something else
  if (typeof inherited !== 'function') throw new Error('this version of Node queues requests differently');
  Reflect.apply(inherited, agent, [request, ...rest]);
}

function pool(maxSockets: number): http.AgentOptions {
  return {
    keepAlive: true,
    maxSockets,
    maxTotalSockets: maxSockets * HOSTS_PER_CLIENT,
    maxFreeSockets: MAX_IDLE,
    timeout: IDLE_MS,
    scheduling: 'lifo',
  };
}
