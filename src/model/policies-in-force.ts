/**
 * Owns: whether a group of admission policies stands as this version ships it, and since when. Used by: whoever counts
 * a vote or believes a stamp, since both are proven at admission and at no other time (THREATS 9). Policies that were
 * gone or changed for a while prove nothing of that while, however they look now.
 */
import type { Instant } from './approval.ts';
import type { LedgerSpec } from './kinds/scope-ledger.ts';
import type { PolicyKind } from './policy-shape.ts';
import { SHIPPED_POLICIES } from './shipped-policies.ts';

/** They prove who cast a vote, and that nobody else wrote a request or a ledger. */
export const VOTE_POLICIES = ['review-identity.secretscope.dev', 'approval-records.secretscope.dev'] as const;
/** They stamp who changed a scope, and keep the stamp. */
export const AUTHOR_POLICIES = [
  'scope-authors.secretscope.dev',
  'scope-authors-kept.secretscope.dev',
] as const;
/** They prove that whoever made a claim, or changed what it wants, may claim from the scope it names. */
export const CLAIM_POLICIES = ['claim-rights.secretscope.dev'] as const;
/** They prove that whoever made an automation, or had something sent, may use secrets of its scope in one. */
export const AUTOMATION_POLICIES = ['automation-rights.secretscope.dev'] as const;

/** A policy or binding as it is in the cluster. */
export interface PolicyView {
  readonly kind: PolicyKind;
  readonly name: string;
  readonly uid: string;
  /** Moves on every edit of the spec; 1 when it was never edited. */
  readonly generation: number;
  readonly createdAt: Instant;
  readonly asShipped: boolean;
}

export type PoliciesFound =
  | { readonly kind: 'standing'; readonly objects: readonly PolicyView[] }
  /** For each object that is not there or says something else, half a sentence. */
  | { readonly kind: 'missing'; readonly missing: readonly string[] };

export interface InForce {
  /** Absent: not in force now. */
  readonly since: Instant | undefined;
  /** What the ledger has to remember; absent: what it remembers is to be forgotten. */
  readonly record: LedgerSpec['policies'] | undefined;
}

const NOT_IN_FORCE: InForce = { since: undefined, record: undefined };

/** The policies of these names with their bindings, which have the same name. A policy without a binding does nothing. */
export function policiesInForce(policies: Iterable<PolicyView>, names: readonly string[]): PoliciesFound {
  const there = new Map([...policies].map((policy) => [`${policy.kind} ${policy.name}`, policy]));
  const objects: PolicyView[] = [];
  const missing: string[] = [];
  for (const wanted of names.flatMap(policyAndBinding)) {
    const found = there.get(wanted);
    if (found?.asShipped) objects.push(found);
    else missing.push(`${wanted} ${found ? 'is not what this version ships' : 'is not there'}`);
  }
  return missing.length > 0 ? { kind: 'missing', missing } : { kind: 'standing', objects };
}

/** What policies that stand as shipped prove, or (`bounds`) whom they bind: the operator, and who writes what ours are made of. */
export type PolicyGroup = 'votes' | 'authors' | 'claims' | 'automations' | 'bounds';

const PROVING = new Map<PolicyGroup, readonly string[]>([
  ['votes', VOTE_POLICIES],
  ['authors', AUTHOR_POLICIES],
  ['claims', CLAIM_POLICIES],
  ['automations', AUTOMATION_POLICIES],
]);
const PROVEN = [...PROVING.values()].flat();
const BOUNDS = SHIPPED_POLICIES.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')
  .map(({ name }) => name)
  .filter((name) => !PROVEN.includes(name));

/**
 * Whether each group stands. Where mutating policies are not served, nobody is stamped as author, and that is no fault
 * of anybody's: then `authors` is left out.
 */
export function policyGroups(
  policies: Iterable<PolicyView>,
  servesMutating: boolean,
): ReadonlyMap<PolicyGroup, boolean> {
  const there = [...policies];
  const standing = new Map<PolicyGroup, boolean>();
  for (const [group, names] of [...PROVING, ['bounds', BOUNDS] as const])
    if (group !== 'authors' || servesMutating)
      standing.set(group, policiesInForce(there, names).kind === 'standing');
  return standing;
}

/**
 * Since when all of them have been what they are. What the ledger saw before in the same generation has been so since
 * then; what it never saw, since it was made, if it was never edited; otherwise nobody can tell, so it is from now on.
 */
export function inForce(found: PoliciesFound, remembered: LedgerSpec['policies'], now: Instant): InForce {
  if (found.kind === 'missing' || found.objects.length === 0) return NOT_IN_FORCE;
  const since = Math.ceil(Math.max(...found.objects.map((object) => sinceOf(object, remembered, now))));
  const unchanged = remembered !== undefined && Date.parse(remembered.inForceSince) === since;
  const inForceSince = unchanged ? remembered.inForceSince : new Date(since).toISOString();
  return { since, record: { inForceSince, seen: found.objects.map(seenAs).sort(byName) } };
}

function sinceOf(object: PolicyView, remembered: LedgerSpec['policies'], now: Instant): Instant {
  const { name, uid, generation } = seenAs(object);
  const isRemembered = remembered?.seen.some(
    (seen) => seen.name === name && seen.uid === uid && seen.generation === generation,
  );
  const known = isRemembered ? Date.parse(remembered?.inForceSince ?? '') : madeAt(object);
  return Number.isFinite(known) ? known : now;
}

function madeAt({ generation, createdAt }: PolicyView): number {
  return generation === 1 ? createdAt : Number.NaN;
}

/** As the ledger remembers it: its list has names for keys, and a binding has the name of its policy. */
export function seenAs({ kind, name, uid, generation }: PolicyView) {
  return { name: kind.endsWith('Binding') ? `${name}.binding` : name, uid, generation };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function policyAndBinding(name: string): string[] {
  const isMutating = SHIPPED_POLICIES.some(
    (one) => one.name === name && one.kind === 'MutatingAdmissionPolicy',
  );
  const kind = isMutating ? 'MutatingAdmissionPolicy' : 'ValidatingAdmissionPolicy';
  return [`${kind} ${name}`, `${kind}Binding ${name}`];
}
