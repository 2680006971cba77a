/**
 * Owns: many repositories that inherit from one organization.
 * Used by: scenarios about restarts, crashes and the number of reads.
 */
import { LOCAL, type OperatedCluster, scopeThing, secretThing, until } from './operated-cluster.ts';
import type { OperatorProcess } from './operator-process.ts';

export const ORGANIZATION = 'acme-org';
export const SHARED = 'shared';

const parallel = 8;

/** `count` repositories in `teams` namespaces; each delivers TOKEN of the organization to a Secret of its own name. */
export class Fleet {
  readonly repositories: readonly { readonly namespace: string; readonly name: string }[];
  readonly #cluster: OperatedCluster;

  constructor(cluster: OperatedCluster, count: number, teams: number) {
    this.#cluster = cluster;
    this.repositories = Array.from({ length: count }, (_, index) => ({
      namespace: `team-${index % teams}`,
      name: `repo-${index}`,
    }));
  }

  async build(value: string): Promise<void> {
    await this.prepare(value);
    await this.createScopes();
  }

  /** Everything but the repositories. */
  async prepare(value: string): Promise<void> {
    const cluster = this.#cluster;
    for (const namespace of [ORGANIZATION, ...new Set(this.repositories.map((one) => one.namespace))])
      await cluster.team(namespace, { org: 'acme' });
    await cluster.have(
      secretThing(ORGANIZATION, SHARED, { token: value }),
      scopeThing('acme', ORGANIZATION, {
        level: 'Organization',
        backendRef: LOCAL,
        children: [{ namespaces: { matchLabels: { org: 'acme' } }, visibility: 'Private', trusted: true }],
        secrets: [{ name: 'TOKEN', from: { key: SHARED, property: 'token' } }],
      }),
    );
  }

  createScopes(): Promise<void> {
    return inParallel(this.repositories, ({ namespace, name }) =>
      this.#cluster.have(
        scopeThing(name, namespace, {
          level: 'Repository',
          parentRef: { namespace: ORGANIZATION, name: 'acme' },
          targets: [{ secretName: name, include: ['TOKEN'] }],
        }),
      ),
    );
  }

  rotate(value: string): Promise<void> {
    return this.#cluster.have(secretThing(ORGANIZATION, SHARED, { token: value }));
  }

  /** Waits until every repository has this value; answers the milliseconds it took. */
  async untilAll(value: string, timeout = 60_000): Promise<number> {
    const started = performance.now();
    await until(async () => {
      const wrong = (await this.values()).filter((seen) => seen !== value);
      if (wrong.length > 0)
        throw new Error(`${wrong.length} repositories have not got ${value}: ${wrong[0]}`);
    }, timeout);
    return Math.round(performance.now() - started);
  }

  /** What each repository was delivered. */
  async values(): Promise<(string | undefined)[]> {
    const found = new Map<string, string | undefined>();
    for (const namespace of new Set(this.repositories.map((one) => one.namespace))) {
      const path = `/api/v1/namespaces/${namespace}/secrets?labelSelector=secretscope.dev/managed%3Dtrue`;
      const { body } = await this.#cluster.platform.call('GET', path);
      const { items } = body as { items: { metadata: { name: string }; data?: Record<string, string> }[] };
      for (const { metadata, data } of items) {
        const text = data?.['TOKEN'];
        found.set(
          `${namespace}/${metadata.name}`,
          text === undefined ? undefined : Buffer.from(text, 'base64').toString(),
        );
      }
    }
    return this.repositories.map(({ namespace, name }) => found.get(`${namespace}/${name}`));
  }
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

/** Waits until the process has looked at so many scopes and has nothing left to do; answers the milliseconds. */
export async function untilReconciled(operator: OperatorProcess, scopes: number): Promise<number> {
  const started = performance.now();
  await until(async () => {
    const metrics = await operator.metrics();
    const seen = sumOf(metrics, /^secretscope_reconcile_seconds_count\{[^}]*kind="scope"[^}]*\} (\d+)/gm);
    const waiting = sumOf(metrics, /^secretscope_queue_length (\d+)/gm);
    if (seen < scopes || waiting > 0) throw new Error(`${seen} of ${scopes} reconciled, ${waiting} waiting`);
  }, 60_000);
  return Math.round(performance.now() - started);
}

function sumOf(metrics: string, pattern: RegExp): number {
  return [...metrics.matchAll(pattern)].reduce((sum, [, count]) => sum + Number(count), 0);
}
