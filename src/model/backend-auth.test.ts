import { describe, expect, it } from 'vitest';
import { parseBackend, parseClusterBackend } from './validate.ts';

const metadata = { name: 'b', namespace: 'team', uid: 'u', resourceVersion: '1' };
const account = { serviceAccountRef: { name: 'reader' } };
const own = (kubernetes: object) =>
  parseBackend({
    apiVersion: 'secretscope.dev/v1alpha1',
    kind: 'SecretBackend',
    metadata,
    spec: { kubernetes },
  });

describe('THREATS 3: credentials of a backend', () => {
  it('are a service account of its own namespace', () => {
    expect(own({ auth: account }).kind).toBe('ok');
  });

  it.each([
    ['a kubeconfig, which could run commands', { auth: { kubeconfigRef: { name: 'x' } } }],
    ['a document in a Secret', { auth: { secretRef: { name: 'x' } } }],
    ['a document beside the account', { auth: { ...account, secretRef: { name: 'x' } } }],
    ['the identity of the operator', { auth: { ambient: true } }],
    [
      'an account of another namespace',
      { auth: { serviceAccountRef: { name: 'reader', namespace: 'other' } } },
    ],
    ['a server of its own', { auth: account, server: 'https://evil.example' }],
    ['a CA of its own', { auth: account, caBundle: 'x' }],
    ['another namespace', { auth: account, namespace: 'other' }],
  ])('are never %s', (_what, kubernetes) => {
    expect(own(kubernetes).kind).toBe('invalid');
  });

  it('are no document in a ClusterSecretBackend either', () => {
    const spec = { kubernetes: { namespace: 'team', auth: { ...account, kubeconfig: 'x' } }, grants: [] };
    const raw = { apiVersion: 'secretscope.dev/v1alpha1', kind: 'ClusterSecretBackend', metadata, spec };
    expect(parseClusterBackend(raw).kind).toBe('invalid');
  });
});
