/**
 * Owns: what is said of each name of a scope, as `-o json` prints it. Used by: explain-verb.ts. Pure.
 * The fields are documented in docs/reference/cli.md and keep their meaning.
 */
import type { Facts, NamespaceFacts } from '../model/facts.ts';
import { byName } from '../model/names.ts';
import type { Candidate, NameAnswer, PlanLine, ResolvedNames } from '../model/plan.ts';
import { buildChain, type Link } from '../resolve/chain.ts';
import { answerOf } from '../resolve/resolve.ts';
import {
  accessText,
  type Judged,
  placeOf,
  type RefusedLevel,
  refusedAbove,
  ruleAgainst,
} from './explain-rules.ts';
import { backendName, isUnseen } from './offline-facts.ts';

export interface ExplainedCandidate {
  readonly level: string;
  readonly scope: string;
  readonly key: string;
  readonly verdict: Candidate['verdict'] | 'notAdmitted' | 'notTrusted';
  readonly locked: boolean;
  /** The field whose rule decided against it. */
  readonly rule?: Judged['rule'];
  readonly why?: string;
  /** The version that was delivered from there last, as the status of that scope tells. */
  readonly version?: string;
}

export interface Supplier {
  readonly level: string;
  readonly scope: string;
  readonly key: string;
  readonly property?: string;
  /** Only where the entry names one. */
  readonly version?: string;
  readonly backend: string;
  /** True: nobody here can tell whether the backend grants the key. */
  readonly backendUnseen?: true;
}

export interface NameExplanation {
  readonly name: string;
  readonly answer: NameAnswer['kind'];
  readonly reason?: string;
  readonly message?: string;
  readonly suppliedBy?: Supplier;
  readonly candidates: readonly ExplainedCandidate[];
}

/** `only`: that name, also where nobody has heard of it. */
export function explainNames(
  facts: Facts,
  resolution: ResolvedNames,
  destination: NamespaceFacts,
  only: string | undefined,
): NameExplanation[] {
  const { links } = buildChain(facts);
  const refused = refusedAbove(facts);
  const names = only === undefined ? namesOf(resolution, refused) : [only];
  return names.map((name) => {
    const candidates = [
      ...candidatesOf(resolution, name, links, destination),
      ...(refused ? candidatesBeyond(refused, name) : []),
    ];
    return { ...answered(name, answerOf(resolution, name)), candidates };
  });
}

/** Also those that only a level has which hands nothing down: its owner asks why they do not arrive. */
function namesOf(resolution: ResolvedNames, refused: RefusedLevel | undefined): string[] {
  const beyond = (refused?.levels ?? []).flatMap(({ spec }) => (spec.secrets ?? []).map(({ name }) => name));
  return [...new Set([...resolution.names.keys(), ...beyond])].sort(byName);
}

function answered(name: string, answer: NameAnswer): Omit<NameExplanation, 'candidates'> {
  if (answer.kind !== 'line')
    return { name, answer: answer.kind, reason: answer.reason, message: answer.message };
  return { name, answer: 'line', suppliedBy: supplierOf(answer.line) };
}

export function supplierOf(line: PlanLine): Supplier {
  const { level, scope, key, property, version, backend } = line;
  return {
    level,
    scope: placeOf(scope),
    key,
    ...(property === undefined ? {} : { property }),
    ...(version === undefined ? {} : { version }),
    backend: backendName(backend.refKind, backend.id.name, scope.namespace),
    ...(isUnseen(line) && { backendUnseen: true as const }),
  };
}

/** How each level that reaches the scope took part, with the rule that decided against it. */
export function candidatesOf(
  resolution: ResolvedNames,
  name: string,
  links: readonly Link[],
  destination: NamespaceFacts,
): ExplainedCandidate[] {
  const candidates = resolution.names.get(name)?.candidates ?? [];
  const winner = candidates.find(({ verdict }) => verdict === 'supplies');
  return candidates.map((candidate) => {
    const { level, scope, key, verdict, locked } = candidate;
    const judged = withPolicy(ruleAgainst(candidate, winner, links, destination), candidate, name, links);
    return { level, scope: placeOf(scope), key, verdict, locked, ...judged };
  });
}

/** Of an entry that is written down, the policy itself can be told. */
function withPolicy(
  judged: Judged | undefined,
  { scope, explicit }: Candidate,
  name: string,
  links: readonly Link[],
): Judged | undefined {
  const link = links.find((one) => placeOf(one.scope.id) === placeOf(scope));
  if (judged?.rule !== 'access' || !explicit || !link) return judged;
  const entry = link.scope.spec.secrets?.find((one) => one.name === name);
  return { rule: 'access', why: accessText(entry?.access, link) };
}

function candidatesBeyond({ levels, rule, why }: RefusedLevel, name: string): ExplainedCandidate[] {
  const verdict = rule === 'trusted' ? 'notTrusted' : 'notAdmitted';
  return levels.flatMap(({ id, spec }) =>
    (spec.secrets ?? [])
      .filter((entry) => entry.name === name)
      .map(({ from, locked = false }) => ({
        level: spec.level,
        scope: placeOf(id),
        key: from.key,
        verdict,
        locked,
        rule,
        why,
      })),
  );
}
