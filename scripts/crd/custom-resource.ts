/**
 * Owns: the CustomResourceDefinition of a kind.
 * Called by: generate.ts. Must not read or write files.
 */
import { z } from 'zod';
import { GROUP, type KindDefinition, VERSION } from '../../src/model/kinds/common.ts';
import type { KindWithFields } from '../../src/model/kinds/secret-scope.ts';
import { type SchemaNode, structural } from './structural-schema.ts';

/** The CRD of `definition` as an object; throws with every fault of its schema at once. */
export function customResource(definition: KindDefinition): SchemaNode {
  const { plural, namespaced } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}`, labels: { 'app.kubernetes.io/part-of': 'secretscope' } },
    spec: {
      group: GROUP,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: names(definition),
      // there is no webhook server, so the shape of the first version is the shape of every later one
      conversion: { strategy: 'None' },
      versions: [version(definition)],
    },
  };
}

function names({ kind, plural, singular, shortNames }: KindDefinition): SchemaNode {
  return {
    kind,
    listKind: `${kind}List`,
    plural,
    singular,
    shortNames: [...shortNames],
    categories: ['secretscope-all'],
  };
}

function version(definition: KindDefinition): SchemaNode {
  const { selectableFields = [], columns } = definition;
  return {
    name: VERSION,
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: columns.map((column) => ({ ...column })),
    ...(selectableFields.length > 0 && {
      selectableFields: selectableFields.map((jsonPath) => ({ jsonPath })),
    }),
    schema: { openAPIV3Schema: rootSchema(definition) },
  };
}

function rootSchema(definition: KindDefinition): SchemaNode {
  const faults: string[] = [];
  const schema = structural(rootNode(definition), definition.kind, faults);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  // the API server describes metadata itself and refuses a description here
  const properties = schema['properties'] as SchemaNode;
  return { ...schema, properties: { ...properties, metadata: { type: 'object' } } };
}

function rootNode(definition: KindWithFields): SchemaNode {
  const { description, spec, status, rootRules, fields = {} } = definition;
  return {
    description,
    type: 'object',
    // without this an immutable field is changed by taking spec away and putting another one in its place
    required: ['spec'],
    ...(rootRules && { 'x-kubernetes-validations': [...rootRules] }),
    properties: {
      apiVersion: { description: `Always ${GROUP}/${VERSION}.`, type: 'string' },
      kind: { description: 'The kind of this object.', type: 'string' },
      metadata: { description: 'Described by the API server.', type: 'object' },
      spec: fieldNode(spec, 'What is wanted, written by the owner of the object.'),
      status: {
        ...fieldNode(status, 'What the operator reports. Output only: nothing is ever decided from it.'),
        // kstatus takes an object without a status for a finished one
        default: { observedGeneration: -1 },
      },
      ...Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldNode(field, '')])),
    },
  };
}

function fieldNode(schema: z.ZodType, description: string): SchemaNode {
  const node = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' });
  return { ...node, description: node.description ?? description };
}
