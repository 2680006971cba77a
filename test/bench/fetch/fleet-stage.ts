/**
 * Owns: a provider and the operator in front of it, on one simulated clock.
 * Called by: the runs.
 */
import type { CloudProfile } from './cloud-profiles.ts';
import { EventClock, seededRandom } from './event-clock.ts';
import { type FleetWorld, keysOf, worldOf } from './fleet-world.ts';
import { type Delivered, ScopeFleet } from './scope-fleet.ts';
import { SimulatedBackend } from './simulated-backend.ts';
import { SimulatedProvider } from './simulated-provider.ts';

// a cold start takes minutes; whoever takes half a day never ends
const LIMIT_MS = 12 * 3_600_000;

export interface StageOptions {
  readonly profile: CloudProfile;
  readonly scopes: number;
  /** whether changes are pushed */
  readonly push: boolean;
}

export class FleetStage {
  readonly clock = new EventClock();
  readonly random = seededRandom(1);
  readonly profile: CloudProfile;
  readonly world: FleetWorld;
  readonly provider: SimulatedProvider;
  fleet: ScopeFleet;

  constructor({ profile, scopes, push }: StageOptions) {
    this.profile = profile;
    this.world = worldOf(scopes, profile.name);
    const { clock, random } = this;
    this.provider = new SimulatedProvider({ profile, clock, random, keys: keysOf(this.world) });
    this.fleet = this.#open(push, new Map());
  }

  /** The operator ends; another one finds what it had delivered. */
  async restart({ push }: { readonly push: boolean }): Promise<void> {
    await this.fleet.close();
    this.fleet = this.#open(push, this.fleet.delivered);
  }

  /** Runs until every scope is complete; simulated milliseconds. */
  async complete(): Promise<number> {
    const began = this.clock.monotonic();
    this.fleet.start();
    if (!(await this.clock.until(() => this.fleet.isComplete, LIMIT_MS))) {
      const { completeAt } = this.fleet;
      throw new Error(`${completeAt.size} of ${this.world.scopes.length} scopes are complete`);
    }
    return this.clock.monotonic() - began;
  }

  #open(push: boolean, delivered: Delivered): ScopeFleet {
    const { clock, random, provider, world } = this;
    const open = () => new SimulatedBackend(provider, clock, { push });
    const account = `${this.profile.name}:one`;
    return new ScopeFleet({ world, clock, random, delivered, connect: () => ({ account, open }) });
  }
}
