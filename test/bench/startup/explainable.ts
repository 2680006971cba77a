/** Owns: a Repository below an Organization with 100 names each, as paths of the API. Used by: whoever runs explain. */
import { OWN, raw, SHARED, under } from '../../../src/watch/world-fixture.ts';

const GROUP = '/apis/secretscope.dev/v1alpha1';
const NAMES = 100;

/** Object by path; explain them with `team/web`. */
export function explainable(): Map<string, object> {
  const auth = { auth: { serviceAccountRef: { name: 'reader' } } };
  const entries = (prefix: string, more = {}) =>
    Array.from({ length: NAMES }, (_, index) => ({
      name: `NAME_${index}`,
      from: { key: `${prefix}${index}` },
      ...more,
    }));
  const children = [{ namespaces: { matchLabels: { org: 'acme' } }, visibility: 'Private', trusted: true }];
  const organization = {
    level: 'Organization',
    ...SHARED,
    children,
    secrets: entries('org.', { access: { visibility: 'All' } }),
  };
  const repository = { level: 'Repository', ...under('acme/acme'), ...OWN, secrets: entries('own-') };
  const grants = [{ namespaces: {}, keys: [{ prefix: 'org.' }] }];
  return new Map<string, object>([
    [`${GROUP}/namespaces/acme/secretscopes/acme`, raw('SecretScope', 'acme/acme', organization)],
    [`${GROUP}/namespaces/team/secretscopes/web`, raw('SecretScope', 'team/web', repository)],
    [
      `${GROUP}/namespaces/team/secretbackends/vault`,
      raw('SecretBackend', 'team/vault', { kubernetes: auth }),
    ],
    [
      `${GROUP}/clustersecretbackends/shared`,
      raw('ClusterSecretBackend', 'shared', { kubernetes: { namespace: 'v', ...auth }, grants }),
    ],
    ['/api/v1/namespaces/acme', namespace('acme')],
    ['/api/v1/namespaces/team', namespace('team', { org: 'acme' })],
  ]);
}

function namespace(name: string, labels = {}): object {
  const metadata = {
    name,
    uid: name,
    resourceVersion: '1',
    labels: { 'kubernetes.io/metadata.name': name, ...labels },
  };
  return { ...raw('Namespace', name, {}), metadata };
}
