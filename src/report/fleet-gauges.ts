/** Gauges that read what the operator knows at the moment of a scrape. Used by metrics.ts. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { MASKED, MASKED_PLACES } from '../mask/masked-count.ts';
import type { PolicyGroup } from '../model/policies-in-force.ts';
import { type FleetTally, STALE_AGES, type StaleAge } from './fleet-tally.ts';

/** Everything watched, counted. */
export interface Fleet {
  readonly scopes: FleetTally;
  readonly claims: FleetTally;
  readonly backends: FleetTally;
  /** SecretRequests that nobody has decided. */
  readonly requests: { readonly waiting: number; readonly oldestMs: number };
  /** Deliveries of all automations that wait, and that were given up and kept. */
  readonly webhooks: { readonly waiting: number; readonly undelivered: number };
  /** Whether they are in force; those that this cluster cannot have are left out. */
  readonly policies: ReadonlyMap<PolicyGroup, boolean>;
}

/** Requests to one provider since the process began. */
export interface ProviderRequests {
  /** Those that the provider charges for, by its public price list. */
  readonly billed: number;
  readonly free: number;
}

type Fill = (gauge: Gauge<string>) => void;

export function fleetGauges(read: () => Fleet, registers: Registry[]): void {
  const gauge = (name: string, help: string, labelNames: string[], fill: Fill) =>
    gaugeOf(registers, name, help, labelNames, fill);
  const reasons = (kind: string, tally: () => FleetTally) =>
    gauge(`secretscope_${kind}`, `${kind} by the reason of their Ready condition`, ['reason'], (self) => {
      for (const [reason, count] of tally().byReason) self.set({ reason }, count);
    });
  reasons('scopes', () => read().scopes);
  reasons('claims', () => read().claims);
  reasons('backends', () => read().backends);
  gauge('secretscope_scopes_degraded', 'Scopes that are ready, with something old in them', [], (self) =>
    self.set(read().scopes.degraded),
  );
  gauge('secretscope_scopes_stale', 'Scopes without success for longer than this', ['older_than'], (self) => {
    for (const age of Object.keys(STALE_AGES) as StaleAge[])
      self.set({ older_than: age }, read().scopes.stale[age]);
  });
  gauge('secretscope_oldest_success_age_seconds', 'Age of the last success that is longest ago', [], (self) =>
    self.set(read().scopes.oldestMs / 1000),
  );
  gauge('secretscope_requests_waiting', 'SecretRequests that nobody has decided', [], (self) =>
    self.set(read().requests.waiting),
  );
  gauge('secretscope_requests_oldest_age_seconds', 'Age of the oldest of those', [], (self) =>
    self.set(read().requests.oldestMs / 1000),
  );
  gauge(
    'secretscope_policies_in_force',
    'Whether admission policies stand as shipped',
    ['proves'],
    (self) => {
      for (const [proves, standing] of read().policies) self.set({ proves }, standing ? 1 : 0);
    },
  );
  gauge('secretscope_webhook_waiting', 'Deliveries of automations that wait to be sent', [], (self) =>
    self.set(read().webhooks.waiting),
  );
  gauge('secretscope_webhook_undelivered', 'Deliveries that were given up and kept', [], (self) =>
    self.set(read().webhooks.undelivered),
  );
}

export function queueGauges(read: () => { length: number; delayed: number }, registers: Registry[]): void {
  gaugeOf(registers, 'secretscope_queue_length', 'Keys waiting to be reconciled now', [], (self) =>
    self.set(read().length),
  );
  gaugeOf(registers, 'secretscope_queue_delayed', 'Keys waiting for a time', [], (self) =>
    self.set(read().delayed),
  );
}

export function leadingGauge(read: () => boolean, registers: Registry[]): void {
  gaugeOf(registers, 'secretscope_leading', 'Whether this process holds the Lease', [], (self) =>
    self.set(read() ? 1 : 0),
  );
}

export function buildGauge(version: string, registers: Registry[]): void {
  gaugeOf(registers, 'secretscope_build_info', 'What runs; always 1', ['version'], (self) =>
    self.set({ version }, 1),
  );
}

/** `bytes`: what the container may have, 0 where nothing bounds it. */
export function memoryGauge(bytes: () => number, registers: Registry[]): void {
  gaugeOf(
    registers,
    'secretscope_memory_limit_bytes',
    'What the container may have; 0: no bound',
    [],
    (self) => self.set(bytes()),
  );
}

export function requestCounter(
  read: () => ReadonlyMap<string, ProviderRequests>,
  registers: Registry[],
): void {
  new Counter({
    name: 'secretscope_provider_requests_total',
    help: 'Requests to providers, and whether they are charged for',
    labelNames: ['provider', 'billed'],
    registers,
    collect() {
      this.reset();
      for (const [provider, { billed, free }] of read()) {
        this.inc({ provider, billed: 'yes' }, billed);
        this.inc({ provider, billed: 'no' }, free);
      }
    },
  });
}

export function maskedCounter(registers: Registry[]): void {
  new Counter({
    name: 'secretscope_masked_total',
    help: 'Texts of others in which something was masked',
    labelNames: ['place'],
    registers,
    collect() {
      this.reset();
      for (const place of MASKED_PLACES) this.inc({ place }, MASKED.of(place));
    },
  });
}

function gaugeOf(registers: Registry[], name: string, help: string, labelNames: string[], fill: Fill): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers,
    collect() {
      // a reason that nothing has any more is gone from the next scrape
      if (labelNames.length > 0) this.reset();
      fill(this);
    },
  });
}
