/**
 * Owns: the secrets of a key vault as Azure keeps them: versions, attributes, soft deletion, pages.
 * Called by: fake-azure.ts. https://learn.microsoft.com/rest/api/keyvault/secrets
 */
import { randomUUID } from 'node:crypto';

export interface FakeAttributes {
  enabled?: boolean;
  nbf?: number;
  exp?: number;
}

export interface FakeVersion extends FakeAttributes {
  readonly id: string;
  readonly value: string;
  readonly created: number;
}

interface FakeSecret {
  readonly name: string;
  readonly versions: FakeVersion[];
  managed?: boolean;
}

export interface FakeReply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** In every text, so that a test sees whether one got through. */
export const AZURE_TEXT = 'sentence-of-Azure';
const PAGE = 25;
const MAX_VALUE = 25_600;

export class FakeVault {
  readonly #origin: string;
  readonly #live = new Map<string, FakeSecret>();
  readonly #deleted = new Map<string, FakeSecret>();
  /** seconds; a vault knows no smaller unit */
  now = () => Math.floor(Date.now() / 1_000);
  mayPurge = true;
  mayUpdate = true;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** What a person does in the portal. Names are the same in any case. */
  store(name: string, value: string, attributes: FakeAttributes = {}): string {
    const secret = this.#live.get(name.toLowerCase()) ?? { name, versions: [] };
    const id = randomUUID().replaceAll('-', '');
    secret.versions.push({ id, value, created: this.now(), enabled: true, ...attributes });
    this.#live.set(name.toLowerCase(), secret);
    return id;
  }

  /** The key of a certificate: a secret that nobody stored. */
  certify(name: string): void {
    this.store(name, 'PRIVATE KEY');
    const secret = this.#live.get(name.toLowerCase());
    if (secret) secret.managed = true;
  }

  change(name: string, version: string, attributes: FakeAttributes): void {
    Object.assign(
      this.#live.get(name.toLowerCase())?.versions.find(({ id }) => id === version) ?? {},
      attributes,
    );
  }

  /** What is not named stays as it is. */
  update(name: string, version: string, attributes: FakeAttributes = {}): FakeReply {
    if (!this.mayUpdate) return refusal(403, 'Forbidden', 'ForbiddenByRbac');
    const secret = this.#live.get(name.toLowerCase());
    const found = secret?.versions.find(({ id }) => id === version);
    if (!secret || !found) return notFound();
    this.change(name, version, attributes);
    return { status: 200, body: this.#bundle(secret, found) };
  }

  get(name: string, version: string): FakeReply {
    const secret = this.#live.get(name.toLowerCase());
    const found =
      version === '' ? secret?.versions.at(-1) : secret?.versions.find(({ id }) => id === version);
    if (!secret || !found) return notFound();
    if (found.enabled === false) return refusal(403, 'Forbidden', 'SecretDisabled');
    return { status: 200, body: { value: found.value, ...this.#bundle(secret, found) } };
  }

  set(name: string, value: unknown): FakeReply {
    if (this.#deleted.has(name.toLowerCase()))
      return refusal(409, 'Conflict', 'ObjectIsDeletedButRecoverable');
    if (typeof value !== 'string' || Buffer.byteLength(value) > MAX_VALUE)
      return refusal(400, 'BadParameter');
    return this.get(name, this.store(name, value));
  }

  delete(name: string): FakeReply {
    const secret = this.#live.get(name.toLowerCase());
    if (!secret) return notFound();
    this.#live.delete(name.toLowerCase());
    this.#deleted.set(name.toLowerCase(), secret);
    return this.deletedSecret(name);
  }

  deletedSecret(name: string): FakeReply {
    const secret = this.#deleted.get(name.toLowerCase());
    const last = secret?.versions.at(-1);
    if (!secret || !last) return notFound();
    const recoveryId = `${this.#origin}/deletedsecrets/${secret.name}`;
    return { status: 200, body: { recoveryId, deletedDate: this.now(), ...this.#bundle(secret, last) } };
  }

  purge(name: string): FakeReply {
    if (!this.mayPurge) return refusal(403, 'Forbidden', 'ForbiddenByPolicy');
    return this.#deleted.delete(name.toLowerCase()) ? { status: 204 } : notFound();
  }

  isDeleted(name: string): boolean {
    return this.#deleted.has(name.toLowerCase());
  }

  /** No order of time, and empty rather than missing for a name that no secret has. */
  versions(name: string, query: URLSearchParams): FakeReply {
    const secret = this.#live.get(name.toLowerCase());
    const items = secret?.versions.map((version) => this.#bundle(secret, version)) ?? [];
    items.sort((a, b) => (a.id < b.id ? -1 : 1));
    return this.#page(`/secrets/${name}/versions`, items, query);
  }

  /** Without versions; attributes are those of the current one. */
  list(query: URLSearchParams): FakeReply {
    const items = [...this.#live.values()].flatMap((secret) => {
      const last = secret.versions.at(-1);
      return last ? [{ ...this.#bundle(secret, last), id: `${this.#origin}/secrets/${secret.name}` }] : [];
    });
    return this.#page('/secrets', items, query);
  }

  #page(path: string, items: readonly unknown[], query: URLSearchParams): FakeReply {
    const size = Math.min(Number(query.get('maxresults') ?? PAGE), PAGE);
    const from = Number(query.get('$skiptoken') ?? 0);
    const next = from + size < items.length;
    const link = `${this.#origin}${path}?api-version=${query.get('api-version')}&maxresults=${size}&$skiptoken=${from + size}`;
    return { status: 200, body: { value: items.slice(from, from + size), nextLink: next ? link : null } };
  }

  #bundle({ name, managed }: FakeSecret, { id, created, enabled, nbf, exp }: FakeVersion) {
    const attributes = {
      enabled,
      nbf,
      exp,
      created,
      updated: created,
      recoveryLevel: 'Recoverable+Purgeable',
    };
    return { id: `${this.#origin}/secrets/${name}/${id}`, attributes, managed };
  }
}

export function refusal(status: number, code: string, inner?: string): FakeReply {
  const innererror = inner === undefined ? undefined : { code: inner };
  return { status, body: { error: { code, message: AZURE_TEXT, innererror } } };
}

function notFound(): FakeReply {
  return refusal(404, 'SecretNotFound');
}
