import type { Json } from './canonical-json.ts';
import type { ObjectId } from './facts.ts';
import type { Level } from './kinds/secret-scope.ts';
import type { TargetType } from './kinds/target.ts';
import type { Reason } from './reasons.ts';

/** One name that may be delivered: who supplies it, and exactly where its value is kept. No value, no version. */
export interface PlanLine {
  readonly name: string;
  readonly level: Level;
  /** The scope that defines the entry. */
  readonly scope: ObjectId;
  readonly locked: boolean;
  readonly backend: {
    readonly refKind: 'SecretBackend' | 'ClusterSecretBackend';
    readonly id: ObjectId;
    readonly provider: string;
    readonly identity: Json;
  };
  readonly key: string;
  readonly version?: string;
  readonly property?: string;
  readonly encoding: 'None' | 'Base64' | 'Base64URL';
  /** False for a discovered entry. */
  readonly explicit: boolean;
}

/**
 * What resolution answers for one name. Denied and absent withdraw the key, broken and unknown keep its last
 * value; the four never mix.
 */
export type NameAnswer =
  | { readonly kind: 'line'; readonly line: PlanLine }
  | { readonly kind: 'denied'; readonly reason: Reason; readonly message: string }
  | { readonly kind: 'absent'; readonly reason: Reason; readonly message: string }
  | { readonly kind: 'broken'; readonly reason: Reason; readonly message: string }
  | { readonly kind: 'unknown'; readonly reason: Reason; readonly message: string };

/** How one level took part in the decision about a name; for `explain`. */
export interface Candidate {
  readonly level: Level;
  readonly scope: ObjectId;
  readonly key: string;
  readonly locked: boolean;
  readonly explicit: boolean;
  readonly verdict: 'supplies' | 'shadowed' | 'overruled' | 'notGranted' | 'beyondLimit';
}

export interface NameResult {
  readonly answer: NameAnswer;
  readonly candidates: readonly Candidate[];
}

/** A broken rule: where, which and with what. Messages say what to do next. */
export interface Violation {
  readonly path: string;
  readonly reason: Reason;
  readonly message: string;
}

/** Why the answer about levels above, or about discovered names, is not final. */
export interface Uncertainty {
  readonly reason: Reason;
  readonly message: string;
}

/**
 * What is not known, and of which scopes (by UID) the entries are known all the same. A delivered key whose
 * supplier is known was really removed; one whose supplier is not known stays.
 */
export interface Uncertain extends Uncertainty {
  readonly known: ReadonlyMap<string, 'complete' | 'explicitOnly'>;
  /** True: there are levels above the known ones. False: a scope that is not in `known` supplies nothing here. */
  readonly levelsMissing: boolean;
}

/**
 * Who may supply what to one place: all that is needed to tell whether a value delivered earlier may stay there.
 * It outlives every failure to deliver, so that a scope that breaks its own target keeps nothing it lost.
 */
export interface Authority {
  /** By name, the UIDs of the scopes whose entry may be delivered here, whether it wins, is shadowed or broken. */
  readonly offeredBy: ReadonlyMap<string, ReadonlySet<string>>;
  /** While set, a name that nobody supplies may still exist: nothing is withdrawn for its absence. */
  readonly uncertain: Uncertain | undefined;
}

/** One name in a data key that was delivered earlier: which scope supplied it, and whether by an explicit entry. */
export interface DeliveredName {
  readonly name: string;
  readonly supplier: string;
  readonly explicit: boolean;
  /** True: its level had locked it, so that no level below may take its place. */
  readonly locked?: boolean;
}

/** Nothing is delivered; `violations` says why. What was delivered stays only while `Authority` lets it. */
export interface Refused extends Authority {
  readonly kind: 'refused';
  readonly violations: readonly Violation[];
}

export interface ResolvedNames extends Authority {
  readonly kind: 'resolved';
  readonly names: ReadonlyMap<string, NameResult>;
  /** A level above does not admit the scope below it. In the words of one that is not there. */
  readonly parentRefused: Uncertainty | undefined;
  readonly excluded: number;
  readonly discovered: number;
  readonly notes: readonly Violation[];
}

export type Resolution = Refused | ResolvedNames;

/** What a data key is made of. */
export type Recipe =
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'template'; readonly text: string }
  | {
      readonly kind: 'dockerConfig';
      readonly registries: readonly {
        readonly server: string;
        readonly username: string;
        readonly password: string;
      }[];
    };

/** What is to happen to one data key of a target. */
export type KeyPlan =
  | {
      readonly kind: 'deliver';
      readonly dataKey: string;
      readonly recipe: Recipe;
      readonly lines: readonly PlanLine[];
      /** Names that a template uses, that nobody supplies and that count as empty (`onMissing: Empty`). */
      readonly emptyNames: readonly string[];
    }
  | {
      readonly kind: 'keep';
      readonly dataKey: string;
      readonly reason: Reason;
      readonly message: string;
      /** True: a level is not known; see `Authority` for whether the key may be kept. */
      readonly uncertain: boolean;
    }
  | {
      readonly kind: 'withdraw';
      readonly dataKey: string;
      readonly reason: Reason;
      readonly message: string;
    };

/** An included name that is not delivered, and why. */
export interface MissingName {
  readonly name: string;
  readonly reason: Reason;
  readonly message: string;
}

export interface TargetPlan extends Authority {
  readonly secretName: string;
  readonly namespace: string;
  /** Which namespace of that name it is; absent where nobody has to approve. */
  readonly namespaceUid?: string;
  readonly type: TargetType;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly atomic: boolean;
  readonly deletionPolicy: 'Delete' | 'Retain';
  readonly keys: readonly KeyPlan[];
  readonly missing: readonly MissingName[];
  /** Set while nothing of it was ever released: what is there stays, also what the plan does not name. */
  readonly frozen?: { readonly reason: Reason; readonly message: string };
  /** Set when the target contradicts itself; then nothing new is written, and what may not stay goes all the same. */
  readonly violation: Violation | undefined;
  /** `v1:sha256:…` over the canonical plan: what an approval is given for. */
  readonly subject: string;
}
