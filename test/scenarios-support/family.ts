/**
 * Owns: one organization with repositories below it, each level in a namespace of its own, and the sources of both.
 * Used by: scenarios about what a scope inherits, keeps and loses. Every spec is given whole, so that a change says
 * everything that is then true.
 */
import { LOCAL, type OperatedCluster, scopeThing, secretThing, until } from './operated-cluster.ts';
import type { Thing } from './person.ts';

type Data = Readonly<Record<string, string>>;

/** An entry whose key is the name of a Secret and whose property is one of its data keys. */
export const entryOf = (name: string, key: string, property?: string, more: object = {}) => ({
  name,
  from: { key, ...(property === undefined ? {} : { property }) },
  ...more,
});

/** A Secret with this data and no other: what an earlier apply had besides is gone. */
export const sourceThing = (
  namespace: string,
  name: string,
  data: Readonly<Record<string, string | Buffer>>,
): Thing => ({
  ...secretThing(namespace, name),
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
});

export class Family {
  readonly org: string;
  readonly team: string;
  readonly #cluster: OperatedCluster;

  private constructor(cluster: OperatedCluster, name: string) {
    this.#cluster = cluster;
    this.org = `${name}-org`;
    this.team = name;
  }

  /** Both namespaces with their sources, and the organization as `prepare` wants it; no repository yet. */
  static async settle(
    cluster: OperatedCluster,
    name: string,
    prepare: (family: Family) => object | Promise<object> = () => ({}),
  ): Promise<Family> {
    const family = new Family(cluster, name);
    await cluster.team(family.org, { org: name });
    await cluster.team(family.team, { org: name });
    await family.store(family.org, 'shared', { token: 'org-token', spare: 'org-spare' });
    await family.store(family.team, 'own', { url: 'own-url' });
    await family.store(family.team, 'other', { other: 'other-1' });
    await family.organize(await prepare(family));
    await cluster.untilReady(family.org, 'acme', 'True');
    return family;
  }

  /** The rule that takes this family's team for a trusted, private child. */
  get trusted() {
    return { namespaces: { matchLabels: { org: this.team } }, visibility: 'Private', trusted: true };
  }

  get parentRef() {
    return { namespace: this.org, name: 'acme' };
  }

  organization(change: object = {}): Thing {
    return scopeThing('acme', this.org, {
      level: 'Organization',
      backendRef: LOCAL,
      children: [this.trusted],
      secrets: [entryOf('TOKEN', 'shared', 'token')],
      ...change,
    });
  }

  repository(name: string, change: object = {}): Thing {
    return scopeThing(name, this.team, {
      level: 'Repository',
      parentRef: this.parentRef,
      backendRef: LOCAL,
      secrets: [entryOf('OTHER', 'other')],
      targets: [{ secretName: name, includeAll: true }],
      ...change,
    });
  }

  organize(change: object = {}): Promise<void> {
    return this.#cluster.have(this.organization(change));
  }

  have(name: string, change: object = {}): Promise<void> {
    return this.#cluster.have(this.repository(name, change));
  }

  store(namespace: string, name: string, data: Data): Promise<void> {
    return this.#cluster.have(sourceThing(namespace, name, data));
  }

  rotate(value: string): Promise<void> {
    return this.store(this.org, 'shared', { token: value, spare: 'org-spare' });
  }

  async data(name: string): Promise<Data | undefined> {
    return (await this.#cluster.secret(this.team, name))?.data;
  }

  untilData(name: string, data: Record<string, string>, timeout?: number) {
    return this.#cluster.untilData(this.team, name, data, timeout);
  }

  /** Waits until some data keys of a repository's Secret have these values; undefined means that it is not there. */
  untilKeys(
    name: string,
    keys: Readonly<Record<string, string | undefined>>,
    timeout = 5_000,
  ): Promise<void> {
    return until(async () => {
      const data = await this.data(name);
      const wrong = Object.entries(keys).filter(([key, value]) => data?.[key] !== value);
      if (!data || wrong.length > 0)
        throw new Error(`Secret ${name}: ${JSON.stringify(data)}, not ${JSON.stringify(keys)}`);
    }, timeout);
  }

  untilReady(name: string, status: 'True' | 'False', reason?: string, timeout?: number) {
    return this.#cluster.untilReady(this.team, name, status, reason, timeout);
  }
}
