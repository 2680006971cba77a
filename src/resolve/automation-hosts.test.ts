import { describe, expect, it } from 'vitest';
import type { Facts, ParentFacts, ScopeFacts } from '../model/facts.ts';
import type { ScopeSpec } from '../model/kinds/secret-scope.ts';
import { automationHosts } from './automation-hosts.ts';

const EVERYBODY: ScopeSpec['children'] = [{ namespaces: {}, visibility: 'Private', trusted: true }];

function level(name: string, spec: ScopeSpec): ScopeFacts {
  const id = { namespace: name, name, uid: `uid-${name}` };
  const namespace = { name, labels: { 'kubernetes.io/metadata.name': name } };
  return { id, spec, namespace, backend: { kind: 'none' }, discovered: new Map() };
}

const acme = (spec: Partial<ScopeSpec> = {}) =>
  level('acme', {
    level: 'Organization',
    children: EVERYBODY,
    automationHosts: ['hooks.acme.dev'],
    ...spec,
  });
const web = (spec: Partial<ScopeSpec> = {}) =>
  level('web', { level: 'Repository', children: EVERYBODY, ...spec });
const prod = level('prod', { level: 'Environment' });
const NONE: ParentFacts = { kind: 'none' };
const above = (scope: ScopeFacts, parent: ParentFacts = NONE): ParentFacts => ({
  kind: 'found',
  scope,
  parent,
});
const below = (parent: ParentFacts): Facts => ({ scope: prod, parent });

describe('where automations of an environment may send to', () => {
  it('is what its organization lists', () => {
    expect(automationHosts(below(above(web(), above(acme()))))).toEqual({
      kind: 'known',
      hosts: ['hooks.acme.dev'],
      organization: { namespace: 'acme', name: 'acme', uid: 'uid-acme' },
    });
  });

  it('is nowhere if the organization lists nothing', () => {
    const { automationHosts: _, ...spec } = acme().spec;
    const silent = level('acme', spec);
    expect(automationHosts(below(above(web(), above(silent))))).toMatchObject({ kind: 'known', hosts: [] });
  });

  it.each<[string, ParentFacts]>([
    ['the repository does not let it in', above(web({ children: [] }), above(acme()))],
    ['the organization does not let the repository in', above(web(), above(acme({ children: [] })))],
    ['there is no organization', above(web())],
    ['there is nobody above', NONE],
  ])('is nowhere if %s', (_why, parent) => {
    expect(automationHosts(below(parent))).toEqual({ kind: 'known', hosts: [], organization: undefined });
  });

  it('cannot be told while a level is not known', () => {
    const gone: ParentFacts = { kind: 'unknown', why: 'NotFound' };
    expect(automationHosts(below(above(web(), gone)))).toMatchObject({ kind: 'unknown', below: web() });
  });
});
