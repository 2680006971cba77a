import type { Facts, ParentFacts, ScopeFacts } from '../model/facts.ts';
import type { Level, RepositoryVisibility } from '../model/kinds/secret-scope.ts';
import type { Uncertainty } from '../model/plan.ts';
import { admitChild, childrenJudgeable, lowerVisibility } from './admission.ts';
import { hasReviewers, type KeyReader, keyReader } from './grants.ts';

/** One level that supplies entries to the scope asked, which itself is the first link. */
export interface Link {
  readonly scope: ScopeFacts;
  /** Organization only: what it takes the repository for. */
  readonly visibility: RepositoryVisibility;
  /** Organization only: the repository whose access is judged. */
  readonly repository: ScopeFacts;
  /** Which keys its backend lets it read. */
  readonly keys: KeyReader;
}

export interface Chain {
  readonly links: readonly Link[];
  /** A level above is not there now, or cannot be judged: what it supplied stays. */
  readonly uncertain: Uncertainty | undefined;
  /** A level above does not admit the scope below it: what it supplied goes. */
  readonly refused: Uncertainty | undefined;
}

const PARENT_LEVEL: Record<Level, Level | undefined> = {
  Environment: 'Repository',
  Repository: 'Organization',
  Organization: undefined,
};

/**
 * The levels whose entries may reach the scope asked: itself, then each ancestor as long as every scope on the
 * way admits both the scope below it and the namespace asked, and trusts them.
 */
export function buildChain(facts: Facts): Chain {
  const links = [linkTo(facts.scope, 'Private', facts.scope)];
  let child = facts.scope;
  let parent = facts.parent;
  while (parent.kind === 'found' && childrenJudgeable(parent.scope)) {
    const step = climb(facts.scope, child, parent.scope);
    if (step.kind === 'refused')
      return { links, uncertain: undefined, refused: unavailable(facts.scope, child) };
    if (step.kind === 'stops') return { links, uncertain: undefined, refused: undefined };
    links.push(linkTo(parent.scope, step.visibility, child));
    child = parent.scope;
    parent = parent.parent;
  }
  const uncertain = parent.kind === 'none' ? undefined : endOfChain(facts.scope, child, parent);
  return { links, uncertain, refused: undefined };
}

function linkTo(scope: ScopeFacts, visibility: RepositoryVisibility, repository: ScopeFacts): Link {
  return { scope, visibility, repository, keys: keyReader(scope.backend, scope, hasReviewers(scope.spec)) };
}

/** Whether `parent` takes `child` for its child at all; what the child then gets is another question. */
export function admits(parent: ScopeFacts, child: ScopeFacts): boolean {
  const level = PARENT_LEVEL[child.spec.level];
  return parent.spec.level === level && admitChild(parent, child.namespace).kind === 'admitted';
}

type Step =
  | { readonly kind: 'inherits'; readonly visibility: RepositoryVisibility }
  | { readonly kind: 'stops' }
  | { readonly kind: 'refused' };

function climb(asked: ScopeFacts, child: ScopeFacts, parent: ScopeFacts): Step {
  if (!admits(parent, child)) return { kind: 'refused' };
  const direct = admitChild(parent, child.namespace);
  const whole = admitChild(parent, asked.namespace);
  if (direct.kind === 'refused' || whole.kind === 'refused') return { kind: 'stops' };
  if (!direct.trusted || !whole.trusted) return { kind: 'stops' };
  return { kind: 'inherits', visibility: lowerVisibility(direct.visibility, whole.visibility) };
}

function endOfChain(
  asked: ScopeFacts,
  child: ScopeFacts,
  parent: Exclude<ParentFacts, { kind: 'none' }>,
): Uncertainty {
  if (parent.kind === 'found' || parent.why !== 'NotSynced') return unavailable(asked, child);
  return {
    reason: 'ParentUnknown',
    message: `the levels above ${above(asked, child)} are not known yet; inherited secrets stay as they are`,
  };
}

/**
 * A level above that is not there, is going away, is invalid, or does not admit the scope below it: all of them
 * read the same. Whoever may write a parentRef must not learn from it what exists elsewhere.
 */
function unavailable(asked: ScopeFacts, child: ScopeFacts): Uncertainty {
  const fault = 'is not there, is not one level above, or does not admit';
  const message =
    child === asked
      ? `parentRef ${parentName(asked)} ${fault} namespace ${asked.namespace.name}; ask its owner to add the namespace to spec.children, or correct parentRef`
      : `the level above ${above(asked, child)} ${fault} it; ask the owner of ${above(asked, child)}`;
  return { reason: 'NotAvailable', message };
}

/** How the scope at the end of the chain is called towards the one asked, which knows itself and its parent. */
function above(asked: ScopeFacts, child: ScopeFacts): string {
  return child === asked ? `${asked.id.namespace}/${asked.id.name}` : parentName(asked);
}

/** `namespace/name` of the parent that a scope names. */
export function parentName(child: ScopeFacts): string {
  const ref = child.spec.parentRef;
  return ref ? `${ref.namespace ?? child.namespace.name}/${ref.name}` : '(none)';
}
