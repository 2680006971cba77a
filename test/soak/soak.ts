/**
 * Owns: an operator at work for as long as one likes, with rotations and faults all the time, and whether it grows.
 * Used by: scripts/soak.ts.
 */
import { readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { SETTINGS } from '../../src/operator/log-level.ts';
import { collectedHeapMb, INSPECTABLE } from '../bench/collected-heap.ts';
import { metricSum } from '../bench/metrics-text.ts';
import { processUsage } from '../bench/process-usage.ts';
import type { FaultScenario } from '../faults/fault-scenario.ts';
import { OWN, ownSource, repository, target, WEB } from '../faults/fault-world.ts';
import { Lane } from '../faults/lane.ts';
import type { RequestFault } from '../faults/proxy/fault-rules.ts';
import { Stage } from '../faults/stage.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import { until } from '../scenarios-support/until.ts';
import { type Bound, flatness, type Sample } from './flatness.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly say: (line: string) => void;
}

const SCOPES = 50;
const ROTATE_MS = 1_000;
const FAULT_MS = 10_000;
const SAMPLE_MS = 15_000;

/** Of each measure, how much more in an hour is still flat. */
const BOUNDS: Readonly<Record<string, Bound & { readonly unit: string }>> = {
  'heap after a collection': { perHour: 4, unit: 'MB' },
  'resident memory': { perHour: 24, unit: 'MB' },
  handles: { perHour: 4, unit: '' },
  'event-loop delay p99': { perHour: 10, unit: 'ms' },
};

const FAULTS: readonly RequestFault[] = [
  { kind: 'status', code: 500, reason: 'InternalError' },
  { kind: 'status', code: 409, reason: 'Conflict' },
  { kind: 'status', code: 429, reason: 'TooManyRequests', retryAfterSeconds: 1 },
  { kind: 'reset' },
  { kind: 'lost-answer' },
  { kind: 'truncate' },
];

const scope = (index: number) =>
  repository(`app-${index}`, WEB, {
    backendRef: { kind: 'SecretBackend', name: 'local' },
    secrets: [OWN],
    targets: [target(`app-${index}`, 'OWN')],
  });

const WORLD: FaultScenario = {
  name: 'soak',
  what: 'one value is rotated again and again',
  objects: [ownSource('soak-0'), ...Array.from({ length: SCOPES }, (_, index) => scope(index))],
  before: {},
  act: async () => undefined,
  after: {},
};

/** Fifty lines a second would be kept by whoever listens. */
const QUIET = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: SETTINGS, namespace: OPERATOR_NAMESPACE },
  data: { logLevel: 'warn' },
};

/** Whether all of it stayed flat. */
export async function soak({ minutes, say }: SoakOptions): Promise<boolean> {
  const [lane] = await Lane.openAll('soak', 1);
  if (!lane) throw new Error('no lane was opened');
  try {
    // its first lines say where it serves
    const flags = { extra: ['--no-leader-elect'], logLevel: 'info', env: { NODE_OPTIONS: INSPECTABLE } };
    const stage = await Stage.bare({ lane, scenario: WORLD, flags, replicas: 1 });
    await lane.hands.have(QUIET);
    const samples = await disturbed(stage, minutes * 60_000, say);
    return verdict(samples, say);
  } finally {
    await lane.close();
  }
}

type Samples = Map<string, Sample[]>;

async function disturbed(stage: Stage, durationMs: number, say: SoakOptions['say']): Promise<Samples> {
  const samples: Samples = new Map(Object.keys(BOUNDS).map((name) => [name, []]));
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  let [rotations, faults, sampled] = [0, 0, 0];
  while (elapsed() < durationMs) {
    if (elapsed() >= faults * FAULT_MS) spoil(stage, faults++);
    await stage.lane.hands.have(ownSource(`soak-${++rotations}`));
    if (elapsed() >= sampled * SAMPLE_MS) {
      sampled += 1;
      say(await sample(stage, elapsed() / 1000, samples));
    }
    await pause(ROTATE_MS);
  }
  stage.endFaults();
  await untilDelivered(stage, `soak-${rotations}`);
  say(`${rotations} rotations of ${SCOPES} Secrets, ${faults} faults; all Secrets have the last value`);
  return samples;
}

/** One fault after another: answers to writes, an end of all watches, and lists that are too old. */
function spoil(stage: Stage, nth: number): void {
  const { proxy } = stage.replica;
  // what was armed and never met is not kept
  proxy.clear();
  const fault = FAULTS[nth % (FAULTS.length + 2)];
  if (fault) proxy.onRequest({ match: ({ kind }) => kind === 'write', nth: 3, times: 2, fault });
  else if (nth % 2 === 0) proxy.cut();
  else proxy.onWatch({ match: () => true, fault: { kind: 'error-event', code: 410, reason: 'Expired' } });
}

async function sample({ replica }: Stage, at: number, samples: Samples): Promise<string> {
  const { process: operator } = replica;
  if (!operator || operator.ended)
    throw new Error(`the operator has ended: ${operator?.output.slice(-2000)}`);
  const metrics = await operator.metrics();
  const measured: Record<string, number> = {
    'heap after a collection': await collectedHeapMb(operator),
    'resident memory': (await processUsage(operator.pid)).residentMb,
    handles: (await readdir(`/proc/${operator.pid}/fd`)).length,
    'event-loop delay p99': metricSum(metrics, 'nodejs_eventloop_lag_p99_seconds') * 1000,
  };
  for (const [name, value] of Object.entries(measured)) samples.get(name)?.push({ at, value });
  const told = Object.entries(measured).map(([name, value]) => `${name} ${value.toFixed(1)}`);
  return `${at.toFixed(0).padStart(5)} s  ${told.join('  ')}`;
}

async function untilDelivered(stage: Stage, value: string): Promise<void> {
  await until(
    async () => {
      const secrets = await Promise.all(
        Array.from({ length: SCOPES }, (_, index) => stage.lane.cluster.secret(WEB, `app-${index}`)),
      );
      const wrong = secrets.filter((secret) => secret?.data['OWN'] !== value).length;
      if (wrong > 0) throw new Error(`${wrong} of ${SCOPES} Secrets have not got the last value`);
    },
    { timeout: 60_000, interval: 500 },
  );
}

function verdict(samples: Samples, say: SoakOptions['say']): boolean {
  const judged = Object.entries(BOUNDS).map(([name, { perHour, unit }]) => {
    const found = flatness(samples.get(name) ?? [], { perHour });
    const by = `${found.perHour.toFixed(1)} ${unit} more an hour, ${perHour} are allowed`;
    say(`${found.isFlat ? 'flat' : 'NOT FLAT'}: ${name} ${found.last.toFixed(1)} ${unit} at the end; ${by}`);
    return found.isFlat;
  });
  return judged.every((isFlat) => isFlat);
}
