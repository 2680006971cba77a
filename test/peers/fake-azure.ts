/**
 * Owns: one key vault and one Entra tenant over HTTPS on loopback, strict about what Azure is strict about: a first
 * request without a token is challenged, tokens are those that the tenant issued, every call names an API version.
 * Called by: tests of the azure backend. Must not: be nicer than Azure.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, type Server } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { createAuthority, issueServerCertificate, type KeyedCertificate } from '../cluster/pki.ts';
import { FakeTokens, TENANT } from './fake-azure-tokens.ts';
import { type FakeAttributes, type FakeReply, FakeVault, refusal } from './fake-azure-vault.ts';

export interface FakeCall {
  readonly method: string;
  /** with the query, without the API version */
  readonly path: string;
  readonly authorized: boolean;
  readonly bodyBytes: number;
  readonly status: number;
}

export type FakeTrouble = FakeReply | 'hangUp' | 'silence';

export interface FakeAzureOptions {
  /** signs its certificate; one of its own unless given */
  readonly authority?: KeyedCertificate;
  /** how the vault is called: `localhost` for whoever cannot be told where Azure's hosts are */
  readonly host?: string;
}

const VAULT_HOST = 'acme.vault.azure.net';
const AUTHORITY_HOST = 'login.microsoftonline.com';
const TOKEN_PATH = '/oauth2/v2.0/token';

export class FakeAzure {
  readonly #server: Server;
  readonly #port: number;
  readonly #host: string;
  /** resolves the hosts of Azure to this server, and no other name */
  readonly agent: Agent;
  readonly tokens = new FakeTokens();
  readonly vault: FakeVault;
  readonly calls: FakeCall[] = [];
  /** names that nobody may read */
  readonly denied = new Set<string>();
  /** instead of every answer of the vault: a cut connection, or no answer at all */
  trouble: FakeTrouble | undefined;
  challenge = { tenant: TENANT, resource: 'https://vault.azure.net' };

  private constructor(server: Server, ca: string, host: string) {
    this.#server = server;
    this.#host = host;
    this.#port = (server.address() as AddressInfo).port;
    this.vault = new FakeVault(this.vaultUrl);
    this.agent = new Agent({ ca, keepAlive: true, lookup: toLoopback });
    server.on('request', (incoming, outgoing) => void this.#serve(incoming, outgoing));
  }

  static async open({ authority, host = VAULT_HOST }: FakeAzureOptions = {}): Promise<FakeAzure> {
    const signer = authority ?? (await createAuthority('Azure, for tests'));
    const { certificate, key } = await issueServerCertificate(signer, [host, AUTHORITY_HOST]);
    const server = createServer({ cert: certificate, key });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeAzure(server, signer.certificate, host);
  }

  get vaultUrl(): string {
    return `https://${this.#host}:${this.#port}`;
  }

  /** A vault that nobody has. */
  get unknownVaultUrl(): string {
    return `https://nobody.vault.azure.net:${this.#port}`;
  }

  get authorityUrl(): string {
    return `https://${AUTHORITY_HOST}:${this.#port}`;
  }

  /** Reads of a value that were answered with one. */
  get valueReads(): number {
    const isValue = /^\/secrets\/[^/?]+\/([0-9a-f]{32})?(\?|$)/;
    return this.calls.filter(
      ({ method, path, status }) => method === 'GET' && status === 200 && isValue.test(path),
    ).length;
  }

  async close(): Promise<void> {
    this.agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', `https://${incoming.headers.host}`);
    const body = await textOf(incoming);
    const isTenant = url.hostname === AUTHORITY_HOST || url.pathname.endsWith(TOKEN_PATH);
    const reply = isTenant
      ? this.tokens.answer(url.pathname, new URLSearchParams(body))
      : this.#vaultReply(incoming, url, body);
    if (!isTenant) this.#note(incoming, url, body, reply);
    if (reply === 'hangUp') return void incoming.socket.destroy();
    if (reply === 'silence') return;
    const head = { 'content-type': 'application/json; charset=utf-8', ...reply.headers };
    outgoing
      .writeHead(reply.status, head)
      .end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  }

  #vaultReply(incoming: IncomingMessage, url: URL, body: string): FakeTrouble {
    if (!this.tokens.isGood(incoming.headers.authorization)) return this.#challenged();
    if (this.trouble) return this.trouble;
    if (!url.searchParams.has('api-version')) return refusal(400, 'BadParameter');
    return this.#route(incoming.method ?? '', url, body);
  }

  #challenged(): FakeReply {
    const { tenant, resource } = this.challenge;
    const authorization = `https://${AUTHORITY_HOST}/${tenant}`;
    const challenge = `Bearer authorization="${authorization}", resource="${resource}"`;
    return { ...refusal(401, 'Unauthorized'), headers: { 'www-authenticate': challenge } };
  }

  #route(method: string, { pathname, searchParams }: URL, body: string): FakeReply {
    const [, collection, name = '', version] = pathname.split('/');
    if (this.denied.has(name)) return refusal(403, 'Forbidden', 'ForbiddenByRbac');
    switch (`${method} ${collection}`) {
      case 'GET secrets':
        if (name === '') return this.vault.list(searchParams);
        if (version === 'versions') return this.vault.versions(name, searchParams);
        // without the slash there is no such path
        return version === undefined ? refusal(405, 'MethodNotAllowed') : this.vault.get(name, version);
      case 'PUT secrets':
        return this.vault.set(name, (JSON.parse(body) as { readonly value?: unknown }).value);
      case 'PATCH secrets':
        return this.vault.update(name, version ?? '', attributesIn(body));
      case 'DELETE secrets':
        return this.vault.delete(name);
      case 'GET deletedsecrets':
        return this.vault.deletedSecret(name);
      case 'DELETE deletedsecrets':
        return this.vault.purge(name);
      default:
        return refusal(405, 'MethodNotAllowed');
    }
  }

  #note(incoming: IncomingMessage, url: URL, body: string, reply: FakeTrouble): void {
    url.searchParams.delete('api-version');
    const query = url.searchParams.size > 0 ? `?${url.searchParams}` : '';
    this.calls.push({
      method: incoming.method ?? '',
      path: url.pathname + query,
      authorized: incoming.headers.authorization !== undefined,
      bodyBytes: Buffer.byteLength(body),
      status: typeof reply === 'string' ? 0 : reply.status,
    });
  }
}

function attributesIn(body: string): FakeAttributes {
  return (JSON.parse(body) as { readonly attributes?: FakeAttributes }).attributes ?? {};
}

const toLoopback: LookupFunction = (host, options, found) => {
  if (host !== VAULT_HOST && host !== AUTHORITY_HOST) {
    found(Object.assign(new Error(`no ${host}`), { code: 'ENOTFOUND' }), '');
  } else if (options.all) found(null, [{ address: '127.0.0.1', family: 4 }]);
  else found(null, '127.0.0.1', 4);
};

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
