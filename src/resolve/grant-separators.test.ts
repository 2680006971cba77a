/** Grants at providers whose names have no slash: `_` at Google, `--` at Azure. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grant } from '../model/kinds/secret-backend.ts';
import { ACME, aNamespace, aScope, aSharedBackend } from './a-world.fixture.ts';
import { keyReader, prefixGranted } from './grants.ts';

const web = aScope('Repository', 'web', aNamespace('team-web'));
const toAcme = (keys: Grant['keys'], more: Partial<Grant> = {}): Grant => ({
  namespaces: ACME,
  keys,
  ...more,
});
const asked = (grants: Grant[], key: string, scope = web, hasReviewers = false) =>
  keyReader(aSharedBackend(grants), scope, hasReviewers)(key).kind;
const isListed = (granted: string, prefix: string) =>
  prefixGranted(aSharedBackend([toAcme([{ prefix: granted }])]), web, prefix);

describe('THREATS 1: a grant of a prefix', () => {
  it.each<[string, string, string, string]>([
    ['an underscore ends it', 'acme_', 'acme_npm', 'granted'],
    ['an underscore ends it, and more follow', 'acme_', 'acme_web_npm', 'granted'],
    ['two hyphens end it', 'acme--', 'acme--npm', 'granted'],
    ['two hyphens end it, and more follow', 'acme--', 'acme--web--npm', 'granted'],
    ['FAULTS 7: only a hyphen follows', 'acme--', 'acme-npm', 'notGranted'],
    ['FAULTS 7: it ends in one hyphen, past the schema', 'acme-', 'acme-npm', 'notGranted'],
    ['FAULTS 7: it ends in one hyphen, and two stand there', 'acme-', 'acme--npm', 'notGranted'],
    ['FAULTS 7: another separator stands there', 'acme--', 'acme_npm', 'notGranted'],
    ['FAULTS 7: the word goes on', 'acme_', 'acmes_npm', 'notGranted'],
    ['nothing follows', 'acme--', 'acme--', 'notGranted'],
    ['a third hyphen follows', 'acme--', 'acme---npm', 'granted'],
    ['{namespace}_ is one’s own', '{namespace}_', 'team-web_npm', 'granted'],
    ['{namespace}_ is another’s', '{namespace}_', 'team-web-prod_npm', 'notGranted'],
    ['{namespace}_ is half of another’s', '{namespace}_', 'team_npm', 'notGranted'],
  ])('if %s: %s and %s', (_case, prefix, key, answer) => {
    expect(asked([toAcme([{ prefix }])], key)).toBe(answer);
  });

  it('of {namespace}_ never covers what it covers for another namespace', () => {
    const namespaces = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?$/);
    const grant = toAcme([{ prefix: '{namespace}_' }]);
    fc.assert(
      fc.property(namespaces, namespaces, fc.stringMatching(/^[-_a-zA-Z0-9]{1,9}$/), (one, other, rest) => {
        fc.pre(one !== other);
        const scope = aScope('Repository', 'web', aNamespace(one));
        expect(asked([grant], `${one}_${rest}`, scope)).toBe('granted');
        expect(asked([grant], `${other}_${rest}`, scope)).toBe('notGranted');
      }),
    );
  });
});

describe('a key that is reserved at such a provider', () => {
  const prod = { namespace: 'team-web-prod', name: 'web-production' };
  const production = aScope('Environment', prod.name, aNamespace(prod.namespace));
  const reserving = (key: Grant['keys'][number]) => [
    toAcme([{ prefix: 'acme_' }, { prefix: 'acme--' }]),
    toAcme([key], { protectedBy: prod }),
  ];

  it.each<[string, Grant['keys'][number], string, string]>([
    ['below acme_prod_', { prefix: 'acme_prod_' }, 'acme_prod_db', 'protected'],
    ['beside acme_prod_', { prefix: 'acme_prod_' }, 'acme_production', 'granted'],
    ['below acme--prod--', { prefix: 'acme--prod--' }, 'acme--prod--db', 'protected'],
    ['beside acme--prod--', { prefix: 'acme--prod--' }, 'acme--prod-db', 'granted'],
    ['below any namespace’s', { prefix: 'acme_{namespace}_' }, 'acme_team-web_db', 'protected'],
    ['below no namespace’s', { prefix: 'acme_{namespace}_' }, 'acme_DB_db', 'granted'],
  ])('%s', (_case, key, asks, answer) => {
    expect(asked(reserving(key), asks)).toBe(answer);
  });

  it('is read through its environment', () => {
    expect(asked(reserving({ prefix: 'acme--prod--' }), 'acme--prod--db', production, true)).toBe('granted');
  });
});

describe('THREATS 1: a prefix at such a provider may be listed', () => {
  it.each<[string, string, string, boolean]>([
    ['if a grant is that prefix', 'acme_', 'acme_', true],
    ['if a grant covers it', 'acme--', 'acme--web--', true],
    ['if {namespace}_ is one’s own', '{namespace}_', 'team-web_', true],
    ['not if {namespace}_ is another’s', '{namespace}_', 'team-pay_', false],
    ['not if a grant ends in one hyphen', 'acme-', 'acme--', false],
    ['not if a grant covers only part of it', 'acme--web--', 'acme--', false],
  ])('%s: %s for %s', (_case, granted, prefix, answer) => {
    expect(isListed(granted, prefix)).toBe(answer);
  });
});
