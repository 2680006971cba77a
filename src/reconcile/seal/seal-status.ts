/** Owns: what a sealed value says of itself. Used by: reconcile-seals.ts. */
import type { Json } from '../../model/canonical-json.ts';
import type { SealedState } from '../../model/kinds/sealed-value.ts';
import { MAX_USED_BY } from '../../model/kinds/sealed-value.ts';
import { conditionsFor, type Finding } from '../../report/conditions.ts';
import type { SealedView } from '../../watch/writing-views.ts';
import type { SealOutcome, Stored } from './seal-outcome.ts';

export type Told = Exclude<SealOutcome, { kind: 'stale' }>;

export function findingOf(outcome: Told): Finding {
  const { message } = outcome;
  switch (outcome.kind) {
    case 'done':
      return { reason: outcome.state === 'Stored' ? 'Stored' : 'Destroyed', message };
    case 'inUse':
      return { reason: 'InUse', message };
    case 'waits':
    case 'refused':
      return { reason: outcome.reason, message };
    default:
      throw new Error(`no finding is known for this outcome: ${JSON.stringify(outcome satisfies never)}`);
  }
}

export function sealStatus(seal: SealedView, outcome: Told, now: string): Json {
  const finding = findingOf(outcome);
  const findings = outcome.kind === 'done' ? [] : [finding];
  const conditions = conditionsFor(findings, finding, seal.generation, seal.conditions, now);
  const stored = outcome.kind === 'done' ? outcome.stored : storedBefore(seal);
  const status: Record<string, Json | undefined> = {
    observedGeneration: seal.generation,
    conditions: conditions.map((condition) => ({ ...condition })),
    state: stateOf(outcome),
    stored: stored && { ...stored },
    usedBy: outcome.kind === 'inUse' ? outcome.usedBy.slice(0, MAX_USED_BY) : undefined,
    lastHandledReconcileAt: seal.requestedAt,
  };
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)) as Json;
}

/** What was done last stays told while another box waits. */
export function storedBefore({ status }: SealedView): Stored | undefined {
  return (status as { readonly stored?: Stored } | undefined)?.stored;
}

function stateOf(outcome: Told): SealedState {
  switch (outcome.kind) {
    case 'done':
      return outcome.state;
    case 'inUse':
      return 'InUse';
    case 'waits':
      return 'Waiting';
    case 'refused':
      return 'Refused';
    default:
      throw new Error(`no state is known for this outcome: ${JSON.stringify(outcome satisfies never)}`);
  }
}
