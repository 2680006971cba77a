/** What `secretscope status` makes of what it saw: counts, and what of them needs a person. Pure. */
import type { Lease } from '../kube/lease-record.ts';
import { type PolicyView, policyGroups } from '../model/policies-in-force.ts';
import type { FleetTally } from '../report/fleet-tally.ts';
import type { Look } from './doctor-finding.ts';
import { type DeploymentSeen, isOver } from './doctor-operator.ts';

export interface NotReady {
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
}

export interface WaitingRequests {
  readonly count: number;
  readonly oldestMs: number;
  /** `namespace/name` */
  readonly oldest: string | undefined;
}

/** Everything that was looked at, with the caller's rights. */
export interface FleetLooks {
  readonly deployment: Look<DeploymentSeen>;
  readonly lease: Look<Lease>;
  /** milliseconds since 1970 */
  readonly readAt: number;
  readonly policies: {
    readonly validating: Look<readonly PolicyView[]>;
    /** missing: this API server has no such kind */
    readonly mutating: Look<readonly PolicyView[]>;
  };
  readonly scopes: Look<FleetTally>;
  readonly claims: Look<FleetTally>;
  readonly backends: {
    readonly tally: FleetTally;
    /** the first few */
    readonly notReady: readonly NotReady[];
    /** of which the caller may see none */
    readonly hidden: readonly string[];
  };
  readonly requests: Look<WaitingRequests>;
  readonly automations: Look<{
    readonly total: number;
    readonly waiting: number;
    readonly undelivered: number;
  }>;
}

export interface CountedKind {
  readonly total: number;
  readonly byReason: Readonly<Record<string, number>>;
  readonly needAPerson: number;
  /** changes that are held back while what was released before stays, by why */
  readonly changesPending: Readonly<Record<string, number>>;
  readonly degraded: number;
  readonly withoutSuccess: Readonly<Record<string, number>>;
  readonly longestWithoutSuccessSeconds: number;
}

/** As it is printed in JSON. What the caller may not see is left out, and stands in `notes`. */
export interface FleetStatus {
  /** half a sentence each; empty where nobody has to do anything */
  readonly needsAPerson: readonly string[];
  readonly notes: readonly string[];
  readonly operator?: DeploymentSeen;
  readonly leader?: {
    readonly identity: string;
    readonly renewedSecondsAgo: number;
    /** false: nobody renews it any more */
    readonly leads: boolean;
  };
  /** by what they prove, or whom they bind */
  readonly policies?: Readonly<Record<string, boolean>>;
  readonly scopes?: CountedKind;
  readonly claims?: CountedKind;
  readonly backends: CountedKind & { readonly notReady: readonly NotReady[] };
  readonly requests?: {
    readonly waiting: number;
    readonly oldestAgeSeconds: number;
    readonly oldest?: string;
  };
  readonly automations?: { readonly total: number; readonly waiting: number; readonly undelivered: number };
}

export function fleetStatus(looks: FleetLooks): FleetStatus {
  const parts = {
    ...seen('operator', looks.deployment, (one) => one),
    ...seen('leader', looks.lease, (one) => leaderOf(one, looks.readAt)),
    ...policiesSeen(looks.policies),
    ...seen('scopes', looks.scopes, countedOf),
    ...seen('claims', looks.claims, countedOf),
    backends: { ...countedOf(looks.backends.tally), notReady: looks.backends.notReady },
    ...seen('requests', looks.requests, requestsOf),
    ...seen('automations', looks.automations, (one) => one),
  };
  return { needsAPerson: troubles(parts, looks), notes: notesOf(looks), ...parts };
}

function seen<Name extends string, T, U>(
  name: Name,
  look: Look<T>,
  change: (value: T) => U,
): Partial<Record<Name, U>> {
  const found: Partial<Record<Name, U>> = {};
  if (look.kind === 'seen') found[name] = change(look.value);
  return found;
}

function leaderOf({ spec }: Lease, now: number): NonNullable<FleetStatus['leader']> {
  const renewedMs = now - Date.parse(spec?.renewTime ?? '');
  const identity = spec?.holderIdentity ?? '';
  const look: Look<Lease> = { kind: 'seen', value: { spec } as Lease };
  return {
    identity,
    renewedSecondsAgo: Number.isFinite(renewedMs) ? Math.max(0, Math.round(renewedMs / 1000)) : 0,
    leads: identity !== '' && !isOver(look, now),
  };
}

function policiesSeen({ validating, mutating }: FleetLooks['policies']): Pick<FleetStatus, 'policies'> {
  if (validating.kind !== 'seen' || mutating.kind === 'hidden') return {};
  const there = [...validating.value, ...(mutating.kind === 'seen' ? mutating.value : [])];
  return { policies: Object.fromEntries(policyGroups(there, mutating.kind === 'seen')) };
}

function countedOf(tally: FleetTally): CountedKind {
  return {
    total: tally.total,
    byReason: mostFirst(tally.byReason),
    needAPerson: tally.needAPerson,
    changesPending: mostFirst(tally.pending),
    degraded: tally.degraded,
    withoutSuccess: tally.stale,
    longestWithoutSuccessSeconds: Math.round(tally.oldestMs / 1000),
  };
}

const mostFirst = (counts: ReadonlyMap<string, number>) =>
  Object.fromEntries([...counts].toSorted((a, b) => b[1] - a[1]));

function requestsOf({ count, oldestMs, oldest }: WaitingRequests): NonNullable<FleetStatus['requests']> {
  return {
    waiting: count,
    oldestAgeSeconds: Math.round(oldestMs / 1000),
    ...(oldest !== undefined && { oldest }),
  };
}

/** What waits for reviewers is theirs to decide, and no trouble. */
function troubles(parts: Omit<FleetStatus, 'needsAPerson' | 'notes'>, looks: FleetLooks): string[] {
  const { leader, policies = {}, scopes, claims, backends, automations } = parts;
  const nobody = looks.lease.kind === 'missing' || (leader && !leader.leads);
  const absent = Object.entries(policies).flatMap(([proves, standing]) => (standing ? [] : [proves]));
  const broken = backends.total - (backends.byReason['Reachable'] ?? 0);
  return [
    ...(nobody ? ['no operator leads'] : []),
    ...(absent.length > 0 ? [`the policies for ${absent.join(', ')} are not in force as shipped`] : []),
    ...(broken > 0 ? [`${broken} of ${backends.total} backends are not ready`] : []),
    ...needing('scopes', scopes),
    ...needing('claims', claims),
    ...(automations && automations.undelivered > 0
      ? [`${automations.undelivered} deliveries of automations were given up`]
      : []),
  ];
}

function needing(what: string, counted: CountedKind | undefined): string[] {
  return counted && counted.needAPerson > 0
    ? [`${counted.needAPerson} of ${counted.total} ${what} need a person`]
    : [];
}

function notesOf({
  deployment,
  lease,
  policies,
  scopes,
  claims,
  backends,
  requests,
  automations,
}: FleetLooks) {
  const looks = [
    deployment,
    lease,
    policies.validating,
    policies.mutating,
    scopes,
    claims,
    requests,
    automations,
  ];
  const hidden = looks.flatMap((look) => (look.kind === 'hidden' ? [look.why] : []));
  const missing =
    scopes.kind === 'missing' ? ['this cluster has no SecretScopes: its admin installs the kinds'] : [];
  return [...missing, ...hidden, ...backends.hidden];
}
