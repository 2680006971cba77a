import type {
  KeyPlan,
  MissingName,
  NameAnswer,
  PlanLine,
  Recipe,
  ResolvedNames,
  Violation,
} from '../model/plan.ts';
import { parseTemplate, templateNames } from '../model/template.ts';
import { answerOf } from './resolve.ts';

/** One data key that the target asks for, and whether it did so by name. */
export interface Wish {
  readonly dataKey: string;
  readonly recipe: Recipe;
  readonly byName: boolean;
}

/** The plan for one wish: its key, the names that were asked for in vain, and what is wrong with its text. */
export interface PlannedKey {
  readonly key: KeyPlan | undefined;
  readonly missing: readonly MissingName[];
  readonly violation: Violation | undefined;
}

/** Decides one data key: delivered when every name has a line; withdrawn when one is denied or gone; else kept. */
export function planKey(resolution: ResolvedNames, wish: Wish, emptyWhenMissing: boolean): PlannedKey {
  const names = namesOf(wish);
  if (typeof names === 'string')
    return { key: undefined, missing: [], violation: templateViolation(wish, names) };
  const answers = names.map((name) => ({ name, answer: answerOf(resolution, name) }));
  // a refused parent reads like one that is not there, and of that one it is unknown what is missing
  const mayEmpty = emptyWhenMissing && wish.byName && resolution.parentRefused === undefined;
  const emptied = mayEmpty ? answers.filter(({ answer }) => countsAsEmpty(answer)) : [];
  const asked = answers.filter((item) => !emptied.includes(item));
  const missing = wish.byName
    ? asked.flatMap(({ name, answer }) =>
        answer.kind === 'line' ? [] : [{ name, reason: answer.reason, message: answer.message }],
      )
    : [];
  const key = withoutLines(
    wish,
    asked.map(({ answer }) => answer),
  );
  if (key) return { key, missing, violation: undefined };
  const lines = asked.flatMap(({ answer }) => (answer.kind === 'line' ? [answer.line] : []));
  return {
    key: deliver(
      wish,
      lines,
      emptied.map(({ name }) => name),
    ),
    missing,
    violation: undefined,
  };
}

/** Spec row G51: what nobody supplies, or not to us, is the empty string; the two must look the same. */
function countsAsEmpty(answer: NameAnswer): boolean {
  return answer.kind === 'absent' || (answer.kind === 'denied' && answer.reason === 'LimitExceeded');
}

function deliver(wish: Wish, lines: readonly PlanLine[], emptyNames: readonly string[]): KeyPlan {
  const recipe =
    wish.recipe.kind === 'value' && lines.length === 0 ? ({ kind: 'empty' } as const) : wish.recipe;
  return { kind: 'deliver', dataKey: wish.dataKey, recipe, lines, emptyNames };
}

type BadAnswer = Exclude<NameAnswer, { kind: 'line' }>;

/** A denied or absent name takes its key away whatever else is wrong; only otherwise may the key be kept. */
function withoutLines(wish: Wish, answers: readonly NameAnswer[]): KeyPlan | undefined {
  const bad = answers.filter((answer): answer is BadAnswer => answer.kind !== 'line');
  const gone = bad.find((answer) => answer.kind === 'denied' || answer.kind === 'absent');
  const shown = gone ?? bad[0];
  if (!shown) return undefined;
  const about = { dataKey: wish.dataKey, reason: shown.reason, message: shown.message };
  if (gone) return { kind: 'withdraw', ...about };
  return { kind: 'keep', ...about, uncertain: bad.some((answer) => answer.kind === 'unknown') };
}

function namesOf(wish: Wish): string[] | string {
  switch (wish.recipe.kind) {
    case 'value':
      return [wish.recipe.name];
    case 'empty':
      return [];
    case 'template':
      return namesInTexts([wish.recipe.text]);
    case 'dockerConfig':
      return namesInTexts(
        wish.recipe.registries.flatMap((registry) => [registry.username, registry.password]),
      );
    default:
      return unreachable(wish.recipe);
  }
}

function namesInTexts(texts: readonly string[]): string[] | string {
  const names = new Set<string>();
  for (const text of texts) {
    const parsed = parseTemplate(text);
    if (parsed.kind === 'invalid') return parsed.fault;
    for (const name of templateNames(parsed.parts)) names.add(name);
  }
  return [...names];
}

function templateViolation({ dataKey, recipe }: Wish, fault: string): Violation {
  const field = recipe.kind === 'dockerConfig' ? 'dockerConfig' : `template[${dataKey}]`;
  return {
    path: `spec.targets[].${field}`,
    reason: 'TemplateInvalid',
    message: `the template of data key ${dataKey} ${fault}`,
  };
}

function unreachable(value: never): never {
  throw new Error(`a key plan does not know this recipe: ${JSON.stringify(value)}`);
}
