import type { Recipe } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import { SecretValue } from '../model/secret-value.ts';
import { parseTemplate, type TemplatePart } from '../model/template.ts';
import { applyFilter, utf8 } from '../model/text-filters.ts';

export type Composed =
  | { readonly kind: 'value'; readonly value: SecretValue }
  | { readonly kind: 'failed'; readonly reason: Reason; readonly message: string };

/**
 * Makes the bytes of one data key from the values of its names. Substitution is one pass: what a value holds is
 * never read as a template. No message quotes a value.
 */
export function composeValue(
  dataKey: string,
  recipe: Recipe,
  values: ReadonlyMap<string, SecretValue>,
): Composed {
  switch (recipe.kind) {
    case 'value':
      return composed(values.get(recipe.name)?.copy() ?? missing(recipe.name));
    case 'empty':
      return composed(SecretValue.fromText(''));
    case 'template':
      return composed(render(dataKey, recipe.text, values));
    case 'dockerConfig':
      return composed(dockerConfig(dataKey, recipe.registries, values));
    default:
      return unreachable(recipe);
  }
}

type Failure = { readonly reason: Reason; readonly message: string };

function composed(result: SecretValue | Failure): Composed {
  return result instanceof SecretValue ? { kind: 'value', value: result } : { kind: 'failed', ...result };
}

function missing(name: string): Failure {
  return { reason: 'InternalError', message: `${name} was not read; the operator tries again` };
}

function render(
  dataKey: string,
  text: string,
  values: ReadonlyMap<string, SecretValue>,
): SecretValue | Failure {
  const parsed = parseTemplate(text);
  if (parsed.kind === 'invalid')
    return { reason: 'TemplateInvalid', message: `the template of data key ${dataKey} ${parsed.fault}` };
  const pieces: Buffer[] = [];
  for (const part of parsed.parts) {
    const piece = renderPart(dataKey, part, values);
    if (!Buffer.isBuffer(piece)) return piece;
    pieces.push(piece);
  }
  return new SecretValue(Buffer.concat(pieces));
}

function renderPart(
  dataKey: string,
  part: TemplatePart,
  values: ReadonlyMap<string, SecretValue>,
): Buffer | Failure {
  if (part.kind === 'text') return Buffer.from(part.text, 'utf8');
  const value = values.get(part.name);
  if (!value) return missing(part.name);
  let bytes = value.reveal();
  for (const filter of part.filters) {
    const filtered = applyFilter(filter, bytes);
    if (!filtered) return notText(dataKey, part.name);
    bytes = filtered;
  }
  return bytes;
}

function dockerConfig(
  dataKey: string,
  registries: Extract<Recipe, { kind: 'dockerConfig' }>['registries'],
  values: ReadonlyMap<string, SecretValue>,
): SecretValue | Failure {
  const auths = new Map<string, { username: string; password: string; auth: string }>();
  for (const registry of registries) {
    const username = renderText(dataKey, registry.username, values);
    const password = renderText(dataKey, registry.password, values);
    if (typeof username !== 'string') return username;
    if (typeof password !== 'string') return password;
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    auths.set(registry.server, { username, password, auth });
  }
  return SecretValue.fromText(JSON.stringify({ auths: Object.fromEntries(auths) }));
}

function renderText(
  dataKey: string,
  template: string,
  values: ReadonlyMap<string, SecretValue>,
): string | Failure {
  const rendered = render(dataKey, template, values);
  if (!(rendered instanceof SecretValue)) return rendered;
  const text = utf8(rendered.reveal());
  rendered.wipe();
  return text ?? notText(dataKey, 'a registry field');
}

function notText(dataKey: string, name: string): Failure {
  return {
    reason: 'ValueNotText',
    message: `data key ${dataKey}: the value of ${name} is not UTF-8 text, which this form needs; use base64, or deliver it as a key of its own`,
  };
}

function unreachable(value: never): never {
  throw new Error(`nothing can be composed from this: ${String(value)}`);
}
