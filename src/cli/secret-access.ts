/** Owns: which repositories may use a secret of an organization, from names to references (spec row GX43). */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { listPages } from '../kube/list-pages.ts';
import type { Access } from '../model/kinds/secret-scope.ts';
import { SCOPES } from '../watch/resources.ts';
import { scopeView } from '../watch/views.ts';
import { parentKeyOf } from '../watch/world.ts';
import { type FoundScope, keyOfScope } from './secret-found-scope.ts';
import type { WantedAccess } from './secret-order.ts';
import { scopeNameFrom } from './secret-wanted.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

const WORDS = { all: 'All', private: 'Private', selected: 'Selected' } as const;
/** What a list in an entry holds. */
const MAX_REPOSITORIES = 20;

type Reference = NonNullable<Access['repositories']>[number];

export async function accessFor(
  kube: KubeClient,
  organization: FoundScope,
  wanted: WantedAccess | undefined,
): Promise<Access | undefined> {
  if (!wanted) return undefined;
  const visibility = WORDS[wanted.visibility];
  if (visibility !== 'Selected') return { visibility };
  if (wanted.repositories.length > MAX_REPOSITORIES)
    throw new UsageError(
      `an entry names at most ${MAX_REPOSITORIES} repositories; put them into spec.accessGroups of the organization, and name the group in the entry's access.groups`,
    );
  return { visibility, repositories: await referencesOf(kube, organization, wanted.repositories) };
}

async function referencesOf(
  kube: KubeClient,
  organization: FoundScope,
  names: readonly string[],
): Promise<Reference[]> {
  const refs = names.map((text) => ({ text, ...scopeNameFrom('set', '--repos', text) }));
  const children = refs.some(({ namespace }) => namespace === undefined)
    ? await childrenOf(kube, organization)
    : [];
  const found = await Promise.all(
    refs.map(async ({ text, namespace, name }) => {
      const matches =
        namespace === undefined ? children.filter((child) => child.name === name) : [{ namespace, name }];
      const [only, ...others] = matches;
      const isThere = only !== undefined && others.length === 0 && (await exists(kube, only));
      return { text, reference: isThere ? only : undefined };
    }),
  );
  const lost = found.filter(({ reference }) => reference === undefined).map(({ text }) => text);
  if (lost.length > 0)
    throw new ExitError(
      EXIT.notFound,
      `failed to look up IDs for repositories [${lost.join(' ')}]: there is no such repository of ${keyOfScope(organization)}, or more than one; write NAMESPACE/NAME`,
    );
  return found.map(({ reference }) => reference).filter((one) => one !== undefined);
}

/** A bare name belongs to the organization. Whoever may not see every namespace writes them in full. */
async function childrenOf(kube: KubeClient, organization: FoundScope): Promise<Reference[]> {
  const found: Reference[] = [];
  try {
    for await (const page of listPages(kube, SCOPES, {}))
      for (const raw of page.items) {
        const view = scopeView(raw);
        const isChild = parentKeyOf(view) === keyOfScope(organization);
        const { namespace, name } = view.metadata;
        if (isChild && view.spec.kind === 'ok' && view.spec.value.level === 'Repository')
          found.push({ namespace, name });
      }
  } catch (error) {
    if (!isKubeError(error, 'forbidden')) throw error;
    throw new ExitError(
      EXIT.denied,
      'failed to look up IDs for repositories: you may not list the scopes of all namespaces; write each as NAMESPACE/NAME',
    );
  }
  return found;
}

/** Where the caller may not look, the name is taken as it is written. */
async function exists(kube: KubeClient, reference: Reference): Promise<boolean> {
  try {
    const view = scopeView(await kube.get(SCOPES, reference));
    return view.spec.kind === 'ok' && view.spec.value.level === 'Repository';
  } catch (error) {
    if (isKubeError(error, 'notFound')) return false;
    if (isKubeError(error, 'forbidden')) return true;
    throw error;
  }
}
