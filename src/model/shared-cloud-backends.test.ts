import { describe, expect, it } from 'vitest';
import { parseClusterBackend } from './validate.ts';

const metadata = { name: 'b', uid: 'u', resourceVersion: '1' };
const account = { serviceAccountRef: { namespace: 'vault', name: 'reader' } };
const secret = { secretRef: { namespace: 'vault', name: 'keys' } };
const own = { ambient: true };
const CLOUDS = {
  aws: { region: 'eu-west-1' },
  gcp: { projectID: 'acme-prod' },
  azure: { vaultName: 'acme' },
};
const NAMES = ['aws', 'gcp', 'azure'] as const;
const block = (cloud: (typeof NAMES)[number], auth: object, more: object = {}) => ({
  [cloud]: { ...CLOUDS[cloud], auth, ...more },
});

function faults(spec: object): string[] {
  const parsed = parseClusterBackend({ metadata, spec });
  return parsed.kind === 'ok' ? [] : parsed.violations.map(({ path, rule }) => `${path}: ${rule}`);
}

describe.each(NAMES)('a ClusterSecretBackend at %s', (cloud) => {
  it.each<[string, object, object]>([
    ['the operator’s own identity', own, {}],
    ['a credential in a Secret of any namespace', secret, {}],
    ['another host with that interface', secret, { endpoint: 'https://secrets.acme.example' }],
    ['authorities of its own', secret, { caBundle: 'PEM' }],
    ['a stand-in on loopback', own, { endpoint: 'http://127.0.0.1:4566' }],
    ['a stand-in on IPv6', own, { endpoint: 'https://[::1]:4566' }],
    ['a stand-in on localhost', own, { endpoint: 'https://localhost:4566' }],
  ])('may name %s', (_what, auth, more) => {
    expect(faults(block(cloud, auth, more))).toEqual([]);
  });

  it.each<[string, object]>([
    ['nobody', {}],
    ['an identity that is not wanted', { ambient: false }],
    ['two', { ...secret, ambient: true }],
    ['two, one of which is not wanted', { ...secret, ambient: false }],
  ])('THREATS 4: if who reads is %s, it is refused', (_case, auth) => {
    expect(faults(block(cloud, auth))).toEqual([
      `spec.${cloud}.auth: exactly one of serviceAccountRef, secretRef and ambient: true`,
    ]);
  });

  it.each([
    'https://evil.example',
    'https://1evil.example',
    'https://-evil.example',
    'https://52.94.233.1',
    'https://localhost.evil.example',
    'https://127.0.0.1.evil.example',
  ])('THREATS 4: if the operator’s own identity would go to %s, it is refused', (endpoint) => {
    expect(faults(block(cloud, own, { endpoint }))).toEqual([
      `spec.${cloud}: ambient goes to the provider alone: leave out endpoint, or name an identity`,
    ]);
  });

  it.each([
    'http://secrets.acme.example',
    'https://secrets.acme.example:8443',
    'https://secrets.acme.example/path',
    'https://u:p@secrets.acme.example',
    'https://SECRETS.example',
    'http://10.0.0.1',
    'http://127.0.0.1.evil.example',
    'http://127.0.0.1:4566/path',
    'file:///etc/passwd',
    'secrets.acme.example',
  ])('THREATS 4: if its endpoint is %s, it is refused', (endpoint) => {
    const [fault = '', ...more] = faults(block(cloud, secret, { endpoint }));
    expect([fault.split(':')[0], more]).toEqual([`spec.${cloud}.endpoint`, []]);
  });

  it('if its account has no namespace, it is refused: there is none of its own', () => {
    const [fault] = faults(block(cloud, { secretRef: { name: 'keys' } }));
    expect(fault).toMatch(new RegExp(`^spec\\.${cloud}\\.auth\\.secretRef\\.namespace: `));
  });
});

describe('what goes with a service account', () => {
  it.each<[string, object, string[]]>([
    [
      'AWS: no role',
      block('aws', account),
      ['spec.aws.auth: roleARN goes with serviceAccountRef: the role that this account takes on'],
    ],
    [
      'AWS: a role for the operator’s own identity',
      block('aws', { ...own, roleARN: 'arn:aws:iam::123456789012:role/reader' }),
      ['spec.aws.auth: roleARN goes with serviceAccountRef: the role that this account takes on'],
    ],
    [
      'Google: no provider of a pool',
      block('gcp', account),
      [
        'spec.gcp.auth: audience goes with serviceAccountRef: the workload identity provider; serviceAccountEmail needs both',
      ],
    ],
    [
      'Azure: no application',
      block('azure', account),
      ['spec.azure.auth: tenantID and clientID go with serviceAccountRef: who has the federated credential'],
    ],
  ])('if it is %s, it is refused', (_case, spec, expected) => {
    expect(faults(spec)).toEqual(expected);
  });
});

describe('the version of the interface', () => {
  it.each(['7.6', '2025-07-01', '2025-07-01-preview'])('may be %s at Azure', (apiVersion) => {
    expect(faults(block('azure', secret, { apiVersion }))).toEqual([]);
  });

  it.each(['', 'latest', '7.6&x=1', '2025-07-01-beta'])('may not be %j', (apiVersion) => {
    expect(faults(block('azure', secret, { apiVersion }))).toHaveLength(1);
  });

  it.each(['aws', 'gcp'] as const)('is not to be chosen at %s', (cloud) => {
    expect(faults(block(cloud, secret, { apiVersion: '7.6' }))).toEqual([
      `spec.${cloud}.apiVersion: unknown field, or a newer version of the product`,
    ]);
  });
});

describe('FAULTS 7: a granted prefix', () => {
  const grants = (prefix: string) => ({
    ...block('azure', secret),
    grants: [{ namespaces: {}, keys: [{ prefix }] }],
  });

  it.each([
    'acme/',
    'acme.',
    'acme_',
    'acme--',
    '{namespace}/',
    '{namespace}.',
    '{namespace}_',
    'x--{namespace}_',
  ])('may be %s', (prefix) => {
    expect(faults(grants(prefix))).toEqual([]);
  });

  it.each(['{namespace}--', 'team-{namespace}--', '{namespace}-'])(
    'if it is %s, it is refused: that of namespace a would cover the keys of namespace a--b',
    (prefix) => {
      expect(faults(grants(prefix))).toContain(
        'spec.grants[0].keys[0]: a prefix with {namespace} ends with /, . or _: a name of a namespace may hold --',
      );
    },
  );

  it.each(['acme', 'acme-', '{namespace}', 'acme/ '])(
    'if it is %j, it is refused: it ends within a word',
    (prefix) => {
      expect(faults(grants(prefix))[0]).toMatch(/^spec\.grants\[0\]\.keys\[0\]\.prefix: Invalid string/);
    },
  );
});
