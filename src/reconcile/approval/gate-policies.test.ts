import { describe, expect, it } from 'vitest';
import { AUTHOR_POLICIES, type PolicyView, VOTE_POLICIES } from '../../model/policies-in-force.ts';
import { SmallWorld } from '../../watch/world-fixture.ts';
import { gatePolicies } from './gate-policies.ts';

const MADE = Date.parse('2026-01-01T00:00:00Z');
const NOW = Date.parse('2026-01-02T00:00:00Z');
const KINDS = [
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
] as const;

/** As they were made, but for those whose name begins so. */
function world(change: Partial<PolicyView> = {}, start = '-'): SmallWorld {
  const found = new SmallWorld();
  for (const kind of KINDS)
    for (const name of [...VOTE_POLICIES, ...AUTHOR_POLICIES])
      found.policy(kind, name, {
        uid: `${kind}-${name}`,
        createdAt: MADE,
        ...(name.startsWith(start) && change),
      });
  return found;
}
const remembered = gatePolicies(world(), undefined, NOW).record;

describe('the policies of votes and authors', () => {
  it('that were never edited are in force since they were made, and are remembered by name', () => {
    const policies = gatePolicies(world(), undefined, NOW);
    expect([policies.votesSince, policies.authorsSince]).toEqual([MADE, MADE]);
    expect(policies.record?.inForceSince).toBe('2026-01-01T00:00:00.000Z');
    const names = [...VOTE_POLICIES, ...AUTHOR_POLICIES].flatMap((name) => [name, `${name}.binding`]);
    expect(policies.record?.seen.map(({ name }) => name)).toEqual(names.sort());
  });

  it.each<[string, Partial<PolicyView>, object]>([
    [
      'review-identity',
      { asShipped: false },
      { votesSince: undefined, authorsSince: MADE, record: undefined },
    ],
    ['review-identity', { generation: 2 }, { votesSince: NOW, authorsSince: MADE, authorsUnchanged: true }],
    [
      'scope-authors',
      { asShipped: false },
      { votesSince: MADE, authorsSince: undefined, authorsUnchanged: false },
    ],
    ['scope-authors', { generation: 2 }, { votesSince: MADE, authorsSince: NOW, authorsUnchanged: false }],
    ['scope-authors', { uid: 'made-again' }, { votesSince: MADE, authorsUnchanged: false }],
    ['-', {}, { votesSince: MADE, authorsSince: MADE, authorsUnchanged: true }],
  ])('if %s is %o since the ledger looked: %o', (start, change, expected) => {
    const { votesSince, authorsSince, authorsUnchanged, record } = gatePolicies(
      world(change, start),
      remembered,
      NOW,
    );
    expect({ votesSince, authorsSince, authorsUnchanged, record }).toMatchObject(expected);
  });

  it('of votes that were edited are in force since the ledger saw them first', () => {
    const edited = world({ generation: 2 }, 'review-identity');
    const { record } = gatePolicies(edited, remembered, NOW);
    expect(gatePolicies(edited, record, NOW + 60_000).votesSince).toBe(NOW);
  });

  it('of authors that were edited are in force since the ledger saw them first', () => {
    const edited = world({ generation: 2 }, 'scope-authors');
    const { record } = gatePolicies(edited, remembered, NOW);
    expect(gatePolicies(edited, record, NOW + 60_000).authorsSince).toBe(NOW);
  });

  it('of authors that are not known stamp nobody', () => {
    const blind = world();
    blind.mutating = { missing: 'not listed yet' };
    expect(gatePolicies(blind, remembered, NOW)).toMatchObject({ votesSince: MADE, authorsSince: undefined });
  });
});
