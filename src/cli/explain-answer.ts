/** Owns: everything that explain says of a scope, as `-o json` prints it. Used by: explain-verb.ts, explain-tree.ts. Pure. */
import type { Facts, NamespaceFacts, ScopeFacts } from '../model/facts.ts';
import type { ResolvedNames, Violation } from '../model/plan.ts';
import { isUnguardedProduction, UNGUARDED_PRODUCTION } from '../model/unguarded-production.ts';
import { admitsClaim } from '../resolve/claim-admission.ts';
import { resolve } from '../resolve/resolve.ts';
import type { ScopeView } from '../watch/views.ts';
import type { LevelsWorld } from '../watch/world.ts';
import { type Delivered, deliveredOf, type OperatorSays, operatorSays } from './explain-delivered.ts';
import { type Gate, type GateRequest, gateRules, refusedIn, waitingFor } from './explain-gate.ts';
import { explainNames, type NameExplanation } from './explain-names.ts';
import type { TargetRecord } from './explain-record.ts';
import { placeOf, refusedAbove } from './explain-rules.ts';

export interface ExplainedName extends NameExplanation {
  /** Where it is now; absent: nowhere that the caller can see. */
  readonly delivered?: readonly Delivered[];
  /** One word from status.targets, where the name is not delivered or keeps an older value. */
  readonly operatorSays?: string;
  /** Requests that have to be approved before this name is delivered as explained here. */
  readonly waitsFor?: readonly string[];
  /** Requests that reviewers, or time, decided against: not delivered as explained here. */
  readonly notDelivered?: readonly string[];
}

export interface Explanation {
  readonly scope: string;
  readonly level: string;
  /** Whom a claim would be for; absent: the scope's own namespace. */
  readonly for?: string;
  readonly source: 'cluster' | 'files';
  readonly sealingKey?: string;
  readonly ready?: OperatorSays['ready'];
  readonly gate?: Gate;
  /** Who is restarted when data of its Secrets change, and why somebody still has older data. */
  readonly restarts?: readonly string[];
  /** Nothing is delivered. */
  readonly refused?: readonly Violation[];
  /** Levels that are known and hand nothing down, and by which rule. */
  readonly refusedLevels?: readonly {
    readonly level: string;
    readonly scope: string;
    readonly rule: string;
    readonly why: string;
  }[];
  readonly notes: readonly string[];
  readonly names: readonly ExplainedName[];
}

/** What is known, from a cluster or from files. */
export interface Known {
  readonly source: Explanation['source'];
  readonly view: ScopeView;
  readonly facts: Facts;
  readonly world: LevelsWorld;
  readonly targets: readonly TargetRecord[];
  readonly requests: readonly GateRequest[];
  /** Where the view ends. */
  readonly notes: readonly string[];
  /** A level, backend or Namespace is missing from the view. */
  readonly isPartial: boolean;
}

export function explanationOf(
  known: Known,
  only: string | undefined,
  other: NamespaceFacts | undefined,
): Explanation {
  const { facts, view, source } = known;
  const { spec } = facts.scope;
  const says = operatorSays(view);
  const about = {
    scope: placeOf(facts.scope.id),
    level: spec.level,
    ...(other && { for: other.name }),
    source,
    ...(says.sealingKey !== undefined && { sealingKey: says.sealingKey }),
    ...(says.ready && { ready: says.ready }),
    ...(!other && restartsOf(view)),
    ...(spec.protection && { gate: { ...gateRules(spec.protection), requests: known.requests } }),
  };
  const guard = unguarded(facts.scope);
  const stale = says.ready && !says.upToDate ? ['the operator has not looked at this generation yet'] : [];
  const resolution = resolve(facts, other);
  const violations = [
    ...(resolution.kind === 'refused' ? resolution.violations : []),
    ...(other ? claimRefusals(facts, other) : []),
  ];
  if (violations.length > 0 || resolution.kind === 'refused')
    return { ...about, refused: violations, notes: [...known.notes, ...stale, ...guard], names: [] };
  const names = explainNames(facts, resolution, other ?? facts.scope.namespace, only);
  return {
    ...about,
    ...refusedLevels(facts),
    notes: [...known.notes, ...stale, ...guard, ...doubts(resolution, known)],
    names: names.map((name) => withCluster(name, known, says, other === undefined)),
  };
}

function unguarded({ id, spec }: ScopeFacts): string[] {
  return isUnguardedProduction(spec, id.name) ? [`${placeOf(id)}: ${UNGUARDED_PRODUCTION}`] : [];
}

function refusedLevels(facts: Facts): Pick<Explanation, 'refusedLevels'> {
  const refused = refusedAbove(facts);
  if (!refused) return {};
  const { levels, rule, why } = refused;
  return {
    refusedLevels: levels.map(({ id, spec }) => ({ level: spec.level, scope: placeOf(id), rule, why })),
  };
}

/** What keeps another namespace from claiming anything at all. */
function claimRefusals(facts: Facts, other: NamespaceFacts): Violation[] {
  const scope = placeOf(facts.scope.id);
  const refusal = (path: string, message: string): Violation[] => [{ path, reason: 'NotAvailable', message }];
  if (facts.scope.spec.level === 'Organization')
    return refusal(
      'spec.level',
      `nobody claims from the Organization ${scope}; ask one of its repositories or environments`,
    );
  if (admitsClaim(facts, other)) return [];
  return refusal(
    'spec.consumers',
    `spec.consumers of ${scope} does not admit namespace ${other.name}, or spec.children of a level does not trust it`,
  );
}

/** What else keeps the answer from being final. Where the view ends, a missing parent proves nothing. */
function doubts({ parentRefused, uncertain, notes }: ResolvedNames, { isPartial }: Known): string[] {
  const told = notes.map(({ message }) => message);
  if (uncertain?.reason === 'DiscoveryPending')
    return [
      ...told,
      'names found by spec.discover are not shown here: only the operator lists them; see status.supplied',
    ];
  if (isPartial) return [...told, 'names of the levels above may be missing here'];
  return [...told, ...[parentRefused?.message, uncertain?.message].filter((text) => text !== undefined)];
}

function restartsOf({ spec, conditions }: ScopeView): { restarts?: readonly string[] } {
  const targets = spec.kind === 'ok' ? (spec.value.targets ?? []) : [];
  const named = targets.flatMap(({ secretName, restart }) => {
    const workloads = (restart?.workloads ?? []).map(({ kind, name }) => `${kind} ${name}`);
    return workloads.length > 0 ? [`Secret ${secretName} restarts ${workloads.join(', ')}`] : [];
  });
  const pending = conditions.find(({ type, status }) => type === 'RestartPending' && status === 'True');
  const held = pending ? [`${pending.reason}: ${pending.message}`] : [];
  return named.length + held.length > 0 ? { restarts: [...named, ...held] } : {};
}

function withCluster(
  name: NameExplanation,
  { facts, world, targets, requests, view: asked }: Known,
  says: OperatorSays,
  isOwn: boolean,
): ExplainedName {
  const candidates = name.candidates.map((candidate) => {
    const view = candidate.scope === placeOf(facts.scope.id) ? undefined : world.scopes.get(candidate.scope);
    const there = view && operatorSays(view).supplied.get(name.name);
    const isFromThere = there?.from === `${candidate.level} ${candidate.scope}`;
    return isFromThere ? { ...candidate, version: there.version } : candidate;
  });
  if (!isOwn) return { ...name, candidates };
  const delivered = deliveredOf(name.name, facts, targets, says);
  const told = says.names.get(name.name);
  const waitsFor = waitingFor(name.name, requests).map(({ request }) => request);
  const refused = refusedIn(name.name, requests, asked).map(({ request, state }) => `${request}: ${state}`);
  return {
    ...name,
    candidates,
    ...(refused.length > 0 && { notDelivered: refused }),
    ...(delivered.length > 0 && { delivered }),
    ...(told !== undefined && { operatorSays: told }),
    ...(waitsFor.length > 0 && { waitsFor }),
  };
}
