import { Counter, Gauge, Histogram, Registry } from 'prom-client';

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
  queue(read: () => { length: number; delayed: number }): void;
  leading(read: () => boolean): void;
  scopes(read: () => ReadonlyMap<string, number>): void;
}

export function createMetrics(registry: Registry = new Registry()): Metrics {
  const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
  const registers = [registry];
  const reconcile = new Histogram({
    name: 'secretscope_reconcile_seconds',
    help: 'Time of one reconcile',
    labelNames: ['kind', 'result'],
    buckets: seconds,
    registers,
  });
  const writes = new Counter({
    name: 'secretscope_target_writes_total',
    help: 'Writes of target Secrets',
    labelNames: ['operation'],
    registers,
  });
  const provider = new Histogram({
    name: 'secretscope_provider_call_seconds',
    help: 'Calls to providers of secrets',
    labelNames: ['provider', 'operation', 'outcome'],
    buckets: seconds,
    registers,
  });
  const api = new Histogram({
    name: 'secretscope_api_call_seconds',
    help: 'Calls to the Kubernetes API',
    labelNames: ['verb', 'resource', 'code'],
    buckets: seconds,
    registers,
  });
  const dropped = new Counter({
    name: 'secretscope_events_dropped_total',
    help: 'Events not sent because of limits',
    registers,
  });
  return {
    registry,
    reconciled: (kind, result, time) => reconcile.observe({ kind, result }, time),
    targetWrite: (operation) => writes.inc({ operation }),
    providerCall: (name, operation, outcome, time) =>
      provider.observe({ provider: name, operation, outcome }, time),
    apiCall: (verb, resource, code, time) => api.observe({ verb, resource, code }, time),
    eventsDropped: (count) => dropped.inc(count),
    queue: (read) => queueGauges(read, registers),
    leading: (read) =>
      booleanGauge('secretscope_leading', 'Whether this process holds the Lease', read, registers),
    scopes: (read) => scopeGauge(read, registers),
  };
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
