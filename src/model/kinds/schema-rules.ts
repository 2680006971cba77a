/**
 * Owns: what JSON schema alone cannot say (rules between fields, keys of lists), written once for the CRD and for
 * the runtime check. Used by: the kinds. The refinements are for the runtime check, meta() is for the CRD.
 */
import { z } from 'zod';

/** A rule between fields, once for the API server and once for objects that got past it. */
export interface Rule<Value> {
  /** CEL, evaluated by the API server */
  readonly rule: string;
  readonly message: string;
  /** the field of the object that the message is shown at, such as `.secrets` */
  readonly fieldPath?: string;
  /** the same in TypeScript; left out by rules that compare with the old object, which only admission sees */
  readonly holds?: (value: Value) => boolean;
}

/** `schema` with rules that the CRD hands to the API server and that the runtime check repeats. */
export function withRules<S extends z.ZodType>(schema: S, ...list: readonly Rule<z.output<S>>[]): S {
  const celRules = list.map(({ rule, message, fieldPath }) => ({
    rule,
    message,
    ...(fieldPath !== undefined && { fieldPath }),
  }));
  return schema
    .superRefine((value, context) => {
      for (const { message, fieldPath, holds } of list)
        if (holds?.(value) === false)
          context.addIssue({ code: 'custom', message, path: fieldPath?.split('.').filter(Boolean) ?? [] });
    })
    .meta({ 'x-kubernetes-validations': celRules });
}

/** A map with at most `max` members. JSON schema loses the bound of a zod record, so it is said twice. */
export function boundedMap<K extends z.core.$ZodRecordKey, V extends z.ZodType>(
  key: K,
  value: V,
  max: number,
) {
  return z
    .record(key, value)
    .superRefine((map, context) => {
      if (Object.keys(map).length > max)
        context.addIssue({ code: 'custom', message: `at most ${max} members` });
    })
    .meta({ maxProperties: max });
}

/** meta() for a list that is replaced as a whole. */
export const atomicList = { 'x-kubernetes-list-type': 'atomic' };

/** A list that appliers merge item by item: no two items agree in all `keys`. */
export function keyedList<Item extends z.ZodObject>(
  item: Item,
  max: number,
  ...keys: (keyof z.output<Item> & string)[]
) {
  return z
    .array(item)
    .max(max)
    .superRefine((items, context) => {
      const text = (value: z.output<Item>) => JSON.stringify(keys.map((key) => value[key] ?? ''));
      reportRepeated(items.map(text), context);
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });
}

/** A list of distinct strings that appliers merge. */
export function distinctList<Item extends z.ZodType<string>>(item: Item, max: number) {
  return z
    .array(item)
    .max(max)
    .superRefine((items, context) => reportRepeated(items, context))
    .meta({ 'x-kubernetes-list-type': 'set' });
}

function reportRepeated(keys: readonly string[], context: z.core.$RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, key] of keys.entries()) {
    if (seen.has(key)) context.addIssue({ code: 'custom', message: 'appears more than once', path: [index] });
    seen.add(key);
  }
}
