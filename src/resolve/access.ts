import type { ScopeFacts } from '../model/facts.ts';
import type { Access, RepositoryVisibility } from '../model/kinds/secret-scope.ts';
import { matchesLabels } from '../model/label-selector.ts';

interface Selection {
  readonly repositories?: readonly { readonly namespace: string; readonly name: string }[] | undefined;
  readonly namespaces?: Access['namespaces'];
}

/**
 * Whether an organization's access policy lets a repository use a secret (spec rows G5, G38, G43).
 * `visibility` is what the organization takes the repository for, never what the repository says.
 */
export function accessGranted(
  access: Access,
  organization: ScopeFacts,
  repository: ScopeFacts,
  visibility: RepositoryVisibility,
): boolean {
  const policy = access.visibility ?? defaultPolicy(access);
  switch (policy) {
    case 'All':
      return true;
    case 'Private':
      return visibility !== 'Public';
    case 'Selected':
      return selections(access, organization).some((selection) => selects(selection, repository));
    default:
      return unknownPolicy(policy);
  }
}

/** Who names repositories means them alone, also without writing `visibility: Selected`. */
function defaultPolicy({ repositories, namespaces, groups }: Access): 'Private' | 'Selected' {
  return repositories || namespaces || groups ? 'Selected' : 'Private';
}

function selections(access: Access, organization: ScopeFacts): Selection[] {
  const groups = organization.spec.accessGroups ?? [];
  const named = (access.groups ?? []).flatMap((name) => groups.filter((group) => group.name === name));
  return [{ repositories: access.repositories, namespaces: access.namespaces }, ...named];
}

function selects(selection: Selection, repository: ScopeFacts): boolean {
  const { namespace, name } = repository.id;
  if ((selection.repositories ?? []).some((item) => item.namespace === namespace && item.name === name))
    return true;
  return matchesLabels(selection.namespaces, repository.namespace.labels);
}

/** A word this version does not know grants nothing. */
function unknownPolicy(_policy: never): boolean {
  return false;
}
