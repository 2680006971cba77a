import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Recipe } from '../model/plan.ts';
import type { RequestPlan } from '../model/request-subject.ts';
import { ACCESS, aPlan, deliver } from './a-plan.fixture.ts';
import { namesIn, recipeOf } from './recipe-names.ts';
import { requestedPlan } from './requested-plan.ts';

type KeyLine = NonNullable<RequestPlan['keys']>[number];

const keyLine = (line: Partial<KeyLine>): KeyLine => ({
  key: 'k',
  change: 'Added',
  content: 'Value',
  ...line,
});
const login = (username: string, password: string) => ({ server: 'ghcr.io', username, password });
const logins = (...registries: ReturnType<typeof login>[]) =>
  keyLine({ content: 'DockerConfig', text: JSON.stringify(registries) });

describe('the names that go into a data key', () => {
  it.each<[string, KeyLine, string[]]>([
    ['a value has its own', keyLine({ name: 'A' }), ['A']],
    ['nothing has none', keyLine({ content: 'Empty' }), []],
    ['a text without names has none', keyLine({ content: 'Template', text: 'plain' }), []],
    [
      'a text has each once, whatever is done to it',
      keyLine({ content: 'Template', text: '${A}${B | json}${A}' }),
      ['A', 'B'],
    ],
    ['an escaped name is no name', keyLine({ content: 'Template', text: '$${A}${B}' }), ['B']],
    ['a text that cannot be read has none', keyLine({ content: 'Template', text: '${A' }), []],
    [
      'logins have those of user and password',
      logins(login('${U}', '${P}'), login('bot', '${P}${Q}')),
      ['U', 'P', 'Q'],
    ],
    ['a value without a name has none', keyLine({}), []],
    ['a text that is not there has none', keyLine({ content: 'Template' }), []],
  ])('%s', (_, line, expected) => {
    expect(namesIn(line)).toEqual(expected);
  });
});

describe('the recipe of a line', () => {
  it.each<[string, KeyLine]>([
    ['a value without a name', keyLine({})],
    ['logins without a text', keyLine({ content: 'DockerConfig' })],
    ['logins that are no JSON', keyLine({ content: 'DockerConfig', text: '[{' })],
    ['logins that are no list', keyLine({ content: 'DockerConfig', text: '{}' })],
  ])('%s says too little for one', (_, line) => {
    expect(recipeOf(line)).toBeUndefined();
    expect(namesIn(line)).toEqual([]);
  });

  const anyName = fc.constantFrom('A', 'B', 'DATABASE_URL');
  const anyText = fc
    .array(
      fc.oneof(
        fc.string(),
        anyName.map((name) => `\${${name}}`),
      ),
    )
    .map((parts) => parts.join(''));
  const anyRecipe: fc.Arbitrary<Recipe> = fc.oneof(
    anyName.map((name): Recipe => ({ kind: 'value', name })),
    fc.constant<Recipe>({ kind: 'empty' }),
    anyText.map((text): Recipe => ({ kind: 'template', text })),
    fc
      .array(fc.record({ server: fc.string(), username: anyText, password: anyText }))
      .map((registries): Recipe => ({ kind: 'dockerConfig', registries })),
  );

  it('is the one that the line was written from, whatever it says', () => {
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        const { plan } = requestedPlan(ACCESS, [aPlan([deliver('k', recipe)])], () => '1', undefined);
        expect(plan.keys?.map(recipeOf)).toEqual([recipe]);
      }),
    );
  });
});
