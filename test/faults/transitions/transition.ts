/**
 * Owns: what a transition is: one field of one object is changed, broken, taken away where it may be, and mended again.
 * Used by: the tables of worlds, and whoever runs them.
 */
import type { Thing } from '../../scenarios-support/person.ts';
import { fieldsOf, withValue } from './crd-fields.ts';

/** What a field is changed to. */
export interface Change {
  /** the object of the world, `Kind/name`; it has the field */
  readonly on: string;
  /** values that the API server takes, one after the other */
  readonly to?: readonly unknown[];
  /** a value that it refuses */
  readonly refused?: unknown;
  /** It cannot be left out there, although the schema says that it may. */
  readonly stays?: true;
}

export type Changes = Readonly<Record<string, Change>>;

/** A settled world, and changes to the fields of what is in it. */
export interface TransitionWorld {
  readonly name: string;
  /** its transitions run for every change; the others with --all */
  readonly gates: boolean;
  readonly objects: readonly Thing[];
  /** how many requests its operator makes before it has settled; none if absent */
  readonly asks?: number;
  /** how many keys wait for a time then; none if absent, or as many as there happen to be */
  readonly waits?: number;
  /** by the plural of the kind, then by field */
  readonly changes: Readonly<Record<string, Changes>>;
}

export interface Transition {
  /** `transitions/scopes/secretscopes.targets.keys` */
  readonly id: string;
  readonly gates: boolean;
  readonly world: TransitionWorld;
  /** as it is before and after */
  readonly thing: Thing;
  /** in between, one after the other */
  readonly steps: readonly Step[];
}

export interface Step {
  readonly what: 'changed' | 'removed' | 'refused';
  readonly thing: Thing;
}

export function transitionsOf(world: TransitionWorld): Transition[] {
  return Object.entries(world.changes).flatMap(([plural, changes]) => {
    const fields = new Map(fieldsOf(plural).map((field) => [field.path, field]));
    return Object.entries(changes).map(([path, change]) => {
      const field = fields.get(path);
      if (!field) throw new Error(`${plural} has no field ${path}`);
      const thing = thingOf(world, change.on);
      const id = `transitions/${world.name}/${plural}.${path.replaceAll('[]', '')}`;
      return { id, gates: world.gates, world, thing, steps: stepsOf(thing, path, change, field.optional) };
    });
  });
}

function thingOf({ name, objects }: TransitionWorld, on: string): Thing {
  const thing = objects.find(({ kind, metadata }) => `${kind}/${metadata.name}` === on);
  if (!thing) throw new Error(`the world ${name} has no ${on}`);
  return thing;
}

function stepsOf(thing: Thing, path: string, { to = [], refused, stays }: Change, optional: boolean): Step[] {
  const spec = thing['spec'] as object;
  const step = (what: Step['what'], value: unknown): Step => ({
    what,
    thing: { ...thing, spec: withValue(spec, path, value) },
  });
  return [
    ...to.map((value) => step('changed', value)),
    ...(refused === undefined ? [] : [step('refused', refused)]),
    ...(optional && stays === undefined && refused === undefined ? [step('removed', undefined)] : []),
  ];
}
