/**
 * Owns: what the operator reads of a workload, and the one annotation that it writes. The policies operator-restarts*
 * hold it to that annotation; the rights are those of `secretscope enroll --restart`.
 */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { type KubeObject, type ResourceType, resource } from '../kube/kube-objects.ts';
import type { Instant } from '../model/approval.ts';
import type { RestartKind } from '../model/kinds/target.ts';
import { marksText, parseMarks, RESTARTED_ANNOTATION, type RestartMark } from '../model/restart-marks.ts';

export interface WorkloadRef {
  readonly kind: RestartKind;
  readonly namespace: string;
  readonly name: string;
}

/** What is kept of a workload: nothing of what its containers are given. */
export interface Workload {
  readonly ref: WorkloadRef;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly createdAt: Instant;
  /** Its own, and below them those of its pod template. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly marks: readonly RestartMark[];
  /** Every Pod is of the newest template and available. */
  readonly rolledOut: boolean;
}

export type WorkloadLook =
  | { readonly kind: 'found'; readonly workload: Workload }
  | { readonly kind: 'missing' }
  /** The operator has no right to read it. */
  | { readonly kind: 'denied' };

/** `stale`: it changed meanwhile, look again. `refused`: by rights or by an admission policy. */
export type RestartOutcome = 'restarted' | 'stale' | 'refused';

const apps = (kind: RestartKind, plural: string): ResourceType<RawWorkload> =>
  resource({ group: 'apps', version: 'v1', plural, kind, namespaced: true });

const TYPES: Readonly<Record<RestartKind, ResourceType<RawWorkload>>> = {
  Deployment: apps('Deployment', 'deployments'),
  StatefulSet: apps('StatefulSet', 'statefulsets'),
  DaemonSet: apps('DaemonSet', 'daemonsets'),
};

export class WorkloadWriter {
  readonly #kube: KubeClient;
  readonly #fence: () => void;

  /** `fence` throws when this process may no longer write. */
  constructor(kube: KubeClient, fence: () => void) {
    this.#kube = kube;
    this.#fence = fence;
  }

  /** As it is now. Read when a restart is due and at no other time, so no watch and no right to list is needed. */
  async look(ref: WorkloadRef, signal: AbortSignal): Promise<WorkloadLook> {
    try {
      const { namespace, name } = ref;
      const raw = await this.#kube.get(TYPES[ref.kind], { namespace, name }, { signal });
      return raw.metadata.deletionTimestamp === undefined
        ? { kind: 'found', workload: workloadOf(ref, raw) }
        : { kind: 'missing' };
    } catch (error) {
      if (isKubeError(error, 'notFound')) return { kind: 'missing' };
      if (isKubeError(error, 'forbidden')) return { kind: 'denied' };
      throw error;
    }
  }

  /** Rolls the workload that was looked at, and no other one of that name. */
  async restart(
    { ref, uid, resourceVersion }: Workload,
    marks: readonly RestartMark[],
    signal: AbortSignal,
  ): Promise<RestartOutcome> {
    const annotations = { [RESTARTED_ANNOTATION]: marksText(marks) };
    const patch = { metadata: { uid, resourceVersion }, spec: { template: { metadata: { annotations } } } };
    try {
      this.#fence();
      await this.#kube.mergePatch(TYPES[ref.kind], ref, patch, { signal });
      return 'restarted';
    } catch (error) {
      if (isKubeError(error, 'conflict', 'notFound')) return 'stale';
      if (isKubeError(error, 'forbidden', 'invalid')) return 'refused';
      throw error;
    }
  }
}

type Numbers = Readonly<Record<string, number | undefined>>;

interface RawWorkload extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
  };
  readonly status?: Numbers;
}

function workloadOf(ref: WorkloadRef, { metadata, spec = {}, status = {} }: RawWorkload): Workload {
  const ofTemplate = spec.template?.metadata?.annotations ?? {};
  return {
    ref,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    createdAt: Date.parse(metadata.creationTimestamp ?? '1970-01-01'),
    annotations: { ...ofTemplate, ...metadata.annotations },
    marks: parseMarks(ofTemplate[RESTARTED_ANNOTATION]),
    rolledOut:
      (status['observedGeneration'] ?? 0) >= (metadata.generation ?? 0) &&
      (ref.kind === 'DaemonSet' ? daemonsRolled(status) : replicasRolled(spec.replicas ?? 1, status)),
  };
}

/** Pods that are on their way out count as well: `replicas` of the status has them until they are gone. */
function replicasRolled(
  wanted: number,
  { updatedReplicas = 0, replicas = 0, availableReplicas = 0 }: Numbers,
) {
  return updatedReplicas >= wanted && replicas <= updatedReplicas && availableReplicas >= wanted;
}

function daemonsRolled({
  desiredNumberScheduled = 0,
  updatedNumberScheduled = 0,
  numberAvailable = 0,
}: Numbers) {
  return updatedNumberScheduled >= desiredNumberScheduled && numberAvailable >= desiredNumberScheduled;
}
