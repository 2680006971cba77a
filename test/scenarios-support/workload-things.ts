/** Owns: workloads as tests need them: no Pods, and every field that the API server defaults. Used by: workload-*.test.ts. */
import { restartManifests } from '../../src/model/enrollment.ts';
import type { RestartKind } from '../../src/model/kinds/target.ts';
import { OPERATOR_NAMESPACE } from './guarded-cluster.ts';
import type { Thing } from './person.ts';

export const WORKLOADS: readonly RestartKind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** Of no Pod: a DaemonSet finds no node that has the label. */
export function workload(kind: RestartKind, name: string, namespace: string, metadata: object = {}): Thing {
  const labels = { app: name };
  const pods = { nodeSelector: { 'secretscope.dev/no-such-node': 'yes' } };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, ...metadata },
    spec: {
      ...(kind !== 'DaemonSet' && { replicas: 0 }),
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'example.com/theirs': 'kept' } },
        spec: {
          ...(kind === 'DaemonSet' && pods),
          containers: [{ name: 'app', image: 'registry.invalid/app:1' }],
        },
      },
    },
  };
}

/** What `secretscope enroll NAMESPACE --restart` applies, for these workloads or for all. */
export function restartsOf(namespace: string, ...workloads: string[]): Thing[] {
  return restartManifests({ namespace, operatorNamespace: OPERATOR_NAMESPACE, workloads }).map(
    (manifest) => ({
      ...manifest,
      metadata: { ...manifest.metadata },
    }),
  );
}
