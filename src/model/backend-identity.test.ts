import { describe, expect, it } from 'vitest';
import { identityText, ownIdentity, parseIdentity, sharedIdentity } from './backend-identity.ts';
import type { BackendSpec, ClusterBackendSpec } from './kinds/secret-backend.ts';

const account = { serviceAccountRef: { name: 'reader' } };
const ROLE = 'arn:aws:iam::123456789012:role/reader';
const AUDIENCE =
  '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/cluster';
const UUID = '11111111-2222-3333-4444-555555555555';
const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/123456789012/changes';

// each is a new object, as every spec that is parsed is one
const OWN = {
  aws: () => ({ aws: { region: 'eu-west-1', auth: { ...account, roleARN: ROLE } } }),
  gcp: () => ({ gcp: { projectID: 'acme-prod', auth: { ...account, audience: AUDIENCE } } }),
  azure: () => ({ azure: { vaultName: 'acme', auth: { ...account, tenantID: UUID, clientID: UUID } } }),
  kubernetes: () => ({ kubernetes: { auth: account } }),
} satisfies Record<string, () => BackendSpec>;
const CLOUDS = ['aws', 'gcp', 'azure'] as const;

const ownText = (spec: BackendSpec, namespace = 'team') =>
  identityText(ownIdentity(spec, namespace).identity);
const sharedText = (spec: ClusterBackendSpec) => identityText(sharedIdentity(spec).identity);

describe('what a backend is identified by', () => {
  it.each(['aws', 'gcp', 'azure', 'kubernetes'] as const)('names its provider: %s', (provider) => {
    expect(ownIdentity(OWN[provider](), 'team').provider).toBe(provider);
  });

  it.each(CLOUDS)('says of %s where its service account lies, which its spec need not', (cloud) => {
    const { identity } = ownIdentity(OWN[cloud](), 'team');
    expect(parseIdentity(identity)?.[cloud]?.auth.serviceAccountRef).toEqual({
      namespace: 'team',
      name: 'reader',
    });
  });

  it('says where a stored credential lies', () => {
    const spec = { aws: { region: 'eu-west-1', auth: { secretRef: { name: 'keys' } } } };
    expect(ownIdentity(spec, 'team').identity).toEqual({
      aws: { region: 'eu-west-1', auth: { secretRef: { namespace: 'team', name: 'keys' } } },
    });
  });

  it.each(['aws', 'gcp', 'azure', 'kubernetes'] as const)(
    'if the namespace differs, so does the identity at %s: its account is another one',
    (provider) => {
      expect(ownText(OWN[provider](), 'team')).toBe(ownText(OWN[provider](), 'team'));
      expect(ownText(OWN[provider](), 'other')).not.toBe(ownText(OWN[provider](), 'team'));
    },
  );

  it('if a shared backend names the same account at the same place, it is the same', () => {
    const auth = { serviceAccountRef: { namespace: 'team', name: 'reader' }, roleARN: ROLE };
    expect(sharedText({ aws: { region: 'eu-west-1', auth } })).toBe(ownText(OWN.aws()));
    expect(sharedText({ kubernetes: { namespace: 'team', auth: account } })).toBe(ownText(OWN.kubernetes()));
  });

  it('is the same in whatever order the fields stand', () => {
    const aws = { auth: { roleARN: ROLE, ...account }, region: 'eu-west-1' };
    expect(ownText({ aws })).toBe(ownText(OWN.aws()));
  });

  it.each<[string, ClusterBackendSpec['aws']]>([
    ['the region', { region: 'eu-west-2', auth: { ambient: true } }],
    ['the endpoint', { region: 'eu-west-1', endpoint: 'http://127.0.0.1:4566', auth: { ambient: true } }],
    ['the authorities', { region: 'eu-west-1', caBundle: 'PEM', auth: { ambient: true } }],
    ['who reads', { region: 'eu-west-1', auth: { secretRef: { namespace: 'a', name: 'b' } } }],
  ])('changes with %s', (_what, aws) => {
    const plain = { aws: { region: 'eu-west-1', auth: { ambient: true } } };
    expect(sharedText({ aws })).not.toBe(sharedText(plain));
  });

  it.each<[string, BackendSpec, BackendSpec]>([
    ['refreshInterval', OWN.aws(), { ...OWN.aws(), refreshInterval: '30s' }],
    ['a queue', OWN.aws(), { aws: { ...OWN.aws().aws, events: { queueURL: QUEUE } } }],
    ['a subscription', OWN.gcp(), { gcp: { ...OWN.gcp().gcp, events: { subscription: 'changes' } } }],
  ])('does not change with %s: that approves nothing', (_what, without, withIt) => {
    expect(ownText(withIt)).toBe(ownText(without));
  });

  it('does not change with the grants of a shared backend', () => {
    const aws = { region: 'eu-west-1', auth: { ambient: true } };
    const grants = [{ namespaces: {}, keys: [{ key: 'a' }] }];
    expect(sharedText({ aws, grants })).toBe(sharedText({ aws: { ...aws } }));
  });

  it('is one object for one spec, so that what hangs on it is found again', () => {
    const spec = OWN.gcp();
    expect(ownIdentity(spec, 'team')).toBe(ownIdentity(spec, 'team'));
  });

  it('has the form of older versions for a namespace of this cluster: records were made with it', () => {
    expect(ownIdentity(OWN.kubernetes(), 'team').identity).toEqual({
      namespace: 'team',
      serviceAccount: 'reader',
    });
  });
});

describe('an identity that was written down', () => {
  it.each(CLOUDS)('if it is of %s, it is read back as it was, through JSON too', (cloud) => {
    const { identity } = ownIdentity(OWN[cloud](), 'team');
    expect(parseIdentity(JSON.parse(identityText(identity)))).toEqual(identity);
  });

  it('if it is of this cluster, it is read back by that name', () => {
    expect(parseIdentity(ownIdentity(OWN.kubernetes(), 'team').identity)).toEqual({
      kubernetes: { namespace: 'team', serviceAccount: 'reader' },
    });
  });

  it.each([
    ['of a provider that is not known', { vault: { address: 'x' } }],
    ['with a field that is not known', { aws: { region: 'eu-west-1', auth: { ambient: true }, more: 1 } }],
    ['with a region that is none', { aws: { region: '../x', auth: { ambient: true } } }],
    [
      'that would send the operator’s own token elsewhere',
      { aws: { region: 'eu-west-1', endpoint: 'https://evil.example', auth: { ambient: true } } },
    ],
    ['without anybody who reads', { azure: { vaultName: 'acme', auth: {} } }],
    ['that is text', 'aws'],
    ['that is nothing', null],
  ])('if it is one %s, it is none', (_case, identity) => {
    expect(parseIdentity(identity)).toBeUndefined();
  });
});
