import { describe, expect, it } from 'vitest';
import type { RequestPlan } from './request-subject.ts';
import { coveredLines, identityText, subjectOf } from './request-subject.ts';

const ref = { name: 'web-production', uid: 'scope-uid' };
const entry: RequestPlan['secrets'][number] = {
  name: 'DATABASE_URL',
  change: 'Added',
  level: 'Environment',
  scope: { namespace: 'team-web-prod', ...ref },
  backend: {
    kind: 'ClusterSecretBackend',
    name: 'production',
    uid: 'backend-uid',
    provider: 'aws',
    identity: '{"region":"eu-west-1"}',
  },
  key: 'acme/web/prod/db',
  property: 'url',
  version: '7',
};
const plan: RequestPlan = {
  scopeRef: ref,
  consumer: { kind: 'Target', namespace: 'team-web-prod', name: 'web' },
  pin: 'Access',
  secret: { name: 'web', type: 'Opaque' },
  secrets: [entry],
  keys: [{ key: 't.env', change: 'Added', content: 'Template', text: 'URL=${DATABASE_URL}' }],
  namespaces: [{ name: 'team-web-prod', change: 'Added' }],
};
const digest = (change: Partial<RequestPlan>) => subjectOf({ ...plan, ...change }).digest;
const withSecret = (change: Partial<typeof entry>) => ({ secrets: [{ ...entry, ...change }] });

describe('the subject of a request', () => {
  it('THREATS 19: stays what it was from release to release', () => {
    // votes name this text: if this fails, add a form v2 and keep v1
    expect(digest({})).toBe('v1:sha256:f31e29e933b04b4ff639c44f5026e1050e434db8962f9e6f8455f45362a71ddf');
    expect(digest({ pin: 'Version' })).toBe(
      'v1:sha256:1e5c99a3a7a1761a8c0039e6e3cb9c82ee9c56459f58d2fb70cc6b1750600594',
    );
  });

  it.each<[string, Partial<RequestPlan>]>([
    ['FAULTS 31: the scope, made again', { scopeRef: { ...ref, uid: 'other' } }],
    ['FAULTS 27: the consumer', { consumer: { ...plan.consumer, name: 'api' } }],
    ['the claim, made again', { consumer: { ...plan.consumer, uid: 'other' } }],
    ['what is pinned', { pin: 'Version' }],
    ['the name of the Secret', { secret: { name: 'other', type: 'Opaque' } }],
    ['the type of the Secret', { secret: { name: 'web', type: 'kubernetes.io/tls' } }],
    ['a namespace more', { namespaces: [...(plan.namespaces ?? []), { name: 'ci', change: 'Added' }] }],
    [
      'another data key',
      { keys: [{ key: 'x', change: 'Added', content: 'Template', text: 'URL=${DATABASE_URL}' }] },
    ],
    ['another template', { keys: [{ key: 't.env', change: 'Added', content: 'Template', text: 'x' }] }],
    ['no secret', { secrets: [] }],
    ['another name', withSecret({ name: 'OTHER' })],
    ['another level', withSecret({ level: 'Repository' })],
    ['another scope that supplies', withSecret({ scope: { ...entry.scope, uid: 'other' } })],
    ['THREATS 6: a lock', withSecret({ locked: true })],
    ['FAULTS 30: another identity that reads', withSecret({ backend: { ...entry.backend, identity: '{}' } })],
    ['another backend', withSecret({ backend: { ...entry.backend, uid: 'other' } })],
    ['another key', withSecret({ key: 'other' })],
    ['another property', withSecret({ property: 'password' })],
    ['another encoding', withSecret({ encoding: 'Base64' })],
    ['a version that the entry names', withSecret({ versionFixed: true })],
  ])('changes with %s', (_what, change) => {
    expect(digest(change)).not.toBe(digest({}));
  });

  it.each<[string, Partial<RequestPlan>]>([
    ['what is current, where access is approved', withSecret({ version: '8' })],
    ['what changed', withSecret({ change: 'Unchanged' })],
    ['what is listed as removed', { secrets: [entry, { ...entry, name: 'OLD', change: 'Removed' }] }],
    ['a lock that is spelled out as open', withSecret({ locked: false, versionFixed: false })],
    ['the name of the scope, whose UID is the same', { scopeRef: { ...ref, name: 'other' } }],
  ])('does not change with %s', (_what, change) => {
    expect(digest(change)).toBe(digest({}));
  });

  it('pin Version: changes with each rotation', () => {
    expect(digest({ pin: 'Version', ...withSecret({ version: '8' }) })).not.toBe(digest({ pin: 'Version' }));
  });

  it('does not change with the order of the lines', () => {
    const secrets = [entry, { ...entry, name: 'OTHER' }];
    expect(digest({ secrets, pin: 'Version' })).toBe(
      digest({ secrets: secrets.toReversed(), pin: 'Version' }),
    );
  });
});

describe('the identity of a backend', () => {
  it('can be read where it is short', () => {
    expect(identityText({ region: 'eu-west-1', account: '1' })).toBe('{"account":"1","region":"eu-west-1"}');
  });

  it.each(['x'.repeat(2000), 'ü'])('is a digest where it is long or would not print', (caBundle) => {
    expect(identityText({ caBundle })).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(identityText({ caBundle })).not.toBe(identityText({ caBundle: `${caBundle}x` }));
  });
});

describe('the lines of a request', () => {
  it('are one for the Secret, each secret, each data key and each namespace', () => {
    expect(coveredLines(plan).map(({ id, version }) => [id, version])).toEqual([
      ['key t.env', undefined],
      ['name DATABASE_URL', '7'],
      ['namespace team-web-prod', undefined],
      ['secret', undefined],
    ]);
  });

  it('leave a line as it is when another changes', () => {
    const before = coveredLines(plan);
    const after = coveredLines({ ...plan, secret: { name: 'web', type: 'kubernetes.io/tls' } });
    expect(after.filter((line, n) => line.digest !== before[n]?.digest).map(({ id }) => id)).toEqual([
      'secret',
    ]);
  });
});
