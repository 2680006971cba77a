import { describe, expect, it } from 'vitest';
import type { Recipe } from '../model/plan.ts';
import { SecretValue } from '../model/secret-value.ts';
import { composeValue } from './compose-value.ts';

const box = (value: string | Buffer) => new SecretValue(Buffer.from(value));
const boxes = (values: Record<string, string | Buffer>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, box(value)]));

function made(recipe: Recipe, values: Record<string, string | Buffer> = {}): Buffer {
  const composed = composeValue('key', recipe, boxes(values));
  if (composed.kind === 'failed') throw new Error(composed.message);
  return composed.value.reveal();
}

const text = (template: string, values: Record<string, string | Buffer> = {}) =>
  made({ kind: 'template', text: template }, values).toString();
const login = (server: string, username: string, password: string): Recipe => ({
  kind: 'dockerConfig',
  registries: [{ server, username, password }],
});

describe('a data key made of one value', () => {
  it('has exactly its bytes, also where they are no text', () => {
    const bytes = Buffer.from([0, 255, 254, 10, 13]);
    expect(made({ kind: 'value', name: 'A' }, { A: bytes })).toEqual(bytes);
  });

  it('lives in a box of its own: wiping what was read leaves it as it is', () => {
    const values = boxes({ A: 'one' });
    const composed = composeValue('key', { kind: 'value', name: 'A' }, values);
    values.get('A')?.wipe();
    expect(composed.kind === 'value' && composed.value.reveal().toString()).toBe('one');
  });

  it('is the empty string when it counts as empty', () => {
    expect(made({ kind: 'empty' })).toHaveLength(0);
  });

  it('is not made when the value is not there', () => {
    expect(composeValue('key', { kind: 'value', name: 'A' }, new Map())).toMatchObject({
      reason: 'InternalError',
    });
    expect(composeValue('key', { kind: 'template', text: '${A}' }, new Map())).toMatchObject({
      reason: 'InternalError',
    });
  });
});

describe('a template', () => {
  it.each<[string, string, Record<string, string | Buffer>, string]>([
    ['puts values into text', 'postgres://${USER}:${PASS}@db', { USER: 'u', PASS: 'p' }, 'postgres://u:p@db'],
    ['takes a name as often as it is written', '${A}${A}', { A: 'x' }, 'xx'],
    ['leaves text without names alone', 'cost: $5 {A}', {}, 'cost: $5 {A}'],
    [
      'G42: is one pass: a value that looks like a template stays as it is',
      '${A}',
      { A: '${B} $${C}' },
      '${B} $${C}',
    ],
    ['writes $${ for a literal', '$${A} ${A}', { A: 'x' }, '${A} x'],
    ['base64 encodes bytes', '${A | base64}', { A: Buffer.from([0, 255]) }, 'AP8='],
    [
      'json quotes what JSON needs, and only once',
      '{"a":${A | json}}',
      { A: 'x"\n\u2028' },
      '{"a":"x\\"\\n\u2028"}',
    ],
    [
      'url leaves only unreserved characters',
      '${A | url}',
      { A: "a b/ü'()*!~-._" },
      'a%20b%2F%C3%BC%27%28%29%2A%21~-._',
    ],
    ['trim takes white space off both ends', '[${A | trim}]', { A: ' \t x y \r\n' }, '[x y]'],
    ['applies filters from left to right', '${A | trim | base64}', { A: ' x ' }, 'eA=='],
    ['in another order makes another value', '${A | base64 | trim}', { A: ' x ' }, 'IHgg'],
    ['takes what counts as empty for nothing', '[${A}]', { A: '' }, '[]'],
  ])('%s', (_case, template, values, result) => {
    expect(text(template, values)).toBe(result);
  });

  it('keeps bytes that are no text, where no filter needs text', () => {
    expect(made({ kind: 'template', text: 'a${A}b' }, { A: Buffer.from([255]) })).toEqual(
      Buffer.from([97, 255, 98]),
    );
  });

  it.each(['json', 'url', 'trim'])('refuses to make text with %s of what is none', (filter) => {
    for (const bytes of [[255], [0xc3], [0xed, 0xa0, 0x80]]) {
      const composed = composeValue(
        'key',
        { kind: 'template', text: `\${A | ${filter}}` },
        boxes({ A: Buffer.from(bytes) }),
      );
      expect(composed).toMatchObject({ kind: 'failed', reason: 'ValueNotText' });
    }
  });

  it('that is malformed says what is wrong', () => {
    const composed = composeValue('key', { kind: 'template', text: '${A | nope}' }, boxes({ A: 'x' }));
    expect(composed).toMatchObject({ kind: 'failed', reason: 'TemplateInvalid' });
  });
});

describe('a docker config', () => {
  it('has user, password and both together for every registry', () => {
    const recipe = login('ghcr.io', 'robot', '${TOKEN}');
    expect(JSON.parse(made(recipe, { TOKEN: 'p"w' }).toString())).toEqual({
      auths: {
        'ghcr.io': { username: 'robot', password: 'p"w', auth: Buffer.from('robot:p"w').toString('base64') },
      },
    });
  });

  it('takes any host for a host', () => {
    const config = made(login('__proto__', 'a', 'b')).toString();
    expect(config).toContain('"__proto__":{"username":"a"');
  });

  it('refuses a password that is no text', () => {
    const composed = composeValue('key', login('ghcr.io', 'a', '${A}'), boxes({ A: Buffer.from([255]) }));
    expect(composed).toMatchObject({ kind: 'failed', reason: 'ValueNotText' });
  });
});

describe('THREATS 16: no message quotes a value', () => {
  const canaries = ['canary7', 'canary-15-chars', `canary${'x'.repeat(54)}`];
  const recipes: readonly [string, Recipe][] = [
    ['a filter that needs text', { kind: 'template', text: 'x${A | json}' }],
    ['a filter after another', { kind: 'template', text: '${A | trim | url}' }],
    ['a missing name beside it', { kind: 'template', text: '${A}${B}' }],
    ['a malformed template', { kind: 'template', text: '${A}${' }],
    ['a docker config', login('ghcr.io', '${A}', '${A}')],
    ['a docker config with a missing name', login('ghcr.io', '${A}', '${B}')],
  ];
  const cases = recipes.flatMap(([about, recipe]) =>
    canaries.map((canary) => [about, canary.length, recipe, canary] as const),
  );

  it.each(cases)('%s, %d characters', (_about, _length, recipe, canary) => {
    // cut in the middle of a character, so that it is no text
    const composed = composeValue(
      'key',
      recipe,
      boxes({ A: Buffer.concat([Buffer.from(canary), Buffer.from([0xc3])]) }),
    );
    expect(composed.kind).toBe('failed');
    expect(JSON.stringify(composed)).not.toContain('canary');
  });
});
