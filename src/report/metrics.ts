import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

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
  /** An edge that a request took; `seconds` that it had waited, where it was decided. */
  approval(edge: string, seconds: number | undefined): void;
  /** A webhook was sent: `ended` says what becomes of it. */
  webhookAttempt(ended: 'delivered' | 'again' | 'givenUp', seconds: number): void;
  /** Deliveries of all automations that wait, and that were given up and kept. */
  webhooks(read: () => { waiting: number; undelivered: number }): void;
  queue(read: () => { length: number; delayed: number }): void;
  leading(read: () => boolean): void;
  scopes(read: () => ReadonlyMap<string, number>): void;
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
// people take minutes to days: 1 s, 10 s, 1 min, 10 min, 1 h, 4 h, 1 d, 1 week, 30 d
const APPROVAL_BUCKETS = [1, 10, 60, 600, 3_600, 14_400, 86_400, 604_800, 2_592_000];

export function createMetrics(registry: Registry = new Registry()): Metrics {
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
  const dropped = counter('secretscope_events_dropped_total', 'Events not sent because of limits', []);
  return {
    registry,
    reconciled: (kind, result, time) => reconcile.observe({ kind, result }, time),
    targetWrite: (operation) => writes.inc({ operation }),
    providerCall: (name, operation, outcome, time) =>
      provider.observe({ provider: name, operation, outcome }, time),
    apiCall: (verb, resource, code, time) => api.observe({ verb, resource, code }, time),
    eventsDropped: (count) => dropped.inc(count),
    approval: (edge, seconds) => {
      decisions.inc({ edge });
      if (seconds !== undefined) waited.observe({ edge }, seconds);
    },
    webhookAttempt: (outcome, time) => webhook.observe({ outcome }, time),
    webhooks: (read) => webhookGauges(read, registers),
    queue: (read) => queueGauges(read, registers),
    leading: (read) =>
      booleanGauge('secretscope_leading', 'Whether this process holds the Lease', read, registers),
    scopes: (read) => scopeGauge(read, registers),
  };
}

/** Memory, CPU, event loop and garbage collection of this process, under the names that every Node program has. */
export function observeProcess({ registry }: Pick<Metrics, 'registry'>): void {
  collectDefaultMetrics({ register: registry });
}

function webhookGauges(read: () => { waiting: number; undelivered: number }, registers: Registry[]): void {
  new Gauge({
    name: 'secretscope_webhook_waiting',
    help: 'Deliveries of webhook automations that wait to be sent',
    registers,
    collect() {
      this.set(read().waiting);
    },
  });
  new Gauge({
    name: 'secretscope_webhook_undelivered',
    help: 'Deliveries of webhook automations that were given up and kept',
    registers,
    collect() {
      this.set(read().undelivered);
    },
  });
}

function queueGauges(read: () => { length: number; delayed: number }, registers: Registry[]): void {
  new Gauge({
    name: 'secretscope_queue_length',
    help: 'Keys waiting to be reconciled now',
    registers,
    collect() {
      this.set(read().length);
    },
  });
  new Gauge({
    name: 'secretscope_queue_delayed',
    help: 'Keys waiting for a time',
    registers,
    collect() {
      this.set(read().delayed);
    },
  });
}

function booleanGauge(name: string, help: string, read: () => boolean, registers: Registry[]): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(read() ? 1 : 0);
    },
  });
}

function scopeGauge(read: () => ReadonlyMap<string, number>, registers: Registry[]): void {
  new Gauge({
    name: 'secretscope_scopes',
    help: 'Scopes by the reason of their Ready condition',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of read()) this.set({ reason }, count);
    },
  });
}
