import { describe, expect, it } from 'vitest';
import type { RepositoryVisibility, ScopeSpec } from '../model/kinds/secret-scope.ts';
import { ACME, aNamespace, aScope, named } from './a-world.fixture.ts';
import { admitChild, admitsConsumer, childrenJudgeable, lowerVisibility } from './admission.ts';

type Rules = NonNullable<ScopeSpec['children']>;

const home = aNamespace('acme-org');
const web = aNamespace('team-web', { org: 'acme', tier: 'gold' });
const stranger = aNamespace('elsewhere', {});
const withChildren = (children?: Rules) => aScope('Organization', 'acme', home, children && { children });
const refused = { kind: 'refused' };
const admitted = (visibility: RepositoryVisibility, trusted: boolean) => ({
  kind: 'admitted',
  visibility,
  trusted,
});
const gold = { matchLabels: { tier: 'gold' } };

describe('whom a scope takes for its children', () => {
  it('if it says nothing, its own namespace is Private and trusted, and nobody else is admitted', () => {
    expect(admitChild(withChildren(), home)).toEqual(admitted('Private', true));
    expect(admitChild(withChildren(), web)).toEqual(refused);
  });

  it('if its list is empty, not even its own namespace is admitted', () => {
    expect(admitChild(withChildren([]), home)).toEqual(refused);
  });

  it('if its list names others, its own namespace is no longer admitted by default', () => {
    expect(admitChild(withChildren([{ namespaces: named('team-web'), trusted: true }]), home)).toEqual(
      refused,
    );
  });

  it('API-REVIEW 4: if a rule assigns nothing, what it admits is Public and untrusted', () => {
    expect(admitChild(withChildren([{ namespaces: ACME }]), web)).toEqual(admitted('Public', false));
  });

  it('THREATS 11: only labels of the Namespace count, and no match is a refusal', () => {
    expect(admitChild(withChildren([{ namespaces: ACME, trusted: true }]), stranger)).toEqual(refused);
  });

  it.each<[string, Rules, unknown]>([
    [
      'the lowest visibility counts',
      [
        { namespaces: ACME, visibility: 'Private', trusted: true },
        { namespaces: gold, visibility: 'Internal', trusted: true },
      ],
      admitted('Internal', true),
    ],
    [
      'one that assigns no visibility makes it Public',
      [
        { namespaces: ACME, visibility: 'Private', trusted: true },
        { namespaces: gold, trusted: true },
      ],
      admitted('Public', true),
    ],
    [
      'one that does not trust is enough',
      [
        { namespaces: ACME, visibility: 'Private', trusted: true },
        { namespaces: gold, visibility: 'Private' },
      ],
      admitted('Private', false),
    ],
    [
      'one that does not match changes nothing',
      [
        { namespaces: ACME, visibility: 'Private', trusted: true },
        { namespaces: named('other'), visibility: 'Public' },
      ],
      admitted('Private', true),
    ],
  ])('FAULTS 17: of several matching rules %s, in either order', (_case, rules, admission) => {
    expect(admitChild(withChildren(rules), web)).toEqual(admission);
    expect(admitChild(withChildren(rules.toReversed()), web)).toEqual(admission);
  });

  it.each<[RepositoryVisibility, RepositoryVisibility, RepositoryVisibility]>([
    ['Public', 'Internal', 'Public'],
    ['Public', 'Private', 'Public'],
    ['Internal', 'Private', 'Internal'],
    ['Private', 'Private', 'Private'],
  ])('of %s and %s the lower is %s', (a, b, lower) => {
    expect(lowerVisibility(a, b)).toBe(lower);
    expect(lowerVisibility(b, a)).toBe(lower);
  });
});

describe('a rule with a malformed selector', () => {
  const malformed = { matchExpressions: [{ key: 'fork', operator: 'Exists' as const, values: ['true'] }] };

  it('FAULTS 18: admits nobody', () => {
    expect(admitChild(withChildren([{ namespaces: malformed, trusted: true }]), web)).toEqual(refused);
  });

  it('may have been meant to lower others, so none of them can be judged', () => {
    const rules = [{ namespaces: ACME, trusted: true }, { namespaces: malformed }];
    expect(childrenJudgeable(withChildren(rules))).toBe(false);
    expect(childrenJudgeable(withChildren(rules.slice(0, 1)))).toBe(true);
    expect(childrenJudgeable(withChildren())).toBe(true);
  });
});

describe('which namespaces a scope lets its secrets reach', () => {
  const withConsumers = (consumers?: ScopeSpec['consumers']) =>
    aScope('Repository', 'web', web, { consumers });

  it.each<[string, ScopeSpec['consumers'], boolean, boolean]>([
    ['says nothing', undefined, true, false],
    ['lists nobody', [], true, false],
    ['selects the other one', [{ namespaces: named('ci') }], true, true],
    ['selects somebody else', [{ namespaces: named('cd') }], true, false],
    [
      'selects by two rules of which one matches',
      [{ namespaces: named('cd') }, { namespaces: ACME }],
      true,
      true,
    ],
  ])('if it %s, its own: %s %s', (_case, consumers, own, other) => {
    expect(admitsConsumer(withConsumers(consumers), web)).toBe(own);
    expect(admitsConsumer(withConsumers(consumers), aNamespace('ci'))).toBe(other);
  });
});
