/**
 * Owns: the sender of webhooks in a network of its own, with nothing played: names come from a name server that lies,
 * addresses are real ones of the machine, the port is 443. Run by test/webhook-network.test.ts in namespaces where it may
 * have such addresses; prints what came of each attempt, and which address was connected to.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import https from 'node:https';
import { connect, type Socket } from 'node:net';
import { type Client, OutboundConnector } from '../../src/fetch/outbound/outbound-connector.ts';
import { webhookPoster } from '../../src/fetch/outbound/post-webhook.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { createAuthority, issueServerCertificate } from '../cluster/pki.ts';
import { LoopbackDns } from './loopback-dns.ts';

export interface Attempted {
  readonly outcome: number | string;
  /** addresses that took a connection, in their order */
  readonly connected: readonly string[];
}

const HOOK = 'hooks.example.com';
const PUBLIC = '52.94.233.1';
const INNER = ['169.254.169.254', '10.96.0.1', '172.16.0.1', '192.168.1.1'];
const INNER_6 = ['fd00:ec2::254', 'fc00::1'];
const CLOSED = [...INNER, ...INNER_6, '127.0.0.1', '::1', '::ffff:127.0.0.1', '::ffff:10.96.0.1'];

const authority = await createAuthority('a network of its own');

class Trusting extends OutboundConnector {
  override agents(client: Client) {
    return super.agents({ ...client, caBundle: authority.certificate });
  }
}

function haveAddresses(): void {
  const ip = (...args: readonly string[]) => execFileSync('ip', args, { stdio: 'ignore' });
  ip('link', 'set', 'lo', 'up');
  for (const address of [PUBLIC, ...INNER]) ip('address', 'add', `${address}/32`, 'dev', 'lo');
  for (const address of INNER_6) ip('-6', 'address', 'add', `${address}/128`, 'dev', 'lo', 'nodad');
}

const plain = (addresses: readonly string[]) => addresses.map((one) => one.replace('::ffff:', ''));

async function listen(connected: string[]): Promise<https.Server> {
  const { certificate: cert, key } = await issueServerCertificate(authority, [HOOK]);
  const server = https.createServer({ cert, key }, (_request, response) => response.end());
  server.on('connection', ({ localAddress = '' }: Socket) => connected.push(localAddress));
  server.on('tlsClientError', () => undefined);
  // of both families: IPv4 comes as ::ffff:
  server.listen(443, '::');
  await once(server, 'listening');
  return server;
}

async function attempts(): Promise<Record<string, Attempted>> {
  const connected: string[] = [];
  const server = await listen(connected);
  await using names = await LoopbackDns.start();
  const post = webhookPoster(new Trusting({ resolve: names.resolve, refusedRanges: ['10.96.0.0/12'] }));
  const told: Record<string, Attempted> = {};
  const attempt = async (name: string, url = `https://${HOOK}/`) => {
    connected.length = 0;
    const request = { url, headers: [], body: SecretValue.fromText('{}') };
    const ended = await post(request, new AbortController().signal);
    const outcome = ended.kind === 'answered' ? ended.code : ended.outcome;
    told[name] = { outcome, connected: plain(connected) };
  };
  const attemptAnyway = async (host: string) => {
    connected.length = 0;
    const socket = connect({ host, port: 443 });
    await once(socket, 'connect');
    socket.destroy();
    told[`without the connector: ${host}`] = { outcome: 'connected', connected: plain(connected) };
  };
  names.serve(HOOK, [PUBLIC]);
  await attempt('public');
  for (const address of CLOSED) {
    await attemptAnyway(address);
    names.serve(HOOK, [address]);
    await attempt(address);
    await attempt(`as it is: ${address}`, `https://${address.includes(':') ? `[${address}]` : address}/`);
    names.serve(HOOK, [PUBLIC, address]);
    await attempt(`besides: ${address}`);
    names.serve(HOOK, [PUBLIC], [address]);
    await attempt(`rebound: ${address}`);
  }
  server.closeAllConnections();
  server.close();
  return told;
}

haveAddresses();
process.stdout.write(JSON.stringify(await attempts()));
