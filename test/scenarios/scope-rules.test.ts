/** What the API server itself refuses in a scope, without any policy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry, type KindsCluster, kindsCluster } from '../scenarios-support/kinds-cluster.ts';

let cluster: KindsCluster;

beforeAll(async () => {
  cluster = await kindsCluster('scope-rules');
});
afterAll(() => cluster?.stop());

const backendRef = { kind: 'SecretBackend', name: 'store' };
const parentRef = { name: 'parent' };

describe('what a name may be', () => {
  it.each(['lower', '1ST', 'WITH-DASH', 'WITH SPACE', '', 'Ä'])('%j is not one', async (name) => {
    expect(await cluster.refusal({ level: 'Organization', backendRef, secrets: [entry(name)] })).toMatch(
      /secrets\[0\]\.name|should match|at least 1/,
    );
  });

  it.each(['A', '_', 'NPM_TOKEN', 'GITHUB', 'X'.repeat(253)])('%s is one', async (name) => {
    expect(await cluster.refusal({ level: 'Organization', backendRef, secrets: [entry(name)] })).toBe('');
  });

  it('names that GitHub keeps for itself are refused', async () => {
    const secrets = [entry('GITHUB_TOKEN')];
    expect(await cluster.refusal({ level: 'Organization', backendRef, secrets })).toContain(
      'GITHUB_ are reserved',
    );
  });

  it('API-REVIEW 19: no two entries differ only in case, since there is no lower case', async () => {
    const secrets = [entry('NPM_TOKEN'), entry('npm_token')];
    expect(await cluster.refusal({ level: 'Organization', backendRef, secrets })).toContain('should match');
  });
});

describe('API-REVIEW 25: which field belongs to which level', () => {
  const hundredAndOne = Array.from({ length: 101 }, (_, i) => entry(`N${i}`));
  const access = { visibility: 'All' };
  const rows: [string, string, object][] = [
    ['an Organization with a parent', 'has no parent', { level: 'Organization', parentRef }],
    ['an Organization with targets', 'delivers nothing itself', { level: 'Organization', targets: [] }],
    [
      'an Organization with protection',
      'belongs to the level Environment',
      { level: 'Organization', protection: {} },
    ],
    [
      'a Repository with protection',
      'belongs to the level Environment',
      { level: 'Repository', protection: {} },
    ],
    [
      'a Repository with an environment name',
      'belongs to the level Environment',
      { level: 'Repository', environmentName: 'e' },
    ],
    [
      'a Repository with access groups',
      'belongs to the level Organization',
      { level: 'Repository', accessGroups: [] },
    ],
    [
      'a Repository with access',
      'access belongs to',
      { level: 'Repository', backendRef, secrets: [{ ...entry('A'), access }] },
    ],
    [
      'a Repository with discovered access',
      'access belongs to',
      { level: 'Repository', backendRef, discover: [{ prefix: 'a/', access }] },
    ],
    [
      'a Repository with 101 secrets',
      'at most 100',
      { level: 'Repository', backendRef, secrets: hundredAndOne },
    ],
    [
      'an Environment with 101 secrets',
      'at most 100',
      { level: 'Environment', parentRef, backendRef, secrets: hundredAndOne },
    ],
    ['an Environment without a parent', 'needs parentRef', { level: 'Environment' }],
    ['an Environment with children', 'has no children', { level: 'Environment', parentRef, children: [] }],
    ['entries without a backend', 'never inherited', { level: 'Organization', secrets: [entry('A')] }],
    [
      'discovery without a backend',
      'never inherited',
      { level: 'Organization', discover: [{ prefix: 'a/' }] },
    ],
    ['an unknown level', 'Unsupported value', { level: 'Team' }],
  ];
  it.each(rows)('%s is refused', async (_, message, spec) => {
    expect(await cluster.refusal(spec)).toContain(message);
  });

  const legal: [string, object][] = [
    ['an Organization with 101 secrets', { level: 'Organization', backendRef, secrets: hundredAndOne }],
    ['a Repository without a parent', { level: 'Repository' }],
    ['a protected Environment', { level: 'Environment', parentRef, protection: { minApprovals: 1 } }],
  ];
  it.each(legal)('%s is accepted', async (_, spec) => {
    expect(await cluster.refusal(spec)).toBe('');
  });

  it('reviewers are people, groups, or service accounts with their namespace', async () => {
    const reviewed = (reviewer: object) =>
      cluster.refusal({ level: 'Environment', parentRef, protection: { requiredReviewers: [reviewer] } });
    expect(await reviewed({ kind: 'Group', name: 'web-leads' })).toBe('');
    expect(await reviewed({ kind: 'ServiceAccount', name: 'bot', namespace: 'ci' })).toBe('');
    expect(await reviewed({ kind: 'ServiceAccount', name: 'bot' })).toContain('needs its namespace');
    expect(await reviewed({ kind: 'Group', name: 'system:authenticated' })).toContain(
      'may not begin with system:',
    );
  });
});
