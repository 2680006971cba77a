/**
 * Owns: the step from zod's JSON schema to what the API server calls a structural schema.
 * Called by: custom-resource.ts. Must not know any kind of the product.
 *
 * Keywords are on an allow-list: what a CRD cannot express (unions, tuples, references) fails the generator with
 * the path of the field, instead of becoming a field that the API server does not check.
 */

/** A node of the schema, in JSON. */
export type SchemaNode = { [keyword: string]: unknown };

const COPIED = new Set([
  'default',
  'description',
  'enum',
  'format',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minItems',
  'minLength',
  'minProperties',
  'minimum',
  'nullable',
  'pattern',
  'required',
  'type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
]);

/** The structural form of `node`; `faults` collects what cannot be expressed, by path. */
export function structural(node: SchemaNode, path: string, faults: string[]): SchemaNode {
  const out: SchemaNode = {};
  for (const [keyword, value] of Object.entries(node)) {
    const kept = keptKeyword(keyword, value, path, faults);
    if (kept !== undefined) out[keyword] = kept;
  }
  faults.push(...faultsOf(out, path));
  // the API server keeps no empty list of fields, and doctor would find another kind there than was shipped
  if (isAnything(out['properties'])) delete out['properties'];
  return ordered(out);
}

function keptKeyword(keyword: string, value: unknown, path: string, faults: string[]): unknown {
  if (keyword === 'properties') return properties(value as SchemaNode, path, faults);
  if (keyword === 'items') return structural(value as SchemaNode, `${path}[]`, faults);
  if (keyword === 'additionalProperties')
    return isAnything(value) ? undefined : mapValues(value, path, faults);
  // zod bounds every integer by JavaScript's safe range, which says nothing to a reader of the CRD
  if ((keyword === 'minimum' || keyword === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER)
    return undefined;
  if (COPIED.has(keyword)) return value;
  faults.push(`${path}: ${keyword} has no structural form; write the field another way`);
  return undefined;
}

function properties(fields: SchemaNode, path: string, faults: string[]): SchemaNode {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      structural(field as SchemaNode, `${path}.${name}`, faults),
    ]),
  );
}

/** A closed object is closed by pruning: the API server refuses `additionalProperties` beside `properties`. */
function mapValues(value: unknown, path: string, faults: string[]): SchemaNode | undefined {
  return typeof value === 'object' && value !== null
    ? structural(value as SchemaNode, `${path}{}`, faults)
    : undefined;
}

/** Of an object whose members nobody checks; `x-kubernetes-preserve-unknown-fields` says so to the API server. */
function isAnything(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function faultsOf(node: SchemaNode, path: string): string[] {
  const faults: string[] = [];
  if (typeof node['description'] !== 'string' || node['description'] === '')
    faults.push(`${path}: has no description; add .describe()`);
  if (node['type'] === undefined) faults.push(`${path}: has no type`);
  if (typeof node['pattern'] === 'string' && /\(\?[=!<]/.test(node['pattern']))
    faults.push(`${path}: the API server's patterns (RE2) have no lookaround`);
  if (node['type'] === 'object' && isBare(node) && node['x-kubernetes-preserve-unknown-fields'] !== true)
    faults.push(`${path}: without properties the API server would prune every member`);
  if (node['type'] === 'array' && node['x-kubernetes-list-type'] === undefined)
    faults.push(`${path}: say whether the list is a map, a set or atomic; it cannot be changed later`);
  return faults;
}

function isBare({ properties: fields, additionalProperties }: SchemaNode): boolean {
  return additionalProperties === undefined && fields !== undefined && isAnything(fields);
}

const FIRST = ['description', 'type'];
const LAST = ['x-kubernetes-validations', 'properties', 'items', 'additionalProperties'];

/** What it is comes first, what is inside it last, so that the file can be read from top to bottom. */
function ordered(node: SchemaNode): SchemaNode {
  const rank = (keyword: string): number =>
    FIRST.includes(keyword) ? FIRST.indexOf(keyword) - FIRST.length : LAST.indexOf(keyword) + 1;
  return Object.fromEntries(
    Object.entries(node).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0)),
  );
}
