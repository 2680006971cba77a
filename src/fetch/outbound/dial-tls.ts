/**
 * One TLS connection, made the same way whatever the caller or the environment asks for. Called by the agents.
 * Takes nothing from request options: a library that passes `rejectUnauthorized`, `servername` or a `lookup` of its own
 * is not heard. The roots are always given, because NODE_EXTRA_CA_CERTS and SSL_CERT_FILE only reach the default ones,
 * and verification is asked for, because NODE_TLS_REJECT_UNAUTHORIZED only changes what is not.
 */
import { X509Certificate } from 'node:crypto';
import { isIP, type LookupFunction, type TcpSocketConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import tls, { type SecureContext, type TLSSocket } from 'node:tls';
import { OutboundError } from './outbound-error.ts';

/** `host` is whose certificate is expected. */
export interface Dial {
  readonly host: string;
  readonly context: SecureContext;
  readonly way:
    | { readonly kind: 'resolve'; readonly port: number; readonly lookup: LookupFunction }
    | { readonly kind: 'address'; readonly port: number; readonly address: string }
    | { readonly kind: 'tunnel'; readonly socket: Duplex };
}

// a name server, two lost packets and a handshake; below the 15 s after which schedulers give a call up
export const CONNECT_TIMEOUT_MS = 10_000;
// Node's 250 ms give a busy machine's handshake up and make it start again
const ATTEMPT_TIMEOUT_MS = 1_000;

/** Whether it holds certificates and all of them can be read: OpenSSL passes over what it does not understand. */
export function isCaBundle(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block)).length > 0;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** One context for many connections: the roots alone are 150 certificates to parse. */
export function secureContext(ca: string | undefined): SecureContext {
  return tls.createSecureContext({ ca: ca ?? [...tls.rootCertificates], minVersion: 'TLSv1.2' });
}

export function dialTls({ host, context, way }: Dial): TLSSocket {
  const socket = tls.connect({
    ...routeOf(way, host),
    // an address has no SNI; its certificate names it as an address
    servername: isIP(host) === 0 ? host : '',
    secureContext: context,
    rejectUnauthorized: true,
    checkServerIdentity: (_name, certificate) => tls.checkServerIdentity(host, certificate),
    ALPNProtocols: ['http/1.1'],
  });
  boundConnect(socket, 'secureConnect');
  return socket;
}

/** Ends a socket that does not get ready. */
export function boundConnect(socket: Duplex, ready: 'connect' | 'secureConnect'): void {
  const timer = setTimeout(() => socket.destroy(new OutboundError('ConnectTimeout')), CONNECT_TIMEOUT_MS);
  socket.once(ready, () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
}

/** `net.connect` understands these as well; the types of `tls.connect` lag behind. */
type Route = tls.ConnectionOptions &
  Pick<TcpSocketConnectOpts, 'autoSelectFamily' | 'autoSelectFamilyAttemptTimeout'>;

function routeOf(way: Dial['way'], host: string): Route {
  switch (way.kind) {
    case 'resolve':
      return {
        host,
        port: way.port,
        lookup: way.lookup,
        // asks the lookup for all addresses, once, and tries them in turn
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
      };
    case 'address':
      return { host: way.address, port: way.port };
    case 'tunnel':
      return { socket: way.socket };
  }
}
