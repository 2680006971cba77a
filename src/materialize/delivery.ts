import type { PlanLine, TargetPlan } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import type { LineValue, LineVersion } from '../model/value-answer.ts';
import type { Kept } from './compare-target.ts';
import type { Holder } from './delivery-record.ts';
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
export interface Delivered {
  readonly kind: 'delivered';
  readonly observed: ObservedTarget | undefined;
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly kept: readonly Kept[];
  readonly foreign: readonly string[];
  readonly created: boolean;
  readonly replaced: boolean;
  readonly repaired: boolean;
}

export type DeliveryOutcome =
  | Delivered
  | {
      readonly kind: 'stopped';
      readonly reason: Reason;
      readonly message: string;
      readonly kept: readonly Kept[];
    }
  | { readonly kind: 'stale' };
