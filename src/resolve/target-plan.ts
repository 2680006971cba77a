import { canonicalJson, type Json } from '../model/canonical-json.ts';
import type { NamespaceFacts } from '../model/facts.ts';
import type { TargetSpec } from '../model/kinds/target.ts';
import { byName, isLoaderName } from '../model/names.ts';
import type { MissingName, NameResult, ResolvedNames, TargetPlan, Violation } from '../model/plan.ts';
import { planKey, type Wish } from './key-plan.ts';
import { planSubject } from './subject.ts';

/**
 * What is to be in one Secret: a plan for every data key, from the target's wishes and what the names resolve
 * to. `destination` is the namespace the Secret lives in. `ownOnly`: UID of a protected scope, of which `includeAll`
 * takes its own entries alone; what it inherits there is named in `include`.
 */
export function planTarget(
  resolution: ResolvedNames,
  target: TargetSpec,
  destination: NamespaceFacts,
  ownOnly?: string,
): TargetPlan {
  const wishes = wishesOf(resolution, target, ownOnly);
  const planned = wishes.map((wish) => planKey(resolution, wish, target.onMissing === 'Empty'));
  const keys = planned.flatMap(({ key }) => key ?? []);
  const type = target.type ?? (target.dockerConfig ? 'kubernetes.io/dockerconfigjson' : 'Opaque');
  return {
    secretName: target.secretName,
    namespace: destination.name,
    ...(destination.uid !== undefined && { namespaceUid: destination.uid }),
    type,
    labels: target.labels ?? {},
    annotations: target.annotations ?? {},
    atomic: target.atomic === true,
    deletionPolicy: target.deletionPolicy ?? 'Delete',
    keys,
    missing: missingOf(planned.map(({ missing }) => missing)),
    offeredBy: resolution.offeredBy,
    uncertain: resolution.uncertain,
    violation: together([
      ...planned.flatMap(({ violation }) => violation ?? []),
      ...collisions(target, wishes),
    ]),
    subject: planSubject({ namespace: destination.name, secretName: target.secretName, type }, keys),
  };
}

/** What the target names comes first: `includeAll` adds to it and never claims a data key that it uses. */
function wishesOf(resolution: ResolvedNames, target: TargetSpec, ownOnly: string | undefined): Wish[] {
  const included = new Set(target.include ?? []);
  const named = [...[...included].map((name) => valueWish(target, name, true)), ...templateWishes(target)];
  const used = new Set(named.map(({ dataKey }) => dataKey));
  const others = target.includeAll === true ? namesForAll(resolution, ownOnly) : [];
  const added = others
    .filter((name) => !included.has(name))
    .map((name) => valueWish(target, name, false))
    .filter(({ dataKey }) => !used.has(dataKey));
  return [...named, ...added].sort(byDataKey);
}

function valueWish(target: TargetSpec, name: string, wishedByName: boolean): Wish {
  return { dataKey: target.keys?.[name] ?? name, recipe: { kind: 'value', name }, byName: wishedByName };
}

function templateWishes({ template, dockerConfig }: TargetSpec): Wish[] {
  const wishes: Wish[] = Object.entries(template ?? {}).map(([dataKey, text]) => ({
    dataKey,
    recipe: { kind: 'template', text },
    byName: true,
  }));
  if (dockerConfig) {
    const registries = [...dockerConfig.registries].sort((a, b) => byName(a.server, b.server));
    wishes.push({ dataKey: '.dockerconfigjson', recipe: { kind: 'dockerConfig', registries }, byName: true });
  }
  return wishes;
}

/** Two wishes for one data key are a collision; their order is fixed all the same. */
function byDataKey(a: Wish, b: Wish): number {
  return byName(a.dataKey, b.dataKey) || byName(recipeText(a), recipeText(b));
}

function recipeText({ recipe }: Wish): string {
  return canonicalJson({ ...recipe } satisfies Json);
}

/** `includeAll` takes what is supplied, also where it cannot be read now; loader names only by `include`. */
function namesForAll(resolution: ResolvedNames, ownOnly: string | undefined): string[] {
  return [...resolution.names].flatMap(([name, result]) =>
    result.answer.kind === 'absent' || isLoaderName(name) || !isTaken(result, ownOnly) ? [] : [name],
  );
}

/** Also what a lock above overrules: that another level supplies it now is a change that waits for its approval. */
function isTaken({ candidates }: NameResult, ownOnly: string | undefined): boolean {
  return ownOnly === undefined || candidates.some(({ scope }) => scope.uid === ownOnly);
}

function collisions(target: TargetSpec, wishes: readonly Wish[]): Violation[] {
  const dataKeys = wishes.map(({ dataKey }) => dataKey);
  const twice = new Set(dataKeys.filter((dataKey, index) => dataKeys.indexOf(dataKey) !== index));
  return [...twice].map((dataKey) => ({
    path: `spec.targets[${target.secretName}].keys`,
    reason: 'KeyCollision',
    message: `target ${target.secretName}: two sources make the data key ${dataKey}; give one of them another key in spec.targets[].keys`,
  }));
}

/** All that is wrong, as one finding: whoever mends the first should not meet the second only then. */
function together(violations: readonly Violation[]): Violation | undefined {
  const [first] = violations;
  return first && { ...first, message: violations.map(({ message }) => message).join('; ') };
}

function missingOf(lists: readonly (readonly MissingName[])[]): MissingName[] {
  const byMissingName = new Map(lists.flat().map((missing) => [missing.name, missing]));
  return [...byMissingName.values()].sort((a, b) => byName(a.name, b.name));
}
