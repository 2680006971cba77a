/**
 * Owns: the world of this benchmark as manifests for a real API server.
 * Called by: bench-cluster.ts.
 */
import {
  backendIn,
  enrolmentOf,
  readerIn,
  scopeThing,
  secretThing,
} from '../../scenarios-support/operated-cluster.ts';
import type { Thing } from '../../scenarios-support/person.ts';
import {
  ORGANIZATION,
  OWN_SOURCE,
  organizationSpec,
  organizationValues,
  ownValues,
  repositorySpec,
  SCOPE,
  teamName,
} from './team-specs.ts';

/** An enrolled namespace with a backend, as people would have it before they write scopes. In the order to create. */
export function enrolledNamespace(name: string): Thing[] {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { org: 'acme' } } };
  return [namespace, ...readerIn(name), ...enrolmentOf(name), backendIn(name)];
}

export const ownSource = (namespace: string): Thing =>
  secretThing(namespace, OWN_SOURCE, ownValues(namespace));

export const organizationSources = (): Thing[] =>
  organizationValues.map(({ name, value }) => secretThing(ORGANIZATION, name, { value }));

export const organizationScope = (): Thing => scopeThing('acme', ORGANIZATION, organizationSpec);

export const repositoryScope = (index: number): Thing =>
  scopeThing(SCOPE, teamName(index), repositorySpec(index));
