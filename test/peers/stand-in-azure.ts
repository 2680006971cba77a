/** Azure on this machine: a key vault and an Entra tenant, over HTTPS at one address. */
import { FakeAzure } from './fake-azure.ts';
import { CLIENT, TENANT } from './fake-azure-tokens.ts';
import { refusal } from './fake-azure-vault.ts';
import { type ObjectName, type StandIn, type TestAuthority, testAuthority } from './stand-in.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';

export class StandInAzure implements StandIn {
  readonly cloud = 'azure';
  readonly separator = '--';
  readonly audience = 'api://AzureADTokenExchange';
  readonly keepsBytes = false;
  readonly fake: FakeAzure;
  readonly #authority: TestAuthority;
  readonly #credentials: string[] = [];

  private constructor(fake: FakeAzure, authority: TestAuthority) {
    this.fake = fake;
    this.#authority = authority;
    this.replaceStored();
  }

  static async open(): Promise<StandInAzure> {
    const authority = await testAuthority('Azure, on this machine');
    return new StandInAzure(await FakeAzure.open({ authority, host: 'localhost' }), authority);
  }

  get endpoint(): string {
    return this.fake.vaultUrl;
  }

  get flags(): readonly string[] {
    return ['--insecure-test-endpoints', this.endpoint, '--insecure-test-ca', this.#authority.file];
  }

  get exchanges(): number {
    return this.fake.tokens.exchanges.length;
  }

  get reads(): number {
    return this.fake.valueReads;
  }

  get shown(): readonly string[] {
    return this.fake.tokens.exchanges.flatMap((form) => form.get('client_assertion') ?? []);
  }

  get secrets(): readonly string[] {
    return [...this.shown, ...this.fake.tokens.history, ...this.#credentials];
  }

  trust(issuer: TrustedIssuer, subject: string): void {
    this.fake.tokens.issuer = issuer;
    this.fake.tokens.subject = subject;
  }

  block(auth: object): Readonly<Record<string, object>> {
    return { azure: { vaultName: 'acme', endpoint: this.endpoint, auth } };
  }

  workload(account: ObjectName): object {
    return { serviceAccountRef: account, tenantID: TENANT, clientID: CLIENT };
  }

  stored(): Readonly<Record<string, string>> {
    return { tenantId: TENANT, clientId: CLIENT, clientSecret: this.fake.tokens.clientSecret };
  }

  replaceStored(): void {
    const secret = `cAnary7~stored~secret~${this.#credentials.length}`;
    this.#credentials.push(secret);
    this.fake.tokens.clientSecret = secret;
  }

  store(key: string, value: string | Buffer): string {
    return this.fake.vault.store(key, typeof value === 'string' ? value : value.toString('base64'));
  }

  erase(key: string): void {
    this.fake.vault.delete(key);
    this.fake.vault.purge(key);
  }

  deny(key: string, denied: boolean): void {
    if (denied) this.fake.denied.add(key);
    else this.fake.denied.delete(key);
  }

  throttle(on: boolean): void {
    const busy = { ...refusal(429, 'Throttled'), headers: { 'retry-after': '1' } };
    this.fake.trouble = on ? busy : undefined;
  }

  expire(): void {
    this.fake.tokens.revoke();
  }

  wasAsked(key: string): boolean {
    return this.fake.calls.some(({ path }) => path.split(/[/?]/).includes(key));
  }

  async close(): Promise<void> {
    await this.fake.close();
    await this.#authority.remove();
  }
}
