/**
 * Owns: a cluster whose operator takes a stand-in on loopback for a cloud, a ClusterSecretBackend that reads it as a
 * service account of the cluster, and a team that is granted some of its keys.
 * Used by: scenarios of the clouds. The stand-in trusts the cluster's own issuer, by the keys that its API server shows.
 */
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { clusterIssuer } from '../peers/cluster-issuer.ts';
import type { StandIn } from '../peers/stand-in.ts';
import type { TrustedIssuer } from '../peers/trusted-issuer.ts';
import { ACCOUNT, canaryOf, type From, type Said, SHARED, setting, subjectOf, TEAM } from './cloud-things.ts';
import {
  type Condition,
  type OperatedCluster,
  operatedCluster,
  type ScopeStatus,
  scopeThing,
  secretThing,
  until,
} from './operated-cluster.ts';
import type { Thing } from './person.ts';

export const REFRESH = '1s';
const PATIENCE_MS = 40_000;
// a person who waits asks again: not at once, since what was known a second ago counts, and not so often that one look
// is outdated by the next. One takes up to 15 s where every call is tried three times
const FIRST_LOOK_MS = 1_500;
const NEXT_LOOK_MS = 15_000;

export interface Delivered {
  readonly data: Readonly<Record<string, Buffer>>;
  readonly uid: string;
  readonly resourceVersion: string;
}

export class CloudWorld<S extends StandIn = StandIn> {
  readonly cloud: S;
  readonly cluster: OperatedCluster;
  readonly issuer: TrustedIssuer;
  #looks = 0;

  private constructor(cloud: S, cluster: OperatedCluster, issuer: TrustedIssuer) {
    this.cloud = cloud;
    this.cluster = cluster;
    this.issuer = issuer;
  }

  static async start<S extends StandIn>(cloud: S): Promise<CloudWorld<S>> {
    const cluster = await operatedCluster(`cloud-${cloud.cloud}`, { extra: cloud.flags });
    const world = new CloudWorld(cloud, cluster, await clusterIssuer(cluster.platform));
    world.trust();
    await cluster.have(...setting, world.backendThing(SHARED, cloud.workload(ACCOUNT)));
    return world;
  }

  /** Whatever a rule did to the cloud as a whole is over. */
  heal(): void {
    this.trust();
    this.cloud.throttle(false);
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await this.cloud.close();
  }

  /** The identity's own account counts, or another one; nobody's token does for an issuer that is not trusted. */
  trust(subject = subjectOf(ACCOUNT)): void {
    this.cloud.trust(this.issuer, subject);
  }

  /** A key of the team's, as this cloud writes it. */
  key(name: string): string {
    return ['web', name].join(this.cloud.separator);
  }

  backendThing(name: string, auth: object, block: object = {}): Thing {
    const [[field, spec]] = Object.entries(this.cloud.block(auth)) as [[string, object]];
    const keys = [{ prefix: `web${this.cloud.separator}` }];
    return {
      apiVersion: API_VERSION,
      kind: 'ClusterSecretBackend',
      metadata: { name },
      spec: {
        [field]: { ...spec, ...block },
        grants: [{ namespaces: { matchLabels: { org: 'acme' } }, keys }],
        refreshInterval: REFRESH,
      },
    };
  }

  /** A scope of the team that delivers all its entries to a Secret of its own name. */
  scopeThing(name: string, entries: Readonly<Record<string, From>>, backend = SHARED): Thing {
    return scopeThing(name, TEAM, {
      level: 'Repository',
      backendRef: { kind: 'ClusterSecretBackend', name: backend },
      secrets: Object.entries(entries).map(([entry, from]) => ({ name: entry, from })),
      targets: [{ secretName: name, include: Object.keys(entries) }],
    });
  }

  async delivered(name: string): Promise<Delivered | undefined> {
    const { status, body } = await this.cluster.platform.get(secretThing(TEAM, name));
    if (status === 404) return undefined;
    const { metadata, data = {} } = body as { metadata: Delivered; data?: Record<string, string> };
    const decoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64')]);
    const { uid, resourceVersion } = metadata;
    return { data: Object.fromEntries(decoded), uid, resourceVersion };
  }

  /** Waits for exactly these bytes. */
  untilDelivered(name: string, data: Readonly<Record<string, string | Buffer>>): Promise<Delivered> {
    return until(async () => {
      const secret = await this.delivered(name);
      const names = Object.keys(secret?.data ?? {});
      const fits = Object.entries(data).every(([key, value]) =>
        secret?.data[key]?.equals(Buffer.from(value)),
      );
      if (!secret || !fits || names.length !== Object.keys(data).length)
        throw new Error(`Secret ${name} has ${names}; ${JSON.stringify(await this.status(name))}`);
      return secret;
    }, PATIENCE_MS);
  }

  /** Waits until the scope says so; asks the operator to look again, should that take long. */
  untilSays(scope: string, { type = 'Ready', reason }: Said): Promise<Condition> {
    let lookAt = performance.now() + FIRST_LOOK_MS;
    return until(async () => {
      if (performance.now() > lookAt) {
        lookAt += NEXT_LOOK_MS;
        await this.look(scope);
      }
      const found = await this.cluster.condition(TEAM, scope, type);
      if (found?.reason !== reason)
        throw new Error(`${scope} is not ${type} ${reason}: ${JSON.stringify(await this.status(scope))}`);
      return found;
    }, PATIENCE_MS);
  }

  /** Answers what it asked with. */
  async look(scope: string): Promise<string> {
    const requestedAt = `look ${this.#looks++}`;
    const annotations = { 'reconcile.secretscope.dev/requestedAt': requestedAt };
    await this.cluster.platform.merge(scopeThing(scope, TEAM, {}), { metadata: { annotations } });
    return requestedAt;
  }

  /** Asks the operator to look, and waits until it has. */
  async looked(scope: string): Promise<void> {
    const requestedAt = await this.look(scope);
    await until(async () => {
      const status = await this.status(scope);
      if (status.lastHandledReconcileAt !== requestedAt)
        throw new Error(`${scope} was not looked at for ${requestedAt}: ${JSON.stringify(status)}`);
    }, PATIENCE_MS);
  }

  status(scope: string): Promise<ScopeStatus> {
    return this.cluster.status(TEAM, scope);
  }

  /** A scope that was given one value; answers the key of it. */
  async settled(scope: string, backend = SHARED): Promise<string> {
    const key = this.key(scope);
    const value = canaryOf(scope);
    this.cloud.store(key, value);
    await this.cluster.have(this.scopeThing(scope, { VALUE: { key } }, backend));
    await this.untilDelivered(scope, { VALUE: value });
    await this.untilSays(scope, { reason: 'Materialized' });
    return key;
  }

  /** Waits until the scope says so, and the Secret is as it was before. */
  async unmoved(scope: string, said: Said): Promise<Condition> {
    const before = await this.delivered(scope);
    const condition = await this.untilSays(scope, said);
    const after = await this.delivered(scope);
    if (!before || before.resourceVersion !== after?.resourceVersion || before.uid !== after.uid)
      throw new Error(`Secret ${scope} did not stay: ${JSON.stringify([before, after])}`);
    return condition;
  }

  /** Waits for a condition of a ClusterSecretBackend. */
  untilBackend(name: string, reason: string, type = 'Ready'): Promise<Condition> {
    return until(async () => {
      const { body } = await this.cluster.platform.get(this.backendThing(name, {}));
      const { conditions = [] } = (body as { status?: ScopeStatus }).status ?? {};
      const found = conditions.find((each) => each.type === type);
      if (found?.reason !== reason)
        throw new Error(`backend ${name} says ${JSON.stringify(conditions)}, not ${type} ${reason}`);
      return found;
    }, PATIENCE_MS);
  }
}
