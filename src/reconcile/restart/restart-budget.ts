/**
 * Owns: what each organization restarted within the last hour, and which rollouts have not ended. Kept in memory: after
 * a restart of the operator it is learnt again from the workloads that it looks at, and the bound of each workload is
 * written on the workload itself.
 */
import type { Instant } from '../../model/approval.ts';
import { mergeMarks, RESTARTS_OF_A_WORKLOAD, type RestartMark } from '../../model/restart-marks.ts';
import { HOUR_MS, isRolling, type OrganizationState } from '../../resolve/decide-restart.ts';

interface Restarted {
  readonly marks: readonly RestartMark[];
  readonly rolledOut: boolean;
}

// at most 100 restarts an hour begin in an organization; what an operator before this one did may be as many again.
// 200 workloads with 6 marks of 100 bytes each are 120 kB an organization that is busy, nothing one that is not
type Organization = Map<string, Restarted>;

export class RestartBudget {
  readonly #organizations = new Map<string, Organization>();
  #allPrunedAt: Instant = 0;

  /** What is remembered of a workload, newest first. */
  marksOf(organization: string, workload: string): readonly RestartMark[] {
    return this.#organizations.get(organization)?.get(workload)?.marks ?? [];
  }

  /** What the organization restarted, and which of the other workloads are rolling. */
  others(organization: string, workload: string, now: Instant): OrganizationState {
    this.#pruneAll(now);
    const all = [...this.#pruned(organization, now)];
    const others = all.filter(([key]) => key !== workload).map(([, restarted]) => restarted);
    const restarts = all.flatMap(([, { marks }]) => marks.map(({ at }) => at));
    return {
      restarts: restarts.filter((at) => at <= now && now - at < HOUR_MS).sort((a, b) => b - a),
      rollouts: others.filter((one) => isRolling({ createdAt: 0, ...one }, now)).length,
    };
  }

  /** What the workload itself says; also a restart that is about to be written, so that nobody takes the same place. */
  note(organization: string, workload: string, marks: readonly RestartMark[], rolledOut: boolean): void {
    if (marks.length === 0) return;
    const known = this.#organizations.get(organization) ?? new Map<string, Restarted>();
    const all = mergeMarks(marks, known.get(workload)?.marks ?? []);
    known.set(workload, { marks: all.slice(0, RESTARTS_OF_A_WORKLOAD), rolledOut });
    this.#organizations.set(organization, known);
  }

  /** It was not written after all. */
  giveBack(organization: string, workload: string, mark: RestartMark): void {
    const known = this.#organizations.get(organization);
    const restarted = known?.get(workload);
    if (!known || !restarted) return;
    const marks = restarted.marks.filter(({ at }) => at !== mark.at);
    known.set(workload, { marks, rolledOut: true });
  }

  /** Also those that nobody asks about any more. */
  #pruneAll(now: Instant): void {
    if (now - this.#allPrunedAt < HOUR_MS) return;
    this.#allPrunedAt = now;
    for (const organization of this.#organizations.keys()) this.#pruned(organization, now);
  }

  #pruned(organization: string, now: Instant): Organization {
    const known: Organization = this.#organizations.get(organization) ?? new Map();
    for (const [workload, { marks }] of known) {
      if (marks.every(({ at }) => now - at >= HOUR_MS)) known.delete(workload);
    }
    if (known.size === 0) this.#organizations.delete(organization);
    return known;
  }
}
