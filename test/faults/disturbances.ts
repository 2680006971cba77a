/**
 * Owns: everything that can go wrong, each as a way to carry out the act of a scenario.
 * Used by: make-plans.ts. Each returns when the fault has come to pass; none decides what is right.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Thing } from '../scenarios-support/person.ts';
import { until } from '../scenarios-support/until.ts';
import type { Replica } from './lane.ts';
import type { Armed, EventSeen, RequestFault, WatchFault } from './proxy/fault-rules.ts';
import type { SeenRequest } from './proxy/seen-request.ts';
import { PlanNotCarriedOut, type Stage } from './stage.ts';
import { eventLabel, labelOf, type TracedEvent, type TracedWrite, watchName } from './trace.ts';

export type Disturbance = (stage: Stage) => Promise<void>;

// how long something is withheld: far longer than everything takes that it could overtake
const WITHHELD_MS = 2_000;
// plans that drop events run with --relist-interval 4s, give or take a tenth, and a watch ends in whole seconds
const FULL_LIST_MS = 6_000;

// as long as a slow API server takes to answer one write
const DEATH_MS = 20_000;

/** The process dies at a write: before it is sent, when it is stored but not answered, or when it is answered. */
export function killAt(write: TracedWrite, when: 'before' | 'applied' | 'answered'): Disturbance {
  return async (stage) => {
    const { replica } = stage;
    let isDead = false;
    const run = async () => {
      await replica.process?.kill();
      isDead = true;
    };
    const armed = armWrite(replica, write, { kind: 'run', when, run });
    await stage.act();
    await stage.hit(armed, write.label);
    // the write was seen; on a slow API server a start now would kill the process before its time
    await until(() => {
      if (!isDead) throw new PlanNotCarriedOut(`the process did not die at ${write.label}`);
    }, DEATH_MS);
    await stage.restart(replica);
  };
}

/** A write fails, some times in a row. */
export function answerWith(write: TracedWrite, fault: RequestFault, times: number): Disturbance {
  return async (stage) => {
    const armed = armWrite(stage.replica, write, fault, times);
    await stage.act();
    await stage.hit(armed, write.label);
    if (fault.kind === 'hang') await pause(WITHHELD_MS);
  };
}

/** Something goes wrong with one event on its way. */
export function disturbEvent({ label, watch }: TracedEvent, fault: WatchFault): Disturbance {
  return async (stage) => {
    const armed = stage.replica.proxy.onWatch({
      match: (request) => watchName(request) === watch,
      event: (event) => eventLabel(watch, event) === label,
      fault,
    });
    await stage.act();
    await stage.hit(armed, label);
    if (fault.kind === 'hold') await pause(WITHHELD_MS);
    if (fault.kind === 'drop') await pause(FULL_LIST_MS);
  };
}

/** Every watch is refused once, when it is opened again after a cut. */
export function refuseWatches(fault: WatchFault & { kind: 'status' }): Disturbance {
  return async (stage) => {
    const { proxy } = stage.replica;
    const refused = new Set<string>();
    const match = (request: SeenRequest) => {
      const which = `${request.token} ${request.url.replace(/[?&](timeoutSeconds|resourceVersion)=[^&]*/g, '')}`;
      return request.kind === 'watch' && !refused.has(which) && Boolean(refused.add(which));
    };
    const armed = proxy.onWatch({ match, times: Number.POSITIVE_INFINITY, fault });
    proxy.cut();
    await stage.act();
    await stage.hit(armed, 'a watch');
    await pause(WITHHELD_MS);
  };
}

/** The act happens while nothing at all reaches the operator. */
export const cutOff: Disturbance = async (stage) => {
  const { proxy } = stage.replica;
  const armed = proxy.onRequest({
    match: () => true,
    times: Number.POSITIVE_INFINITY,
    fault: { kind: 'reset' },
  });
  proxy.cut();
  await stage.act();
  await stage.hit(armed, 'any request');
  await pause(WITHHELD_MS);
};

// a watch that says nothing for 90 to 120 s is given up, and opened again within seconds
const NOTICED_MS = 130_000;
// each watch has a watchdog of its own, and the first try may meet the silent connection once more: 30 + 15 s
const ALL_WATCHES_MS = 45_000;

/** Connections that go silent without a FIN, as behind a firewall that forgot them. What changes arrives in time. */
export const halfOpen: Disturbance = async (stage) => {
  stage.replica.proxy.silence();
  await stage.act();
  await stage.untilSettled('after', undefined, NOTICED_MS);
  await pause(ALL_WATCHES_MS);
};

/** The operator starts again, and is shown the world as it was before the act; writes are as of now. */
export const staleRestart: Disturbance = async (stage) => {
  const { replica } = stage;
  const resourceVersion = await stage.lane.resourceVersion();
  await stage.act();
  await stage.untilSettled('after', undefined, WITHHELD_MS * 5);
  await replica.process?.kill();
  const armed = replica.proxy.onRequest({
    match: ({ kind }) => kind === 'list' || kind === 'watch',
    times: Number.POSITIVE_INFINITY,
    fault: { kind: 'stale', resourceVersion },
  });
  await stage.start(replica);
  await stage.hit(armed, 'a list');
  await replica.process?.untilReady();
  await pause(WITHHELD_MS);
};

/**
 * A scope is deleted and made again. The operator is shown the deletion when the new scope exists already, and the
 * new scope only later: what it remembers says that the Secret has to go, what is there says that it has to stay.
 */
export function remade(scope: Thing): Disturbance {
  return async (stage) => {
    const { proxy } = stage.replica;
    const about = (type: string) => (event: EventSeen) =>
      event.type === type && event.object.metadata.name === scope.metadata.name;
    const match = (request: SeenRequest) => watchName(request) === 'scopes';
    proxy.onWatch({ match, event: about('DELETED'), fault: { kind: 'delay', ms: 500 } });
    const armed = proxy.onWatch({ match, event: about('ADDED'), fault: { kind: 'hold' } });
    await stage.lane.hands.gone(scope);
    await stage.lane.hands.have(scope);
    await stage.act();
    await stage.hit(armed, 'the new scope');
    await pause(WITHHELD_MS);
  };
}

/** Two faults in one act. */
export function both(
  write: TracedWrite,
  fault: RequestFault,
  event: TracedEvent,
  other: WatchFault,
): Disturbance {
  return async (stage) => {
    armWrite(stage.replica, write, fault, 2);
    await disturbEvent(event, other)(stage);
  };
}

function armWrite(replica: Replica, { label, nth }: TracedWrite, fault: RequestFault, times = 1): Armed {
  return replica.proxy.onRequest({
    match: (request) => request.kind === 'write' && labelOf(request) === label,
    nth,
    times,
    fault,
  });
}
