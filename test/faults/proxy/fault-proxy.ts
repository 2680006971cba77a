/**
 * Owns: a TLS proxy between a client and the API server that does what it is told, and nothing by chance.
 * Called by: fault scenarios. Must not: know the operator, or keep a credential.
 */
import { once } from 'node:events';
import { createSecureServer, type Http2SecureServer, Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { ClientSide, type Incoming, type Outgoing } from './client-side.ts';
import { deliver, type Exchange, forward } from './exchange.ts';
import type { Armed, RequestFault, RequestRule, WatchRule } from './fault-rules.ts';
import {
  kubeconfigThrough,
  type ProxiedCluster,
  type ProxiedServer,
  proxiedServer,
} from './proxied-server.ts';
import { ExchangeOver, ReleaseGate } from './release-gate.ts';
import { performFault } from './request-faults.ts';
import { RuleBook } from './rule-book.ts';
import { type SeenRequest, type Trace, traceOf } from './seen-request.ts';
import { TcpFront } from './tcp-front.ts';
import { passedOn, Upstream } from './upstream.ts';

export type * from './fault-rules.ts';
export type { ProxiedCluster, ProxiedServer } from './proxied-server.ts';
export type { Moment, SeenRequest } from './seen-request.ts';

// as the API server has it
const STREAMS_PER_CONNECTION = 100;
// 100 streams with the largest event waiting in each; the default of 10 MB would refuse streams
const SESSION_MEGABYTES = 1_000;

export class FaultProxy {
  readonly seen: readonly SeenRequest[];
  readonly #traces: Trace[] = [];
  readonly #authority: string;
  readonly #server: Http2SecureServer;
  readonly #upstream: Upstream;
  readonly #front: TcpFront;
  readonly #requestRules = new RuleBook<RequestRule>();
  readonly #watchRules = new RuleBook<WatchRule>();
  readonly #gate = new ReleaseGate();
  readonly #rawByPort = new Map<number, Socket>();
  readonly #open = new Set<Promise<void>>();
  readonly #troubles: unknown[] = [];

  private constructor(behind: ProxiedServer, server: Http2SecureServer, front: TcpFront) {
    this.seen = this.#traces;
    this.#authority = behind.ca;
    this.#upstream = new Upstream(behind.url, behind.ca);
    this.#server = server;
    this.#front = front;
    server.on('connection', (raw: Socket) => this.#remember(raw));
    server.on('request', (request: Incoming, response: Outgoing) => this.#take(request, response));
  }

  static async start(control: ProxiedCluster | ProxiedServer): Promise<FaultProxy> {
    const behind = await proxiedServer(control);
    const server = createSecureServer({
      allowHTTP1: true,
      cert: behind.certificate.certificate,
      key: behind.certificate.key,
      settings: { maxConcurrentStreams: STREAMS_PER_CONNECTION },
      maxSessionMemory: SESSION_MEGABYTES,
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(behind, server, await TcpFront.start((server.address() as AddressInfo).port));
  }

  get url(): string {
    return `https://127.0.0.1:${this.#front.port}`;
  }

  /** A copy of that kubeconfig that leads here; answers its path. */
  kubeconfig(from: string): Promise<string> {
    return kubeconfigThrough(from, this.url, this.#authority);
  }

  /** Goes before what onWatch says of the same request. */
  onRequest(rule: RequestRule): Armed {
    return this.#requestRules.arm(rule);
  }

  onWatch(rule: WatchRule): Armed {
    return this.#watchRules.arm(rule);
  }

  /** Every connection open now passes no byte any more, for ever, and stays open: neither FIN nor RST. */
  silence(): void {
    this.#front.silence();
  }

  /** RST on every connection open now. */
  cut(): void {
    this.#front.cut();
  }

  /** Disarms everything and lets go what waits; what hangs is reset. Silent connections stay silent. */
  clear(): void {
    this.#requestRules.clear();
    this.#watchRules.clear();
    this.#gate.open();
  }

  /** Throws what a rule's own functions threw meanwhile. */
  async stop(): Promise<void> {
    this.clear();
    await this.#front.stop();
    for (const raw of this.#rawByPort.values()) raw.destroy();
    await this.#upstream.stop();
    await Promise.all(this.#open);
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
    if (this.#troubles.length > 0)
      throw new AggregateError(this.#troubles, 'a rule of the fault proxy threw');
  }

  #remember(raw: Socket): void {
    const port = raw.remotePort;
    if (port === undefined) return;
    this.#rawByPort.set(port, raw);
    raw.on('close', () => this.#rawByPort.delete(port));
  }

  #take(request: Incoming, response: Outgoing): void {
    const socket = request instanceof Http2ServerRequest ? request.stream.session?.socket : request.socket;
    const port = socket?.remotePort;
    const connection = {
      tcp: this.#front.connection(port),
      raw: port === undefined ? undefined : this.#rawByPort.get(port),
    };
    const serving = this.#serve(new ClientSide(request, response, connection));
    this.#open.add(serving);
    void serving.finally(() => this.#open.delete(serving));
  }

  async #serve(client: ClientSide): Promise<void> {
    try {
      const exchange = await this.#exchange(client);
      const fault = this.#faultFor(exchange.trace);
      if (fault) await performFault(exchange, fault);
      else await deliver(exchange, await forward(exchange, exchange.call));
    } catch (error) {
      if (!(error instanceof ExchangeOver)) this.#troubles.push(error);
      await client.reset();
    }
  }

  async #exchange(client: ClientSide): Promise<Exchange> {
    const { method, url } = client;
    const body = await client.body();
    const authorization = client.headers.authorization ?? '';
    const trace = traceOf(this.#traces.length + 1, { method, url, authorization, body });
    this.#traces.push(trace);
    client.tellTo(trace);
    const call = { method, path: url, headers: passedOn(client.headers), body };
    return { trace, call, client, upstream: this.#upstream, gate: this.#gate, watchRules: this.#watchRules };
  }

  #faultFor(trace: Trace): RequestFault | undefined {
    const whole = this.#requestRules.due((rule) => rule.match(trace));
    if (whole || trace.kind !== 'watch') return whole?.fault;
    const refused = this.#watchRules.due((rule) => rule.fault.kind === 'status' && rule.match(trace));
    return refused?.fault.kind === 'status' ? refused.fault : undefined;
  }
}
