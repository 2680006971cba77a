import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../model/canonical-json.ts';
import type { KeyPlan, PlanLine, Recipe } from '../model/plan.ts';

/**
 * The digest that an approval is given for: `v1:sha256:` over the canonical JSON of a target's plan. It holds
 * which value is meant for every key, never a value. The algorithm is named in front, so that a later form
 * leaves earlier approvals valid. A key that is merely unavailable right now has no line and changes nothing
 * about the others.
 */
export function planSubject(
  destination: { namespace: string; secretName: string; type: string },
  keys: readonly KeyPlan[],
): string {
  const plan: Json = { destination, keys: keys.filter((key) => key.kind === 'deliver').map(keyJson) };
  return `v1:sha256:${createHash('sha256').update(canonicalJson(plan)).digest('hex')}`;
}

function keyJson(key: Extract<KeyPlan, { kind: 'deliver' }>): Json {
  return {
    dataKey: key.dataKey,
    recipe: recipeJson(key.recipe),
    lines: key.lines.map(lineJson),
    emptyNames: key.emptyNames,
  };
}

function recipeJson(recipe: Recipe): Json {
  switch (recipe.kind) {
    case 'value':
      return { kind: recipe.kind, name: recipe.name };
    case 'empty':
      return { kind: recipe.kind };
    case 'template':
      return { kind: recipe.kind, text: recipe.text };
    case 'dockerConfig':
      return { kind: recipe.kind, registries: recipe.registries.map((registry) => ({ ...registry })) };
    default:
      return unreachable(recipe);
  }
}

/** One plan line as JSON: everything that decides which value is meant, defaults left out. */
export function lineJson(line: PlanLine): Json {
  return {
    name: line.name,
    level: line.level,
    scope: { ...line.scope },
    ...(line.locked ? { locked: true } : {}),
    backend: {
      kind: line.backend.refKind,
      ...line.backend.id,
      provider: line.backend.provider,
      identity: line.backend.identity,
    },
    key: line.key,
    version: line.version,
    property: line.property,
    ...(line.encoding === 'None' ? {} : { encoding: line.encoding }),
  };
}

function unreachable(recipe: never): never {
  throw new Error(`a recipe of this kind has no canonical form: ${JSON.stringify(recipe)}`);
}
