import { describe, expect, it } from 'vitest';
import type { Access, RepositoryVisibility } from '../model/kinds/secret-scope.ts';
import { aNamespace, aScope, named } from './a-world.fixture.ts';
import { accessGranted } from './access.ts';

const organization = aScope('Organization', 'acme', aNamespace('acme-org'), {
  accessGroups: [
    { name: 'payments', repositories: [{ namespace: 'team-pay', name: 'pay' }] },
    { name: 'gold', namespaces: { matchLabels: { tier: 'gold' } } },
    { name: 'nobody' },
  ],
});
const web = aScope('Repository', 'web', aNamespace('team-web', { tier: 'gold' }));
const pay = aScope('Repository', 'pay', aNamespace('team-pay', {}));
const list = { repositories: [{ namespace: 'team-web', name: 'web' }] };

const granted = (access: Access, repository = web, visibility: RepositoryVisibility = 'Private') =>
  accessGranted(access, organization, repository, visibility);

describe('G5, G38: the access policy of an organization’s secret', () => {
  it.each<[Access['visibility'], RepositoryVisibility, boolean]>([
    ['All', 'Public', true],
    ['All', 'Internal', true],
    ['All', 'Private', true],
    ['Private', 'Public', false],
    ['Private', 'Internal', true],
    ['Private', 'Private', true],
    ['Selected', 'Public', false],
    ['Selected', 'Internal', false],
    ['Selected', 'Private', false],
  ])('%s, to a repository that the organization takes for %s: %s', (policy, visibility, answer) => {
    expect(granted({ visibility: policy }, web, visibility)).toBe(answer);
  });

  it.each<RepositoryVisibility>(['Public', 'Internal', 'Private'])(
    'if a repository is selected, it may use the secret although it is %s',
    (visibility) => {
      expect(granted({ visibility: 'Selected', ...list }, web, visibility)).toBe(true);
    },
  );

  it('G43: if nothing is said, it is Private', () => {
    expect(granted({}, web, 'Private')).toBe(true);
    expect(granted({}, web, 'Public')).toBe(false);
  });

  it.each<[string, Access]>([
    ['repositories', { repositories: [{ namespace: 'team-pay', name: 'pay' }] }],
    ['namespaces', { namespaces: named('team-pay') }],
    ['groups', { groups: ['payments'] }],
    ['nobody', { repositories: [] }],
  ])('if %s are named without a word on visibility, they alone are meant', (_case, access) => {
    expect(granted(access, web, 'Private')).toBe(false);
  });

  it('FAULTS 16: a policy word that this version does not know grants nothing', () => {
    expect(granted({ visibility: 'Internal' as 'All' })).toBe(false);
  });
});

describe('Selected', () => {
  it.each<[string, Access, boolean]>([
    ['the repository itself', list, true],
    ['its name in another namespace', { repositories: [{ namespace: 'team-pay', name: 'web' }] }, false],
    ['another name in its namespace', { repositories: [{ namespace: 'team-web', name: 'web2' }] }, false],
    ['a prefix of its name', { repositories: [{ namespace: 'team-web', name: 'we' }] }, false],
    ['the labels of its Namespace', { namespaces: { matchLabels: { tier: 'gold' } } }, true],
    ['other labels', { namespaces: { matchLabels: { tier: 'lead' } } }, false],
    ['every namespace', { namespaces: {} }, true],
    ['a group with its labels', { groups: ['gold'] }, true],
    ['a group without it', { groups: ['payments'] }, false],
    ['one of two groups', { groups: ['payments', 'gold'] }, true],
    ['an empty group', { groups: ['nobody'] }, false],
    ['FAULTS 16: a group that was removed', { groups: ['former'] }, false],
    ['another list, and a group with it', { repositories: [], groups: ['gold'] }, true],
  ])('if it names %s, the answer is right', (_case, access, answer) => {
    expect(granted({ visibility: 'Selected', ...access })).toBe(answer);
  });

  it('a group of repositories is compared like an inline list', () => {
    expect(granted({ visibility: 'Selected', groups: ['payments'] }, pay)).toBe(true);
  });

  it('THREATS 11: labels that the repository gives itself select nothing', () => {
    const itself = { ...pay, spec: { ...pay.spec, labels: { tier: 'gold' } } };
    expect(granted({ visibility: 'Selected', groups: ['gold'] }, itself)).toBe(false);
  });
});
