/**
 * What a Lease says and what is written into it. Pure.
 * Called by lease-elector.ts.
 */
import { type KubeDraft, type KubeObject, resource } from './kube-objects.ts';
import { microTime } from './micro-time.ts';

export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export const LEASES = resource<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
});

export interface LeaseTiming {
  /** others wait so long after the last sign of life */
  readonly leaseMs: number;
  /** we stop so long after the last renewal that worked; the difference covers clocks that run differently */
  readonly renewDeadlineMs: number;
  /** between attempts */
  readonly retryMs: number;
}

export interface LeaseWrite {
  readonly namespace: string;
  readonly name: string;
  /** empty gives the lease up */
  readonly holder: string;
  readonly leaseMs: number;
  /** wall clock, for people to read: nobody decides by it */
  readonly nowMs: number;
  /** what is replaced; its version is the precondition */
  readonly previous: Lease | undefined;
}

export function leaseDraft({ namespace, name, holder, leaseMs, nowMs, previous }: LeaseWrite): KubeDraft {
  const now = microTime(nowMs);
  const before = previous?.spec;
  const changesHands = holder !== '' && before?.holderIdentity !== holder;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...previous?.metadata, namespace, name },
    spec: {
      ...before,
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      acquireTime: changesHands ? now : (before?.acquireTime ?? now),
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (changesHands && before ? 1 : 0),
    },
  };
}
