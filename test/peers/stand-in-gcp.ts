/** Google on this machine: Secret Manager as gRPC over TLS, and the token services at an address of their own. */
import { issueServerCertificate } from '../cluster/pki.ts';
import { FakeGcp } from './fake-gcp.ts';
import { ACCOUNT, AUDIENCE, FakeGcpTokens } from './fake-gcp-tokens.ts';
import { PROJECT } from './gcp-open.ts';
import { type ObjectName, type StandIn, type TestAuthority, testAuthority } from './stand-in.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';

const SECOND_MS = 1_000;
const RESOURCE_EXHAUSTED = 8;

export class StandInGcp implements StandIn {
  readonly cloud = 'gcp';
  readonly separator = '_';
  readonly audience = `https:${AUDIENCE}`;
  readonly keepsBytes = true;
  readonly fake: FakeGcp;
  readonly tokens: FakeGcpTokens;
  readonly #authority: TestAuthority;
  readonly #ended = new Set<string>();
  readonly #keys: string[] = [];

  private constructor(fake: FakeGcp, tokens: FakeGcpTokens, authority: TestAuthority) {
    this.fake = fake;
    this.tokens = tokens;
    this.#authority = authority;
    fake.admits = (token) => tokens.issued.has(token) && !this.#ended.has(token);
    this.#keys.push(tokens.accountKey());
  }

  static async open(): Promise<StandInGcp> {
    const authority = await testAuthority('Google, on this machine');
    const fake = await FakeGcp.open(await issueServerCertificate(authority, ['localhost']));
    return new StandInGcp(fake, await FakeGcpTokens.open(authority), authority);
  }

  get endpoint(): string {
    return `https://localhost:${this.fake.port}`;
  }

  get flags(): readonly string[] {
    const identity = ['--insecure-test-identity', this.tokens.url];
    return [
      '--insecure-test-endpoints',
      this.endpoint,
      ...identity,
      '--insecure-test-ca',
      this.#authority.file,
    ];
  }

  get exchanges(): number {
    return this.tokens.paths.filter((path) => path === '/v1/token' || path === '/token').length;
  }

  get reads(): number {
    return this.fake.valueReads;
  }

  get shown(): readonly string[] {
    return this.tokens.shown;
  }

  get secrets(): readonly string[] {
    return [...this.shown, ...this.tokens.issued, ...this.#keys.map((pem) => pem.split('\n')[3] ?? pem)];
  }

  trust(issuer: TrustedIssuer, subject: string): void {
    this.tokens.issuer = issuer;
    this.tokens.subject = subject;
  }

  block(auth: object): Readonly<Record<string, object>> {
    return { gcp: { projectID: PROJECT, endpoint: this.endpoint, auth } };
  }

  workload(account: ObjectName): object {
    return { serviceAccountRef: account, audience: AUDIENCE };
  }

  stored(): Readonly<Record<string, string>> {
    const document = {
      type: 'service_account',
      project_id: PROJECT,
      client_email: ACCOUNT,
      private_key: this.tokens.accountKey(),
      token_uri: 'https://oauth2.googleapis.com/token',
    };
    return { 'key.json': JSON.stringify(document) };
  }

  replaceStored(): void {
    this.tokens.renewAccountKey();
    this.#keys.push(this.tokens.accountKey());
  }

  store(key: string, value: string | Buffer): string {
    return String(this.fake.put(key, value));
  }

  erase(key: string): void {
    this.fake.store.secrets.delete(this.fake.secret(key).name);
  }

  deny(key: string, denied: boolean): void {
    if (denied) this.fake.denied.add(key);
    else this.fake.denied.delete(key);
  }

  throttle(on: boolean): void {
    this.fake.spoil(on ? { code: RESOURCE_EXHAUSTED, retryAfterMs: SECOND_MS } : undefined);
  }

  expire(): void {
    for (const token of this.tokens.issued) this.#ended.add(token);
  }

  wasAsked(key: string): boolean {
    return this.fake.calls.some(({ of }) => of.split('/').includes(key));
  }

  async close(): Promise<void> {
    await Promise.all([this.fake.close(), this.tokens.close()]);
    await this.#authority.remove();
  }
}
