/** What a data key is made of, back from the line of a request. */
import type { Json } from '../model/canonical-json.ts';
import type { Recipe } from '../model/plan.ts';
import type { RequestPlan } from '../model/request-subject.ts';
import { parseTemplate, templateNames } from '../model/template.ts';

type KeyLine = NonNullable<RequestPlan['keys']>[number];
type Registries = Extract<Recipe, { kind: 'dockerConfig' }>['registries'];

/** The recipe of a line; undefined where the line does not say enough, which the operator never writes. */
export function recipeOf({ content, name, text = '' }: KeyLine): Recipe | undefined {
  switch (content) {
    case 'Value':
      return name === undefined ? undefined : { kind: 'value', name };
    case 'Empty':
      return { kind: 'empty' };
    case 'Template':
      return { kind: 'template', text };
    case 'DockerConfig':
      return dockerConfigIn(text);
    default:
      return unreachable(content);
  }
}

function dockerConfigIn(text: string): Recipe | undefined {
  const registries = jsonIn(text);
  return Array.isArray(registries)
    ? { kind: 'dockerConfig', registries: registries as Registries }
    : undefined;
}

/** Undefined where it is none: a request that says nonsense must not stop the work on all others. */
export function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The secrets that go into a data key. */
export function namesIn(line: KeyLine): string[] {
  const recipe = recipeOf(line);
  switch (recipe?.kind) {
    case 'value':
      return [recipe.name];
    case 'template':
      return namesOfTexts([recipe.text]);
    case 'dockerConfig':
      return namesOfTexts(recipe.registries.flatMap(({ username, password }) => [username, password]));
    case 'empty':
    case undefined:
      return [];
    default:
      return unreachable(recipe);
  }
}

function namesOfTexts(texts: readonly string[]): string[] {
  const names = texts.flatMap((text) => {
    const parsed = parseTemplate(text);
    return parsed.kind === 'invalid' ? [] : templateNames(parsed.parts);
  });
  return [...new Set(names)];
}

function unreachable(value: never): never {
  throw new Error(`a request has no such line: ${JSON.stringify(value)}`);
}
