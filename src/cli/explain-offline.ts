/** Owns: what is known of a scope from files alone. Used by: explain -f. */
import type { NamespaceFacts } from '../model/facts.ts';
import { unseenNamespace } from './caller-world.ts';
import type { Known } from './explain-answer.ts';
import { factsFor, scopeRef } from './explain-scope.ts';
import { levelsOf, missingParent } from './offline-facts.ts';
import { completed } from './offline-namespaces.ts';
import { problemText } from './offline-problem.ts';
import { readManifests, type Stdin } from './offline-read.ts';
import { fileWorld } from './offline-world.ts';
import { EXIT, ExitError } from './usage-error.ts';

interface FileFlags {
  readonly filename: readonly string[];
  readonly namespace?: string;
  readonly namespaceLabels?: readonly string[];
  readonly for?: string;
}

export async function knownFromFiles(
  flags: FileFlags,
  scope: string,
  stdin?: Stdin,
): Promise<{ known: Known; other: NamespaceFacts | undefined }> {
  const files = fileWorld(await readManifests(flags.filename, stdin), flags.namespace ?? 'default');
  const world = completed(files, flags.namespaceLabels ?? []);
  const key = keyIn([...files.scopes.keys()], scope, flags.namespace);
  const view = key === undefined ? undefined : files.scopes.get(key);
  if (!view)
    throw new ExitError(
      EXIT.notFound,
      `there is no SecretScope ${scope} in these files; name it as NAMESPACE/NAME, or add its file with -f`,
    );
  const facts = factsFor(world, view, () => true);
  const parent = missingParent(facts);
  const involved = new Set(levelsOf(facts).map(({ namespace }) => namespace.name));
  const notes = [
    ...files.problems.map(problemText),
    ...world.unknownNamespaces.filter((name) => involved.has(name)).map(world.labelsNote),
    ...(parent === undefined
      ? []
      : [`SecretScope ${parent} is not in these files: what it supplies, locks and refuses is not known`]),
  ];
  const known: Known = {
    source: 'files',
    view,
    facts,
    world,
    targets: [],
    requests: [],
    notes,
    isPartial: parent !== undefined,
  };
  const other =
    flags.for === undefined ? undefined : (world.namespaces.get(flags.for) ?? unseenNamespace(flags.for));
  return { known, other };
}

/** A name alone is enough where the files have only one of it. */
function keyIn(keys: readonly string[], scope: string, namespace: string | undefined): string | undefined {
  const { namespace: place, name } = scopeRef(scope, namespace ?? '');
  if (place !== '') return keys.find((key) => key === `${place}/${name}`);
  const same = keys.filter((key) => key.endsWith(`/${name}`));
  return same.length === 1 ? same[0] : undefined;
}
