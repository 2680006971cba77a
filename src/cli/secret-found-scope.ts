/** Owns: finding the scope that a command line of `secretscope secret` means. Used by: the secret verbs. */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject } from '../kube/kube-objects.ts';
import { listPages } from '../kube/list-pages.ts';
import type { Level, ScopeSpec } from '../model/kinds/secret-scope.ts';
import { SCOPES } from '../watch/resources.ts';
import { type ScopeView, scopeView } from '../watch/views.ts';
import { parentKeyOf } from '../watch/world.ts';
import { missingRight } from './secret-rights.ts';
import type { ScopeName, Wanted } from './secret-wanted.ts';
import { escapeText } from './terminal.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

export interface FoundScope {
  readonly raw: KubeObject;
  readonly view: ScopeView;
  readonly spec: ScopeSpec;
  /** As gh names it: of an environment its repository. */
  readonly owner: string;
}

export async function findScope(kube: KubeClient, namespace: string, wanted: Wanted): Promise<FoundScope> {
  switch (wanted.level) {
    case 'Organization':
      return getScope(kube, namespace, wanted.ref, 'Organization');
    case 'Repository':
      return wanted.ref
        ? getScope(kube, namespace, wanted.ref, 'Repository')
        : onlyRepository(await listScopes(kube, namespace), namespace);
    case 'Environment':
      return findEnvironment(kube, namespace, wanted);
    default:
      throw new Error(`unknown level ${JSON.stringify(wanted satisfies never)}`);
  }
}

export function keyOfScope({ view: { metadata } }: FoundScope): string {
  return `${metadata.namespace}/${metadata.name}`;
}

async function getScope(
  kube: KubeClient,
  current: string,
  { namespace = current, name }: ScopeName,
  level: Level,
): Promise<FoundScope> {
  const place = `${namespace}/${name}`;
  const raw = await kube.get(SCOPES, { namespace, name }).catch(async (error: unknown) => {
    if (isKubeError(error, 'notFound'))
      throw new ExitError(
        EXIT.notFound,
        `there is no scope ${place}; those that are there: kubectl get secretscopes -n ${namespace}`,
      );
    throw await unreadable(kube, error, 'get', namespace);
  });
  const found = readScope(raw);
  if (found.spec.level === level) return found;
  throw new UsageError(
    `scope ${place} is ${articleOf(found.spec.level)}, not ${articleOf(level)}; use ${FLAG[found.spec.level]}`,
  );
}

const FLAG: Record<Level, string> = { Organization: '--org', Repository: '--repo', Environment: '--env' };

function articleOf(level: Level): string {
  return `${level === 'Repository' ? 'a' : 'an'} ${level}`;
}

async function unreadable(
  kube: KubeClient,
  error: unknown,
  verb: 'get' | 'list',
  namespace: string,
): Promise<unknown> {
  if (!isKubeError(error, 'forbidden')) return error;
  const right = { verb, resource: 'secretscopes', namespace, role: 'secretscope-view' } as const;
  return missingRight(kube, error, 'the scope cannot be looked up', right);
}

function readScope(raw: KubeObject): FoundScope {
  const view = scopeView(raw);
  const { namespace, name } = view.metadata;
  if (view.spec.kind === 'invalid')
    throw new Error(
      `this version cannot read scope ${namespace}/${name}; use the secretscope of the operator's version`,
    );
  const parent = parentKeyOf(view);
  const isEnvironment = view.spec.value.level === 'Environment';
  const owner = isEnvironment && parent !== undefined ? parent : `${namespace}/${name}`;
  return { raw, view, spec: view.spec.value, owner };
}

async function listScopes(kube: KubeClient, namespace: string | undefined): Promise<FoundScope[]> {
  const found: FoundScope[] = [];
  try {
    for await (const page of listPages(kube, SCOPES, { namespace }))
      for (const raw of page.items) if (scopeView(raw).spec.kind === 'ok') found.push(readScope(raw));
  } catch (error) {
    throw namespace === undefined ? error : await unreadable(kube, error, 'list', namespace);
  }
  return found;
}

function onlyRepository(scopes: readonly FoundScope[], namespace: string): FoundScope {
  const repositories = scopes.filter(({ spec }) => spec.level === 'Repository');
  const [only, ...others] = repositories;
  if (only && others.length === 0) return only;
  const there = repositories.map(({ view }) => view.metadata.name).sort();
  if (there.length > 0)
    throw new UsageError(
      `namespace ${namespace} has ${there.length} repositories, ${there.join(', ')}; say which with --repo NAME`,
    );
  throw new ExitError(
    EXIT.notFound,
    `there is no repository in namespace ${namespace}; say which scope with --repo NAMESPACE/NAME, --env NAME or --org NAMESPACE/NAME`,
  );
}

type WantedEnvironment = Extract<Wanted, { level: 'Environment' }>;

/** Looked for where the caller is and where its repository is, and only then everywhere. */
async function findEnvironment(
  kube: KubeClient,
  namespace: string,
  { name, repository }: WantedEnvironment,
): Promise<FoundScope> {
  const home = repository?.namespace ?? namespace;
  // whoever names the repository may have no rights where they happen to be
  const here = await (home === namespace
    ? listScopes(kube, namespace)
    : ifAllowed(listScopes(kube, namespace)));
  const key = repository ? `${home}/${repository.name}` : repositoryHere(here, name, namespace);
  const [place = namespace] = key.split('/');
  const near = matching(here, key, name);
  if (near.length > 0) return oldest(near);
  const there = place === namespace ? [] : matching(await listScopes(kube, place), key, name);
  if (there.length > 0) return oldest(there);
  const far = matching(await ifAllowed(listScopes(kube, undefined)), key, name);
  if (far.length > 0) return oldest(far);
  throw new ExitError(
    EXIT.notFound,
    `${key} has no environment "${escapeText(name)}" that you may see; where it is in another namespace, name that with -n, and its repository with --repo NAMESPACE/NAME`,
  );
}

/** The repository of the namespace, or that of the environment which is here without it. */
function repositoryHere(here: readonly FoundScope[], name: string, namespace: string): string {
  const environments = here.filter(
    ({ spec, view }) => spec.level === 'Environment' && isNamed(spec, view, name),
  );
  const owners = [...new Set(environments.map(({ owner }) => owner))];
  const hasRepository = here.some(({ spec }) => spec.level === 'Repository');
  const [owner] = owners;
  if (!hasRepository && owner !== undefined && owners.length === 1) return owner;
  return keyOfScope(onlyRepository(here, namespace));
}

function matching(scopes: readonly FoundScope[], repository: string, name: string): FoundScope[] {
  return scopes.filter(
    ({ spec, view, owner }) =>
      spec.level === 'Environment' && owner === repository && isNamed(spec, view, name),
  );
}

/** Spec row GX12: compared without case. */
function isNamed({ environmentName }: ScopeSpec, { metadata }: ScopeView, name: string): boolean {
  return (environmentName ?? metadata.name).toLowerCase() === name.toLowerCase();
}

/** The older of two of one name is the one that counts. */
function oldest(found: readonly FoundScope[]): FoundScope {
  const [first] = found.toSorted((a, b) => (a.view.createdAt < b.view.createdAt ? -1 : 1));
  if (first) return first;
  throw new Error('no scope was found');
}

async function ifAllowed(scopes: Promise<FoundScope[]>): Promise<FoundScope[]> {
  try {
    return await scopes;
  } catch (error) {
    const denied = error instanceof ExitError && error.code === EXIT.denied;
    if (denied || isKubeError(error, 'forbidden')) return [];
    throw error;
  }
}
