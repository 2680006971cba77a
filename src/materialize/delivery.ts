import type { PlanLine, TargetPlan } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import type { LineValue, LineVersion } from '../model/value-answer.ts';
import type { Kept } from './compare-target.ts';
import type { Holder, MayStay, SeenGenerations } from './delivery-record.ts';
import type { Keyring } from './keyring.ts';
import type { ObservedTarget } from './observed-target.ts';
import type { TargetWriter } from './target-writer.ts';

/** What one Secret is to become: by whom, from what, and where. There is one way to write a Secret. */
export interface Delivery {
  readonly plan: TargetPlan;
  readonly holder: Holder;
  readonly suspended: boolean;
  readonly observed: ObservedTarget | undefined;
  readonly versions: ReadonlyMap<PlanLine, LineVersion>;
  readonly mayStay: MayStay;
  /** What all of this was decided on. */
  readonly seen: SeenGenerations;
  /** Workloads are to be restarted when data change. Milliseconds since 1970, by the API server's clock. */
  readonly restartAt?: number | undefined;
  /** Of a Snapshot: what is written is immutable, and owned by its claim. */
  readonly once?: boolean;
}

/** Reads the values of lines; given by the caller, since stages do not know each other. */
export type ReadValues = (
  lines: readonly { line: PlanLine; version: string }[],
) => Promise<readonly LineValue[]>;

export interface DeliveryDeps {
  readonly writer: TargetWriter;
  readonly keyring: Keyring;
  readonly read: ReadValues;
  readonly signal: AbortSignal;
}

/** What is true of the Secret afterwards, for the report. */
interface Fate {
  readonly observed: ObservedTarget | undefined;
  /** Data keys that left, whatever became of the others. */
  readonly removed: readonly string[];
  readonly kept: readonly Kept[];
}

export interface Delivered extends Fate {
  readonly kind: 'delivered';
  readonly written: readonly string[];
  readonly foreign: readonly string[];
  readonly created: boolean;
  readonly replaced: boolean;
  /** Keys that somebody had edited were written again. */
  readonly repaired: boolean;
}

/** Something stands in the way: nothing new was written. */
export interface Stopped extends Fate {
  readonly kind: 'stopped';
  readonly reason: Reason;
  readonly message: string;
}

/** The world moved on while this was decided: plan again. */
export interface Stale extends Fate {
  readonly kind: 'stale';
}

export type DeliveryOutcome = Delivered | Stopped | Stale;
