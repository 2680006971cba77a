import { describe, expect, it } from 'vitest';
import { parseBackend, parseClusterBackend, parseScope } from './validate.ts';

const metadata = { name: 'web', namespace: 'team-web', uid: 'u', resourceVersion: '1' };
const scopeOf = (spec: unknown, more: object = {}) => parseScope({ metadata, spec, ...more });
const backendRef = { kind: 'SecretBackend', name: 'store' };

function violations(parsed: ReturnType<typeof parseScope>): string[] {
  return parsed.kind === 'ok' ? [] : parsed.violations.map(({ path, rule }) => `${path}: ${rule}`);
}

describe('parseScope', () => {
  it('gives back what it was given', () => {
    const raw = {
      apiVersion: 'secretscope.dev/v1alpha1',
      kind: 'SecretScope',
      metadata,
      spec: { level: 'Organization' },
    };
    expect(parseScope(raw)).toEqual({ kind: 'ok', value: raw });
  });

  it('takes items of a list, which have neither apiVersion nor kind', () => {
    expect(scopeOf({ level: 'Organization' }).kind).toBe('ok');
  });

  it('does not look at the status', () => {
    expect(scopeOf({ level: 'Organization' }, { status: { whatever: 1 } }).kind).toBe('ok');
  });

  it('names every violation at once, sorted', () => {
    const secrets = [
      { name: 'lower', from: { key: 'a b' } },
      { name: 'A', from: {} },
    ];
    expect(violations(scopeOf({ level: 'Organization', backendRef, secrets, added: 1 }))).toEqual([
      'spec.added: unknown field, or a newer version of the product',
      'spec.secrets[0].from.key: Invalid string: must match pattern /^[!-~]+$/',
      'spec.secrets[0].name: Invalid string: must match pattern /^[A-Z_][A-Z0-9_]*$/',
      'spec.secrets[1].from.key: Invalid input: expected string, received undefined',
    ]);
  });

  it('refuses what a newer version may have put beside spec', () => {
    expect(violations(scopeOf({ level: 'Organization' }, { authors: ['ana'] }))).toEqual([
      'authors: unknown field, or a newer version of the product',
    ]);
  });

  it.each<[object, string]>([
    [
      { level: 'Repository', protection: {} },
      'spec.protection: protection belongs to the level Environment; remove it',
    ],
    [
      { level: 'Environment' },
      'spec.parentRef: an Environment needs parentRef: the Repository it belongs to',
    ],
    [
      { level: 'Organization', discover: [{ prefix: 'a/' }] },
      'spec.backendRef: secrets and discover need backendRef: a backend is never inherited',
    ],
    [
      { level: 'Organization', backendRef, secrets: [{ name: 'GITHUB_TOKEN', from: { key: 'k' } }] },
      'spec.secrets[0].name: names that start with GITHUB_ are reserved; choose another name',
    ],
    [
      {
        level: 'Organization',
        backendRef,
        secrets: ['A', 'A'].map((name) => ({ name, from: { key: 'k' } })),
      },
      'spec.secrets[1]: appears more than once',
    ],
  ])('repeats the rules of admission: %j', (spec, violation) => {
    expect(violations(scopeOf(spec))).toEqual([violation]);
  });

  it('shows what stands there when that is short, and only its length when it is not', () => {
    const got = (key: string) => {
      const parsed = scopeOf({ level: 'Organization', backendRef, secrets: [{ name: 'A', from: { key } }] });
      return parsed.kind === 'invalid' ? parsed.violations[0]?.got : undefined;
    };
    expect(got('a b')).toBe('a b');
    expect(got(` ${'x'.repeat(63)}`)).toHaveLength(64);
    expect(got(`canary ${'x'.repeat(64)}`)).toBe('71 characters');
  });

  it('repeats no long key of a map, which a user chose too', () => {
    const key = `canary-${'x'.repeat(80)}`;
    const parsed = scopeOf({ level: 'Repository', targets: [{ secretName: 'web', keys: { [key]: 'a' } }] });
    expect(JSON.stringify(parsed)).not.toContain('canary');
    expect(JSON.stringify(scopeOf({ level: 'Repository', [key]: 1 }))).not.toContain('canary');
  });

  it.each([null, 7, 'x', [], {}, { metadata: {} }, { metadata, spec: null }])(
    'refuses %j without throwing',
    (raw) => {
      expect(parseScope(raw).kind).toBe('invalid');
    },
  );
});

describe('parseBackend and parseClusterBackend', () => {
  const auth = { serviceAccountRef: { name: 'reader' } };

  it('take what their kind has', () => {
    expect(parseBackend({ metadata, spec: { kubernetes: { auth } } }).kind).toBe('ok');
    expect(parseClusterBackend({ metadata, spec: { kubernetes: { namespace: 'vault', auth } } }).kind).toBe(
      'ok',
    );
  });

  it('refuse in a namespace what only the cluster admin may say', () => {
    const parsed = parseBackend({ metadata, spec: { kubernetes: { namespace: 'vault', auth } } });
    expect(parsed).toMatchObject({ kind: 'invalid', violations: [{ path: 'spec.kubernetes.namespace' }] });
  });

  it('refuse a grant that names both a prefix and a key, or neither', () => {
    const granted = (key: object) =>
      parseClusterBackend({
        metadata,
        spec: { kubernetes: { namespace: 'vault', auth }, grants: [{ namespaces: {}, keys: [key] }] },
      });
    expect(granted({ prefix: 'a/' }).kind).toBe('ok');
    expect(granted({ prefix: 'a/', key: 'a/b' }).kind).toBe('invalid');
    expect(granted({}).kind).toBe('invalid');
  });
});
