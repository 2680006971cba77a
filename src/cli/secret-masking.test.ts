/** What `secret set` says of values that masking protects badly, and that nothing it prints repeats one. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SecretValue } from '../model/secret-value.ts';
import { REPOSITORY, SecretCluster } from './secret-fixture.ts';
import { maskerOf, weaknessWarnings } from './secret-masking.ts';

const CANARY = 'canary-5e1f-hunter2';
const JSON_VALUE = `{"type":"service_account","private_key":"${CANARY}"}`;
const values = (all: Readonly<Record<string, string>>) =>
  Object.entries(all).map(([name, text]) => ({ name, value: SecretValue.fromText(text) }));

let cluster: SecretCluster;
beforeEach(async () => {
  cluster = await SecretCluster.start();
  const secrets = ['TOKEN', 'OTHER'].map((name) => ({ name, from: { key: 'web-values', property: name } }));
  cluster.scope('team/web', { ...REPOSITORY, secrets });
});
afterEach(() => cluster[Symbol.asyncDispose]());

describe('a value that masking protects badly', () => {
  it('G17 is stored all the same, with a warning that tells its format and nothing else of it', async () => {
    cluster.person.stdin = JSON_VALUE;
    const { code, notes } = await cluster.run('set', 'TOKEN');
    expect([code, cluster.sent[0]?.text]).toEqual([0, JSON_VALUE]);
    expect(notes).toMatch(/^warning: TOKEN is JSON, /);
    expect(notes).not.toMatch(/canary|service_account|\d/);
  });

  it('M33 is told to a person where it is short or common, and not to a pipe that others may read', async () => {
    const weak = { SHORT: 'k9', COMMON: 'production', LONG: CANARY };
    expect(weaknessWarnings(values(weak), false)).toEqual([]);
    expect(weaknessWarnings(values(weak), true)).toEqual([
      expect.stringMatching(/^SHORT is so short that /),
      expect.stringMatching(/^COMMON is a common word or password, /),
    ]);
    cluster.person.isTerminal = true;
    expect((await cluster.run('set', 'TOKEN', '-b', 'k9')).notes).toContain(
      'warning: TOKEN is so short that',
    );
  });

  it('is one line for many names of an env-file, and one for each name', () => {
    const names = Array.from({ length: 50 }, (_, index) => [`A${index}`, String(index)] as const);
    const warnings = weaknessWarnings(values({ ...Object.fromEntries(names), B: '{"a": 1}' }), true);
    expect(warnings).toEqual([
      expect.stringMatching(/^A0 is so short .*; the same is true of A1, A2, A3 and 46 more$/),
      expect.stringMatching(/^B is JSON/),
    ]);
  });

  it('is judged where it is printed sealed, too', async () => {
    cluster.person.stdin = `${JSON_VALUE}\n`;
    const { text, notes } = await cluster.run('set', 'TOKEN', '--manifest');
    expect(text).toMatch(/^apiVersion: /);
    expect(notes).toMatch(/^warning: TOKEN is JSON/);
  });
});

describe('THREATS 16: an answer that repeats the value', () => {
  const repeating = () => {
    const encoded = Buffer.from(CANARY).toString('base64');
    cluster.refusal = `admission webhook "logger.acme.dev" denied the request: saw ${CANARY} and ${encoded}`;
  };

  it.each([
    ['of one', ['set', 'TOKEN', '--body', CANARY]],
    ['of a file', ['set', '-f', '.env']],
  ])('shows it %s nowhere', async (_case, args) => {
    cluster.person.files = { '.env': `TOKEN=${CANARY}\nOTHER=${CANARY}2\n` };
    repeating();
    const { code, text, notes } = await cluster.run(...args);
    expect(code).not.toBe(0);
    expect(notes).toContain('denied the request: saw *** and ***');
    expect(text + notes).not.toMatch(/canary|hunter|Y2FuYXJ5/);
  });
});

describe('a value that is set', () => {
  const told = (text: string) => maskerOf(values({ A: text }));

  it('is known line by line', () => {
    expect(told('line-one-of-it\n  line-two-of-it\n').mask('saw line-two-of-it')).toBe('saw ***');
  });

  it('M30 is known in the forms that the runner misses, and field by field', () => {
    expect(told(CANARY).mask(`saw ${Buffer.from(`${CANARY}\n`).toString('base64')}`)).toBe('saw ***');
    expect(told(JSON_VALUE).mask(`saw ${CANARY}`)).toBe('saw ***');
  });

  it('G73 is not all that is masked: so are tokens', () => {
    expect(told(CANARY).mask(`saw ghp_${'a1B2'.repeat(9)}`)).toBe('saw ***');
  });

  it('G17 is told by its format where it is short as well, and each format is told', () => {
    expect(weaknessWarnings(values({ A: '[1]', B: 'a: 1\nb: 2' }), true)).toEqual([
      expect.stringMatching(/^A is JSON, /),
      expect.stringMatching(/^B is YAML, /),
    ]);
  });
});

it('bytes that are no text are known as bytes', () => {
  const bytes = Buffer.from([0xff, 0xfe, 1, 2, 3, 4, 5, 6]);
  const masker = maskerOf([{ name: 'A', value: new SecretValue(Buffer.from(bytes)) }]);
  expect(masker.mask(`saw ${bytes.toString('base64')}`)).toBe('saw ***');
});
