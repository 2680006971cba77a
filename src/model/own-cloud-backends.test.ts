import { describe, expect, it } from 'vitest';
import { parseBackend } from './validate.ts';

const metadata = { name: 'b', namespace: 'team', uid: 'u', resourceVersion: '1' };
const UNKNOWN = 'unknown field, or a newer version of the product';
const account = { serviceAccountRef: { name: 'reader' } };
const secret = { secretRef: { name: 'keys' } };
const ROLE = { roleARN: 'arn:aws:iam::123456789012:role/reader' };
const AUDIENCE = {
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/cluster',
};
const EMAIL = { serviceAccountEmail: 'reader@acme-prod.iam.gserviceaccount.com' };
const UUID = '11111111-2222-3333-4444-555555555555';
const APP = { tenantID: UUID, clientID: UUID };

const aws = (auth: object = { ...account, ...ROLE }, more = {}) => ({
  aws: { region: 'eu-west-1', auth, ...more },
});
const gcp = (auth: object = { ...account, ...AUDIENCE }, more = {}) => ({
  gcp: { projectID: 'acme-prod', auth, ...more },
});
const azure = (auth: object = { ...account, ...APP }, more = {}) => ({
  azure: { vaultName: 'acme-vault', auth, ...more },
});

/** What is wrong with a spec, one line for each fault; empty for one that may be used. */
function faults(spec: object): string[] {
  const parsed = parseBackend({ metadata, spec });
  return parsed.kind === 'ok' ? [] : parsed.violations.map(({ path, rule }) => `${path}: ${rule}`);
}

describe('a backend of a namespace’s own at a cloud', () => {
  it.each<[string, object]>([
    ['AWS as a role of its service account', aws()],
    ['AWS with keys in a Secret', aws(secret)],
    ['Google as the federated identity', gcp()],
    ['Google as a service account of Google', gcp({ ...account, ...AUDIENCE, ...EMAIL })],
    ['Google with a key in a Secret', gcp(secret)],
    ['Google in one location', gcp(secret, { location: 'europe-west3' })],
    ['Azure as an application', azure()],
    ['Azure with a client secret in a Secret', azure(secret)],
    ['Azure in China', azure(secret, { cloud: 'AzureChina' })],
    ['with an interval', { ...aws(), refreshInterval: '30s' }],
  ])('may be %s', (_case, spec) => {
    expect(faults(spec)).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['AWS: the operator’s own identity', aws({ ambient: true }), 'spec.aws.auth.ambient'],
    ['Google: the operator’s own identity', gcp({ ambient: true }), 'spec.gcp.auth.ambient'],
    ['Azure: the operator’s own identity', azure({ ambient: true }), 'spec.azure.auth.ambient'],
    ['AWS: a host of its own', aws(undefined, { endpoint: 'https://evil.example' }), 'spec.aws.endpoint'],
    ['Google: a host of its own', gcp(undefined, { endpoint: 'https://evil.example' }), 'spec.gcp.endpoint'],
    ['Azure: a host of its own', azure(undefined, { endpoint: 'http://127.0.0.1:1' }), 'spec.azure.endpoint'],
    ['AWS: authorities of its own', aws(undefined, { caBundle: 'PEM' }), 'spec.aws.caBundle'],
    ['Google: authorities of its own', gcp(undefined, { caBundle: 'PEM' }), 'spec.gcp.caBundle'],
    ['Azure: authorities of its own', azure(undefined, { caBundle: 'PEM' }), 'spec.azure.caBundle'],
    ['Azure: a version of the interface', azure(undefined, { apiVersion: '7.6' }), 'spec.azure.apiVersion'],
    [
      'AWS: an account of another namespace',
      aws({ ...ROLE, serviceAccountRef: { name: 'reader', namespace: 'other' } }),
      'spec.aws.auth.serviceAccountRef.namespace',
    ],
    [
      'Google: a Secret of another namespace',
      gcp({ secretRef: { name: 'keys', namespace: 'other' } }),
      'spec.gcp.auth.secretRef.namespace',
    ],
    ['AWS: a profile', aws({ ...secret, profile: 'admin' }), 'spec.aws.auth.profile'],
    ['Azure: an authority', azure({ ...secret, authorityHost: 'x' }), 'spec.azure.auth.authorityHost'],
    ['grants', { ...aws(), grants: [] }, 'spec.grants'],
  ])('THREATS 4: may not name %s', (_case, spec, path) => {
    expect(faults(spec)).toContain(`${path}: ${UNKNOWN}`);
  });

  it.each<[string, object, string]>([
    ['nobody', aws({}), 'spec.aws.auth: exactly one of serviceAccountRef and secretRef'],
    [
      'two',
      gcp({ ...account, ...AUDIENCE, ...secret }),
      'spec.gcp.auth: exactly one of serviceAccountRef and secretRef',
    ],
    [
      'an account without a role',
      aws(account),
      'spec.aws.auth: roleARN goes with serviceAccountRef: the role that this account takes on',
    ],
    [
      'a role for a stored credential',
      aws({ ...secret, ...ROLE }),
      'spec.aws.auth: roleARN goes with serviceAccountRef: the role that this account takes on',
    ],
    [
      'an account that no provider knows',
      gcp(account),
      'spec.gcp.auth: audience goes with serviceAccountRef: the workload identity provider; serviceAccountEmail needs both',
    ],
    [
      'an email for a stored credential',
      gcp({ ...secret, ...EMAIL }),
      'spec.gcp.auth: audience goes with serviceAccountRef: the workload identity provider; serviceAccountEmail needs both',
    ],
    [
      'an account without an application',
      azure(account),
      'spec.azure.auth: tenantID and clientID go with serviceAccountRef: who has the federated credential',
    ],
    [
      'half an application',
      azure({ ...account, tenantID: UUID }),
      'spec.azure.auth: tenantID and clientID go with serviceAccountRef: who has the federated credential',
    ],
    [
      'an application for a stored credential',
      azure({ ...secret, ...APP }),
      'spec.azure.auth: tenantID and clientID go with serviceAccountRef: who has the federated credential',
    ],
  ])('THREATS 4: if who reads is %s, it is refused', (_case, spec, fault) => {
    expect(faults(spec)).toEqual([fault]);
  });
});

describe('a queue of events', () => {
  const hearing = (region: string) =>
    aws(undefined, { events: { queueURL: `https://sqs.${region}.amazonaws.com/123456789012/changes` } });

  it('if it is of the same region, is heard', () => {
    expect(faults(hearing('eu-west-1'))).toEqual([]);
  });

  it.each(['eu-west-2', 'us-east-1'])('if it is of %s, is refused: it tells of other secrets', (region) => {
    expect(faults(hearing(region))).toEqual(['spec.aws: events.queueURL is a queue of the same region']);
  });
});

describe('the provider of a backend', () => {
  it.each<[string, object]>([
    ['none', {}],
    ['two', { ...aws(), ...gcp() }],
    ['a cloud and this cluster', { ...azure(), kubernetes: { auth: account } }],
  ])('if it is %s, the spec is refused', (_case, spec) => {
    expect(faults(spec)).toEqual(['spec: exactly one of aws, gcp, azure, kubernetes']);
  });
});
