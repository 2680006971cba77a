import { describe, expect, it } from 'vitest';
import type { BackendFacts } from '../model/facts.ts';
import type { Grant } from '../model/kinds/secret-backend.ts';
import { ACME, aNamespace, aSharedBackend, aWorld, named, type World } from './a-world.fixture.ts';
import { notAvailable } from './answer.ts';

const grants = (...keys: Grant['keys']) => aSharedBackend([{ namespaces: ACME, keys }]);
const missing = (refKind: 'SecretBackend' | 'ClusterSecretBackend'): BackendFacts => ({
  kind: 'missing',
  refKind,
  name: refKind === 'SecretBackend' ? 'vault' : 'shared',
});
const reserved = aSharedBackend([
  { namespaces: ACME, keys: [{ prefix: 'acme/' }], protectedBy: { namespace: 'x', name: 'y' } },
]);
const reason = (world: World, name = 'T') => {
  const answer = world.answer(name);
  return answer.kind === 'line' ? 'line' : `${answer.kind} ${answer.reason}`;
};

describe('to the level that owns the entry every cause is told', () => {
  it.each<[string, World, string]>([
    ['all is well', aWorld().repo().secret('T'), 'line'],
    [
      'the key is not granted',
      aWorld()
        .repo()
        .secret('T')
        .backend(grants({ key: 'x' })),
      'denied KeyNotGranted',
    ],
    [
      'the key is reserved',
      aWorld().repo().secret('T', { key: 'acme/t' }).backend(reserved),
      'denied KeyProtected',
    ],
    [
      'its backend is gone',
      aWorld().repo().secret('T').backend(missing('SecretBackend')),
      'broken BackendMissing',
    ],
    ['it names no backend', aWorld().repo().secret('T').backend({ kind: 'none' }), 'broken BackendMissing'],
    ['the key is no key', aWorld().repo().secret('T', { key: 'a/../b' }), 'broken KeyInvalid'],
    ['two keys make the name', aWorld().repo().discover('a/', ['a/t', 'a/b/t']), 'broken NameCollision'],
    ['the name is nobody’s', aWorld().repo(), 'absent NotAvailable'],
  ])('if %s: %s', (_case, world, expected) => {
    expect(reason(world)).toBe(expected);
  });

  it.each<[string, World, string]>([
    [
      'a denial',
      aWorld()
        .repo()
        .secret('T', { key: 'acme/t' })
        .backend(grants({ key: 'x' })),
      'T: ClusterSecretBackend shared does not grant key acme/t to namespace team-web; ask its admin for a grant, or correct spec.backendRef',
    ],
    [
      'a reservation',
      aWorld().repo().secret('T', { key: 'acme/t' }).backend(reserved),
      'T: key acme/t is delivered only through the environment x/y',
    ],
    [
      'a backend that is gone',
      aWorld().repo().secret('T').backend(missing('SecretBackend')),
      'T: spec.backendRef SecretBackend vault of scope team-web/web does not exist; create it',
    ],
    [
      'no backend',
      aWorld().repo().secret('T').backend({ kind: 'none' }),
      'T: spec.backendRef of scope team-web/web does not exist; create it',
    ],
    [
      'a collision',
      aWorld().repo().discover('a/', ['a/t', 'a/b/t']),
      'T: keys a/b/t and a/t both make this name; write an entry for one of them',
    ],
  ])('the message of %s names the field, the rule and the next step', (_case, world, message) => {
    expect(world.answer('T')).toMatchObject({ message });
  });

  it('a long or odd key is cut and made harmless in a message', () => {
    const message = (key: string) => {
      const answer = aWorld().repo().secret('T', { key }).answer('T');
      return answer.kind === 'line' ? '' : answer.message;
    };
    expect(message('a\u001b[31m\u200b')).toContain('"a?[31m?"');
    expect(message(`${'a'.repeat(500)}%`)).toContain(`"${'a'.repeat(61)}..."`);
    expect(message(`${'a'.repeat(63)}%`)).toContain(`"${'a'.repeat(63)}%"`);
  });
});

describe('API-REVIEW 12: across a boundary every cause reads the same', () => {
  const { reason: word, message } = notAvailable('T');

  it.each<[string, World, string]>([
    ['the name is nobody’s', aWorld().org(), 'absent'],
    [
      'it is not granted',
      aWorld()
        .org()
        .secret('T', { access: { visibility: 'Selected' } }),
      'absent',
    ],
    [
      'its key is not granted',
      aWorld()
        .org()
        .secret('T')
        .backend(grants({ key: 'x' })),
      'absent',
    ],
    ['its key is reserved', aWorld().org().secret('T', { key: 'acme/t' }).backend(reserved), 'absent'],
    ['its backend is gone', aWorld().org().secret('T').backend(missing('SecretBackend')), 'broken'],
    [
      'its shared backend is gone',
      aWorld().org().secret('T').backend(missing('ClusterSecretBackend')),
      'broken',
    ],
    ['its key is no key', aWorld().org().secret('T', { key: 'a/../b' }), 'broken'],
    [
      'two keys make the name',
      aWorld().org().discover('a/', ['a/t', 'a/b/t'], { visibility: 'All' }),
      'broken',
    ],
  ])('THREATS 25: if %s, to a child it is NotAvailable (%s)', (_case, world, kind) => {
    expect(world.repo().answer('T')).toEqual({ kind, reason: word, message });
  });

  it('only what the organization did grant is said to be beyond the limit', () => {
    expect(reason(aWorld().org().secrets(101, 'T').repo(), 'T_101')).toBe('denied LimitExceeded');
  });

  it('a repository’s trouble is not told to its environment either', () => {
    const world = aWorld().org().repo().secret('T').backend(missing('SecretBackend')).env();
    expect(reason(world)).toBe('broken NotAvailable');
  });
});

describe('THREATS 1: an entry is read with the backend of its own scope', () => {
  const line = (world: World) => {
    const answer = world.answer('T');
    return answer.kind === 'line' ? answer.line.backend : undefined;
  };

  it('also when an environment below uses it', () => {
    expect(line(aWorld().org().secret('T').repo().env())?.id.namespace).toBe('acme-org');
    expect(line(aWorld().org().repo().secret('T').env())?.id.namespace).toBe('team-web');
  });

  it('a child cannot read its parent’s keys by writing them down', () => {
    const org = aWorld()
      .org()
      .secret('T', { key: 'acme/npm-token', access: { visibility: 'Selected' } });
    const own = org.repo().secret('MINE', { key: 'acme/npm-token' }).answer('MINE');
    expect(own).toMatchObject({
      line: { scope: { name: 'web' }, backend: { id: { namespace: 'team-web' } } },
    });
  });

  it('while there is no gate, a reserved key is not read through its own environment either', () => {
    const protectedBy = { namespace: 'team-web-prod', name: 'web-prod' };
    const backend = aSharedBackend([{ namespaces: ACME, keys: [{ prefix: 'acme/' }], protectedBy }]);
    const world = aWorld().org().repo().env().secret('T', { key: 'acme/t' }).backend(backend);
    expect(reason(world)).toBe('denied KeyProtected');
  });

  it('KeyNotGranted reads the same whether or not the backend, or the key in it, exists', () => {
    const ask = (backend: BackendFacts) => aWorld().repo().secret('T').backend(backend).answer('T');
    const notGranted = ask(grants({ key: 'x' }));
    expect(ask(missing('ClusterSecretBackend'))).toEqual({ ...notGranted, kind: 'broken' });
    expect(ask(grants())).toEqual(notGranted);
  });

  it('THREATS 25: a key that its provider would refuse tells nothing about a backend that grants nothing', () => {
    const kubernetes = { ...grants({ key: 'x' }), provider: 'kubernetes' as const };
    expect(reason(aWorld().repo().secret('T', { key: 'Not/A/Name' }).backend(kubernetes))).toBe(
      'denied KeyNotGranted',
    );
  });
});

describe('a line', () => {
  it('holds everything that decides which value is meant', () => {
    const source = { key: 'k', version: '7', property: 'url', encoding: 'Base64' } as const;
    expect(
      aWorld()
        .repo()
        .secret('T', { ...source, locked: true })
        .answer('T'),
    ).toEqual({
      kind: 'line',
      line: {
        name: 'T',
        level: 'Repository',
        scope: { namespace: 'team-web', name: 'web', uid: 'uid-team-web-web' },
        locked: true,
        backend: {
          refKind: 'SecretBackend',
          id: { namespace: 'team-web', name: 'vault', uid: 'uid-team-web-vault' },
          provider: 'memory',
          identity: { account: 'team-web' },
        },
        ...source,
        explicit: true,
      },
    });
  });
});

describe('API-REVIEW 3: a namespace that is not the scope’s own', () => {
  const ci = aNamespace('ci', {});
  const toCi = named('ci');

  it.each<[string, World, string]>([
    [
      'every scope on the way admits it',
      aWorld().org().secret('T').consumers(toCi).repo().consumers(toCi),
      'Organization',
    ],
    ['the organization does not', aWorld().org().secret('T').repo().consumers(toCi), 'absent'],
    ['the repository does not', aWorld().org().secret('T').consumers(toCi).repo(), 'absent'],
    [
      'the scope asked does, for its own entry',
      aWorld().org().repo().secret('T').consumers(toCi),
      'Repository',
    ],
    [
      'a scope above the definer does not',
      aWorld().org().repo().secret('T').consumers(toCi).env().consumers(toCi),
      'Repository',
    ],
    [
      'one between definer and scope asked does not',
      aWorld().org().secret('T').consumers(toCi).repo().env().consumers(toCi),
      'absent',
    ],
    ['the scope asked does not', aWorld().org().repo().secret('T').consumers(toCi).env(), 'absent'],
    [
      'it would fall to a level that does admit it',
      aWorld().org().secret('T').consumers(toCi).repo().secret('T').env().consumers(toCi),
      'absent',
    ],
    ['an organization is asked itself', aWorld().org().secret('T').consumers(toCi), 'absent'],
  ])('if %s: %s', (_case, world, supplier) => {
    expect(world.supplier('T', ci)).toBe(supplier);
  });

  it('the scope’s own namespace needs no consumers', () => {
    expect(aWorld().org().secret('T').repo().env().supplier('T')).toBe('Organization');
  });
});
