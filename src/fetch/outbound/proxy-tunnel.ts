/**
 * A tunnel through the proxy that a flag names. Called by the agents instead of resolving: behind such a proxy there
 * often is no DNS for the outside, and what the name means is the proxy's to say. Host and port rules hold before, the
 * certificate is verified behind; which addresses the proxy connects to is the duty of whoever runs it.
 */
import { type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { CONNECT_TIMEOUT_MS } from './dial-tls.ts';
import { OutboundError } from './outbound-error.ts';

export type Tunnelled = (error: OutboundError | undefined, socket?: Duplex) => void;

/** `http://proxy.corp:3128`. A password in a flag is readable by everybody on the node, so there is none. */
export function proxyUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  return `${url.username}${url.password}${url.search}${url.hash}` === '' && url.pathname === '/'
    ? url
    : undefined;
}

/** Calls back once. */
export function openTunnel(proxy: URL, authority: string, tunnelled: Tunnelled): void {
  const request = connectRequest(proxy, authority);
  let waiting = true;
  const end: Tunnelled = (error, socket) => {
    if (waiting) tunnelled(error, socket);
    waiting = false;
  };
  const fail = () => {
    end(new OutboundError('ProxyFailed'));
    request.destroy();
  };
  request.once('connect', (answer, socket, head) => {
    // bytes before our handshake are not from the host that was asked for
    if (answer.statusCode !== 200 || head.length > 0) {
      socket.destroy();
      return fail();
    }
    socket.setTimeout(0);
    return end(undefined, socket);
  });
  // an answer without a tunnel, no answer, no connection
  request.on('response', fail).on('timeout', fail).on('error', fail).end();
}

function connectRequest(proxy: URL, authority: string): ClientRequest {
  const options: RequestOptions = {
    method: 'CONNECT',
    path: authority,
    headers: { host: authority },
    // no pool, and above all not the global agent, which may know proxies from the environment
    agent: false,
    timeout: CONNECT_TIMEOUT_MS,
  };
  return proxy.protocol === 'https:' ? httpsRequest(proxy, options) : httpRequest(proxy, options);
}
