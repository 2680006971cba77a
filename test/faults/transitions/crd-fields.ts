/**
 * Owns: every field of spec of a kind, as its CRD has it. Used by: transitions, and the test that none is forgotten.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const CRDS = join(import.meta.dirname, '..', '..', '..', 'crds');

interface Schema {
  readonly type?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export interface CrdField {
  /** `targets[].keys`; maps and whatever has no fields of its own are one field */
  readonly path: string;
  /** whether its object is one without it */
  readonly optional: boolean;
}

export function fieldsOf(plural: string): CrdField[] {
  const crd = parse(readFileSync(join(CRDS, `secretscope.dev_${plural}.yaml`), 'utf8'));
  const [{ schema }] = crd.spec.versions;
  return leavesOf(schema.openAPIV3Schema.properties.spec as Schema, '', false);
}

function leavesOf(schema: Schema, path: string, optional: boolean): CrdField[] {
  if (schema.items) return leavesOf(schema.items, `${path}[]`, optional && schema.items.type !== 'object');
  const { properties = {}, required = [] } = schema;
  const names = Object.keys(properties);
  if (names.length === 0) return [{ path, optional }];
  return names.flatMap((name) =>
    leavesOf(properties[name] ?? {}, path === '' ? name : `${path}.${name}`, !required.includes(name)),
  );
}

type Node = { [field: string]: unknown };

/** The spec with another value there, in the first item of each list; undefined: without it. */
export function withValue(spec: object, path: string, value: unknown): object {
  const copy = structuredClone(spec) as Node;
  const steps = path.replaceAll('[]', '.0').split('.');
  const last = steps.pop() ?? '';
  let at: Node = copy;
  for (const step of steps) {
    const next = at[step];
    if (typeof next !== 'object' || next === null) throw new Error(`the object has no ${step} of ${path}`);
    at = next as Node;
  }
  if (!(last in at)) throw new Error(`the object has no ${path}, so nothing would change`);
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}
