/**
 * Owns: random specs of scopes, about half of them legal, most of the others with one fault.
 * Used by: schema-agreement.test.ts.
 */
import fc from 'fast-check';
import { LEVELS, type Level } from '../../src/model/kinds/secret-scope.ts';
import {
  access,
  dockerTarget,
  type Fields,
  flag,
  groupName,
  list,
  mostly,
  namespace,
  object,
  objectName,
  protection,
  repository,
  secretName,
  selector,
  source,
  target,
} from './field-arbitraries.ts';

const backendRef = object({
  kind: mostly(['SecretBackend', 'ClusterSecretBackend'], ['Vault']),
  name: objectName,
});
const prefix = mostly(['acme/', 'a.', 'a/b/', 'b/', 'c/', 'd.e.'], ['acme', '', 'a b/']);
const child = object(
  { namespaces: selector },
  { visibility: mostly(['Public', 'Internal', 'Private'], ['Secret']), trusted: flag },
);

const everywhere: Fields = { consumers: list(object({ namespaces: selector }), 2), suspend: flag };
const parented: Fields = {
  parentRef: object({ name: objectName }, { namespace }),
  targets: list(fc.oneof({ weight: 5, arbitrary: target }, { weight: 1, arbitrary: dockerTarget }), 2),
};
const entries = (more: Fields): Fields => ({
  secrets: list(object({ name: secretName, from: source }, { locked: flag, ...more })),
  discover: list(object({ prefix }, more), 2),
});

const OPTIONAL: Record<Level, Fields> = {
  Organization: {
    ...everywhere,
    ...entries({ access }),
    children: list(child, 2),
    accessGroups: list(
      object({ name: groupName }, { repositories: list(repository, 2), namespaces: selector }),
      2,
    ),
  },
  Repository: { ...everywhere, ...entries({}), ...parented, children: list(child, 2) },
  Environment: {
    ...everywhere,
    ...entries({}),
    ...parented,
    protection,
    environmentName: mostly(['production', 'My Env'], ['', 'a\nb']),
  },
};

/** A field that this level, or every level, does not have. */
const misplaced = mostly(
  [{}],
  [
    { protection: {} },
    { environmentName: 'e' },
    { accessGroups: [] },
    { targets: [] },
    { children: [] },
    { parentRef: { name: 'p' } },
    { parentRef: undefined },
    { backendRef: undefined },
    { fromTheFuture: true },
  ],
) as fc.Arbitrary<object>;

function ofLevel(level: Level): fc.Arbitrary<object> {
  const { parentRef, ...optional } = OPTIONAL[level];
  const required = { level: mostly([level], ['Team']), backendRef };
  if (parentRef === undefined) return object(required, optional);
  return level === 'Environment'
    ? object({ ...required, parentRef }, optional)
    : object(required, { ...optional, parentRef });
}

export const scopeSpecs: fc.Arbitrary<object> = fc
  .tuple(fc.constantFrom(...LEVELS).chain(ofLevel), misplaced)
  .map(([spec, fault]) => ({ ...spec, ...fault }));
