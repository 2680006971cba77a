/** For tests of the connector: authorities, servers on loopback, and a stand-in for the internet. */
import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import type { AddressInfo, LookupFunction, Server } from 'node:net';
import tls from 'node:tls';
import { onTestFinished, vi } from 'vitest';
import { createAuthority, issueServerCertificate, type KeyedCertificate } from '../../../test/cluster/pki.ts';

export const HOST = 'secretsmanager.eu-west-1.amazonaws.com';
/** Public as far as the rules go; nothing is ever sent there. */
export const PUBLIC = { address: '52.94.233.1', family: 4 };

export const authority: KeyedCertificate = await createAuthority('tests of the way out');

export async function httpsServer(
  answer: RequestListener,
  names: readonly string[] = [HOST],
  options: https.ServerOptions = {},
): Promise<{ readonly port: number; readonly server: https.Server }> {
  const { certificate, key } = await issueServerCertificate(
    options.ca ? await createAuthority('foreign') : authority,
    names,
  );
  const server = https.createServer({ ...options, cert: certificate, key }, answer);
  return { server, port: await listening(server) };
}

export async function httpServer(
  answer: RequestListener,
): Promise<{ readonly port: number; readonly server: http.Server }> {
  const server = http.createServer(answer);
  return { server, port: await listening(server) };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    if (server instanceof http.Server || server instanceof https.Server) server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return port;
}

/** What was asked to connect, and where to. */
export interface Dialled {
  readonly options: tls.ConnectionOptions;
  /** what the lookup answered: where the connection would have gone */
  readonly addresses: string[];
}

/** The server on `port` plays the address that is connected to; everything else is the connector's. */
export function playInternet(port: number): Dialled[] {
  const dialled: Dialled[] = [];
  const connect = tls.connect.bind(tls);
  const spy = vi.spyOn(tls, 'connect').mockImplementation(((options: tls.ConnectionOptions) => {
    const entry: Dialled = { options, addresses: [] };
    dialled.push(entry);
    return connect({
      ...options,
      ...(options.socket ? {} : { port }),
      lookup: played(options.lookup, entry),
    });
  }) as typeof tls.connect);
  onTestFinished(() => spy.mockRestore());
  return dialled;
}

function played(lookup: LookupFunction | undefined, { addresses }: Dialled): LookupFunction {
  return (host, options, callback) =>
    lookup?.(host, options, (error, found) => {
      if (error) return callback(error, []);
      addresses.push(...(typeof found === 'string' ? [found] : found.map(({ address }) => address)));
      return callback(null, [{ address: '127.0.0.1', family: 4 }]);
    });
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** As an SDK asks: Node's own request with the agent that it was given. */
export function ask(agent: http.Agent, url: string, options: https.RequestOptions = {}): Promise<Answer> {
  const { request } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          rawHeaders: answer.rawHeaders,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.once('error', reject).end();
  });
}
