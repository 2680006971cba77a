/**
 * Owns: a world of backends of clouds, by an account and by a stored credential that are not there: so their state is one
 * and the same whether a network is there or not, and what is changed beside it may change nothing.
 */
import { API_VERSION } from '../../../src/model/kinds/common.ts';
import type { Thing } from '../../scenarios-support/person.ts';
import { WEB } from '../fault-world.ts';
import type { Change, Changes, TransitionWorld } from './transition.ts';

const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/123456789012/changes';
const AUDIENCE =
  '//iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/pool/providers/cluster';
const UUID = '0b0d4c0e-5f5e-4a36-8f2e-0a7a52a6f0a1';
const OTHER_UUID = '1b0d4c0e-5f5e-4a36-8f2e-0a7a52a6f0a1';

/** Where the account and the Secret are: beside an own backend, or said of a shared one. */
const own = { name: 'nobody' };
const shared = { namespace: WEB, name: 'nobody' };

const places = {
  aws: { region: 'eu-west-1', events: { queueURL: QUEUE } },
  gcp: { projectID: 'acme-project', location: 'europe-west1', events: { subscription: 'changes' } },
  azure: { vaultName: 'acme-vault', cloud: 'AzurePublic' },
};
const identities = {
  aws: { roleARN: 'arn:aws:iam::123456789012:role/reader' },
  gcp: { audience: AUDIENCE, serviceAccountEmail: 'reader@acme.iam.gserviceaccount.com' },
  azure: { tenantID: UUID, clientID: UUID },
};
const REACH = { endpoint: 'https://secrets.acme.example', caBundle: 'none yet' };
const reach = { aws: REACH, gcp: REACH, azure: { ...REACH, apiVersion: '7.5' } };
const CLOUDS = ['aws', 'gcp', 'azure'] as const;
type Cloud = (typeof CLOUDS)[number];

const backend = (name: string, spec: object, isShared: boolean): Thing => ({
  apiVersion: API_VERSION,
  kind: isShared ? 'ClusterSecretBackend' : 'SecretBackend',
  metadata: { name, ...(isShared ? {} : { namespace: WEB }) },
  spec: { ...spec, refreshInterval: '5m' },
});

const objects: readonly Thing[] = [false, true].flatMap((isShared) =>
  CLOUDS.flatMap((cloud) => {
    const who = isShared ? shared : own;
    const place = { ...places[cloud], ...(isShared ? reach[cloud] : {}) };
    const account = { serviceAccountRef: who, ...identities[cloud] };
    return [
      backend(`${cloud}-account`, { [cloud]: { ...place, auth: account } }, isShared),
      backend(`${cloud}-key`, { [cloud]: { ...place, auth: { secretRef: who } } }, isShared),
    ];
  }),
);

/** `mark`: how changes to a shared and to an own backend of a cloud are told apart. */
function changesOf(cloud: Cloud, kind: string): Changes {
  const on = `${kind}/${cloud}-account`;
  const key = `${kind}/${cloud}-key`;
  const isShared = kind === 'ClusterSecretBackend';
  const must = (to: unknown): Change => ({ on, to: [to], stays: true });
  const may = (to: unknown): Change => ({ on, to: [to] });
  const fields: Record<Cloud, Changes> = {
    aws: {
      // a queue is of the same region
      region: { on, refused: 'us-east-1' },
      'events.queueURL': may(`${QUEUE}-other`),
      'auth.roleARN': must('arn:aws:iam::123456789012:role/other'),
    },
    gcp: {
      projectID: may('other-project'),
      location: may('us-east1'),
      'events.subscription': may('other'),
      'auth.audience': must(AUDIENCE.replace('/12/', '/13/')),
      'auth.serviceAccountEmail': may('other@acme.iam.gserviceaccount.com'),
    },
    azure: {
      vaultName: may('other-vault'),
      cloud: may('AzureChina'),
      'auth.tenantID': must(OTHER_UUID),
      'auth.clientID': must(OTHER_UUID),
    },
  };
  const common: Changes = {
    'auth.serviceAccountRef.name': must('somebody'),
    'auth.secretRef.name': { on: key, to: ['something'], stays: true },
  };
  const ofShared: Changes = {
    endpoint: may('https://other.acme.example'),
    caBundle: may('none either'),
    'auth.serviceAccountRef.namespace': must('nowhere'),
    'auth.secretRef.namespace': { on: key, to: ['nowhere'], stays: true },
    ...(cloud === 'azure' ? { apiVersion: may('7.4') } : {}),
  };
  const all = { ...fields[cloud], ...common, ...(isShared ? ofShared : {}) };
  return Object.fromEntries(Object.entries(all).map(([path, change]) => [`${cloud}.${path}`, change]));
}

const allChangesOf = (kind: string): Changes =>
  Object.assign({}, ...CLOUDS.map((cloud) => changesOf(cloud, kind))) as Changes;

export const CLOUD_WORLD: TransitionWorld = {
  name: 'clouds',
  gates: false,
  // each backend is looked at again and again
  waits: objects.length,
  objects,
  changes: {
    secretbackends: {
      ...allChangesOf('SecretBackend'),
      refreshInterval: { on: 'SecretBackend/aws-account', to: ['1h'] },
    },
    clustersecretbackends: allChangesOf('ClusterSecretBackend'),
  },
};
