/** Webhooks through the proxy that a flag names: a real CONNECT proxy on loopback. */
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../../../test/scenarios-support/until.ts';
import {
  outcomeOf,
  post,
  postHastily,
  receiver,
  TrustingConnector,
  webhook,
} from './post-webhook-fixture.ts';

const HOOK = 'hooks.example.com';

type Tunnel = (client: Duplex, upstream: () => Socket) => void;

const opened: Tunnel = (client, upstream) => {
  const far = upstream();
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  far.pipe(client).pipe(far);
  far.once('close', () => client.destroy());
  client.once('close', () => far.destroy());
};

/** A proxy whose every host is the receiver, and what it was asked for. */
async function proxied(tunnel: Tunnel) {
  const there = await receiver({ names: [HOOK] });
  const asked: (string | undefined)[] = [];
  const sockets: Duplex[] = [];
  const keep = <S extends Duplex>(socket: S): S => {
    sockets.push(socket.on('error', () => undefined));
    return socket;
  };
  const server = http.createServer().on('connect', (request, client: Duplex) => {
    asked.push(request.url);
    tunnel(keep(client), () => keep(net.connect(there.port, '127.0.0.1')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const outbound = new TrustingConnector(there.authority.certificate, {
    proxy,
    resolve: () => Promise.reject(new Error('the proxy resolves')),
  });
  return { there, asked, outbound };
}

describe('through a proxy', () => {
  it('the certificate is still the receiver’s, and the proxy sees a name and no header', async () => {
    const { there, asked, outbound } = await proxied(opened);
    await expect(outcomeOf(post(outbound, webhook(`https://${HOOK}/x`)))).resolves.toBe(200);
    expect([asked, there.receipts.length]).toEqual([[`${HOOK}:443`], 1]);
    await until(() => expect(there.open).toBe(0));
  });

  it.each<[string, Tunnel]>([
    ['opens no tunnel', (client) => client.end('HTTP/1.1 403 Forbidden\r\n\r\n')],
    ['wants a password', (client) => client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')],
    ['speaks first', (client) => client.write('HTTP/1.1 200 OK\r\n\r\nhello')],
    ['goes away', (client) => client.destroy()],
  ])('if it %s, then there was no connection', async (_case, tunnel) => {
    const { there, outbound } = await proxied(tunnel);
    await expect(outcomeOf(post(outbound, webhook(`https://${HOOK}/`)))).resolves.toBe('ConnectionFailed');
    expect(there.connections).toBe(0);
  });

  it('if the tunnel opens when the attempt is over, then nothing goes through it and it is closed', async () => {
    const { there, outbound } = await proxied((client, upstream) =>
      setTimeout(() => opened(client, upstream), 1_000),
    );
    const request = webhook(`https://${HOOK}/`);
    await expect(outcomeOf(postHastily(outbound, request))).resolves.toBe('TimedOut');
    request.body.wipe();
    await until(() => expect(there.connections).toBe(1));
    await until(() => expect(there.open).toBe(0));
    await pause(100);
    expect(there.receipts).toEqual([]);
  });

  it('an address of this cluster is refused before the proxy is asked', async () => {
    const { asked, outbound } = await proxied(opened);
    for (const host of ['10.96.0.1', 'kubernetes', `${HOOK}:8443`])
      await expect(outcomeOf(post(outbound, webhook(`https://${host}/`)))).resolves.toBe('HostRefused');
    expect(asked).toEqual([]);
  });
});
