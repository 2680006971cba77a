import { describe, expect, it } from 'vitest';
import {
  aNamespace,
  aSharedBackend,
  aWorld,
  named,
  onlyFor,
  trusting,
  type World,
} from '../resolve/a-world.fixture.ts';
import { explainNames } from './explain-names.ts';
import { refusedAbove } from './explain-rules.ts';

const everybody = { access: { visibility: 'All' as const } };

/** `Organization: notGranted access: its access is …` of each level that has the name. */
function told(world: World, name = 'A', destination = world.facts().scope.namespace): string[] {
  const resolution = world.names(destination);
  const [found] = explainNames(world.facts(), resolution, destination, name);
  return (found?.candidates ?? []).map(
    ({ level, verdict, rule, why }) => `${level} ${verdict}${rule === undefined ? '' : ` ${rule}: ${why}`}`,
  );
}

describe('the rule that keeps an entry from supplying', () => {
  it.each<[string, World, string]>([
    [
      'the policy names other repositories',
      aWorld()
        .org()
        .secret('A', { access: onlyFor('team-x', 'x') })
        .repo(),
      'Organization notGranted access: its access is Selected, and does not name team-web/web (repositories)',
    ],
    [
      'the policy names nobody',
      aWorld()
        .org()
        .secret('A', { access: { visibility: 'Selected' } })
        .repo(),
      'Organization notGranted access: its access is Selected, and names nobody',
    ],
    [
      'the policy names a group without it',
      aWorld()
        .org()
        .spec({ accessGroups: [{ name: 'core' }] })
        .secret('A', { access: { groups: ['core'] } })
        .repo(),
      'Organization notGranted access: its access is Selected, and does not name team-web/web (groups core)',
    ],
    [
      'the repository is Public',
      aWorld().org().children({ namespaces: {}, visibility: 'Public', trusted: true }).secret('A').repo(),
      'Organization notGranted access: its access is Private, and spec.children takes this repository for Public',
    ],
    [
      'a prefix that is discovered for nobody',
      aWorld().org().discover('x/', ['x/a']).repo(),
      'Organization notGranted access: spec.discover[].access does not let team-web/web use it',
    ],
    [
      'no grant gives the key',
      aWorld().org().backend(aSharedBackend([])).secret('A', everybody).repo(),
      'Organization supplies grants: no grant of ClusterSecretBackend shared gives this key to namespace acme-org',
    ],
    [
      'a grant reserves the key',
      aWorld()
        .org()
        .backend(
          aSharedBackend([
            {
              namespaces: {},
              keys: [{ prefix: 'organization/' }],
              protectedBy: { namespace: 'p', name: 'prod' },
            },
          ]),
        )
        .secret('A', everybody)
        .repo(),
      'Organization supplies protectedBy: a grant of ClusterSecretBackend shared reserves this key for p/prod',
    ],
    [
      'the backend is not there',
      aWorld()
        .org()
        .backend({ kind: 'missing', refKind: 'SecretBackend', name: 'v' })
        .secret('A', everybody)
        .repo(),
      'Organization supplies backendRef: SecretBackend acme-org/v does not exist',
    ],
    [
      'it names no backend',
      aWorld().org().backend({ kind: 'none' }).secret('A', everybody).repo(),
      'Organization supplies backendRef: acme-org/acme has no spec.backendRef',
    ],
  ])('%s', (_case, world, expected) => {
    expect(told(world)).toEqual([expected]);
  });

  it('a lock above, and a level below', () => {
    expect(
      told(
        aWorld()
          .org()
          .secret('A', { ...everybody, locked: true })
          .repo()
          .secret('A'),
      ),
    ).toEqual(['Repository overruled locked: acme-org/acme has locked it', 'Organization supplies']);
    expect(told(aWorld().org().secret('A', everybody).repo().secret('A'))).toEqual([
      'Repository supplies',
      'Organization shadowed precedence: team-web/web is more specific',
    ]);
  });

  it('the 101st name of an organization', () => {
    const world = aWorld().org().secrets(101, 'A', everybody).repo();
    expect(told(world, 'A_101')).toEqual([
      'Organization beyondLimit limit: it is beyond the first 100 names that acme-org/acme grants here',
    ]);
  });

  it('the first level that does not admit the namespace of a claim', () => {
    const world = aWorld().org().secret('A', everybody).repo().consumers(named('ci'));
    expect(told(world, 'A', aNamespace('ci'))).toEqual([
      'Organization supplies consumers: spec.consumers of acme-org/acme does not admit namespace ci',
    ]);
    expect(told(world, 'A', aNamespace('other'))).toEqual([
      'Organization supplies consumers: spec.consumers of team-web/web does not admit namespace other',
    ]);
  });
});

describe('a level that hands nothing down', () => {
  const strange = { matchLabels: { org: 'other' } };

  it.each<[string, World, string, string]>([
    [
      'admits no such namespace',
      aWorld().org().children(trusting(strange)).secret('A', everybody).repo(),
      'children',
      'spec.children of acme-org/acme admits no namespace like team-web (org=acme)',
    ],
    [
      'does not trust it',
      aWorld()
        .org()
        .children(trusting({}), { namespaces: named('team-web') })
        .secret('A', everybody)
        .repo(),
      'trusted',
      'spec.children of acme-org/acme does not trust namespace team-web (rule 2)',
    ],
    [
      'has a rule that cannot be judged',
      aWorld()
        .org()
        .children({ namespaces: { matchExpressions: [{ key: 'x', operator: 'In', values: [] }] } })
        .secret('A', everybody)
        .repo(),
      'children',
      'spec.children of acme-org/acme has a malformed label selector',
    ],
    [
      'is not the level above',
      aWorld().org().secret('A', everybody).env(),
      'level',
      'acme-org/acme is of level Organization, and team-web-prod/web-prod needs Repository',
    ],
    [
      'does not admit the environment two levels below',
      aWorld()
        .org()
        .children(trusting(named('team-web')))
        .secret('A', everybody)
        .repo()
        .env(),
      'children',
      'spec.children of acme-org/acme admits no namespace like team-web-prod (org=acme)',
    ],
  ])('%s', (_case, world, rule, why) => {
    const refused = refusedAbove(world.facts());
    expect(refused).toMatchObject({ rule, why });
    const verdict = rule === 'trusted' ? 'notTrusted' : 'notAdmitted';
    expect(told(world)).toEqual([`Organization ${verdict} ${rule}: ${why}`]);
  });

  it('is none where everything is admitted', () => {
    expect(refusedAbove(aWorld().org().repo().env().facts())).toBeUndefined();
    expect(refusedAbove(aWorld().org().unknown().repo().facts())).toBeUndefined();
  });
});
