/** Owns: what can go wrong between two replicas. Used by: make-plans.ts. */
import { until } from '../scenarios-support/until.ts';
import type { Disturbance } from './disturbances.ts';
import type { Replica } from './lane.ts';
import { PlanNotCarriedOut, type Stage } from './stage.ts';

// the Lease of a leader that says nothing more has to run out first
const TAKEOVER_MS = 40_000;

/** The leader is killed in the middle of the act, and nobody starts it again. */
export const killedLeader: Disturbance = async (stage) => {
  const leader = leaderOf(stage);
  const next = otherThan(stage, leader);
  const hit = leader.proxy.onRequest({
    match: ({ kind, resource }) => kind === 'write' && resource !== 'leases',
    fault: { kind: 'run', when: 'applied', run: async () => leader.process?.kill() },
  });
  await stage.act();
  await stage.hit(hit, 'a write of the leader');
  await untilLeads(next);
};

/** The leader sleeps past its Lease with plans in its hands, wakes up when another one has done the work, and ends. */
export const pausedLeader: Disturbance = async (stage) => {
  const leader = leaderOf(stage);
  const next = otherThan(stage, leader);
  const sleep = async () => {
    leader.paused = true;
    leader.process?.signal('SIGSTOP');
    await untilLeads(next);
    await stage.untilSettled('after', undefined, TAKEOVER_MS);
  };
  // what it was about to write is still on its way when it wakes
  const hit = leader.proxy.onRequest({
    match: ({ kind, resource }) => kind === 'write' && resource !== 'leases',
    fault: { kind: 'forward-late', until: sleep },
  });
  await stage.act();
  await stage.hit(hit, 'a write of the leader');
  await untilLeads(next);
  await stage.untilSettled('after', undefined, TAKEOVER_MS);
  leader.process?.signal('SIGCONT');
  await leader.process?.untilExit();
};

function leaderOf({ replicas }: Stage): Replica {
  const [leader, ...more] = replicas.filter(({ process }) => process?.leads);
  if (!leader || more.length > 0)
    throw new PlanNotCarriedOut(`${more.length + (leader ? 1 : 0)} replicas lead`);
  return leader;
}

function otherThan({ replicas }: Stage, leader: Replica): Replica {
  const other = replicas.find((replica) => replica !== leader);
  if (!other) throw new PlanNotCarriedOut('there is one replica only');
  return other;
}

async function untilLeads({ process }: Replica): Promise<void> {
  await until(() => {
    if (!process?.leads) throw new Error('the other replica never took over');
  }, TAKEOVER_MS);
}
