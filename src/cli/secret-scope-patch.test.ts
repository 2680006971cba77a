import { describe, expect, it } from 'vitest';
import { ownedByGit } from './secret-scope-patch.ts';

const scope = (metadata: object) => ({
  apiVersion: 'secretscope.dev/v1alpha1',
  kind: 'SecretScope',
  metadata: { name: 'web', namespace: 'team', uid: 'u', resourceVersion: '1', ...metadata },
});
const managedBy = (...managers: string[]) =>
  scope({ managedFields: managers.map((manager) => ({ manager, operation: 'Apply' })) });

describe('who would undo a change of a scope', () => {
  it.each([
    ['Argo CD', managedBy('kubectl', 'argocd-controller')],
    ['Argo CD', scope({ annotations: { 'argocd.argoproj.io/tracking-id': 'x' } })],
    ['Argo CD', scope({ labels: { 'argocd.argoproj.io/instance': 'x' } })],
    ['Flux', managedBy('kustomize-controller')],
    ['Flux', managedBy('helm-controller')],
    ['Flux', scope({ labels: { 'kustomize.toolkit.fluxcd.io/name': 'x' } })],
    ['Helm', managedBy('helm')],
    ['Helm', scope({ labels: { 'app.kubernetes.io/managed-by': 'Helm' } })],
    ['Config Sync', scope({ annotations: { 'configmanagement.gke.io/managed': 'enabled' } })],
  ])('%s', (who, managed) => {
    expect(ownedByGit(managed)).toBe(who);
  });

  it.each([
    managedBy('kubectl-client-side-apply', 'secretscope', 'secretscope-cli', 'helmet'),
    scope({ labels: { 'app.kubernetes.io/managed-by': 'platform' } }),
    scope({}),
  ])('nobody', (free) => {
    expect(ownedByGit(free)).toBeUndefined();
  });
});
