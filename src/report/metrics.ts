import { totalmem } from 'node:os';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { type Clock, systemClock } from '../kube/clock.ts';
import {
  buildGauge,
  type Fleet,
  fleetGauges,
  leadingGauge,
  maskedCounter,
  memoryGauge,
  type ProviderRequests,
  queueGauges,
  requestCounter,
} from './fleet-gauges.ts';
import { NoticedChanges } from './noticed-changes.ts';

/**
 * Every metric of the operator. Labels are closed sets: kinds, operations, outcomes, reasons; never the name of
 * an object or of a secret, which a reader of metrics may have no right to know.
 */
export interface Metrics {
  readonly registry: Registry;
  reconciled(kind: string, result: string, seconds: number): void;
  targetWrite(operation: 'create' | 'patch' | 'replace' | 'delete'): void;
  providerCall(provider: string, operation: string, outcome: string, seconds: number): void;
  apiCall(verb: string, resource: string, code: string, seconds: number): void;
  eventsDropped(count: number): void;
  /** What became of the restart of a workload whose Secret changed. */
  restart(outcome: 'restarted' | 'leftToReloader' | 'held'): void;
  /** An edge that a request took; `seconds` that it had waited, where it was decided. */
  approval(edge: string, seconds: number | undefined): void;
  /** A webhook was sent: `ended` says what becomes of it. */
  webhookAttempt(ended: 'delivered' | 'again' | 'givenUp', seconds: number): void;
  /** A key was taken from a queue, after it could have been for so long. */
  queueWait(queue: QueueName, seconds: number): void;
  /** A key of a source is known to have changed. */
  sourceChanged(backendUid: string, key: string): void;
  /** A target holds the new version of this key; `gated`: reviewers or a timer may have held it. */
  propagated(backendUid: string, key: string, gated: boolean): void;
  queue(read: () => { length: number; delayed: number }): void;
  leading(read: () => boolean): void;
  fleet(read: () => Fleet): void;
  /** By provider. */
  providerRequests(read: () => ReadonlyMap<string, ProviderRequests>): void;
  build(version: string): void;
}

/** That of scopes and claims, and that of automations. */
export type QueueName = 'work' | 'webhooks';

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
// an event arrives in milliseconds; a look at an account is made every minute, and a provider may be down for an hour
const PROPAGATION_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600];
const WAIT_BUCKETS = [0.005, 0.05, 0.25, 1, 5, 15, 60, 300];
// people take minutes to days: 1 s, 10 s, 1 min, 10 min, 1 h, 4 h, 1 d, 1 week, 30 d
const APPROVAL_BUCKETS = [1, 10, 60, 600, 3_600, 14_400, 86_400, 604_800, 2_592_000];

export function createMetrics(registry: Registry = new Registry(), clock: Clock = systemClock): Metrics {
  const registers = [registry];
  const timer = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Histogram({ name, help, labelNames, buckets: BUCKETS, registers });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const reconcile = timer('secretscope_reconcile_seconds', 'Time of one reconcile', ['kind', 'result']);
  const provider = timer('secretscope_provider_call_seconds', 'Calls to providers of secrets', [
    'provider',
    'operation',
    'outcome',
  ]);
  const api = timer('secretscope_api_call_seconds', 'Calls to the Kubernetes API', [
    'verb',
    'resource',
    'code',
  ]);
  const writes = counter('secretscope_target_writes_total', 'Writes of target Secrets', ['operation']);
  const restarts = counter('secretscope_restarts_total', 'Restarts of workloads whose Secret changed', [
    'outcome',
  ]);
  const decisions = counter('secretscope_approval_decisions_total', 'What became of SecretRequests', [
    'edge',
  ]);
  const waited = new Histogram({
    name: 'secretscope_approval_wait_seconds',
    help: 'Time from a SecretRequest to its decision',
    labelNames: ['edge'],
    buckets: APPROVAL_BUCKETS,
    registers,
  });
  const webhook = timer('secretscope_webhook_attempt_seconds', 'Attempts to send a webhook', ['outcome']);
  const noticed = new NoticedChanges(clock);
  const propagation = new Histogram({
    name: 'secretscope_propagation_seconds',
    help: 'Time from when a change of a source is known to when a target has it',
    labelNames: ['gated'],
    buckets: PROPAGATION_BUCKETS,
    registers,
  });
  const queued = new Histogram({
    name: 'secretscope_queue_wait_seconds',
    help: 'Time that keys waited for a worker',
    labelNames: ['queue'],
    buckets: WAIT_BUCKETS,
    registers,
  });
  maskedCounter(registers);
  const dropped = counter('secretscope_events_dropped_total', 'Events not sent because of limits', []);
  return {
    registry,
    reconciled: (kind, result, time) => reconcile.observe({ kind, result }, time),
    targetWrite: (operation) => writes.inc({ operation }),
    providerCall: (name, operation, outcome, time) =>
      provider.observe({ provider: name, operation, outcome }, time),
    apiCall: (verb, resource, code, time) => api.observe({ verb, resource, code }, time),
    eventsDropped: (count) => dropped.inc(count),
    restart: (outcome) => restarts.inc({ outcome }),
    approval: (edge, seconds) => {
      decisions.inc({ edge });
      if (seconds !== undefined) waited.observe({ edge }, seconds);
    },
    webhookAttempt: (outcome, time) => webhook.observe({ outcome }, time),
    queueWait: (queue, time) => queued.observe({ queue }, time),
    sourceChanged: (backendUid, key) => noticed.changed(backendUid, key),
    propagated: (backendUid, key, gated) => {
      const time = noticed.delivered(backendUid, key);
      if (time !== undefined) propagation.observe({ gated: gated ? 'yes' : 'no' }, time);
    },
    queue: (read) => queueGauges(read, registers),
    leading: (read) => leadingGauge(read, registers),
    fleet: (read) => fleetGauges(read, registers),
    providerRequests: (read) => requestCounter(read, registers),
    build: (version) => buildGauge(version, registers),
  };
}

/** Memory, CPU, event loop and garbage collection of this process, under the names that every Node program has. */
export function observeProcess({ registry }: Pick<Metrics, 'registry'>): void {
  collectDefaultMetrics({ register: registry });
  memoryGauge(memoryLimit, [registry]);
}

/** Of the container. Where nothing bounds it, Node says 0 or a number that no machine has. */
function memoryLimit(): number {
  const bytes = process.constrainedMemory();
  return bytes <= totalmem() ? bytes : 0;
}
