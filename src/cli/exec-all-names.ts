/**
 * Owns: the names that `--all` stands for: what the rules of resolution say with the caller's own rights, and what the
 * operator says it has delivered, which knows of levels and discovered names that the caller may not see. Used by: exec-scope.ts.
 */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { byName, isLoaderName, SECRET_NAME } from '../model/names.ts';
import { resolve } from '../resolve/resolve.ts';
import { CallerWorld } from './caller-world.ts';
import { operatorSays } from './explain-delivered.ts';
import { backendName, visibleFacts } from './offline-facts.ts';
import type { Place } from './review-cluster.ts';
import { missingRight } from './secret-rights.ts';
import { escapeText, type Terminal } from './terminal.ts';
import { EXIT, ExitError } from './usage-error.ts';

/** Without what loaders obey, unless it is `named`; sorted. */
export async function allNames(
  kube: KubeClient,
  scope: Place,
  named: readonly string[],
  terminal: Terminal,
): Promise<string[]> {
  const { names, viewEnds } = await offeredNames(kube, scope);
  for (const end of viewEnds)
    terminal.note(
      escapeText(
        `note: ${end}, so names from there may be missing; add those that --all does not find by --include`,
      ),
    );
  const loaders = names.filter((name) => isLoaderName(name) && !named.includes(name));
  if (loaders.length > 0)
    terminal.note(
      `note: ${loaders.join(', ')}: left out, since loaders obey variables of such names; what is meant is named by --include`,
    );
  const taken = names.filter((name) => !loaders.includes(name));
  if (taken.length > 0 || named.length > 0) return taken;
  throw new ExitError(
    EXIT.undeliverable,
    `scope ${scope.namespace}/${scope.name} has no secret that can be seen; look with: secretscope explain ${scope.namespace}/${scope.name}`,
  );
}

async function offeredNames(kube: KubeClient, scope: Place) {
  const world = new CallerWorld(kube);
  await world.mustRead(scope).catch(async (error: unknown) => {
    const { namespace } = scope;
    if (isKubeError(error, 'notFound'))
      throw new ExitError(
        EXIT.notFound,
        `there is no SecretScope ${namespace}/${scope.name}; look with: kubectl get secretscopes -n ${namespace}`,
      );
    if (!isKubeError(error, 'forbidden')) throw error;
    const right = { verb: 'get', resource: 'secretscopes', namespace, role: 'secretscope-view' } as const;
    throw await missingRight(kube, error, '--all has to look at the scope', right);
  });
  await world.readChain(scope);
  const view = world.scopes.get(`${scope.namespace}/${scope.name}`);
  if (!view) throw new Error(`scope ${scope.namespace}/${scope.name} cannot be read; use --include`);
  const facts = visibleFacts(world, view, ({ refKind, name }, namespace) =>
    world.isHidden(backendName(refKind, name, namespace)),
  );
  const resolution = facts && resolve(facts);
  const resolved = resolution?.kind === 'resolved' ? [...resolution.names] : [];
  const lines = resolved.flatMap(([name, { answer }]) => (answer.kind === 'line' ? [name] : []));
  // what was delivered once may be denied by now
  const decided = new Set(
    resolved.flatMap(([name, { answer }]) => (answer.kind === 'unknown' ? [] : [name])),
  );
  const told = [...operatorSays(view).supplied.keys()].filter((name) => SECRET_NAME.test(name));
  return {
    names: [...new Set([...lines, ...told.filter((name) => !decided.has(name))])].sort(byName),
    viewEnds: world.viewEnds,
  };
}
