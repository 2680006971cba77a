/** Owns: what both charts have: their metadata, marks on objects, and the namespace. Called by: the charts. */
import { stringify } from 'yaml';
import type { Manifest } from '../../test/cluster/manifests.ts';
import { GENERATED } from './template-text.ts';

/** `helm uninstall` leaves it: with a kind go all its objects, and without a policy what it refused is let through. */
export const KEPT = { 'helm.sh/resource-policy': 'keep' };
/** By which one chart sees of which version the policies are. */
export const VERSION_LABEL = 'app.kubernetes.io/version';
export const OPERATOR_NAMESPACE = 'secretscope-system';

type Texts = Readonly<Record<string, string>>;

export function withMetadata(
  manifest: Manifest,
  { annotations = {}, labels = {} }: { annotations?: Texts; labels?: Texts },
): Manifest {
  const { metadata } = manifest;
  const more = {
    ...(Object.keys(labels).length > 0 && { labels: { ...metadata.labels, ...labels } }),
    ...(Object.keys(annotations).length > 0 && { annotations: { ...metadata.annotations, ...annotations } }),
  };
  return { ...manifest, metadata: { ...metadata, ...more } };
}

export function chartFile(name: string, description: string, version: string): string {
  const chart = {
    apiVersion: 'v2',
    name,
    description,
    type: 'application',
    version,
    appVersion: version,
    // ValidatingAdmissionPolicy and rules in CustomResourceDefinitions; also what providers call 1.30.4-gke.1
    kubeVersion: '>=1.30.0-0',
  };
  return GENERATED + stringify(chart);
}

/** The policies know the operator by its account, and the operator knows the policies by their text: one place only. */
export const NAMESPACE_CHECK = `${GENERATED}{{- if ne .Release.Namespace "${OPERATOR_NAMESPACE}" }}
{{- fail (printf "SecretScope runs in the namespace ${OPERATOR_NAMESPACE} and in no other, since its admission policies name its service account there; you gave %s: say --namespace ${OPERATOR_NAMESPACE}" .Release.Namespace) }}
{{- end }}
`;
