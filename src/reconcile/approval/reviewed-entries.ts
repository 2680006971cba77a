/**
 * Owns: whether reviewers have seen every entry of a scope as it is now. Whoever wrote one that no target delivers is still
 * its author when somebody claims it (THREATS 12).
 */
import { requestedPlan } from '../../gate/requested-plan.ts';
import type { LedgerEntry } from '../../model/approval.ts';
import type { Facts } from '../../model/facts.ts';
import type { KeyPlan } from '../../model/plan.ts';
import { subjectOf } from '../../model/request-subject.ts';
import { resolve } from '../../resolve/resolve.ts';
import { planTarget } from '../../resolve/target-plan.ts';
import { type Decided, isSettled } from './gate-result.ts';
import type { GateInput } from './gate-round.ts';

/**
 * Whether whoever changed the scope has been answered: its targets have what they want, and every entry was seen. A claim
 * that was decided says nothing of all the rest.
 */
export function isAnswered(
  { spec, party, facts }: GateInput,
  decisions: readonly Decided[],
  entries: readonly LedgerEntry[],
): boolean {
  if (party.kind !== 'targets' || spec.protection === undefined) return false;
  return isSettled(decisions, spec) && isReviewed(facts, entries);
}

/** Whether each own entry is a line of a plan that was released. Without any, and without targets, nothing was seen. */
function isReviewed(facts: Facts, entries: readonly LedgerEntry[]): boolean {
  const lines = ownLines(facts);
  if (lines === undefined) return false;
  // what its targets want of the levels above was answered by itself
  if (lines.length === 0) return (facts.scope.spec.targets ?? []).length > 0;
  const seen = new Set(
    entries
      .filter(({ grant }) => grant !== undefined)
      .flatMap(({ subject }) => subject.lines.map(({ id, digest }) => `${id} ${digest}`)),
  );
  return lines.every((line) => seen.has(line));
}

/** Of every entry that supplies its name here; undefined while one of them cannot be told. */
function ownLines(facts: Facts): string[] | undefined {
  const { id, spec, namespace } = facts.scope;
  const resolution = resolve(facts);
  if (resolution.kind === 'refused') return undefined;
  const include = (spec.secrets ?? []).map(({ name }) => name);
  const plan = planTarget(resolution, { secretName: id.name, include }, namespace);
  if (plan.keys.some(({ kind }) => kind === 'keep')) return undefined;
  const consumer = { kind: 'Target', namespace: namespace.name, name: id.name } as const;
  const requester = { scopeRef: { name: id.name, uid: id.uid }, consumer, pin: 'Access' } as const;
  const isOwn = (key: KeyPlan) =>
    key.kind === 'deliver' && key.lines.every(({ scope }) => scope.uid === id.uid);
  const own = { ...plan, keys: plan.keys.filter(isOwn) };
  const { lines } = subjectOf(requestedPlan(requester, [own], () => undefined, undefined).plan);
  return lines.filter(({ id: line }) => line.startsWith('name ')).map((line) => `${line.id} ${line.digest}`);
}
