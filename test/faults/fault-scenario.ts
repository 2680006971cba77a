/**
 * Owns: what a fault scenario is: a settled world, one change to it, and the world that has to come of it.
 * Used by: fault-scenarios.ts, and by the oracles, which derive from it what may be written at all.
 */
import type { SecretClaim } from '../../src/model/kinds/secret-claim.ts';
import type { Answer, Thing } from '../scenarios-support/person.ts';

/** `namespace/name` of a target Secret → its keys → their values. */
export type TargetData = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What a person does to the cluster. Each call returns when the API server has acknowledged it. */
export interface Hands {
  have(...things: Thing[]): Promise<void>;
  /** Applies what the API server may refuse. */
  tryOn(thing: Thing): Promise<Answer>;
  gone(...things: Thing[]): Promise<void>;
  merge(thing: Thing, patch: object): Promise<void>;
  /** As it is stored now; undefined: it is not there. */
  find<T>(thing: Thing): Promise<T | undefined>;
  /** Votes on a SecretRequest that is there, in person. */
  vote(request: Thing, decision: Decision): Promise<void>;
}

export type Decision = 'Approve' | 'Reject' | 'Revoke';

/** A vote of the plan, by performance.now(): it is stored at some time between the two. */
export interface CastVote {
  readonly decision: Decision;
  readonly sentAt: number;
  readonly storedAt: number;
}

/** The two settled worlds of a scenario. */
export type Moment = 'before' | 'after';

export interface FaultScenario {
  readonly name: string;
  /** one line for people */
  readonly what: string;
  /** there before the operator starts */
  readonly objects: readonly Thing[];
  /** the targets, exactly, when all has settled */
  readonly before: TargetData;
  readonly act: (hands: Hands) => Promise<void>;
  readonly after: TargetData;
  /** Claims that the act makes or changes; those that are there before are among `objects`. */
  readonly claims?: readonly Thing[];
  /** What makes the world before, where it takes an operator at work. */
  readonly setUp?: (hands: Hands) => Promise<void>;
  /** Every SecretRequest with its state, exactly, when all has settled; none if absent. */
  readonly requests?: Readonly<Record<Moment, readonly string[]>>;
  /** The event of each webhook that has arrived, exactly, sorted, when all has settled; none are sent if absent. */
  readonly told?: Readonly<Record<Moment, readonly string[]>>;
  /** Every SealedValue with its state and its reason, exactly, when all has settled; none if absent. */
  readonly sealed?: Readonly<Record<Moment, readonly string[]>>;
  /** Entries that are written through the product. */
  readonly written?: readonly WrittenEntry[];
  /** of the operator, in every plan */
  readonly flags?: readonly string[];
  /** The operator itself is started by the act, for the first time in this cluster. */
  readonly startsOperator?: boolean;
  /** A Secret has to go. What an operator did not see going itself it deletes only after --orphan-grace. */
  readonly departs?: boolean;
  /** What is written on the way is a matter of chance, so that it has plans of its own only. */
  readonly raced?: boolean;
}

/** What an entry is set to, or that it is deleted. */
export interface WrittenStep {
  /** name of the SealedValue */
  readonly by: string;
  /** absent: a deletion */
  readonly value?: string;
}

/** An entry whose values are sealed, and where they are stored. */
export interface WrittenEntry {
  readonly name: string;
  /** `namespace/name` of the Secret that is its source */
  readonly source: string;
  readonly property: string;
  /** oldest first */
  readonly steps: readonly WrittenStep[];
  /** how many of the steps were taken before the plan begins */
  readonly taken: number;
}

/** `namespace/name` of each Secret that the account of a backend writes. */
export const writtenSources = ({ written = [] }: FaultScenario): Set<string> =>
  new Set(written.map(({ source }) => source));

/** Values of a key in the order in which they may appear; a key that may go is told by `mayGo`. */
export interface KeyLaw {
  readonly values: readonly string[];
  readonly mayGo: boolean;
}

/** What the scenario allows to be in a key of a target, or undefined if nobody asked for it. */
export function lawOf({ before, after }: FaultScenario, target: string, key: string): KeyLaw | undefined {
  const values = [before[target]?.[key], after[target]?.[key]].filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  return { values: [...new Set(values)], mayGo: after[target]?.[key] === undefined };
}

/** Every value that the scenario knows: those that are delivered, that only lie at their sources, or are sealed. */
export function valuesOf({ before, after, objects, written = [] }: FaultScenario): string[] {
  const delivered = [before, after].flatMap((data) => Object.values(data).flatMap(Object.values<string>));
  const stored = objects.flatMap(({ stringData = {} }) =>
    Object.values(stringData as Record<string, string>),
  );
  const sealed = written.flatMap(({ steps }) =>
    steps.flatMap(({ value }) => (value === undefined ? [] : [value])),
  );
  return [...new Set([...delivered, ...stored, ...sealed])];
}

/** Each claim of the scenario, once for each spec that it has at some time. */
export function claimsOf({ objects, claims = [] }: FaultScenario): SecretClaim[] {
  return [...objects, ...claims].filter(({ kind }) => kind === 'SecretClaim') as unknown as SecretClaim[];
}

export const claimedSecret = ({ metadata, spec }: SecretClaim): string =>
  `${metadata.namespace}/${spec.secretName}`;

interface Protected {
  readonly protection?: object;
  readonly targets?: readonly { readonly secretName: string }[];
}

/** `namespace/name` of each Secret that needs an approval. */
export function protectedTargets(scenario: FaultScenario): Set<string> {
  const scopes = scenario.objects.filter(
    ({ kind, spec }) => kind === 'SecretScope' && (spec as Protected).protection !== undefined,
  );
  const targets = scopes.flatMap(({ metadata, spec }) =>
    ((spec as Protected).targets ?? []).map(({ secretName }) => `${metadata.namespace}/${secretName}`),
  );
  const claimed = claimsOf(scenario).filter(({ metadata, spec: { scopeRef } }) =>
    scopes.some(
      (scope) =>
        scope.metadata.name === scopeRef.name &&
        scope.metadata.namespace === (scopeRef.namespace ?? metadata.namespace),
    ),
  );
  return new Set([...targets, ...claimed.map(claimedSecret)]);
}
