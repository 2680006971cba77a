/** Owns: which scope a claim asks, and whether it may. Used by: reconcile-claim.ts. */
import type { Facts, NamespaceFacts } from '../../model/facts.ts';
import type { ClaimSpec } from '../../model/kinds/secret-claim.ts';
import type { ScopeSpec } from '../../model/kinds/secret-scope.ts';
import { CLAIM_POLICIES, policiesInForce } from '../../model/policies-in-force.ts';
import type { Told } from '../../model/verdict.ts';
import type { Finding } from '../../report/conditions.ts';
import { admitsClaim } from '../../resolve/claim-admission.ts';
import type { ClaimView, ScopeView } from '../../watch/views.ts';
import { claimedScopeOf, namespaceFacts } from '../../watch/world.ts';
import type { Basis } from '../approval/basis.ts';
import type { Deps } from '../deps.ts';
import { knownFacts } from '../known-facts.ts';
import { claimBasis } from './claim-basis.ts';

/** A claim and the scope that it asks, both usable. */
export interface Asked {
  readonly kind: 'asked';
  readonly claim: ClaimView;
  readonly wish: ClaimSpec;
  readonly scope: ScopeView;
  readonly spec: ScopeSpec;
  readonly facts: Facts;
  /** What the facts were taken from: what the watch shows later is not what was decided on (THREATS 21). */
  readonly basis: Basis;
  /** Of the claim. */
  readonly namespace: NamespaceFacts;
}

export type Asking =
  | Asked
  /** Authority says no: what was delivered goes, and what was asked for is closed. */
  | { readonly kind: 'refused'; readonly finding: Finding; readonly asked: Asked }
  /** `unknown`: what is there stays. `gone`: there is no such scope. */
  | { readonly kind: 'unknown' | 'gone'; readonly finding: Finding };

export function askedScope(claim: ClaimView, deps: Deps): Asking {
  if (claim.spec.kind !== 'ok') return { kind: 'unknown', finding: unreadable(claim.spec.faults) };
  const namespace = namespaceFacts(deps.world, claim.metadata.namespace);
  if (!namespace)
    return { kind: 'unknown', finding: { reason: 'Progressing', message: 'its Namespace is not known yet' } };
  const scope = deps.world.scopes.get(claimedScopeOf(claim) ?? '');
  const finding = notAvailable(claim);
  if (!scope || scope.deleting) return { kind: scope ? 'unknown' : 'gone', finding };
  const facts = knownFacts(deps.world, scope);
  if (!facts || scope.spec.kind !== 'ok') return { kind: 'unknown', finding };
  const asked: Asked = {
    kind: 'asked',
    claim,
    wish: claim.spec.value,
    scope,
    spec: scope.spec.value,
    facts,
    namespace,
    basis: claimBasis({ claim, facts, namespace }, deps),
  };
  if (!admitsClaim(facts, namespace)) return { kind: 'refused', finding, asked };
  if (asked.spec.level === 'Organization') return { kind: 'refused', finding: organization(claim), asked };
  return mayBeDistrusted(asked) ? { kind: 'unknown', finding } : asked;
}

/** A level above that is not known may call another namespace untrusted (spec row G47). */
function mayBeDistrusted({ scope, facts: { parent }, namespace }: Asked): boolean {
  if (scope.metadata.namespace === namespace.name) return false;
  let above = parent;
  while (above.kind === 'found') above = above.parent;
  return above.kind !== 'none';
}

function unreadable(faults: readonly string[]): Finding {
  const message = `the stored spec cannot be used, and its Secret stays as it is: ${faults.slice(0, 5).join('; ')}`;
  return { reason: 'SpecInvalid', message };
}

/** The same words whether or not it exists: that is nobody else's business (THREATS 25). */
function notAvailable(claim: ClaimView): Finding {
  const { namespace } = claim.metadata;
  const message = `SecretScope ${claimedScopeOf(claim)} is not there, or does not admit namespace ${namespace} in spec.consumers, or does not trust it in spec.children; ask its owner, or make a claim with another scopeRef`;
  return { reason: 'NotAvailable', message };
}

function organization(claim: ClaimView): Finding {
  const message = `SecretScope ${claimedScopeOf(claim)} is an Organization, from which nobody claims; make a claim on one of its repositories or environments`;
  return { reason: 'NotAvailable', message };
}

/**
 * Why it is not proven at admission that whoever made this claim may; undefined: it is. A claim from before the policy was
 * proven by nobody, and no annotation can tell when it was set; one that has its Secret was delivered while another stood.
 */
export function unprovenRight({ claim }: Asked, isHeld: boolean, { world }: Deps): Told | undefined {
  const known = world.approvalsKnown();
  const found = policiesInForce(world.policies.values(), CLAIM_POLICIES);
  if (known !== 'known') return notInForce(known.missing);
  if (found.kind === 'missing') return notInForce(found.missing.join(', '));
  const since = Math.max(...found.objects.map(({ createdAt }) => createdAt));
  if (isHeld || since <= Date.parse(claim.createdAt)) return undefined;
  const { name, namespace } = claim.metadata;
  const message = `it was made before the policy that proves who may claim; whoever may makes it again: kubectl get secretclaim ${name} -n ${namespace} -o yaml | kubectl replace --force -f -`;
  return { reason: 'PolicyNotInForce', message };
}

function notInForce(why: string): Told {
  const message = `nobody proves that whoever makes a claim may: ${why}; what is there stays, and nothing new is delivered; apply again what you installed with (secretscope doctor has the command)`;
  return { reason: 'PolicyNotInForce', message };
}
