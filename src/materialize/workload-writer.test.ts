import { describe, expect, it } from 'vitest';
import type { KubeClient } from '../kube/kube-client.ts';
import type { RestartKind } from '../model/kinds/target.ts';
import { WorkloadWriter } from './workload-writer.ts';

/** What is seen of a workload with this spec and status, at its second generation. */
async function rolledOut(kind: RestartKind, spec: object, status: object): Promise<boolean> {
  const raw = { metadata: { uid: 'u', resourceVersion: '1', generation: 2 }, spec, status };
  const client: Pick<KubeClient, 'get'> = { get: async () => raw as never };
  const writer = new WorkloadWriter(client as KubeClient, () => undefined);
  const look = await writer.look({ kind, namespace: 'team', name: 'web' }, new AbortController().signal);
  if (look.kind !== 'found') throw new Error('it is there');
  return look.workload.rolledOut;
}

describe('a rollout is over', () => {
  const all = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3 };
  it.each<[string, object, boolean]>([
    ['when every Pod is new and available', all, true],
    ['not while its controller has not seen the change', { ...all, observedGeneration: 1 }, false],
    ['not while Pods are old', { ...all, updatedReplicas: 2 }, false],
    ['not while old Pods are on their way out', { ...all, replicas: 4 }, false],
    ['not while new Pods are not available', { ...all, availableReplicas: 2 }, false],
    ['not while nothing is known', {}, false],
  ])('%s', async (_case, status, expected) => {
    expect(await rolledOut('Deployment', { replicas: 3 }, status)).toBe(expected);
    expect(await rolledOut('StatefulSet', { replicas: 3 }, status)).toBe(expected);
  });

  it('of none at once', async () => {
    expect(await rolledOut('Deployment', { replicas: 0 }, { observedGeneration: 2 })).toBe(true);
  });

  it.each([
    [{ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 }, true],
    [{ desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2 }, false],
    [{ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 }, false],
  ])('of a DaemonSet by its nodes: %j', async (status, expected) => {
    expect(await rolledOut('DaemonSet', {}, { observedGeneration: 2, ...status })).toBe(expected);
  });
});
