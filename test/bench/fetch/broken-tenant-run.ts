/**
 * Owns: the figures of healthy tenants beside one whose backends nobody answers.
 * Called by: cloud-child.ts.
 */
import { type FigureGroup, quantile } from '../figures.ts';
import type { CloudProfile } from './cloud-profiles.ts';
import { EventClock, seededRandom } from './event-clock.ts';
import { backendOf, type FleetWorld, keysOf, scopeOf, upTo, worldOf } from './fleet-world.ts';
import { ScopeFleet } from './scope-fleet.ts';
import { SimulatedBackend } from './simulated-backend.ts';
import { SimulatedProvider } from './simulated-provider.ts';

const HEALTHY = 200;
const BROKEN = 200;
const TENANT = 'broken';
const LIMIT_MS = 6 * 3_600_000;
const LATER_MS = 1_800_000;

interface Outcome {
  /** when each healthy scope was complete, milliseconds */
  readonly ends: readonly number[];
  /** reconciles of the broken tenant that were under way until then, on average */
  readonly hanging: number;
  readonly longestMs: number;
  /** a rotation half an hour later, until the last healthy scope has it, milliseconds */
  readonly rotationMs: number;
}

export async function brokenTenantRun(profile: CloudProfile, figures: FigureGroup): Promise<void> {
  const alone = await measure(profile, 0);
  const beside = await measure(profile, BROKEN);
  const last = (outcome: Outcome) => Math.max(...outcome.ends) / 1_000;
  const p50 = (outcome: Outcome) => quantile(outcome.ends, 0.5) / 1_000;
  figures
    .add('healthy tenants complete: p50', p50(beside), 's')
    .add('– p50 without the broken tenant', p50(alone), 's')
    .add('healthy tenants complete: last', last(beside), 's')
    .add('– last without the broken tenant', last(alone), 's')
    .add('reconciles of the broken tenant under way, on average', beside.hanging, '')
    .add('longest reconcile of the broken tenant', beside.longestMs / 1_000, 's')
    .add('half an hour later, a pushed rotation: last healthy scope', beside.rotationMs / 1_000, 's')
    .add('– a pushed rotation without the broken tenant', alone.rotationMs / 1_000, 's');
}

async function measure(profile: CloudProfile, broken: number): Promise<Outcome> {
  const clock = new EventClock();
  const random = seededRandom(1);
  const world = worldBeside(broken, profile);
  const healthy = new SimulatedProvider({ profile, clock, random, keys: keysOf(world) });
  const nobody = new SimulatedProvider({ profile, clock, random, keys: [] });
  nobody.mishap = { kind: 'hangs' };
  const fleet = new ScopeFleet({
    world,
    clock,
    random,
    // each broken backend is an account of its own
    connect: ({ id: { namespace, name } }) => ({
      account: name,
      open: () => new SimulatedBackend(namespace === TENANT ? nobody : healthy, clock, { push: true }),
    }),
  });
  const began = clock.monotonic();
  const names = world.scopes.filter(({ tenant }) => tenant !== TENANT).map(({ key }) => key);
  fleet.start(shuffled(fleet.everything, random));
  await clock.until(() => names.every((key) => fleet.completeAt.has(key)), LIMIT_MS);
  const ends = names.map((key) => (fleet.completeAt.get(key) ?? Number.POSITIVE_INFINITY) - began);
  const hanging = fleet.times.underWay(Math.max(...ends), TENANT);
  await clock.pass(LATER_MS);
  const rotationMs = await rotate({ clock, fleet, healthy, key: world.inheritedKeys[0] ?? '', names });
  const longestMs = fleet.times.longestMs(TENANT);
  await fleet.close();
  return { ends, hanging, longestMs, rotationMs };
}

interface Rotation {
  readonly clock: EventClock;
  readonly fleet: ScopeFleet;
  readonly healthy: SimulatedProvider;
  readonly key: string;
  readonly names: readonly string[];
}

async function rotate({ clock, fleet, healthy, key, names }: Rotation): Promise<number> {
  const began = clock.monotonic();
  const waiting = new Set(names);
  fleet.onDelivered = (scope, line) => {
    if (line.key === key) waiting.delete(scope.key);
  };
  healthy.rotate(key);
  const isDone = await clock.until(() => waiting.size === 0, LIMIT_MS);
  return isDone ? clock.monotonic() - began : Number.POSITIVE_INFINITY;
}

/** The broken tenant's scopes inherit like all others; what is broken is where their own secrets are. */
function worldBeside(broken: number, { name }: CloudProfile): FleetWorld {
  const world = worldOf(HEALTHY, name);
  const inherited = world.scopes[0]?.lines.filter(({ level }) => level === 'Organization') ?? [];
  const backends = upTo(broken, (index) => {
    const { id, ...rest } = backendOf(`broken-${index}`, name);
    return { ...rest, refKind: 'SecretBackend' as const, id: { ...id, namespace: TENANT } };
  });
  const scopes = backends.map((backend, index) => scopeOf(TENANT, `web-${index}`, backend, inherited));
  return {
    ...world,
    scopes: [...world.scopes, ...scopes],
    backends: [...world.backends, ...backends],
  };
}

/** As the lists of the first start arrive: in no order that favours anybody. */
function shuffled(keys: readonly string[], random: () => number): string[] {
  return keys
    .map((key) => ({ key, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ key }) => key);
}
