import { describe, expect, it } from 'vitest';
import { resource, SECRETS } from './kube-objects.ts';
import { collectionPath, objectPath, resourceLabel } from './resource-path.ts';

const SCOPES = resource({
  group: 'secretscope.dev',
  version: 'v1alpha1',
  plural: 'secretscopes',
  kind: 'SecretScope',
  namespaced: true,
});
const SHARED = resource({ ...SCOPES, plural: 'clustersecretbackends', namespaced: false });

it.each([
  [collectionPath(SECRETS, 'team'), '/api/v1/namespaces/team/secrets'],
  [collectionPath(SECRETS, undefined), '/api/v1/secrets'],
  [
    collectionPath(SCOPES, 'team', { limit: 100, continue: undefined, labelSelector: 'a=b,c in (d)' }),
    '/apis/secretscope.dev/v1alpha1/namespaces/team/secretscopes?limit=100&labelSelector=a%3Db%2Cc%20in%20(d)',
  ],
  [
    objectPath(SCOPES, { namespace: 'team', name: 'web' }, 'status'),
    '/apis/secretscope.dev/v1alpha1/namespaces/team/secretscopes/web/status',
  ],
  [
    objectPath(SHARED, { namespace: 'ignored', name: 'aws' }),
    '/apis/secretscope.dev/v1alpha1/clustersecretbackends/aws',
  ],
  [resourceLabel(SCOPES, 'status'), 'secretscopes.secretscope.dev/status'],
  [resourceLabel(SECRETS), 'secrets'],
])('%s', (path, expected) => {
  expect(path).toBe(expected);
});

describe('a path is never built from', () => {
  it.each(['', '.', '..', 'a/b', '%2e%2e', 'a%2Fb'])('the name "%s"', (name) => {
    expect(() => objectPath(SECRETS, { namespace: 'team', name })).toThrow(RangeError);
    expect(() => objectPath(SECRETS, { namespace: name, name: 'x' })).toThrow(RangeError);
    expect(() => collectionPath(SECRETS, name)).toThrow(RangeError);
  });

  it('no namespace, for one object of a namespaced kind', () => {
    expect(() => objectPath(SECRETS, { name: 'x' })).toThrow('a Secret needs a namespace');
  });
});

it('characters that mean something in a URL are escaped', () => {
  expect(objectPath(SECRETS, { namespace: 'team', name: 'a?b#c' })).toBe(
    '/api/v1/namespaces/team/secrets/a%3Fb%23c',
  );
});
