import { describe, expect, it } from 'vitest';
import { type SetFlags, setOrderFrom } from './secret-order.ts';

const flags = (more: Partial<SetFlags> = {}): SetFlags => ({
  store: true,
  operatorNamespace: 'secretscope-system',
  timeout: '60s',
  ...more,
});
const order = (args: string[], more: Partial<SetFlags> = {}) => setOrderFrom(args, flags(more));
const refusal = (args: string[], more: Partial<SetFlags> = {}): string => {
  try {
    order(args, more);
  } catch (error) {
    if (error instanceof Error && error.name === 'UsageError') return error.message.split('\n')[0] ?? '';
    throw error;
  }
  return 'accepted';
};

describe('GX41 gh secret set takes the same flags', () => {
  it('a repository without any', () => {
    expect(order(['cool_secret'], { body: 'a secret' })).toMatchObject({
      wanted: { level: 'Repository', ref: undefined },
      source: { kind: 'body', name: 'COOL_SECRET', text: 'a secret' },
      access: undefined,
    });
  });

  it('an organization with the repositories that are selected, where only these are named', () => {
    expect(order(['cool_secret'], { org: 'acme/cool', repos: ['team/a'] })).toMatchObject({
      wanted: { level: 'Organization', ref: { namespace: 'acme', name: 'cool' } },
      access: { visibility: 'selected', repositories: ['team/a'] },
    });
  });

  it('a list of repositories with commas, and the flag again', () => {
    const { access } = order(['A'], { org: 'cool', visibility: 'selected', repos: ['a,b', 'c, d'] });
    expect(access?.repositories).toEqual(['a', 'b', 'c', 'd']);
  });

  it('words in any case', () => {
    expect(order(['A'], { org: 'cool', visibility: 'ALL' }).access?.visibility).toBe('all');
    expect(refusal(['A'], { app: 'Actions' })).toBe('accepted');
  });

  it('an environment of a repository', () => {
    expect(order(['A'], { env: 'Release', repo: 'team/web' }).wanted).toEqual({
      level: 'Environment',
      name: 'Release',
      repository: { namespace: 'team', name: 'web' },
    });
  });
});

describe('GX45 what cannot be meant is refused in the same words', () => {
  it.each([
    ['specify only one of `--org`, `--env`, or `--user`', ['A'], { org: 'a', env: 'b' }],
    ['specify only one of `--org`, `--env`, or `--user`', ['A'], { user: true, env: 'b' }],
    ['specify only one of `--body` or `--env-file`', [], { body: 'x', envFile: '.env' }],
    ['specify only one of `--env-file` or `--no-store`', [], { envFile: '.env', store: false }],
    ['must pass name argument', [], {}],
    ['`--visibility` is only supported with `--org`', ['A'], { visibility: 'all' }],
    [
      '`--repos` is only supported with `--visibility=selected`',
      ['A'],
      { org: 'a', visibility: 'private', repos: ['b'] },
    ],
    ['`--repos` list required with `--visibility=selected`', ['A'], { org: 'a', visibility: 'selected' }],
    [
      'invalid argument "internal" for "-v, --visibility" flag: valid values are {all|private|selected}',
      ['A'],
      { org: 'a', visibility: 'internal' },
    ],
  ] as const)('%s', (message, args, more) => {
    expect(refusal([...args], more)).toBe(message);
  });

  it('accepts at most 1 arg(s), received 2, without repeating what may be a value', () => {
    const message = refusal(['cool_secret', 'hunter2']);
    expect(message).toContain('accepts at most 1 arg(s), received 2');
    expect(message).not.toContain('hunter2');
  });

  it('K3 with the space after the comma, where that is the reason', () => {
    const message = refusal(['SECRET_NAME', 'REPO-NAME-2'], { org: 'a', repos: ['REPO-NAME-1,'] });
    expect(message).toContain('accepts at most 1 arg(s), received 2');
    expect(message).toContain('write --repos a,b, or quote the list');
  });

  it('GX46 apps and users that no cluster has', () => {
    expect(refusal(['A'], { user: true })).toContain('actions secrets are not supported for user');
    expect(refusal(['A'], { app: 'dependabot' })).toContain('dependabot secrets are not supported for');
    expect(refusal(['A'], { app: 'x' })).toBe(
      'invalid argument "x" for "-a, --app" flag: valid values are {actions|codespaces|dependabot}',
    );
  });

  it('with the usage', () => {
    expect(() => order([])).toThrow('usage: secretscope secret set <secret-name> [flags]');
  });
});

describe('names', () => {
  it.each(['1ABC', 'MY SECRET', 'A-B', '', 'ſECRET', 'GITHUB_A-B'])(
    'that GitHub refuses are refused with its sentence: %j',
    (name) => {
      const message = refusal([name]);
      expect(message).toContain('Secret names can only contain alphanumeric characters');
      if (name !== '') expect(message).not.toContain(name);
    },
  );

  it('that it reserves, in any case', () => {
    expect(refusal(['GitHub_Token'])).toContain('must not start with GITHUB_');
  });

  it('in lower case are stored in upper case', () => {
    expect(order(['my_secret'], { body: '' }).source).toMatchObject({ name: 'MY_SECRET' });
  });
});
