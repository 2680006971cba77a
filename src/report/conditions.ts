import { withoutTokens } from '../mask/foreign-text.ts';
import type { Condition } from '../model/kinds/common.ts';
import { gravest, type Reason, reasonPolicy } from '../model/reasons.ts';

/** Something that is true of an object, for its conditions. */
export interface Finding {
  readonly reason: Reason;
  readonly message: string;
}

// messages are read in kubectl describe and copied by tools: long ones are cut, never the list of findings
const MAX_MESSAGE = 2_000;

/**
 * The conditions that kstatus, Flux and Argo CD understand: Ready always; Reconciling and Stalled only while
 * True. The gravest finding gives Ready its reason; the message says how many more there are.
 */
export function conditionsFor(
  findings: readonly Finding[],
  good: Finding,
  generation: number,
  before: readonly Condition[],
  now: string,
): Condition[] {
  const bad = findings.filter((finding) => reasonPolicy(finding.reason).ready === 'False');
  const shown = gravest(bad) ?? good;
  const policy = reasonPolicy(shown.reason);
  const wanted: Omit<Condition, 'lastTransitionTime'>[] = [
    {
      type: 'Ready',
      status: policy.ready,
      reason: shown.reason,
      message: messageOf(shown, bad),
      observedGeneration: generation,
    },
  ];
  if (policy.ready === 'False' && policy.over !== true) {
    const type = policy.stalled ? 'Stalled' : 'Reconciling';
    wanted.push({
      type,
      status: 'True',
      reason: shown.reason,
      message: messageOf(shown, bad),
      observedGeneration: generation,
    });
  }
  return wanted.map((condition) => withTransition(condition, before, now));
}

/** A condition of another type that is shown only while it holds. */
export function extraCondition(
  type: string,
  finding: Finding,
  generation: number,
  before: readonly Condition[],
  now: string,
): Condition {
  const { reason, message } = finding;
  return withTransition(
    { type, status: 'True', reason, message: shownMessage(message), observedGeneration: generation },
    before,
    now,
  );
}

/** `lastTransitionTime` moves only when the status does: a new message is no transition. */
function withTransition(
  condition: Omit<Condition, 'lastTransitionTime'>,
  before: readonly Condition[],
  now: string,
): Condition {
  const old = before.find((other) => other.type === condition.type);
  const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now;
  return { ...condition, lastTransitionTime };
}

function messageOf(shown: Finding, bad: readonly Finding[]): string {
  const others = new Set(
    bad.filter((finding) => finding.message !== shown.message).map((finding) => finding.message),
  );
  if (others.size === 0) return shownMessage(shown.message);
  const next = [...others].slice(0, 3).join('; ');
  const rest = others.size > 3 ? `; and ${others.size - 3} more` : '';
  return shownMessage(`${shown.message}; ${next}${rest}`);
}

/**
 * As the API server stores it: half a character would come back as another one and differ for ever. Tokens are masked
 * before it is cut: names that others chose stand in it.
 */
export function shownMessage(message: string): string {
  const masked = withoutTokens(message, 'condition');
  const short = masked.length > MAX_MESSAGE ? `${masked.slice(0, MAX_MESSAGE - 3)}...` : masked;
  return short.toWellFormed();
}
