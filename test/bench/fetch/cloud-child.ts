/**
 * Owns: a process that takes one cloud through everything, and prints the figures as JSON.
 * Called by: fetch-bench.ts.
 */
import { progress } from '../bench-module.ts';
import { type Figure, FigureGroup } from '../figures.ts';
import { brokenTenantRun } from './broken-tenant-run.ts';
import { type CloudName, type CloudProfile, profileOf } from './cloud-profiles.ts';
import { coldRun } from './cold-run.ts';
import { FleetStage } from './fleet-stage.ts';
import { polledIdleRun, pushedIdleRun } from './idle-run.ts';
import { restartRun } from './restart-run.ts';
import { type Rotations, rotationCost, rotationRun } from './rotation-run.ts';
import { throttledRun } from './throttled-run.ts';

const MINUTE_MS = 60_000;
const LIST_LAG_MS = 5 * MINUTE_MS;
// enough for a p99 that is the worst one
const ROTATIONS = 20;
const ROTATED = 'one organization secret rotated';

class CloudRun {
  /** by name; what belongs together is measured at different times */
  readonly #groups = new Map<string, FigureGroup>();
  readonly #profile: CloudProfile;
  readonly #scopes: number;

  constructor(profile: CloudProfile, scopes: number) {
    this.#profile = profile;
    this.#scopes = scopes;
  }

  get figures(): readonly Figure[] {
    return [...this.#groups.values()].flatMap((group) => group.figures);
  }

  async everything(): Promise<void> {
    const profile = this.#profile;
    const options = { profile, scopes: this.#scopes, push: profile.hasPush };
    const stage = new FleetStage(options);
    const cold = await coldRun(stage, this.#group('cold start'));
    await this.#settle(stage);
    await this.#withPush(stage);
    await restartRun(stage, this.#group('restart with nothing changed'));
    await this.#settle(stage);
    await this.#polled(stage);
    await stage.fleet.close();
    await throttledRun(options, cold, this.#group('half of all requests throttled for 10 minutes'));
    await brokenTenantRun(profile, this.#group('a tenant with 200 backends that hang, beside 200 others'));
  }

  async #withPush(stage: FleetStage): Promise<void> {
    const { hasPush } = this.#profile;
    if (!hasPush) {
      await stage.restart({ push: true });
      await stage.complete();
      await this.#settle(stage);
    }
    const how = hasPush ? 'pushed' : 'if it were pushed';
    await this.#rotations(stage, { how, count: 5, withinMs: 5 * MINUTE_MS, hasAim: true });
    await rotationCost(stage, how, this.#group(ROTATED));
    await pushedIdleRun(stage, this.#group('idle'));
  }

  /** Where there is no list to look at, an interval is hours: seconds do not matter, and ticks may be rare. */
  async #polled(stage: FleetStage): Promise<void> {
    const isListed = this.#profile.capabilities.surveyTells !== undefined;
    const withinMs = (isListed ? 30 : 240) * MINUTE_MS;
    stage.clock.tickMs = isListed ? 1_000 : 30_000;
    await this.#rotations(stage, { how: 'polled', count: ROTATIONS, withinMs, hasAim: false });
    stage.clock.tickMs = 1_000;
    await polledIdleRun(stage, this.#group('idle'));
  }

  /** At AWS once more with a list that lags as far as AWS says it may. */
  async #rotations(stage: FleetStage, rotations: Rotations): Promise<void> {
    const figures = this.#group(ROTATED);
    await rotationRun(stage, rotations, figures);
    if (this.#profile.name !== 'aws') return;
    stage.provider.listLagMs = LIST_LAG_MS;
    const how = `${rotations.how}, list 5 min behind`;
    await rotationRun(stage, { ...rotations, how, hasAim: false }, figures);
    stage.provider.listLagMs = 0;
  }

  /** What a start has left to do. */
  async #settle({ clock }: FleetStage): Promise<void> {
    clock.tickMs = 10_000;
    await clock.pass(10 * MINUTE_MS);
    clock.tickMs = 1_000;
  }

  #group(what: string): FigureGroup {
    const name = `${this.#profile.label}, simulated: ${what}`;
    progress(name);
    const known = this.#groups.get(name) ?? new FigureGroup(name);
    this.#groups.set(name, known);
    return known;
  }
}

const [cloud, scopes] = process.argv.slice(2);
const run = new CloudRun(profileOf(cloud as CloudName), Number(scopes));
await run.everything();
process.stdout.write(JSON.stringify(run.figures), () => process.exit(0));
