import { describe, expect, it } from 'vitest';
import type { Facts, ParentFacts, ScopeFacts } from '../model/facts.ts';
import type { ScopeSpec } from '../model/kinds/secret-scope.ts';
import { aNamespace, aScope, named, trusting } from './a-world.fixture.ts';
import { admitsClaim } from './claim-admission.ts';

const ci = aNamespace('ci', { kind: 'ci' });
const preview = aNamespace('preview', { kind: 'ci', fork: 'yes' });
const CI = { matchLabels: { kind: 'ci' } };
const FORKS = { matchLabels: { fork: 'yes' } };

const environment = (spec: Partial<ScopeSpec>) =>
  aScope('Environment', 'prod', aNamespace('prod'), { consumers: [{ namespaces: CI }], ...spec });
const repository = (spec: Partial<ScopeSpec>) => aScope('Repository', 'web', aNamespace('team'), spec);
const organization = (spec: Partial<ScopeSpec>) => aScope('Organization', 'acme', aNamespace('org'), spec);
const chain = (scope: ScopeFacts, ...above: ScopeFacts[]): Facts => ({
  scope,
  parent: above.reduceRight<ParentFacts>((parent, one) => ({ kind: 'found', scope: one, parent }), {
    kind: 'none',
  }),
});
const untrusted = { namespaces: FORKS, visibility: 'Private' } as const;

describe('whom a scope lets claim', () => {
  it('is its own namespace, whatever it says', () => {
    const own = environment({ consumers: [], children: [{ namespaces: {}, visibility: 'Private' }] });
    expect(admitsClaim(chain(own), aNamespace('prod'))).toBe(true);
  });

  it('is whom consumers select, by labels of the Namespace, and nobody else', () => {
    expect(admitsClaim(chain(environment({})), ci)).toBe(true);
    expect(admitsClaim(chain(environment({})), aNamespace('ci', {}))).toBe(false);
    expect(admitsClaim(chain(aScope('Environment', 'prod', aNamespace('prod'))), ci)).toBe(false);
  });

  it('is not for a level above to widen', () => {
    const above = repository({ consumers: [{ namespaces: CI }] });
    expect(admitsClaim(chain(environment({ consumers: [] }), above), ci)).toBe(false);
  });
});

describe('G47: the preview of a fork', () => {
  it.each([
    ['itself', chain(environment({ children: [untrusted] }))],
    ['the repository', chain(environment({}), repository({ children: [untrusted] }))],
    ['the organization', chain(environment({}), repository({}), organization({ children: [untrusted] }))],
    ['one rule of several', chain(environment({}), repository({ children: [trusting(CI), untrusted] }))],
  ])('gets nothing when it is distrusted by %s', (_, facts) => {
    expect(admitsClaim(facts, preview)).toBe(false);
    expect(admitsClaim(facts, ci)).toBe(true);
  });

  it('is distrusted by no rule that trusts it, nor by one that is about others', () => {
    const above = repository({
      children: [trusting(FORKS), { namespaces: named('other'), visibility: 'Private' }],
    });
    expect(admitsClaim(chain(environment({}), above), preview)).toBe(true);
  });

  it('is trusted by a level of its own namespace', () => {
    const own = aScope('Repository', 'web', preview, {
      children: [{ namespaces: {}, visibility: 'Private' }],
    });
    expect(admitsClaim(chain(environment({}), own), preview)).toBe(true);
  });
});
