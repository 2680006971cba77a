/** For tests: any plans of one target. A name is supplied by one line, wherever it goes. */
import fc from 'fast-check';
import type { KeyPlan, PlanLine, Recipe, TargetPlan } from '../model/plan.ts';
import { aPlan, deliver, keep, line, offered, withdraw } from './a-plan.fixture.ts';

const NAMES = ['A', 'B', 'C'] as const;
const DATA_KEYS = ['k1', 'k2', 'k3', 'k4'] as const;

type Supply = ReadonlyMap<string, PlanLine>;

const anyLine = (name: string): fc.Arbitrary<PlanLine> =>
  fc
    .tuple(
      fc.constantFrom('', 'org:'),
      fc.constantFrom('', '=x'),
      fc.constantFrom('', '', '@7'),
      fc.boolean(),
    )
    .map(([from, key, version, explicit]) => line(`${from}${name}${key}${version}`, { explicit }));

const anySupply: fc.Arbitrary<Supply> = fc
  .tuple(...NAMES.map(anyLine))
  .map((lines) => new Map(lines.map((one) => [one.name, one])));

const anyRecipe: fc.Arbitrary<Recipe> = fc.oneof(
  fc.constantFrom(...NAMES).map((name): Recipe => ({ kind: 'value', name })),
  fc
    .constantFrom('${A}', '${A}:${B | json}', 'no name', '${C}${C}')
    .map((text): Recipe => ({ kind: 'template', text })),
  fc.constantFrom(...NAMES).map(
    (name): Recipe => ({
      kind: 'dockerConfig',
      registries: [{ server: 'ghcr.io', username: 'bot', password: `\${${name}}` }],
    }),
  ),
  fc.constant<Recipe>({ kind: 'empty' }),
);

/** The names of the recipes above. */
function namesOf(recipe: Recipe): string[] {
  const text = recipe.kind === 'value' ? `\${${recipe.name}}` : JSON.stringify(recipe);
  return [...new Set([...text.matchAll(/\$\{([A-Z]+)/g)].map(([, name]) => name ?? ''))];
}

interface Wish {
  readonly kind: 'deliver' | 'keep' | 'unknown' | 'withdraw';
  readonly recipe: Recipe;
  /** a name of it that nobody supplies, and that counts as empty */
  readonly without: string;
}

const anyWish: fc.Arbitrary<Wish> = fc.record({
  kind: fc.constantFrom('deliver', 'deliver', 'deliver', 'keep', 'unknown', 'withdraw'),
  recipe: anyRecipe,
  without: fc.constantFrom('', '', ...NAMES),
});

function keyOf(dataKey: string, { kind, recipe, without }: Wish, supply: Supply): KeyPlan {
  if (kind === 'withdraw') return withdraw(dataKey);
  if (kind !== 'deliver') return keep(dataKey, kind === 'unknown');
  const names = namesOf(recipe);
  const left = recipe.kind === 'value' ? names : names.filter((name) => name !== without);
  return deliver(
    dataKey,
    recipe,
    left.flatMap((name) => supply.get(name) ?? []),
    names.filter((name) => !left.includes(name)),
  );
}

const anyOffer = fc
  .subarray(
    NAMES.flatMap((name) => [name, `org:${name}`]),
    { minLength: 3 },
  )
  .map((texts) => offered(...texts));

/** One target in one to three namespaces. */
export const anyPlans: fc.Arbitrary<TargetPlan[]> = fc
  .tuple(
    anySupply,
    fc.subarray(['prod', 'prod-a', 'prod-b'], { minLength: 1 }),
    fc.array(fc.tuple(fc.constantFrom(...DATA_KEYS), anyWish), { maxLength: 4 }),
    fc.constantFrom('Opaque', 'Opaque', 'kubernetes.io/tls' as const),
    anyOffer,
  )
  .map(([supply, namespaces, wishes, type, offeredBy]) => {
    const keys = [...new Map(wishes)].map(([dataKey, wish]) => keyOf(dataKey, wish, supply));
    return namespaces.map((namespace) => aPlan(keys, { namespace, type, offeredBy }));
  });
