/**
 * Owns: what a request says: the plan of one target, in all its namespaces, or of one webhook, as reviewers read it.
 * Used by: whoever makes requests, and whoever compares what is wanted with what was released.
 */
import { canonicalJson } from '../model/canonical-json.ts';
import type { PlanLine, Recipe, TargetPlan } from '../model/plan.ts';
import { identityText, type RequestPlan } from '../model/request-subject.ts';
import { namesIn } from './recipe-names.ts';

type SecretLine = RequestPlan['secrets'][number];
type KeyLine = NonNullable<RequestPlan['keys']>[number];

/** The scope and the consumer, who are the same in every request for them. */
export type Requester = Pick<RequestPlan, 'scopeRef' | 'consumer' | 'pin' | 'webhook'>;

export interface Requested {
  readonly plan: RequestPlan;
  /** What cannot be told now, since a level above is not known, and was not released before either. */
  readonly unknownLines: readonly string[];
}

/**
 * The plan to ask for. `plans` are those of one target, one for each namespace it goes to; a name is supplied by
 * the same line in all of them. What cannot be had now and was released before is still asked for as it was released:
 * a backend that is away for a minute must not make reviewers approve everything again.
 */
export function requestedPlan(
  requester: Requester,
  plans: readonly TargetPlan[],
  versionOf: (line: PlanLine) => string | undefined,
  released: RequestPlan | undefined,
): Requested {
  const found = { secrets: new Map<string, SecretLine>(), keys: new Map<string, KeyLine>() };
  const unknownLines = new Set<string>();
  const keys = plans.flatMap(({ keys: list }) => list);
  for (const key of keys) {
    if (key.kind !== 'deliver') continue;
    // empty where a name does not reach: reviewers read what the others receive
    if (key.recipe.kind !== 'empty' || !found.keys.has(key.dataKey))
      found.keys.set(key.dataKey, keyLine(key.dataKey, key.recipe));
    for (const line of key.lines) found.secrets.set(line.name, secretLine(line, versionOf(line)));
  }
  for (const key of keys) {
    if (key.kind !== 'keep' || found.keys.has(key.dataKey)) continue;
    const isKept = requester.webhook ? keepName : keepReleased;
    if (!isKept(key.dataKey, released, found) && key.uncertain) unknownLines.add(`key ${key.dataKey}`);
  }
  const plan: RequestPlan = {
    ...requester,
    ...(!requester.webhook && secretIn(plans)),
    secrets: [...found.secrets.values()].sort((a, b) => order(a.name, b.name)),
    // a webhook has no Secret; what is sent is in its text
    ...(!requester.webhook && { keys: [...found.keys.values()].sort((a, b) => order(a.key, b.key)) }),
    ...(!requester.webhook && { namespaces: namespacesIn(plans) }),
  };
  return { plan, unknownLines: [...unknownLines].sort() };
}

function secretIn([first]: readonly TargetPlan[]): Pick<RequestPlan, 'secret'> {
  return first ? { secret: { name: first.secretName, type: first.type } } : {};
}

function namespacesIn(plans: readonly TargetPlan[]): NonNullable<RequestPlan['namespaces']> {
  return plans
    .map(({ namespace, namespaceUid: uid }) => ({
      name: namespace,
      ...(uid !== undefined && { uid }),
      change: 'Added' as const,
    }))
    .sort((a, b) => order(a.name, b.name));
}

interface Found {
  readonly secrets: Map<string, SecretLine>;
  readonly keys: Map<string, KeyLine>;
}

function keepReleased(dataKey: string, released: RequestPlan | undefined, found: Found): boolean {
  const key = (released?.keys ?? []).find((one) => one.key === dataKey && one.change !== 'Removed');
  if (!released || !key) return false;
  found.keys.set(dataKey, key);
  for (const name of namesIn(key)) {
    const line = released.secrets.find((one) => one.name === name && one.change !== 'Removed');
    if (line && !found.secrets.has(name)) found.secrets.set(name, line);
  }
  return true;
}

/** A webhook's plan has one key for each name, of the same name. */
function keepName(name: string, released: RequestPlan | undefined, found: Found): boolean {
  const line = released?.secrets.find((one) => one.name === name && one.change !== 'Removed');
  if (!line) return false;
  found.secrets.set(name, line);
  return true;
}

function secretLine(line: PlanLine, version: string | undefined): SecretLine {
  const { backend, property } = line;
  const shown = line.version ?? version;
  return {
    name: line.name,
    change: 'Added',
    level: line.level,
    scope: { namespace: line.scope.namespace, name: line.scope.name, uid: line.scope.uid },
    ...(line.locked && { locked: true }),
    backend: {
      kind: backend.refKind,
      ...(backend.id.namespace !== '' && { namespace: backend.id.namespace }),
      name: backend.id.name,
      uid: backend.id.uid,
      provider: backend.provider,
      identity: identityText(backend.identity),
    },
    key: line.key,
    ...(property !== undefined && { property }),
    ...(line.encoding !== 'None' && { encoding: line.encoding }),
    ...(shown !== undefined && { version: shown }),
    ...(line.version !== undefined && { versionFixed: true }),
  };
}

function keyLine(key: string, recipe: Recipe): KeyLine {
  const line = { key, change: 'Added' as const };
  switch (recipe.kind) {
    case 'value':
      return { ...line, content: 'Value', name: recipe.name };
    case 'empty':
      return { ...line, content: 'Empty' };
    case 'template':
      return { ...line, content: 'Template', text: recipe.text };
    case 'dockerConfig':
      return {
        ...line,
        content: 'DockerConfig',
        text: canonicalJson(recipe.registries.map((one) => ({ ...one }))),
      };
    default:
      return unreachable(recipe);
  }
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function unreachable(recipe: never): never {
  throw new Error(`a request has no line for this recipe: ${JSON.stringify(recipe)}`);
}
