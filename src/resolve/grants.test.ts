import { describe, expect, it } from 'vitest';
import type { Grant } from '../model/kinds/secret-backend.ts';
import { ACME, aNamespace, anOwnBackend, aScope, aSharedBackend, named } from './a-world.fixture.ts';
import { keyGranted, keyReader, prefixGranted } from './grants.ts';

const web = aScope('Repository', 'web', aNamespace('team-web'));
const stranger = aScope('Repository', 'web', aNamespace('elsewhere', {}));
const production = aScope('Environment', 'web-production', aNamespace('team-web-prod'));
const prod = { namespace: 'team-web-prod', name: 'web-production' };
const toAcme = (keys: Grant['keys'], more: Partial<Grant> = {}): Grant => ({
  namespaces: ACME,
  keys,
  ...more,
});

const asked = (grants: Grant[], key: string, scope = web, isReviewed = false) =>
  keyReader(aSharedBackend(grants), scope, isReviewed)(key).kind;

describe('a backend of the scope’s own namespace', () => {
  it('gives every key', () => {
    expect(keyGranted(anOwnBackend('team-web'), web, 'any/key')).toEqual({ kind: 'granted' });
    expect(prefixGranted(anOwnBackend('team-web'), web, 'any/')).toBe(true);
  });

  it('FAULTS 1: gives nothing to a scope of another namespace', () => {
    expect(keyGranted(anOwnBackend('team-web'), stranger, 'any/key')).toEqual({ kind: 'notGranted' });
    expect(prefixGranted(anOwnBackend('team-web'), stranger, 'any/')).toBe(false);
  });
});

describe('THREATS 1: a shared backend gives what it grants, and nothing else', () => {
  it.each<[string, Grant[], string, string]>([
    ['nothing is granted', [], 'acme/x', 'notGranted'],
    ['a prefix covers the key', [toAcme([{ prefix: 'acme/' }])], 'acme/x', 'granted'],
    ['a prefix covers it deeply', [toAcme([{ prefix: 'acme/' }])], 'acme/a/b/x', 'granted'],
    [
      'FAULTS 7: only text, not a segment, agrees',
      [toAcme([{ prefix: 'team-a/' }])],
      'team-ab/x',
      'notGranted',
    ],
    [
      'FAULTS 7: a prefix has no separator at its end',
      [toAcme([{ prefix: 'team-a' }])],
      'team-ab/x',
      'notGranted',
    ],
    ['the prefix itself is asked for', [toAcme([{ prefix: 'acme/' }])], 'acme/', 'notGranted'],
    ['another case', [toAcme([{ prefix: 'acme/' }])], 'ACME/x', 'notGranted'],
    ['dots separate', [toAcme([{ prefix: 'acme.' }])], 'acme.x', 'granted'],
    ['an exact key', [toAcme([{ key: 'acme/x' }])], 'acme/x', 'granted'],
    ['a longer key', [toAcme([{ key: 'acme/x' }])], 'acme/xy', 'notGranted'],
    ['a key below an exact one', [toAcme([{ key: 'acme/x' }])], 'acme/x/y', 'notGranted'],
    ['neither prefix nor key', [toAcme([{}])], 'acme/x', 'notGranted'],
    ['the second of two keys', [toAcme([{ key: 'a' }, { key: 'acme/x' }])], 'acme/x', 'granted'],
    ['the second of two grants', [toAcme([{ key: 'a' }]), toAcme([{ key: 'acme/x' }])], 'acme/x', 'granted'],
    [
      'only other namespaces',
      [{ namespaces: named('other'), keys: [{ prefix: 'acme/' }] }],
      'acme/x',
      'notGranted',
    ],
    ['Write alone', [toAcme([{ prefix: 'acme/' }], { operations: ['Write'] })], 'acme/x', 'notGranted'],
    [
      'Write and Read',
      [toAcme([{ prefix: 'acme/' }], { operations: ['Write', 'Read'] })],
      'acme/x',
      'granted',
    ],
    ['{namespace} is one’s own', [toAcme([{ prefix: 'teams/{namespace}/' }])], 'teams/team-web/x', 'granted'],
    [
      '{namespace} is another’s',
      [toAcme([{ prefix: 'teams/{namespace}/' }])],
      'teams/team-pay/x',
      'notGranted',
    ],
    ['{namespace} in a key', [toAcme([{ key: '{namespace}/x' }])], 'team-web/x', 'granted'],
    [
      '{namespace} twice',
      [toAcme([{ prefix: '{namespace}/{namespace}/' }])],
      'team-web/team-web/x',
      'granted',
    ],
    [
      'the placeholder itself is asked for',
      [toAcme([{ prefix: 'teams/{namespace}/' }])],
      'teams/{namespace}/x',
      'notGranted',
    ],
  ])('if %s', (_case, grants, key, answer) => {
    expect(asked(grants, key)).toBe(answer);
  });

  it('a backend that is not there grants nothing', () => {
    const missing = { kind: 'missing', refKind: 'ClusterSecretBackend', name: 'shared' } as const;
    expect(keyGranted(missing, web, 'acme/x')).toEqual({ kind: 'notGranted' });
    expect(prefixGranted({ kind: 'none' }, web, 'acme/')).toBe(false);
  });

  it('the labels of the Namespace decide, not the name of the scope', () => {
    expect(asked([toAcme([{ prefix: 'acme/' }])], 'acme/x', stranger)).toBe('notGranted');
  });
});

describe('a key that is reserved by protectedBy', () => {
  const grant = toAcme([{ prefix: 'acme/prod/' }], { protectedBy: prod });
  const broad = toAcme([{ prefix: 'acme/' }]);

  it.each<[string, Grant[], typeof web, boolean, string]>([
    ['another scope, although a broader grant covers it', [broad, grant], web, true, 'protected'],
    ['another scope, in either order', [grant, broad], web, true, 'protected'],
    ['the environment without reviewers', [grant], production, false, 'protected'],
    ['the environment with reviewers', [grant], production, true, 'granted'],
    [
      'a scope of the same name elsewhere',
      [grant],
      aScope('Environment', prod.name, aNamespace('x')),
      true,
      'protected',
    ],
    [
      'another scope of the same namespace',
      [grant],
      aScope('Environment', 'x', production.namespace),
      true,
      'protected',
    ],
    [
      'FAULTS 17: either of two environments that it is reserved for',
      [grant, toAcme([{ prefix: 'acme/' }], { protectedBy: { namespace: 'x', name: 'y' } })],
      production,
      true,
      'protected',
    ],
  ])('asked for by %s', (_case, grants, scope, hasReviewers, answer) => {
    expect(asked(grants, 'acme/prod/db', scope, hasReviewers)).toBe(answer);
  });

  it('leaves other keys alone', () => {
    expect(asked([broad, grant], 'acme/other', web, false)).toBe('granted');
  });

  it('says through which environments it is read, in one order, to those who were granted it', () => {
    const outer = toAcme([{ prefix: 'acme/' }], { protectedBy: prod });
    const inner = toAcme([{ prefix: 'acme/prod/' }], { protectedBy: { namespace: 'a', name: 'b' } });
    const answer = keyGranted(aSharedBackend([outer, inner, broad]), web, 'acme/prod/db');
    expect(answer).toEqual({ kind: 'protected', by: 'a/b and team-web-prod/web-production' });
  });

  it('THREATS 25: to whom it was never granted it looks like any other key', () => {
    expect(asked([broad, grant], 'acme/prod/db', stranger)).toBe('notGranted');
  });

  it.each([
    ['teams/team-web/db', 'protected'],
    ['teams/team-web-prod/db', 'protected'],
    ['teams/x/db', 'protected'],
    ['teams//db', 'granted'],
    ['teams/x', 'granted'],
    ['teams/X/db', 'granted'],
  ])('{namespace} in a reservation stands for every namespace: %s is %s', (key, answer) => {
    const reserved = toAcme([{ prefix: 'teams/{namespace}/' }], { protectedBy: prod });
    expect(asked([reserved, toAcme([{ prefix: 'teams/' }])], key)).toBe(answer);
  });

  it('{namespace} may be followed by more of the segment', () => {
    const reserved = toAcme([{ prefix: 'teams/{namespace}b/' }], { protectedBy: prod });
    const asks = (key: string) => asked([reserved, toAcme([{ prefix: 'teams/' }])], key);
    expect([asks('teams/ab/x'), asks('teams/abb/x'), asks('teams/b/x'), asks('teams/a/x')]).toEqual([
      'protected',
      'protected',
      'granted',
      'granted',
    ]);
  });

  it('a grant that reserves a key gives it to nobody but its environment', () => {
    const reserved = toAcme([{ key: '{namespace}/db' }], { protectedBy: prod });
    expect(asked([reserved], 'team-web/db', web, true)).toBe('protected');
    expect(asked([reserved], 'team-web-prod/db', production, true)).toBe('granted');
  });
});

describe('THREATS 1: a prefix may be listed', () => {
  it.each<[string, Grant[], string, boolean]>([
    ['if a grant is that prefix', [toAcme([{ prefix: 'acme/' }])], 'acme/', true],
    ['if a grant covers it', [toAcme([{ prefix: 'acme/' }])], 'acme/shared/', true],
    ['not if a grant covers only part of it', [toAcme([{ prefix: 'acme/shared/' }])], 'acme/', false],
    ['not if a grant covers a key of it', [toAcme([{ key: 'acme/x' }])], 'acme/', false],
    ['not if the segment goes on', [toAcme([{ prefix: 'team-a' }])], 'team-ab/', false],
    ['if one key of two covers it', [toAcme([{ key: 'x' }, { prefix: 'acme/' }])], 'acme/', true],
    ['if {namespace} is one’s own', [toAcme([{ prefix: 'teams/{namespace}/' }])], 'teams/team-web/', true],
    [
      'not if {namespace} is another’s',
      [toAcme([{ prefix: 'teams/{namespace}/' }])],
      'teams/team-pay/',
      false,
    ],
    ['not by a grant of Write', [toAcme([{ prefix: 'acme/' }], { operations: ['Write'] })], 'acme/', false],
    ['not by a grant to others', [{ namespaces: named('x'), keys: [{ prefix: 'acme/' }] }], 'acme/', false],
  ])('%s', (_case, grants, prefix, answer) => {
    expect(prefixGranted(aSharedBackend(grants), web, prefix)).toBe(answer);
  });
});
