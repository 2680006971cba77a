import type { Access } from '../model/kinds/secret-scope.ts';
import { byName } from '../model/names.ts';
import { accessGranted } from './access.ts';
import type { Link } from './chain.ts';
import type { LevelEntries, LevelEntry } from './entries.ts';

/** How many organization secrets one repository can use (spec row G55). */
export const USABLE_ORGANIZATION_SECRETS = 100;

/** An entry of a level together with what the level says of it to the scope asked. */
export interface Offer {
  readonly entry: LevelEntry;
  readonly granted: boolean;
  /** Granted, but not among the first 100 by name. */
  readonly beyondLimit: boolean;
}

/**
 * What a level offers to the scope asked. A repository and an environment offer all they have; an organization
 * first applies each entry's access policy, then keeps the first 100 by name, explicit ones before discovered
 * ones. Shadowing comes later and frees no place (spec row Q3). To itself an organization is no repository.
 */
export function offers(link: Link, entries: LevelEntries): Map<string, Offer> {
  const all = [...entries.byName.values()];
  const granted = all.filter((entry) => mayUse(link, entry.access));
  const cut =
    judgesAccess(link) && granted.length > USABLE_ORGANIZATION_SECRETS
      ? new Set([...granted].sort(explicitFirst).slice(USABLE_ORGANIZATION_SECRETS))
      : undefined;
  const grantedSet = new Set(granted);
  return new Map(
    all.map((entry) => [
      entry.name,
      { entry, granted: grantedSet.has(entry), beyondLimit: cut?.has(entry) === true },
    ]),
  );
}

/** Whether a level lets the scope asked use what all of these policies are about. */
export function mayUse(link: Link, policies: readonly Access[]): boolean {
  if (!judgesAccess(link)) return true;
  return policies.every((access) => accessGranted(access, link.scope, link.repository, link.visibility));
}

function judgesAccess({ scope, repository }: Link): boolean {
  return scope.spec.level === 'Organization' && repository !== scope;
}

function explicitFirst(a: LevelEntry, b: LevelEntry): number {
  if (a.explicit !== b.explicit) return a.explicit ? -1 : 1;
  return byName(a.name, b.name);
}
