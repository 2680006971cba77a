/**
 * Google Secret Manager on loopback: gRPC over the protos that Google's own package ships. Called by tests.
 * Strict where the real one is: names, 64 KiB, checksums, states, tokens. Faults, latency and counts are the test's.
 *
 * https://cloud.google.com/secret-manager/docs/reference/rpc/google.cloud.secretmanager.v1
 */
import { grpc } from 'google-gax';
import { crc32c } from '../../src/fetch/backends/gcp/gcp-crc32c.ts';
import { statusDetails } from './fake-gcp-details.ts';
import { denied, type FakeGcpFault, invalid, Refused } from './fake-gcp-fault.ts';
import { NUMBER, numbered, partsOf, textOf } from './fake-gcp-names.ts';
import { bound, serviceDefinition, type Tls } from './fake-gcp-service.ts';
import { FakeGcpStore, matchesFilter, type StoredSecret, type StoredVersion } from './fake-gcp-store.ts';

export type { FakeGcpFault } from './fake-gcp-fault.ts';

const LIMIT = 65_536;

export interface FakeGcpCall {
  readonly method: string;
  /** the name or the parent that was asked for */
  readonly of: string;
}

type Request = Readonly<Record<string, unknown>>;

export class FakeGcp {
  readonly store = new FakeGcpStore();
  readonly calls: FakeGcpCall[] = [];
  /** whose calls are let in; anybody's while it is empty */
  readonly tokens = new Set<string>();
  /** decides instead of `tokens`, where it is there */
  admits: ((token: string) => boolean) | undefined;
  /** ids of secrets that nobody may access */
  readonly denied = new Set<string>();
  /** permissions that nobody has, such as `versions.disable` */
  readonly withheld = new Set<string>();
  /** whoever asks has the role secretmanager.secretAccessor and no other: no metadata */
  accessorOnly = false;
  latencyMs = 0;
  /** bytes are flipped after their checksum was made */
  corrupting = false;
  /** leaves the checksum out */
  silent = false;
  valueReads = 0;
  port = 0;
  #fault: { readonly fault: FakeGcpFault; left: number } | undefined;
  readonly #server = new grpc.Server();

  static async open(tls?: Tls): Promise<FakeGcp> {
    const fake = new FakeGcp();
    fake.#server.addService(serviceDefinition(), {
      ListSecrets: fake.#unary((request) => fake.#list(request)),
      CreateSecret: fake.#unary((request) => fake.#create(request)),
      GetSecret: fake.#unary((request) => fake.#get(textOf(request['name']))),
      GetSecretVersion: fake.#unary((request) => fake.#getVersion(textOf(request['name']))),
      DeleteSecret: fake.#unary((request) => fake.#delete(textOf(request['name']))),
      AddSecretVersion: fake.#unary((request) => fake.#add(request)),
      ListSecretVersions: fake.#unary((request) => fake.#listVersions(request)),
      DisableSecretVersion: fake.#unary((request) => fake.#disable(textOf(request['name']))),
      AccessSecretVersion: fake.#unary((request) => fake.#access(textOf(request['name']))),
    });
    fake.port = await bound(fake.#server, tls);
    return fake;
  }

  /** What a person does with gcloud. */
  put(key: string, content: string | Buffer): number {
    const name = `projects/${NUMBER}/secrets/${key}`;
    this.store.create(name);
    return this.store.add(this.#secret(name), Buffer.from(content)).number;
  }

  secret(key: string): StoredSecret {
    return this.#secret(`projects/${NUMBER}/secrets/${key}`);
  }

  spoil(fault: FakeGcpFault | undefined): void {
    this.#fault = fault && { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
  }

  methods(): string[] {
    return this.calls.map(({ method }) => method);
  }

  /** As the audit log would show it: how often somebody asked for the value of this secret, with or without success. */
  accessesOf(key: string): number {
    const isOf = ({ method, of }: FakeGcpCall) =>
      method === 'AccessSecretVersion' && of.includes(`/secrets/${key}/versions/`);
    return this.calls.filter(isOf).length;
  }

  async close(): Promise<void> {
    this.#server.forceShutdown();
  }

  #unary(answer: (request: Request) => object): grpc.handleUnaryCall<Request, object> {
    return (call, done) => {
      const { request } = call;
      this.calls.push({
        method: call.getPath().split('/').at(-1) ?? '',
        of: textOf(request['name'] || request['parent']),
      });
      const finish = () => {
        try {
          this.#admit(call.metadata);
          done(null, answer(request));
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          const { code, details = 'no text', retryAfterMs } = error.fault;
          done({ code, details, metadata: statusDetails(code, retryAfterMs) });
        }
      };
      setTimeout(finish, this.latencyMs);
    };
  }

  #admit(metadata: grpc.Metadata): void {
    const planted = this.#fault;
    if (planted && planted.left-- > 0) {
      const refused = new Refused(planted.fault.code, planted.fault.details ?? 'planted');
      throw Object.assign(refused, { fault: planted.fault });
    }
    const [shown = ''] = metadata.get('authorization');
    const token = textOf(shown).replace(/^Bearer /, '');
    const { admits = (one: string) => this.tokens.size === 0 || this.tokens.has(one) } = this;
    if (!admits(token))
      throw new Refused(grpc.status.UNAUTHENTICATED, 'Request had invalid authentication credentials.');
  }

  #secret(name: string): StoredSecret {
    const found = this.store.secrets.get(numbered(name));
    if (!found) throw new Refused(grpc.status.NOT_FOUND, `Secret [${name}] not found.`);
    return found;
  }

  #create(request: Request): object {
    const id = textOf(request['secretId']);
    const { replication, labels } = (request['secret'] ?? {}) as Partial<StoredSecret>;
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(id)) throw invalid('The provided Secret ID is invalid');
    const regional = textOf(request['parent']).includes('/locations/');
    if (regional === Boolean(replication)) throw invalid('The replication does not fit the location');
    const name = `${numbered(textOf(request['parent']))}/secrets/${id}`;
    if (!this.store.create(name, { labels: labels ?? {}, replication }))
      throw new Refused(grpc.status.ALREADY_EXISTS, `Secret [${name}] already exists.`);
    return described(this.#secret(name));
  }

  #delete(name: string): object {
    this.store.secrets.delete(this.#secret(name).name);
    return {};
  }

  #add(request: Request): object {
    const secret = this.#secret(textOf(request['parent']));
    const { data, dataCrc32c } = request['payload'] as { data: Buffer; dataCrc32c?: string };
    if (data.length > LIMIT) throw invalid('The payload is larger than 65536 bytes');
    if (dataCrc32c && Number(dataCrc32c) !== crc32c(data)) throw invalid('The checksum does not match');
    return versionOf(secret, this.store.add(secret, data));
  }

  #get(name: string): object {
    this.#mayDescribe('secrets.get');
    return described(this.#secret(name));
  }

  #getVersion(asked: string): object {
    this.#mayDescribe('versions.get');
    const { secret, found } = this.#version(asked);
    return versionOf(secret, found);
  }

  #mayDescribe(permission: string): void {
    if (this.accessorOnly || this.withheld.has(permission)) throw denied(permission);
  }

  /** The newest first, as documented; of filters it knows one. */
  #listVersions(request: Request): object {
    this.#mayDescribe('versions.list');
    const secret = this.#secret(textOf(request['parent']));
    const { filter, pageSize } = request as { filter: string; pageSize: number };
    if (filter !== '' && filter !== 'state:ENABLED') throw invalid('the fake does not know that filter');
    const fitting = secret.versions.filter(({ state }) => filter === '' || state === 'ENABLED').reverse();
    const versions = fitting.slice(0, pageSize).map((each) => versionOf(secret, each));
    return { versions, nextPageToken: fitting.length > pageSize ? 'more' : '', totalSize: fitting.length };
  }

  #disable(asked: string): object {
    this.#mayDescribe('versions.disable');
    const { secret, found } = this.#version(asked);
    if (found.state === 'DESTROYED')
      throw new Refused(grpc.status.FAILED_PRECONDITION, 'is in DESTROYED state.');
    found.state = 'DISABLED';
    return versionOf(secret, found);
  }

  #version(asked: string): { readonly secret: StoredSecret; readonly found: StoredVersion } {
    const { name, version } = partsOf(asked);
    const secret = this.#secret(name);
    const found = this.store.find(secret, version);
    if (!found) throw new Refused(grpc.status.NOT_FOUND, `Secret Version [${asked}] not found.`);
    return { secret, found };
  }

  #access(asked: string): object {
    // before it says whether there is such a secret
    if (this.denied.has(partsOf(asked).name.split('/').at(-1) ?? '')) throw denied('versions.access');
    const { secret, found } = this.#version(asked);
    const shown = versionOf(secret, found);
    if (found.state !== 'ENABLED')
      throw new Refused(
        grpc.status.FAILED_PRECONDITION,
        `Secret Version [${shown.name}] is in ${found.state} state.`,
      );
    this.valueReads++;
    const dataCrc32c = this.silent ? {} : { dataCrc32c: String(crc32c(found.data)) };
    const data = this.corrupting ? Buffer.concat([found.data, Buffer.from('!')]) : found.data;
    return { name: shown.name, payload: { data, ...dataCrc32c } };
  }

  #list(request: Request): object {
    this.#mayDescribe('secrets.list');
    const { filter, pageToken, pageSize } = request as {
      filter: string;
      pageToken: string;
      pageSize: number;
    };
    const all = this.store
      .below(numbered(textOf(request['parent'])))
      .filter((each) => matchesFilter(each, filter));
    const from = Number(pageToken || 0);
    const until = from + (Math.min(pageSize, 25_000) || 25_000);
    const nextPageToken = until < all.length ? String(until) : '';
    return { secrets: all.slice(from, until).map(described), nextPageToken, totalSize: all.length };
  }
}

function versionOf({ name }: StoredSecret, { number, etag, state }: StoredVersion) {
  return { name: `${name}/versions/${number}`, etag, state };
}

function described({ name, etag, labels, replication, createdAt }: StoredSecret): object {
  return { name, etag, labels, replication, createTime: { seconds: createdAt / 1000 } };
}
