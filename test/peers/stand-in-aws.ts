/** AWS on this machine: Secrets Manager and STS, over plain HTTP at one address. */
import { FakeAws, REGION } from './fake-aws.ts';
import type { ObjectName, StandIn } from './stand-in.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';

const ROLE = 'arn:aws:iam::123456789012:role/acme-reader';
const READS = ['GetSecretValue', 'BatchGetSecretValue', 'DescribeSecret', 'ListSecrets'];

export class StandInAws implements StandIn {
  readonly cloud = 'aws';
  readonly separator = '/';
  readonly audience = 'sts.amazonaws.com';
  readonly keepsBytes = true;
  readonly fake: FakeAws;
  readonly #given: string[] = [];
  #pairs = 0;

  private constructor(fake: FakeAws) {
    this.fake = fake;
    this.replaceStored();
  }

  static async open(): Promise<StandInAws> {
    return new StandInAws(await FakeAws.open());
  }

  get endpoint(): string {
    return this.fake.url;
  }

  get flags(): readonly string[] {
    return ['--insecure-test-endpoints', this.endpoint];
  }

  get exchanges(): number {
    return this.fake.sts.exchanges;
  }

  get reads(): number {
    return this.fake.count('GetSecretValue', 'BatchGetSecretValue');
  }

  get shown(): readonly string[] {
    return this.fake.sts.shown;
  }

  get secrets(): readonly string[] {
    const live = [...this.fake.keys.values()].flatMap(({ secretAccessKey, sessionToken = [] }) =>
      [secretAccessKey, sessionToken].flat(),
    );
    return [...this.shown, ...this.#given, ...live];
  }

  trust(issuer: TrustedIssuer, subject: string): void {
    this.fake.sts.issuer = issuer;
    this.fake.sts.roles.set(ROLE, { subject });
  }

  block(auth: object): Readonly<Record<string, object>> {
    return { aws: { region: REGION, endpoint: this.endpoint, auth } };
  }

  workload(account: ObjectName): object {
    return { serviceAccountRef: account, roleARN: ROLE };
  }

  stored(): Readonly<Record<string, string>> {
    const accessKeyId = this.#keyId();
    const secretAccessKey = this.fake.keys.get(accessKeyId)?.secretAccessKey ?? '';
    return { accessKeyId, secretAccessKey };
  }

  replaceStored(): void {
    this.fake.keys.delete(this.#keyId());
    this.#pairs++;
    const secretAccessKey = `cAnary7/stored+pair/${this.#pairs}`;
    this.fake.keys.set(this.#keyId(), { secretAccessKey });
    this.#given.push(secretAccessKey);
  }

  store(key: string, value: string | Buffer): string {
    const { store } = this.fake.secrets;
    const secret = store.secrets.get(key) ?? store.create(key);
    const content =
      typeof value === 'string' ? { SecretString: value } : { SecretBinary: value.toString('base64') };
    return store.add(secret, content).id;
  }

  erase(key: string): void {
    this.fake.secrets.store.secrets.delete(key);
  }

  deny(key: string, denied: boolean): void {
    if (denied) this.fake.secrets.denied.add(key);
    else this.fake.secrets.denied.delete(key);
  }

  throttle(on: boolean): void {
    for (const operation of READS) {
      if (on) this.fake.trouble.set(operation, { kind: 'error', name: 'ThrottlingException' });
      else this.fake.trouble.delete(operation);
    }
  }

  expire(): void {
    for (const [id, keys] of this.fake.keys)
      if (keys.sessionToken) this.fake.keys.set(id, { ...keys, expiresAt: 0 });
  }

  wasAsked(key: string): boolean {
    return this.fake.calls.some(({ body }) => body.includes(`"${key}"`));
  }

  close(): Promise<void> {
    return this.fake.close();
  }

  #keyId(): string {
    return `AKIASTOREDPAIR${String(this.#pairs).padStart(6, '0')}`;
  }
}
