/**
 * Connections to the API server, shared by every client of this process that shows the same certificates.
 * Called by the transport only. Owns the undici Agents and replaces them when CA or client certificate change.
 */
import { createHash } from 'node:crypto';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Identity, Trust } from './kube-endpoint.ts';

/** TLS as an Agent needs it. Bearer tokens travel per request and are not part of it. */
export type TlsMaterial = Trust & Pick<Identity, 'cert' | 'key'>;

interface Agents {
  readonly calls: Dispatcher;
  readonly watches: Dispatcher;
}

// 20 workers with one or two calls in flight each, the elector and events; past ~50 in flight only latency grows
const CALL_CONNECTIONS = 32;
// what the API server allows on one HTTP/2 connection; 300 watches need three (29 kB each, against 144 on their own)
const STREAMS_PER_CONNECTION = 100;
// one for our own identity, one for bearer-only clients, twice for a rotation in progress
const MAX_AGENTS = 4;
// below the idle timeout of common load balancers, which drop silently
const TCP_KEEPALIVE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 15_000;

export class AgentPool {
  readonly #agents = new Map<string, Agents>();
  readonly #allowH2: boolean;
  #closed = false;

  /** `http2Watches: false` gives each watch a connection of its own. */
  constructor(options: { readonly http2Watches?: boolean } = {}) {
    this.#allowH2 = options.http2Watches ?? true;
  }

  /** For requests with an answer of bounded size. */
  calls(tls: TlsMaterial): Dispatcher {
    return this.#agentsFor(tls).calls;
  }

  /** For streams that stay open for minutes. */
  watches(tls: TlsMaterial): Dispatcher {
    return this.#agentsFor(tls).watches;
  }

  /** Cuts what is still open. Whoever wants answers waits for them before. */
  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#agents.values()].flatMap(({ calls, watches }) => [calls, watches]);
    this.#agents.clear();
    await Promise.all(open.map((agent) => agent.destroy()));
  }

  #agentsFor(tls: TlsMaterial): Agents {
    if (this.#closed) throw new Error('the connections to the API server are closed');
    const key = fingerprint(tls);
    const agents = this.#agents.get(key) ?? {
      calls: callAgent(tls),
      watches: watchAgent(tls, this.#allowH2),
    };
    // moves it to the end: the first one is then the longest unused
    this.#agents.delete(key);
    this.#agents.set(key, agents);
    this.#retireOldest();
    return agents;
  }

  /** Lets requests in flight finish; watches on it end by their own timeout, within ten minutes. */
  #retireOldest(): void {
    if (this.#agents.size <= MAX_AGENTS) return;
    const [oldest] = this.#agents;
    if (!oldest) return;
    this.#agents.delete(oldest[0]);
    void Promise.allSettled([oldest[1].calls.close(), oldest[1].watches.close()]);
  }
}

function callAgent(tls: TlsMaterial): Dispatcher {
  return agent(tls, { connections: CALL_CONNECTIONS, allowH2: false });
}

function watchAgent(tls: TlsMaterial, allowH2: boolean): Dispatcher {
  return agent(tls, {
    // no limit on connections: a server without HTTP/2 needs one for each watch, and a watch that waited for a free one
    // would look silent. The sum is the number of reflectors, which enrolment bounds.
    allowH2,
    h2Options: { maxConcurrentStreams: STREAMS_PER_CONNECTION },
    // a stream that gets no headers makes undici probe its HTTP/2 connection and drop it when it is half-open; the
    // server waits up to 3 s for its cache
    headersTimeout: HEADERS_TIMEOUT_MS,
    // later silence is judged by the reflector, which knows when bookmarks are due
    bodyTimeout: 0,
  });
}

function agent(tls: TlsMaterial, options: Agent.Options): Dispatcher {
  const secure = {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    rejectUnauthorized: !tls.insecure,
  };
  const connect = {
    ...secure,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEPALIVE_MS,
    timeout: CONNECT_TIMEOUT_MS,
  };
  if (tls.proxyUrl !== undefined)
    return new ProxyAgent({ ...options, uri: tls.proxyUrl, requestTls: secure });
  return new Agent({ ...options, connect });
}

function fingerprint({ ca, cert, key, serverName, insecure, proxyUrl }: TlsMaterial): string {
  const parts = [ca, cert, key, serverName, insecure, proxyUrl].map((part) => part ?? null);
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
