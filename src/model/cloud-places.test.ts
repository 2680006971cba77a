/** Hosts are built from these fields: whatever does not have the narrowest form is refused before that. */
import { describe, expect, it } from 'vitest';
import { parseBackend } from './validate.ts';

const metadata = { name: 'b', namespace: 'team', uid: 'u', resourceVersion: '1' };
const account = { serviceAccountRef: { name: 'reader' } };
const secret = { secretRef: { name: 'keys' } };
const ROLE = 'arn:aws:iam::123456789012:role/reader';
const POOL = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/cluster';
const UUID = '11111111-2222-3333-4444-555555555555';

const isTaken = (spec: object) => parseBackend({ metadata, spec }).kind === 'ok';
const aws = (more: object) => isTaken({ aws: { region: 'eu-west-1', auth: secret, ...more } });
const gcp = (more: object) => isTaken({ gcp: { projectID: 'acme-prod', auth: secret, ...more } });
const azure = (more: object) => isTaken({ azure: { vaultName: 'acme', auth: secret, ...more } });

type Takes = (text: string) => boolean;
const FORMS: readonly [string, Takes, readonly string[], readonly string[]][] = [
  [
    'a region of AWS',
    (region) => aws({ region }),
    ['eu-west-1', 'us-gov-west-1', 'cn-northwest-1', 'ap-southeast-3', 'mx-central-1'],
    [
      '',
      'eu-west',
      'EU-WEST-1',
      'us-iso-east-1',
      'eu-west-1.evil.example',
      'eu-west-1/',
      'eu-west-1\n',
      'eu-west-10',
    ],
  ],
  [
    'a queue of AWS',
    (queueURL) => aws({ region: queueURL.split('.')[1] ?? '', events: { queueURL } }),
    [
      'https://sqs.eu-west-1.amazonaws.com/123456789012/changes',
      'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/changes_2',
    ],
    [
      'http://sqs.eu-west-1.amazonaws.com/123456789012/changes',
      'https://evil.example/123456789012/changes',
      'https://sqs.eu-west-1.amazonaws.com.evil.example/123456789012/changes',
      'https://sqs.eu-west-1.amazonaws.com/123/changes',
      'https://sqs.eu-west-1.amazonaws.com/123456789012/changes.fifo',
      'https://sqs.eu-west-1.amazonaws.com/123456789012/a/../b',
      'https://sqs.eu-west-1.amazonaws.com/123456789012/changes?x=1',
      'https://u:p@sqs.eu-west-1.amazonaws.com/123456789012/changes',
    ],
  ],
  [
    'a role of AWS',
    (roleARN) => aws({ auth: { ...account, roleARN } }),
    [ROLE, 'arn:aws-cn:iam::123456789012:role/path/reader', 'arn:aws-us-gov:iam::123456789012:role/a@b'],
    ['reader', 'arn:aws:iam::123456789012:user/reader', 'arn:aws:iam::1:role/x', `${ROLE}?x`, `${ROLE}\n`],
  ],
  [
    'a project of Google',
    (projectID) => gcp({ projectID }),
    ['acme-prod', 'acme12', 'a'.repeat(30)],
    ['acme', 'Acme-prod', '123456', 'acme-prod-', 'projects/acme-prod', 'acme_prod', 'a'.repeat(31)],
  ],
  [
    'a location of Google',
    (location) => gcp({ location }),
    ['europe-west3', 'us-central1', 'northamerica-northeast2', 'europe-west12'],
    ['', 'global', 'europe-west3-a', 'europe-west3.evil.example', 'EUROPE-west3', 'europe-west'],
  ],
  [
    'a subscription of Google',
    (subscription) => gcp({ events: { subscription } }),
    ['changes', 'secretscope-changes', 'a.b_c~d+e%f'],
    [
      'ab',
      'google-changes',
      '1changes',
      'projects/other/subscriptions/changes',
      'a/b',
      'a b',
      'a'.repeat(256),
    ],
  ],
  [
    'a provider of a pool',
    (audience) => gcp({ auth: { ...account, audience } }),
    [POOL],
    [`https:${POOL}`, POOL.slice(2), POOL.replace('global', 'eu'), `${POOL}/x`, POOL.replace('pool/', 'p/')],
  ],
  [
    'a service account of Google',
    (serviceAccountEmail) => gcp({ auth: { ...account, audience: POOL, serviceAccountEmail } }),
    ['reader@acme-prod.iam.gserviceaccount.com', '123-compute@developer.gserviceaccount.com'],
    [
      'reader',
      'ana@example.com',
      'a/b@acme-prod.iam.gserviceaccount.com',
      'a@x.gserviceaccount.com.evil.example',
    ],
  ],
  [
    'a vault of Azure',
    (vaultName) => azure({ vaultName }),
    ['acme', 'Acme-1', 'a1b', `a${'b'.repeat(23)}`],
    ['ab', '1acme', '-acme', 'acme-', 'a--b', 'acme.vault.azure.net', 'acme_1', 'a/b', `a${'b'.repeat(24)}`],
  ],
  [
    'a cloud of Azure',
    (cloud) => azure({ cloud }),
    ['AzurePublic', 'AzureChina', 'AzureUSGovernment'],
    ['', 'azurepublic', 'AzureGermany', 'evil.example'],
  ],
  [
    'a tenant of Azure',
    (tenantID) => azure({ auth: { ...account, tenantID, clientID: UUID } }),
    [UUID],
    ['common', 'organizations', 'acme.onmicrosoft.com', `${UUID}/../x`, UUID.replace('1', 'G')],
  ],
  [
    'an application of Azure',
    (clientID) => azure({ auth: { ...account, tenantID: UUID, clientID } }),
    [UUID],
    ['', 'reader', `${UUID}x`],
  ],
];

describe.each(FORMS)('THREATS 4: %s', (_what, takes, good, bad) => {
  it.each(good.map((text) => [text]))('may be %j', (text) => {
    expect(takes(text)).toBe(true);
  });

  it.each(bad.map((text) => [text]))('may not be %j', (text) => {
    expect(takes(text)).toBe(false);
  });
});
