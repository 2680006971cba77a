/** What Secret Manager keeps: secrets, their versions, aliases and states. Part of fake-gcp.ts; knows no transport. */
import { randomUUID } from 'node:crypto';

export type VersionState = 'ENABLED' | 'DISABLED' | 'DESTROYED';

export interface StoredVersion {
  readonly number: number;
  readonly createdAt: number;
  readonly etag: string;
  state: VersionState;
  data: Buffer;
}

export interface StoredSecret {
  /** with the project's number, as Google answers */
  readonly name: string;
  readonly createdAt: number;
  readonly etag: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly replication: unknown;
  readonly versions: StoredVersion[];
  readonly aliases: Map<string, number>;
}

export class FakeGcpStore {
  readonly secrets = new Map<string, StoredSecret>();
  #time = Date.UTC(2026, 0, 1);

  /** False when it exists. */
  create(name: string, { labels = {}, replication }: Partial<StoredSecret> = {}): boolean {
    if (this.secrets.has(name)) return false;
    const createdAt = this.#now();
    const aliases = new Map<string, number>();
    this.secrets.set(name, {
      ...{ name, createdAt, labels, replication, aliases },
      etag: randomUUID(),
      versions: [],
    });
    return true;
  }

  add(secret: StoredSecret, data: Buffer): StoredVersion {
    const version: StoredVersion = {
      number: secret.versions.length + 1,
      createdAt: this.#now(),
      etag: randomUUID(),
      state: 'ENABLED',
      data: Buffer.from(data),
    };
    secret.versions.push(version);
    return version;
  }

  /** `latest` is the newest, whatever its state. */
  find(secret: StoredSecret, version: string): StoredVersion | undefined {
    if (version === 'latest') return secret.versions.at(-1);
    const number = secret.aliases.get(version) ?? Number(version);
    return secret.versions.find((each) => each.number === number);
  }

  /** Newest first, as documented. */
  below(parent: string): StoredSecret[] {
    const inside = [...this.secrets.values()].filter(({ name }) => name.startsWith(`${parent}/secrets/`));
    return inside.sort((one, other) => other.createdAt - one.createdAt);
  }

  #now(): number {
    this.#time += 1_000;
    return this.#time;
  }
}

/** `name:part`, `labels.x=y`, joined with AND or OR, which is as much as the product asks for and a little more. */
export function matchesFilter({ name, labels }: StoredSecret, filter: string): boolean {
  const holds = (term: string): boolean => {
    const [, part] = /^name:(\S+)$/.exec(term) ?? [];
    if (part !== undefined) return name.toLowerCase().includes(part.toLowerCase());
    const [, label = '', value] = /^labels\.([a-z0-9_-]+)=(\S+)$/.exec(term) ?? [];
    if (value === undefined) throw new Error(`the fake does not know the filter ${term}`);
    return labels[label] === value;
  };
  return filter === '' || filter.split(' OR ').some((terms) => terms.split(' AND ').every(holds));
}
