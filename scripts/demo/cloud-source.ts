/**
 * A cloud's stand-in on loopback as the demo's source. The sample is the one for the real cloud: only its endpoint, and
 * how often versions are compared, are the demo's own.
 */
import type { Manifest } from '../../test/cluster/manifests.ts';
import { clusterIssuer } from '../../test/peers/cluster-issuer.ts';
import type { Cloud, StandIn } from '../../test/peers/stand-in.ts';
import { personOf } from '../../test/scenarios-support/person.ts';
import type { DemoSource } from './demo-source.ts';

interface Known {
  readonly provider: string;
  readonly samples: string;
  readonly guide: string;
  readonly services: string;
  readonly open: () => Promise<StandIn>;
}

// each is loaded only if it is asked for: Google's library alone takes a second
const CLOUDS: Readonly<Record<Cloud, Known>> = {
  aws: {
    provider: 'AWS',
    samples: 'deploy/samples/aws',
    guide: 'docs/guides/aws.md',
    services: 'Secrets Manager and STS',
    open: async () => (await import('../../test/peers/stand-in-aws.ts')).StandInAws.open(),
  },
  gcp: {
    provider: 'Google',
    samples: 'deploy/samples/google',
    guide: 'docs/guides/google.md',
    services: 'Secret Manager and the Security Token Service',
    open: async () => (await import('../../test/peers/stand-in-gcp.ts')).StandInGcp.open(),
  },
  azure: {
    provider: 'Azure',
    samples: 'deploy/samples/azure',
    guide: 'docs/guides/azure.md',
    services: 'a key vault and an Entra tenant',
    open: async () => (await import('../../test/peers/stand-in-azure.ts')).StandInAzure.open(),
  },
};

export const CLOUD_NAMES = Object.keys(CLOUDS) as readonly Cloud[];

const READER = 'system:serviceaccount:acme-secrets:secret-reader';
// the default is five minutes, and push takes seconds
const REFRESH = '1s';
const database = (url: string, password: string) => JSON.stringify({ url, password });
const PRODUCTION = ['teams', 'team-web-prod', 'db'];
const STORED: readonly (readonly [parts: readonly string[], value: string])[] = [
  [['org', 'npm-token'], 'npm-of-acme'],
  [['org', 'sentry-dsn'], 'https://public@sentry.example/1'],
  [['org', 'root-ca'], 'locked-by-acme'],
  [['org', 'payments-key'], 'only-for-payments'],
  [['teams', 'team-web', 'db'], database('postgres://web:dev@db/web', 'dev')],
  [['teams', 'team-web-staging', 'db'], database('postgres://web:staging@db/web', 'staging')],
  [PRODUCTION, database('postgres://web:prod@db/web', 'prod')],
  [['teams', 'team-web-prod', 'own-ca'], 'not-used'],
];

export async function cloudSource(cloud: Cloud): Promise<DemoSource> {
  const { provider, samples, guide, services, open } = CLOUDS[cloud];
  const standIn = await open();
  const keyOf = (parts: readonly string[]) => ['acme', ...parts].join(standIn.separator);
  return {
    samples,
    chat: undefined,
    flags: standIn.flags,
    place: `at the stand-in for ${provider}`,
    opening: [
      `starting a stand-in for ${provider} on this machine (${services}, in this process): ${provider} itself is never asked`,
      `  for the real one the same sample needs no endpoint, but your account: ${guide}`,
    ],
    adapted: (manifests) => manifests.map((manifest) => pointed(manifest, cloud, standIn.endpoint)),
    fill: async ({ adminKubeconfig }) => {
      const admin = await personOf(adminKubeconfig);
      standIn.trust(await clusterIssuer(admin), READER);
      await admin.close();
      for (const [parts, value] of STORED) standIn.store(keyOf(parts), value);
    },
    rotate: async (_client, url) => {
      standIn.store(keyOf(PRODUCTION), database(url, 'prod'));
    },
    closing: () => [
      `  no credential is stored: ${standIn.exchanges} exchange${standIn.exchanges === 1 ? '' : 's'} of a token of ${READER},`,
      `  which the stand-in verified with the API server's own keys, for ${standIn.reads} reads of values`,
    ],
    tries: [
      `${'  kubectl describe clustersecretbackend acme'.padEnd(67)}# who reads, and who gets which keys`,
    ],
    close: () => standIn.close(),
  };
}

function pointed(manifest: Manifest, cloud: Cloud, endpoint: string): Manifest {
  if (manifest.kind !== 'ClusterSecretBackend') return manifest;
  const spec = manifest['spec'] as Readonly<Record<string, object>>;
  return { ...manifest, spec: { ...spec, [cloud]: { ...spec[cloud], endpoint }, refreshInterval: REFRESH } };
}
