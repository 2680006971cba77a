/**
 * Owns: the schema of a kind as a table for people: every field, its type, its limits, and what the API server refuses.
 * Called by: reference-pages.ts. Must not: read or write files.
 */
import type { KindDefinition } from '../../src/model/kinds/common.ts';
import { customResource } from './custom-resource.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-validations'?: readonly { readonly message?: string }[];
}

interface Field {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Shapes that every user of Kubernetes knows: one line each. */
const KNOWN_SHAPES: readonly (readonly [field: string, type: string])[] = [
  ['matchExpressions', 'label selector'],
  ['lastTransitionTime', 'condition'],
];

/** Markdown; the same for the same schema. */
export function fieldTable(kind: KindDefinition): string {
  const root = openApi(kind);
  const tops = Object.entries(root.properties ?? {}).filter(
    ([name]) => !['apiVersion', 'kind', 'metadata'].includes(name),
  );
  const fields = tops.flatMap(([name, schema]) => [
    // of spec and status as a whole there is nothing to say
    ...(schema.properties ? [] : [{ path: name, schema, required: false }]),
    ...fieldsBelow(schema, name),
  ]);
  const rules = messagesIn(root);
  return [
    'A `*` is behind what has to be there. Defaults are applied by the operator and never written into `spec`.',
    '',
    '| Field | Type | Limits | Meaning |',
    '| --- | --- | --- | --- |',
    ...fields.map(row),
    ...(rules.length > 0
      ? ['', 'The API server refuses besides, in these words:', '', ...rules.map((each) => `- ${each}`)]
      : []),
  ].join('\n');
}

function openApi(kind: KindDefinition): Schema {
  const crd = customResource(kind) as {
    readonly spec: {
      readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[];
    };
  };
  return crd.spec.versions[0]?.schema.openAPIV3Schema ?? {};
}

function fieldsBelow(schema: Schema, path: string): Field[] {
  const { properties = {}, required = [], items, additionalProperties } = schema;
  if (knownShape(schema)) return [];
  const own = Object.entries(properties).flatMap(([name, each]) => [
    { path: `${path}.${name}`, schema: each, required: required.includes(name) },
    ...fieldsBelow(each, `${path}.${name}`),
  ]);
  return [
    ...own,
    ...(items ? fieldsBelow(items, `${path}[]`) : []),
    ...(additionalProperties ? fieldsBelow(additionalProperties, `${path}.*`) : []),
  ];
}

function knownShape({ properties = {} }: Schema): string | undefined {
  return KNOWN_SHAPES.find(([field]) => field in properties)?.[1];
}

function row({ path, schema, required }: Field): string {
  const cells = [
    `\`${path}\`${required ? ' *' : ''}`,
    typeOf(schema),
    limitsOf(schema),
    schema.description ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((each) => `\`${String(each)}\``).join(', ');
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (schema.additionalProperties) return `map to ${typeOf(schema.additionalProperties)}`;
  return knownShape(schema) ?? (schema.format === 'date-time' ? 'time' : (schema.type ?? 'anything'));
}

function limitsOf(schema: Schema): string {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, maxProperties, items } = schema;
  const said = [
    range(minLength, maxLength, 'characters'),
    range(minimum, maximum, ''),
    range(minItems, maxItems, 'items'),
    range(undefined, maxProperties, 'entries'),
    items?.maxLength === undefined ? '' : `each ${range(items.minLength, items.maxLength, 'characters')}`,
  ];
  return said.filter((each) => each !== '').join('; ');
}

function range(least: number | undefined, most: number | undefined, of: string): string {
  const told = (number: number) => number.toLocaleString('en');
  if (most === undefined) return least === undefined ? '' : `from ${told(least)} ${of}`.trimEnd();
  const whole =
    least === undefined || (least === 0 && of !== '')
      ? `up to ${told(most)}`
      : `${told(least)} to ${told(most)}`;
  return `${whole} ${of}`.trimEnd();
}

/** Each message once, in the order of the schema. */
function messagesIn(schema: Schema): string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap(({ message }) => (message ? [message] : []));
  const below = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items ? [schema.items] : []),
    ...(schema.additionalProperties ? [schema.additionalProperties] : []),
  ].flatMap(messagesIn);
  return [...new Set([...own, ...below])];
}
