/**
 * Owns: a settled world that reads a cloud on this machine through a front which can fail, with an operator at work.
 * Used by: provider-plans.ts. One operator lives through all faults of a cloud.
 */
import { API_VERSION } from '../../../src/model/kinds/common.ts';
import { clusterIssuer } from '../../peers/cluster-issuer.ts';
import type { StandIn } from '../../peers/stand-in.ts';
import {
  ACCOUNT,
  type From,
  SHARED,
  setting,
  subjectOf,
  TEAM,
} from '../../scenarios-support/cloud-things.ts';
import { scopeThing } from '../../scenarios-support/operated-cluster.ts';
import type { Thing } from '../../scenarios-support/person.ts';
import type { FaultScenario } from '../fault-scenario.ts';
import type { Lane } from '../lane.ts';
import { TcpFront } from '../proxy/tcp-front.ts';
import { Stage } from '../stage.ts';
import { type FrontedCloud, openCloud } from './provider-faults.ts';

// the team's namespace is one of the lane's, with rights that other plans need
const elsewhere = setting.filter(({ metadata: { name, namespace } }) => name !== TEAM && namespace !== TEAM);

export class ProviderWorld {
  readonly fronted: FrontedCloud;
  readonly stage: Stage;

  private constructor(fronted: FrontedCloud, stage: Stage) {
    this.fronted = fronted;
    this.stage = stage;
  }

  static async open(lane: Lane, name: StandIn['cloud']): Promise<ProviderWorld> {
    const cloud = await openCloud(name);
    const front = await TcpFront.start(Number(new URL(cloud.endpoint).port));
    const issuer = await clusterIssuer(lane.cluster.platform);
    cloud.trust(issuer, subjectOf(ACCOUNT));
    const throughFront = <T>(what: T): T => {
      const url = new URL(cloud.endpoint);
      url.port = String(front.port);
      return JSON.parse(JSON.stringify(what).replaceAll(cloud.endpoint, url.origin)) as T;
    };
    const flags = { extra: ['--no-leader-elect', ...throughFront(cloud.flags)] };
    const objects = [...elsewhere, throughFront(backendOf(cloud))];
    const stage = await Stage.bare({ lane, scenario: bare(name, objects), flags, replicas: 1 });
    return new ProviderWorld({ cloud, front }, stage);
  }

  key(name: string): string {
    return ['web', name].join(this.fronted.cloud.separator);
  }

  scopeThing(name: string, entries: Readonly<Record<string, From>>): Thing {
    return scopeThing(name, TEAM, {
      level: 'Repository',
      backendRef: { kind: 'ClusterSecretBackend', name: SHARED },
      secrets: Object.entries(entries).map(([entry, from]) => ({ name: entry, from })),
      targets: [{ secretName: name, include: Object.keys(entries) }],
    });
  }

  /** Whoever waits asks once more. */
  async look(scope: Thing): Promise<void> {
    const annotations = { 'reconcile.secretscope.dev/requestedAt': `look ${performance.now()}` };
    await this.stage.lane.hands.merge(scope, { metadata: { annotations } });
  }

  async close(): Promise<void> {
    await this.stage.replica.process?.kill();
    await this.fronted.front.stop();
    await this.fronted.cloud.close();
  }
}

function backendOf(cloud: StandIn): Thing {
  const [[field, spec]] = Object.entries(cloud.block(cloud.workload(ACCOUNT))) as [[string, object]];
  const keys = [{ prefix: `web${cloud.separator}` }];
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterSecretBackend',
    metadata: { name: SHARED },
    spec: {
      [field]: spec,
      grants: [{ namespaces: { matchLabels: { org: 'acme' } }, keys }],
      refreshInterval: '1s',
    },
  };
}

const bare = (cloud: string, objects: readonly Thing[]): FaultScenario => ({
  name: `provider-${cloud}`,
  what: 'a value changes at a cloud that fails',
  objects,
  before: {},
  act: async () => undefined,
  after: {},
});
