/**
 * Owns: a cluster with one of everything that a disaster could take: a repository, a protected environment that is released,
 * claims of both modes, a value that was sealed. Used by: scenarios of disasters.
 */
import { applyManifests } from '../cluster/apply-manifests.ts';
import { loadManifests } from '../cluster/manifests.ts';
import { CI, type ClaimWorld, claimWorld } from './claim-world.ts';
import { OPERATOR_NAMESPACE, RBAC } from './guarded-cluster.ts';
import {
  LOCAL,
  type OperatedCluster,
  READER,
  type SecretSeen,
  scopeThing,
  secretThing,
} from './operated-cluster.ts';
import { OperatorProcess } from './operator-process.ts';
import type { Thing } from './person.ts';
import { PROD, reviewedBy, type SeenRequest, TEAM } from './protected-world.ts';
import { SealedWorld } from './sealed-world.ts';
import { until } from './until.ts';

export const KEYS = secretThing(OPERATOR_NAMESPACE, 'secretscope-keys');
// policies are believed after a second here, and not after a minute
const FLAGS = { extra: ['--policy-settle', '1s'] };
const PATIENT_MS = 30_000;

export const SNAPSHOT = `${CI}/once`;
/** What is delivered where; of the protected ones ana approved the plan. */
export const DELIVERED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [`${TEAM}/app`]: { VALUE: 'plain', SEALED: 'sealed' },
  [`${PROD}/prod-target`]: { PASSWORD: 'value of prod' },
  [`${CI}/live`]: { PASSWORD: 'value of open' },
  [SNAPSHOT]: { PASSWORD: 'value of open' },
  [`${CI}/asked`]: { PASSWORD: 'value of shut' },
};

export const APP = scopeThing('app', TEAM, {
  level: 'Repository',
  backendRef: LOCAL,
  secrets: [
    { name: 'VALUE', from: { key: 'plain', property: 'value' } },
    { name: 'SEALED', from: { key: 'sealed', property: 'value' } },
    { name: 'SPARE', from: { key: 'spare', property: 'value' } },
  ],
  targets: [{ secretName: 'app', include: ['VALUE', 'SEALED'] }],
});

export class DisasterWorld {
  readonly claims: ClaimWorld;
  readonly sealed: SealedWorld;

  constructor(claims: ClaimWorld) {
    this.claims = claims;
    this.sealed = new SealedWorld(claims.world.cluster);
  }

  get cluster(): OperatedCluster {
    return this.claims.world.cluster;
  }

  stop(): Promise<void> {
    return this.claims.stop();
  }

  /** Everything that was delivered, as it is now; throws where a Secret is gone or holds anything else than it did. */
  async delivered(): Promise<Map<string, SecretSeen>> {
    const seen = new Map<string, SecretSeen>();
    for (const [place, data] of Object.entries(DELIVERED)) {
      const [namespace = '', name = ''] = place.split('/');
      const secret = await this.cluster.secret(namespace, name);
      if (!secret) throw new Error(`Secret ${place} is gone`);
      if (JSON.stringify(sorted(secret.data)) !== JSON.stringify(sorted(data)))
        throw new Error(`Secret ${place} has ${JSON.stringify(secret.data)}`);
      seen.set(place, secret);
    }
    return seen;
  }

  /** The request that is there for the environment and for the claim on a protected scope. */
  async requests(): Promise<{
    readonly prod: SeenRequest | undefined;
    readonly asked: SeenRequest | undefined;
  }> {
    const [prod, asked] = [
      await this.claims.world.requests('prod'),
      await this.claims.requestsOf('shut', 'asked'),
    ];
    return { prod: prod.at(-1), asked: asked.at(-1) };
  }

  /** Both were asked for anew, and wait. */
  async untilAskedAgain(before: Awaited<ReturnType<DisasterWorld['requests']>>): Promise<void> {
    await until(async () => {
      const { prod, asked } = await this.requests();
      for (const [now, then] of [
        [prod, before.prod],
        [asked, before.asked],
      ])
        if (now?.status?.state !== 'Waiting' || now.metadata.uid === then?.metadata.uid)
          throw new Error(`${now?.metadata.name} is ${now?.status?.state}, and was not asked for anew`);
    }, PATIENT_MS);
  }

  async approveBoth(): Promise<void> {
    const { world } = this.claims;
    await world.cast('ana', 'Approve', await world.untilRequest('prod'));
    await world.untilRequest('prod', 'Released');
    await this.claims.approved('shut', 'asked');
  }

  async restart(): Promise<void> {
    await this.cluster.restartOperator(FLAGS);
  }

  /** Installs what is shipped, as on an empty cluster, and starts an operator with the account that is there then. */
  async install(): Promise<void> {
    await applyManifests(this.cluster.guarded.control, await loadManifests('deploy/default'));
  }

  async start(): Promise<void> {
    const { control } = this.cluster.guarded;
    const kubeconfig = await control.serviceAccountKubeconfig(OPERATOR_NAMESPACE, 'secretscope');
    this.cluster.operator = await OperatorProcess.start(kubeconfig, FLAGS);
  }

  /** Which key the records on the Secrets were made with; what a Snapshot took is never written again. */
  async keysOfRecords(): Promise<Set<unknown>> {
    const records = [...(await this.delivered())].flatMap(([place, { annotations }]) =>
      place === SNAPSHOT ? [] : [annotations['secretscope.dev/delivery'] ?? '{}'],
    );
    return new Set(records.map((record) => (JSON.parse(record) as { kid?: unknown }).kid));
  }
}

const sorted = (data: Readonly<Record<string, string>>) => Object.entries(data).sort();

/** The account of the team's backend may write, too. */
const WRITER: Thing = {
  apiVersion: RBAC,
  kind: 'Role',
  metadata: { name: READER, namespace: TEAM },
  rules: [
    { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
    { apiGroups: ['secretscope.dev'], resources: ['secretbackends'], verbs: ['lend'] },
  ],
};

export async function disasterWorld(name: string): Promise<DisasterWorld> {
  const claims = await claimWorld(name);
  const built = new DisasterWorld(claims);
  const { cluster } = built;
  await cluster.have(WRITER, secretThing(TEAM, 'plain', { value: 'plain' }), APP);
  await built.sealed.set({ namespace: TEAM, scope: 'app' }, 'SEALED', 'sealed');
  await claims.claimable('open');
  await claims.claimable('shut', reviewedBy('ana'));
  await claims.claim('live', 'open');
  await claims.claim('once', 'open', { mode: 'Snapshot' });
  await claims.claim('asked', 'shut');
  await claims.world.released('prod');
  await claims.approved('shut', 'asked');
  await built.sealed.untilState(TEAM, 'sealed', 'Stored Stored');
  await until(() => built.delivered(), PATIENT_MS);
  return built;
}
