/**
 * Owns: what the operator is compared with: a client that knows everything beforehand and only sends the requests,
 * 32 in flight. It sends bodies that the operator has sent, with its token, so that the API server has equal work.
 * Called by: the run on a real API server, after the operator has ended.
 */
import { APPLY, allOf, MERGE, type RawClient } from '../raw-client.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { OWN_SOURCE, READER, SCOPE, SHARED_NAME, TARGET } from './team-specs.ts';

interface Stored {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels: object;
    readonly annotations: object;
  };
  readonly type: string;
  readonly data: object;
}

const scopePath = (team: string) => `/apis/secretscope.dev/v1alpha1/namespaces/${team}/secretscopes/${SCOPE}`;
const secretsPath = (team: string) => `/api/v1/namespaces/${team}/secrets`;
const BARE = 'bare';
const PLAIN = 'plain';

export class BareClient {
  readonly #client: RawClient;
  readonly #teams: readonly string[];
  readonly #target: Stored;
  readonly #status: string;
  #written: Stored[] = [];

  private constructor(client: RawClient, teams: readonly string[], target: Stored, status: string) {
    this.#client = client;
    this.#teams = teams;
    this.#target = target;
    this.#status = status;
  }

  /** Takes what the operator wrote for the first team as what to write for all. */
  static async like({ admin, asOperator }: BenchCluster, teams: readonly string[]): Promise<BareClient> {
    const [team = ''] = teams;
    const target = await admin.send({ method: 'GET', path: `${secretsPath(team)}/${TARGET}` });
    const { status } = await admin.send({ method: 'GET', path: scopePath(team) });
    return new BareClient(asOperator, teams, target, JSON.stringify(status));
  }

  /** Token, read, target and status of every team; answers the seconds. */
  materialize(): Promise<number> {
    return timed(async () => {
      this.#written = await allOf(this.#teams, (team) => this.#materializeOne(team));
    });
  }

  /** Nothing but creates of Secrets of the same size; answers the seconds. */
  plainPosts(): Promise<number> {
    return timed(() => allOf(this.#teams, (team) => this.#create(team, PLAIN)));
  }

  /** Patches one key and the status of every target; answers after how many milliseconds each key was written. */
  rotate(): Promise<number[]> {
    const started = performance.now();
    return allOf(this.#teams, async (team, index) => {
      await this.#client.send({
        method: 'PATCH',
        path: `${secretsPath(team)}/${BARE}`,
        type: MERGE,
        body: this.#rotated(index),
      });
      const after = performance.now() - started;
      await this.#writeStatus(team, '2002');
      return after;
    });
  }

  async #materializeOne(team: string): Promise<Stored> {
    const { status } = await this.#client.send({
      method: 'POST',
      path: `/api/v1/namespaces/${team}/serviceaccounts/${READER}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: [], expirationSeconds: 600 },
      },
    });
    await this.#client.send({
      method: 'GET',
      path: `${secretsPath(team)}/${OWN_SOURCE}`,
      token: status.token,
    });
    const written = await this.#create(team, BARE);
    await this.#writeStatus(team, '2001');
    return written;
  }

  #create(team: string, name: string): Promise<Stored> {
    const { metadata, type, data } = this.#target;
    const { labels, annotations } = metadata;
    const body = { apiVersion: 'v1', kind: 'Secret', type, data, metadata: { name, labels, annotations } };
    return this.#client.send({ method: 'POST', path: secretsPath(team), body });
  }

  /** By server-side apply, as the operator does it. Another year each time: what is there already is no write. */
  #writeStatus(team: string, year: string): Promise<unknown> {
    const status = this.#status.replaceAll(/(?<="lastTransitionTime":")\d{4}/g, year);
    const body = {
      apiVersion: 'secretscope.dev/v1alpha1',
      kind: 'SecretScope',
      metadata: { name: SCOPE, namespace: team },
      status: JSON.parse(status),
    };
    const path = `${scopePath(team)}/status?fieldManager=secretscope&force=true`;
    return this.#client.send({ method: 'PATCH', path, type: APPLY, body });
  }

  #rotated(index: number) {
    const { uid, resourceVersion, labels, annotations } = this.#written[index]?.metadata ?? {};
    const data = { [SHARED_NAME]: Buffer.from('rotated'.padEnd(32, 'x')).toString('base64') };
    return { metadata: { uid, resourceVersion, labels, annotations }, data };
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
