/**
 * What a Lease says, how long it runs, and what is written into it. Pure.
 * Called by lease-elector.ts and lease-requests.ts.
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
  /** between attempts: of a leader to renew it, of the others to see whether it is free */
  readonly retryMs: number;
}

/**
 * Killed, a leader is replaced within 13.2 s and two requests: up to 1.2 s (a pause between two looks, with its jitter)
 * until its last renewal was seen by the next one, which then waits 12 s and not for its next look. 15 s are promised.
 * Asked to end, within 1.2 s and two requests, once its work is done. 2 s are promised.
 * An API server may refuse for 7 s and no leader is lost: of the 9 s, up to 1 s passed before the outage and up to 1 s
 * after it until the next attempt. It may swallow requests for 5.5 s: an attempt after 1 s is given up 4.5 s later, the
 * next one is made 1 s after that, and has 2.5 s.
 * From the last moment in which a leader may write to the first of the next one: 3 s, for what it had sent to arrive,
 * and for clocks that run differently.
 * One write a second by the leader, and one read a second by each of the others: a watch would save none of the waiting
 * for a Lease to run out, and half a second of an orderly end.
 */
export const TIMING: LeaseTiming = { leaseMs: 12_000, renewDeadlineMs: 9_000, retryMs: 1_000 };

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
