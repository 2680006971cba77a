import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Protection } from './kinds/protection.ts';
import { isUnguardedProduction } from './unguarded-production.ts';

const environment = (environmentName?: string, protection?: Protection) => ({
  level: 'Environment' as const,
  ...(environmentName !== undefined && { environmentName }),
  ...(protection && { protection }),
});
const reviewers = [{ kind: 'User' as const, name: 'ana', namespace: '' }];

describe('GX63 an environment is called production', () => {
  it.each([
    'prod',
    'Production',
    'prd',
    'LIVE',
    'web-prod',
    'prod.eu',
    'eu_production',
    'a-live-b',
    'production (eu)',
  ])('by a whole word: %s', (name) => {
    expect(isUnguardedProduction(environment(name), 'x')).toBe(true);
  });

  it.each([
    'staging',
    'product',
    'products-page',
    'delivery',
    'preprod',
    'pre-prod',
    'non-production',
    'not_live',
    'prod1',
    'olive',
    'test',
  ])('not by a part of one, nor where it says that it is another: %s', (name) => {
    expect(isUnguardedProduction(environment(name), 'x')).toBe(false);
  });

  it('by the name of its object where it has no other', () => {
    expect(isUnguardedProduction(environment(), 'web-prod')).toBe(true);
    expect(isUnguardedProduction(environment('staging'), 'web-prod')).toBe(false);
  });

  it('of environments alone', () => {
    expect(isUnguardedProduction({ level: 'Repository' }, 'web-prod')).toBe(false);
  });

  it.each<[boolean, Protection | undefined]>([
    [true, undefined],
    [true, {}],
    [true, { requiredReviewers: [], waitTimerMinutes: 0, minApprovals: 1 }],
    [false, { requiredReviewers: reviewers }],
    [false, { waitTimerMinutes: 5 }],
  ])('and unguarded (%s) with %j', (expected, protection) => {
    expect(isUnguardedProduction(environment('prod', protection), 'x')).toBe(expected);
  });

  it('in the words of the policy that warns at admission', () => {
    const policy = readFileSync('deploy/base/policies/unguarded-production-warning.yaml', 'utf8');
    const source = readFileSync('src/model/unguarded-production.ts', 'utf8');
    const patterns = [...source.matchAll(/^const \w+ = \/(.+)\/;$/gm)].map((match) => match[1] ?? '');
    expect(patterns).toHaveLength(2);
    for (const pattern of patterns) expect(policy).toContain(`.matches('${pattern}')`);
  });
});
