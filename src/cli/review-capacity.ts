/** Owns: in which capacity somebody votes. Used by: review-cast.ts. Pure. */
import type { VoteDecision } from '../model/approval.ts';
import type { Reviewer } from '../model/kinds/protection.ts';
import type { Caller } from './review-cluster.ts';
import { quoted, reviewersText, reviewerText } from './review-wording.ts';

/** What `--as` asks for; `listed` is as the scope lists the caller. */
export type CapacityWish =
  | { readonly kind: 'listed' }
  | { readonly kind: 'self' }
  | { readonly kind: 'group'; readonly name: string };

export type Capacity =
  | { readonly kind: 'as'; readonly as: Reviewer }
  | { readonly kind: 'none'; readonly why: string };

interface Question {
  readonly decision: VoteDecision;
  readonly wish: CapacityWish;
  readonly caller: Caller;
  readonly scope: string;
  /** Absent: the caller may not read the scope. */
  readonly listed: readonly Reviewer[] | undefined;
}

/** A bypass is the person's own; everything else is said as a listed reviewer. */
export function capacityOf(question: Question): Capacity {
  const { decision, wish, caller, scope, listed } = question;
  const self = selfOf(caller);
  if (decision === 'Bypass') return self ? { kind: 'as', as: self } : none(machineText(caller));
  if (wish.kind === 'group' && !caller.groups.includes(wish.name)) return none(noMemberText(wish, caller));
  const wished = wishedOf(wish, caller, self);
  // what cannot be looked up is left to the operator, which asks again anyway
  if (listed === undefined)
    return wish.kind !== 'listed' && wished[0] ? { kind: 'as', as: wished[0] } : none(unseenText(scope));
  const names = listed.map(reviewerText);
  const as = wished.find((one) => names.includes(reviewerText(one)));
  return as ? { kind: 'as', as } : none(unlistedText(question, listed));
}

/** Everything that the caller may speak for under this wish, in the order in which it is tried. */
function wishedOf(wish: CapacityWish, { groups }: Caller, self: Reviewer | undefined): Reviewer[] {
  const group = (name: string): Reviewer => ({ kind: 'Group', name });
  if (wish.kind === 'group') return [group(wish.name)];
  const own = self ? [self] : [];
  return wish.kind === 'self' ? own : [...own, ...groups.map(group)];
}

/** A user of the cluster's own name space that is no service account speaks for nobody. */
function selfOf({ username }: Caller): Reviewer | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? [];
  if (namespace !== undefined && name !== undefined) return { kind: 'ServiceAccount', namespace, name };
  return username.startsWith('system:') ? undefined : { kind: 'User', name: username };
}

function none(why: string): Capacity {
  return { kind: 'none', why };
}

function machineText({ username }: Caller): string {
  return `${quoted(username)} is a user of the cluster itself and cannot vote; use the kubeconfig of a person`;
}

function noMemberText(wish: { name: string }, { username, groups }: Caller): string {
  return `${quoted(username)} is not in group ${quoted(wish.name)}, but in ${groups.map(quoted).join(', ') || 'none'}; name one of those, or --as user`;
}

function unseenText(scope: string): string {
  return `you may not read scope ${scope}, so how it lists you is not known; say it yourself: --as user, or --as group:NAME`;
}

function unlistedText({ caller, scope, wish }: Question, listed: readonly Reviewer[]): string {
  const { username, groups } = caller;
  const you =
    wish.kind === 'group'
      ? `group ${quoted(wish.name)}`
      : `${quoted(username)}${wish.kind === 'self' ? '' : ` (groups: ${groups.map(quoted).join(', ') || 'none'})`}`;
  return `${you} is no reviewer of scope ${scope}; listed are: ${reviewersText(listed)}. Have one of them vote, or have whoever owns its protection list you`;
}
