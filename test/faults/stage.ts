/**
 * Owns: one scenario in one lane, from the settled world before to the settled world after.
 * Used by: clean runs and plans, which say in between what goes wrong.
 */
import type { AuditMark } from '../cluster/audit-log.ts';
import type { OperatorFlags } from '../scenarios-support/operator-process.ts';
import { until } from '../scenarios-support/until.ts';
import { type Digest, differences, digestOf } from './digest.ts';
import type { FaultScenario, Moment, TargetData } from './fault-scenario.ts';
import type { Lane, Replica } from './lane.ts';
import { toldEvents } from './oracles/told-webhooks.ts';
import type { Armed, SeenRequest } from './proxy/fault-proxy.ts';
import { isChange } from './trace.ts';

/** A plan that cannot be carried out proves nothing, and is no violation of the operator's. */
export class PlanNotCarriedOut extends Error {
  override readonly name = 'PlanNotCarriedOut';
}

export interface StageOptions {
  readonly lane: Lane;
  readonly scenario: FaultScenario;
  readonly flags: OperatorFlags;
  readonly replicas: number;
}

// an operator starts in one or two seconds; a plan may have eight busy lanes beside it
const START_MS = 30_000;
const HIT_MS = 20_000;
// longer than the debounce of anything that writes
const QUIET_MS = 700;
const LOOK_MS = 150;

/** What happened when; performance.now(). */
export interface Times {
  /** the first request of the plan */
  begun: number;
  /** the change was acknowledged by the API server */
  acted: number;
  /** nothing is withheld from the operator any more */
  faultsEnded: number;
  /** the world was right, and quiet for a moment */
  settled: number;
}

export class Stage {
  readonly lane: Lane;
  readonly scenario: FaultScenario;
  readonly flags: OperatorFlags;
  readonly times: Times = { begun: 0, acted: 0, faultsEnded: 0, settled: 0 };
  readonly #replicas: Replica[];
  #started = 0;
  #mark: AuditMark = { offset: 0 };

  private constructor({ lane, scenario, flags }: StageOptions, replicas: Replica[]) {
    this.lane = lane;
    this.scenario = scenario;
    this.flags = flags;
    this.#replicas = replicas;
  }

  /** The objects of the scenario, and operators at work; whether anything has settled is the caller's business. */
  static async bare(options: StageOptions): Promise<Stage> {
    const { lane, scenario, replicas } = options;
    await lane.prepare(scenario);
    const made: Replica[] = [];
    for (let count = 0; count < replicas; count++) made.push(await lane.addReplica());
    const stage = new Stage(options, made);
    if (!scenario.startsOperator) await stage.#startAll();
    return stage;
  }

  /** The settled world before the act. With `before`, it has to be that one. */
  static async set(options: StageOptions, before?: Digest): Promise<Stage> {
    const { lane, scenario } = options;
    const stage = await Stage.bare(options);
    if (!scenario.startsOperator) {
      await scenario.setUp?.(lane.hands);
      await stage.untilSettled('before', before, START_MS);
    }
    await stage.begin();
    return stage;
  }

  /** What was seen and audited before this is not judged. */
  async begin(): Promise<void> {
    this.#mark = await this.lane.mark();
    this.times.begun = performance.now();
  }

  /** The first replica; the only one in most plans. */
  get replica(): Replica {
    const [first] = this.#replicas;
    if (!first) throw new PlanNotCarriedOut('the plan has no replica');
    return first;
  }

  get replicas(): readonly Replica[] {
    return this.#replicas;
  }

  /** Requests since the plan began, of all replicas, in order. */
  get seen(): SeenRequest[] {
    return this.#replicas
      .flatMap(({ proxy }) => proxy.seen.filter(({ at }) => at >= this.times.begun))
      .toSorted((a, b) => a.at - b.at);
  }

  /** What the API server says was done since the plan began. */
  audited() {
    return this.lane.audit.since(this.#mark);
  }

  async act(): Promise<void> {
    if (this.scenario.startsOperator) for (const replica of this.#replicas) await this.start(replica);
    await this.scenario.act(this.lane.hands);
    this.times.acted = performance.now();
  }

  /** How often a process may have had to go on with what another one had begun. */
  get takeovers(): number {
    const first = this.scenario.startsOperator ? this.#replicas.length : 0;
    return this.#started - first + this.#replicas.length - 1;
  }

  async start(replica: Replica): Promise<void> {
    if (this.times.begun > 0) this.#started += 1;
    await this.lane.start(replica, this.flags);
  }

  async restart(replica: Replica): Promise<void> {
    await replica.process?.kill();
    await this.start(replica);
  }

  /** Nothing is withheld any more. */
  endFaults(): void {
    for (const { proxy } of this.#replicas) proxy.clear();
    this.times.faultsEnded ||= performance.now();
  }

  async hit(armed: Armed, what: string): Promise<void> {
    await until(() => {
      if (armed.hits === 0) throw new PlanNotCarriedOut(`the fault never came to pass: ${what}`);
    }, HIT_MS);
  }

  /** Waits for exactly that world of the scenario, an empty queue, no more keys that wait for a time than that, and a quiet moment. */
  async untilSettled(
    moment: Moment,
    expected: Digest | undefined,
    timeout: number,
    delayedAtMost = Number.POSITIVE_INFINITY,
  ): Promise<Digest> {
    const since = performance.now();
    const digest = await until(
      async () => {
        await this.requireIdle(since);
        const seen = await digestOf(this.lane);
        requireTargets(this.scenario[moment], seen.targets);
        requireStates('requests', this.scenario.requests?.[moment] ?? [], seen.requests);
        requireStates(
          'webhooks told',
          this.scenario.told?.[moment] ?? [],
          toldEvents(this.lane.receiver.receipts),
        );
        requireStates('sealed values', this.scenario.sealed?.[moment] ?? [], seen.sealed);
        const different = expected ? differences(expected, seen) : [];
        if (different.length > 0) throw new Error(different.join('\n'));
        const delayed = await this.delayed();
        if (delayed > delayedAtMost) throw new Error(`${delayed} keys wait for a time, not ${delayedAtMost}`);
        // the world was read while it may have been written
        await this.requireIdle(since);
        return seen;
      },
      { timeout, interval: LOOK_MS },
    );
    this.times.settled = performance.now();
    return digest;
  }

  /** Whether some replica leads, or will without asking anybody. */
  isWorking(): boolean {
    return this.#replicas.some(
      ({ process, paused }) => process && !paused && !process.ended && process.leads,
    );
  }

  /** Keys that wait for a time, in the replica that works. */
  async delayed(): Promise<number> {
    return gauge(await this.#workingMetrics(), 'secretscope_queue_delayed');
  }

  async #startAll(): Promise<void> {
    for (const replica of this.#replicas) await this.start(replica);
    for (const { process } of this.#replicas) await process?.untilReady(START_MS);
  }

  /** Throws while it works. An operator that was told a moment ago, as of `since`, may not have begun yet. */
  async requireIdle(since: number): Promise<void> {
    const last = this.#replicas.flatMap(({ proxy }) => proxy.seen.filter(isChange)).at(-1);
    const ago = performance.now() - Math.max(last?.at ?? 0, since);
    if (ago < QUIET_MS) throw new Error(`it wrote, or was told, ${Math.round(ago)} ms ago`);
    const waiting = gauge(await this.#workingMetrics(), 'secretscope_queue_length');
    if (waiting > 0) throw new Error(`${waiting} keys wait in the queue`);
  }

  async #workingMetrics(): Promise<string> {
    for (const { process, paused } of this.#replicas) {
      if (!process || paused || process.ended || !process.leads) continue;
      const metrics = await process.metrics();
      if (gauge(metrics, 'secretscope_leading') === 1) return metrics;
    }
    throw new Error(
      `no operator is at work: ${this.#replicas.map(({ process }) => process?.output.slice(-600)).join('\n')}`,
    );
  }
}

function gauge(metrics: string, name: string): number {
  const [, text] = metrics.match(new RegExp(`^${name} (\\S+)$`, 'm')) ?? [];
  if (text === undefined) throw new Error(`/metrics has no ${name}`);
  return Number(text);
}

function requireTargets(expected: TargetData, actual: TargetData): void {
  const [a, b] = [sorted(expected), sorted(actual)];
  if (a !== b) throw new Error(`targets are ${b}, not ${a}`);
}

function requireStates(what: string, expected: readonly string[], actual: readonly string[]): void {
  const [a, b] = [expected.toSorted().join(), actual.join()];
  if (a !== b) throw new Error(`${what} are ${b}, not ${a}`);
}

const sorted = (data: TargetData) =>
  JSON.stringify(
    Object.entries(data)
      .sort()
      .map(([name, keys]) => [name, Object.entries(keys).sort()]),
  );
