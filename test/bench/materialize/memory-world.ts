/**
 * Owns: the objects of the run without an API server, as one would send them; made one by one and not kept.
 * Called by: memory-operator.ts.
 */
import type { KubeObject, ObjectRef } from '../../../src/kube/kube-objects.ts';
import { uidOf } from './memory-kube.ts';
import { ORGANIZATION, organizationSpec, READER, repositorySpec, SCOPE, teamName } from './team-specs.ts';

const API_VERSION = 'secretscope.dev/v1alpha1';
const CREATED = '2026-11-22T00:00:00Z';

interface Made extends KubeObject {
  readonly spec?: unknown;
}

export function* objectsOf(plural: string, count: number): Generator<Made> {
  const kinds: Readonly<Record<string, (index: number) => Made>> = {
    namespaces: namespaceOf,
    secretbackends: backendOf,
    secretscopes: scopeOf,
  };
  const make = kinds[plural];
  if (!make) return;
  for (let index = -1; index < count; index++) yield make(index);
}

export function findObject(plural: string, { namespace = '' }: ObjectRef): Made {
  const index = namespace === ORGANIZATION ? -1 : Number(namespace.slice('team-'.length));
  return plural === 'secretscopes' ? scopeOf(index) : backendOf(index);
}

/** −1 is the organization's. */
const placeOf = (index: number) => (index < 0 ? ORGANIZATION : teamName(index));

function namespaceOf(index: number): Made {
  const name = placeOf(index);
  const labels = { org: 'acme', 'kubernetes.io/metadata.name': name };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: meta('1', index, { name, labels }) };
}

function backendOf(index: number): Made {
  const metadata = meta('2', index, { name: 'local', namespace: placeOf(index) });
  const spec = { kubernetes: { auth: { serviceAccountRef: { name: READER } } } };
  return { apiVersion: API_VERSION, kind: 'SecretBackend', metadata, spec };
}

function scopeOf(index: number): Made {
  const name = index < 0 ? 'acme' : SCOPE;
  const metadata = meta('3', index, { name, namespace: placeOf(index) });
  const spec = index < 0 ? organizationSpec : repositorySpec(index);
  return { apiVersion: API_VERSION, kind: 'SecretScope', metadata, spec };
}

function meta(
  kind: string,
  index: number,
  own: { name: string; namespace?: string; labels?: Record<string, string> },
) {
  const seed = `${kind}${String(index + 1).padStart(8, '0')}`;
  return { ...own, uid: uidOf(seed), resourceVersion: seed, generation: 1, creationTimestamp: CREATED };
}
