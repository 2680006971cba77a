/** Counts everything watched, for a scrape. Used by: endpoints.ts. Reads only. */
import { sizesIn } from '../automate/delivery-queue.ts';
import type { Clock } from '../kube/clock.ts';
import { policyGroups } from '../model/policies-in-force.ts';
import type { Fleet } from '../report/fleet-gauges.ts';
import { FleetTally, type Tallied } from '../report/fleet-tally.ts';
import type { ClusterWatches } from '../watch/cluster-watches.ts';

// one scrape asks for a dozen gauges, and whoever may scrape may do so often: 50,000 scopes take about 20 ms to count
const GOOD_FOR_MS = 1_000;

/** Answers the same for a second. */
export function fleetReader(cluster: ClusterWatches, clock: Clock): () => Fleet {
  let last: { readonly at: number; readonly fleet: Fleet } | undefined;
  return () => {
    const at = clock.monotonic();
    if (!last || at - last.at >= GOOD_FOR_MS) last = { at, fleet: countFleet(cluster, clock.now()) };
    return last.fleet;
  };
}

function countFleet(cluster: ClusterWatches, now: number): Fleet {
  const { scopes, claims, backends, clusterBackends } = cluster;
  return {
    scopes: tallyOf(now, scopes.values()),
    claims: tallyOf(now, claims.values()),
    backends: tallyOf(now, backends.values(), clusterBackends.values()),
    requests: waitingRequests(cluster, now),
    webhooks: webhookSizes(cluster),
    policies: policyGroups(cluster.policies.values(), cluster.mutatingKnown() === 'known'),
  };
}

function tallyOf(now: number, ...lists: readonly Iterable<Tallied>[]): FleetTally {
  const tally = new FleetTally();
  for (const list of lists) for (const object of list) tally.add(object, now);
  return tally;
}

function waitingRequests({ requests }: ClusterWatches, now: number): Fleet['requests'] {
  let waiting = 0;
  let oldestMs = 0;
  for (const { status, createdAt } of requests.values()) {
    if (stateIn(status) !== 'Waiting') continue;
    waiting += 1;
    const ageMs = now - Date.parse(createdAt);
    if (ageMs > oldestMs) oldestMs = ageMs;
  }
  return { waiting, oldestMs };
}

/** Before the operator has said anything, it waits. */
function stateIn(status: unknown): unknown {
  return typeof status === 'object' && status !== null && 'state' in status ? status.state : 'Waiting';
}

function webhookSizes({ automations }: ClusterWatches): Fleet['webhooks'] {
  const sum = { waiting: 0, undelivered: 0 };
  for (const { status } of automations.values()) {
    const { waiting, undelivered } = sizesIn(status);
    sum.waiting += waiting;
    sum.undelivered += undelivered;
  }
  return sum;
}
