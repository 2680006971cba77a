import { describe, expect, it } from 'vitest';
import { aWorld, named, trusting, type World } from './a-world.fixture.ts';
import { refusals } from './refusals.ts';

const refused = (world: World) => refusals(world.facts()).map(({ path, reason }) => `${path} ${reason}`);
const ROLLOUTS = {
  workloads: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Deployment' as const, name: 'a' }],
};
const messages = (world: World) => refusals(world.facts()).map(({ message }) => message);

describe('a scope that asks for what is not built yet is refused, never served without it', () => {
  it.each<[string, World, string[]]>([
    [
      'restarts, in two of three targets',
      aWorld()
        .repo()
        .spec({
          targets: [
            { secretName: 'a', restart: ROLLOUTS },
            { secretName: 'b' },
            { secretName: 'c', restart: ROLLOUTS },
          ],
        }),
      [
        'spec.targets[a].restart.workloads[].apiVersion UnsupportedByThisVersion',
        'spec.targets[c].restart.workloads[].apiVersion UnsupportedByThisVersion',
      ],
    ],
  ])('%s', (_case, world, expected) => {
    expect(refused(world)).toEqual(expected);
    expect(world.resolve().kind).toBe('refused');
  });

  it('the message says what stays and what to do', () => {
    expect(
      messages(
        aWorld()
          .repo()
          .spec({ targets: [{ secretName: 'a', restart: ROLLOUTS }] }),
      ),
    ).toEqual([
      'spec.targets[a].restart.workloads[].apiVersion is not supported by this version of the operator; write apps/v1, or leave it out, to have the Secret delivered; existing Secrets stay as they are',
    ]);
  });
});

describe('a protected environment, where reviewers decide on each name and version', () => {
  const protection = { minApprovals: 1 };
  it('cannot discover names', () => {
    const env = aWorld().org().repo().env().discover('a/', []).spec({ protection });
    expect(refused(env)).toEqual(['spec.discover SpecInvalid']);
    expect(messages(env)[0]).toContain('write entries instead');
  });

  it('cannot pin versions of a backend that keeps none', () => {
    const env = aWorld()
      .org()
      .repo()
      .env()
      .secret('T')
      .spec({ protection: { ...protection, pin: 'Version' } });
    const { scope, parent } = env.facts();
    if (scope.backend.kind !== 'found') throw new Error('the fixture has a backend');
    const on = (provider: 'aws' | 'kubernetes') =>
      refusals({ parent, scope: { ...scope, backend: { ...scope.backend, provider } } as typeof scope });
    expect(on('kubernetes')).toMatchObject([{ path: 'spec.protection.pin', reason: 'SpecInvalid' }]);
    expect(on('aws')).toEqual([]);
  });
});

describe('a scope that contradicts itself', () => {
  it.each<[string, World, string[]]>([
    [
      'its own parent, by full name',
      aWorld()
        .repo()
        .spec({ parentRef: { namespace: 'team-web', name: 'web' } }),
      ['spec.parentRef SpecInvalid'],
    ],
    [
      'its own parent, by short name',
      aWorld()
        .repo()
        .spec({ parentRef: { name: 'web' } }),
      ['spec.parentRef SpecInvalid'],
    ],
    [
      'a namesake elsewhere',
      aWorld()
        .repo()
        .spec({ parentRef: { namespace: 'acme-org', name: 'web' } }),
      [],
    ],
    [
      'a neighbour',
      aWorld()
        .repo()
        .spec({ parentRef: { name: 'acme' } }),
      [],
    ],
    [
      'FAULTS 2: targets of an organization',
      aWorld()
        .org()
        .spec({ targets: [{ secretName: 'a' }] }),
      ['spec.targets SpecInvalid'],
    ],
    ['no targets of an organization', aWorld().org().spec({ targets: [] }), []],
    [
      'targets of a repository',
      aWorld()
        .repo()
        .spec({ targets: [{ secretName: 'a' }] }),
      [],
    ],
  ])('%s', (_case, world, expected) => {
    expect(refused(world)).toEqual(expected);
  });

  it('everything that is wrong is told at once', () => {
    const world = aWorld().org().repo().env().environmentNameHeldBy('team-web-x', 'x');
    const all = {
      protection: {},
      parentRef: { name: 'web-prod' },
      targets: [{ secretName: 'a', restart: ROLLOUTS }],
    };
    expect(refused(world.spec(all))).toEqual([
      'spec.targets[a].restart.workloads[].apiVersion UnsupportedByThisVersion',
      'spec.parentRef SpecInvalid',
      'spec.environmentName EnvironmentNameTaken',
    ]);
  });
});

describe('GX12: an environment name that an older environment of the repository has', () => {
  const held = (world: World) => world.environmentNameHeldBy('team-web-old', 'old');

  it('is refused, and the name is said', () => {
    expect(messages(held(aWorld().org().repo().env()))).toEqual([
      'environment name "web-prod" is already used in this repository by another scope (names are compared without case); choose another spec.environmentName',
    ]);
    expect(messages(held(aWorld().org().repo().env().spec({ environmentName: 'PROD' })))[0]).toContain(
      '"PROD"',
    );
  });

  it('THREATS 25: the other one is named only in its own namespace', () => {
    const [message] = messages(held(aWorld().org().repo().env('prod', 'team-web-old')));
    expect(message).toContain('team-web-old/old');
  });

  it.each<[string, World]>([
    [
      'does not admit it',
      aWorld()
        .org()
        .repo()
        .children(trusting(named('other')))
        .env(),
    ],
    ['is not there', aWorld().org().repo().unknown().env()],
    ['is an organization', aWorld().org().env()],
  ])('THREATS 25: if the repository %s, it learns nothing of the names in use', (_case, world) => {
    expect(refused(held(world))).toEqual([]);
  });

  it('an untrusted environment of the repository is one of its environments', () => {
    const untrusted = { namespaces: named('team-web-prod') };
    expect(refused(held(aWorld().org().repo().children(untrusted).env()))).toHaveLength(1);
  });
});
