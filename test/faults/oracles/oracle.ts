/** What an oracle is given, and how it answers. */
import type { AuditEntry } from '../../cluster/audit-log.ts';
import type { Receipt } from '../../scenarios-support/webhook-receiver.ts';
import type { CastVote, FaultScenario } from '../fault-scenario.ts';
import type { SeenRequest } from '../proxy/fault-proxy.ts';
import type { Times } from '../stage.ts';

export interface Evidence {
  readonly scenario: FaultScenario;
  readonly times: Times;
  /** every request of every replica since the plan began, in order of arrival at its proxy */
  readonly seen: readonly SeenRequest[];
  /** the API server's own account of the same time */
  readonly audited: readonly AuditEntry[];
  /** votes that the scenario has cast, those before the plan began included */
  readonly votes: readonly CastVote[];
  /** SecretRequests as they are stored at the end */
  readonly requests: readonly object[];
  /** SealedValues, ledgers and Secrets as they are stored at the end */
  readonly sealed: readonly object[];
  readonly ledgers: readonly object[];
  readonly secrets: readonly object[];
  /** what webhooks brought since the world was made, and how many answers to them were spoilt */
  readonly receipts: readonly Receipt[];
  readonly spoilt: number;
  /** how often an operator may not have learned that a write was stored; 0 in the clean run */
  readonly interruptions: number;
  /** how many requests of one label the clean run made */
  readonly cleanCounts: ReadonlyMap<string, number>;
  /** everything but target Secrets where a value could show: name → text */
  readonly channels: ReadonlyMap<string, string>;
  /** keys that wait for a time, now and at the end of the clean run */
  readonly delayed: { readonly now: number; readonly clean: number };
}

/** One line for each violation; none when the evidence is as it has to be. */
export type Oracle = (evidence: Evidence) => string[];
