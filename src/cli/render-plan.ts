/** Owns: the Secrets that scopes and claims would make, planned by the operator's own rules. Used by: render and diff. Pure. */
import type { Facts, NamespaceFacts } from '../model/facts.ts';
import type { ClaimSpec } from '../model/kinds/secret-claim.ts';
import type { TargetSpec } from '../model/kinds/target.ts';
import type { ResolvedNames, TargetPlan, Violation } from '../model/plan.ts';
import { admitsClaim } from '../resolve/claim-admission.ts';
import { resolve } from '../resolve/resolve.ts';
import { planTarget } from '../resolve/target-plan.ts';
import { claimedTarget, isFanOutTo } from '../resolve/wanted-target.ts';
import type { ClaimView, NamespaceView } from '../watch/views.ts';

/** One Secret, and whose it is. */
export interface PlannedSecret {
  /** `SecretScope team-web/web` or `SecretClaim ci/deploy-42`. */
  readonly holder: string;
  readonly facts: Facts;
  /** Where it is to be. */
  readonly destination: NamespaceFacts;
  readonly plan: TargetPlan;
  /** A Snapshot never changes. */
  readonly immutable: boolean;
  /** Absent: a target of the scope. */
  readonly claim?: ClaimSpec;
  /** True: labels that are not known may decide otherwise about what is refused. */
  readonly doubtful?: boolean;
}

export interface Planned {
  readonly secrets: readonly PlannedSecret[];
  /** Why there are none. */
  readonly refused: readonly Violation[];
  readonly resolution: ResolvedNames | undefined;
}

/** The targets of a scope, in its own namespace and wherever they fan out to among `namespaces`. */
export function planScope(facts: Facts, namespaces: Iterable<NamespaceView>): Planned {
  const { scope } = facts;
  const own = resolve(facts);
  if (own.kind === 'refused') return { secrets: [], refused: own.violations, resolution: undefined };
  const ownOnly = scope.spec.protection === undefined ? undefined : scope.id.uid;
  const others = [...namespaces];
  const secrets = (scope.spec.targets ?? []).flatMap((target) =>
    [scope.namespace, ...fanOut(facts, target, others)].flatMap((namespace) => {
      const resolution = namespace === scope.namespace ? own : resolve(facts, namespace);
      if (resolution.kind === 'refused') return [];
      const plan = planTarget(resolution, target, namespace, ownOnly);
      return [
        {
          holder: `SecretScope ${scope.id.namespace}/${scope.id.name}`,
          facts,
          destination: namespace,
          plan,
          immutable: false,
        },
      ];
    }),
  );
  return { secrets, refused: [], resolution: own };
}

function fanOut({ scope }: Facts, target: TargetSpec, others: readonly NamespaceView[]): NamespaceFacts[] {
  return others
    .filter(({ name, terminating }) => name !== scope.namespace.name && !terminating)
    .map(({ name, uid, labels }) => ({ name, uid, labels }))
    .filter((namespace) => isFanOutTo(scope, target, namespace));
}

/** The Secret of a claim on the scope that `facts` are about. */
export function planClaim(claim: ClaimView, facts: Facts, namespace: NamespaceFacts): Planned {
  if (claim.spec.kind !== 'ok') return { secrets: [], refused: [], resolution: undefined };
  const wish = claim.spec.value;
  const refusal = claimRefusal(facts, namespace);
  const resolution = resolve(facts, namespace);
  if (refusal) return { secrets: [], refused: [refusal], resolution: undefined };
  if (resolution.kind === 'refused')
    return { secrets: [], refused: resolution.violations, resolution: undefined };
  const immutable = wish.mode === 'Snapshot';
  const plan = planTarget(resolution, claimedTarget(wish), namespace);
  const holder = `SecretClaim ${claim.metadata.namespace}/${claim.metadata.name}`;
  return {
    secrets: [{ holder, facts, destination: namespace, plan, immutable, claim: wish }],
    refused: [],
    resolution,
  };
}

function claimRefusal(facts: Facts, namespace: NamespaceFacts): Violation | undefined {
  const scope = `${facts.scope.id.namespace}/${facts.scope.id.name}`;
  const refusal = (message: string): Violation => ({
    path: 'spec.scopeRef',
    reason: 'NotAvailable',
    message,
  });
  if (facts.scope.spec.level === 'Organization')
    return refusal(
      `${scope} is an Organization, from which nobody claims; name one of its repositories or environments`,
    );
  if (admitsClaim(facts, namespace)) return undefined;
  return refusal(
    `spec.consumers of ${scope} does not admit namespace ${namespace.name}, or spec.children of a level does not trust it; ask the owner of the scope`,
  );
}
