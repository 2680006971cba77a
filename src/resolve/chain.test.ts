import { describe, expect, it } from 'vitest';
import { ACME, aWorld, named, trusting, type World } from './a-world.fixture.ts';
import { buildChain, parentName } from './chain.ts';

const levels = (world: World) => buildChain(world.facts()).links.map(({ scope }) => scope.spec.level);
const forks = { matchLabels: { fork: 'true' } };

describe('the levels whose entries may reach a scope', () => {
  it.each<[string, World, string[]]>([
    [
      'an environment: itself, repository, organization',
      aWorld().org().repo().env(),
      ['Environment', 'Repository', 'Organization'],
    ],
    ['a repository: itself and its organization', aWorld().org().repo(), ['Repository', 'Organization']],
    ['an organization: itself', aWorld().org(), ['Organization']],
    ['a repository without a parent: itself', aWorld().repo(), ['Repository']],
    ['an environment right below an organization: itself', aWorld().org().env(), ['Environment']],
    ['a repository below a repository: itself', aWorld().repo('base').repo(), ['Repository']],
    ['an organization below an organization: itself', aWorld().org('a').org('b'), ['Organization']],
  ])('of %s', (_case, world, expected) => {
    expect(levels(world)).toEqual(expected);
  });
});

describe('API-REVIEW 3: every scope on the way has to admit the namespace asked', () => {
  it('if the repository does not admit the environment, nothing is inherited', () => {
    expect(
      levels(
        aWorld()
          .org()
          .repo()
          .children(trusting(named('other')))
          .env(),
      ),
    ).toEqual(['Environment']);
  });

  it('if the repository says nothing, an environment elsewhere is not admitted', () => {
    expect(levels(aWorld().org().repo().spec({ children: undefined }).env())).toEqual(['Environment']);
    const beside = aWorld().org().repo().spec({ children: undefined }).env('prod', 'team-web');
    expect(levels(beside)).toEqual(['Environment', 'Repository', 'Organization']);
  });

  it('if the organization admits the repository but not the environment’s namespace, its entries stop there', () => {
    const world = aWorld()
      .org()
      .children(trusting(named('team-web')))
      .repo()
      .env();
    expect(levels(world)).toEqual(['Environment', 'Repository']);
    expect(buildChain(world.facts()).refused).toBeUndefined();
  });

  it('if the organization admits the environment’s namespace but not the repository, its entries do not reach it', () => {
    expect(
      levels(
        aWorld()
          .org()
          .children(trusting(named('team-web-prod')))
          .repo()
          .env(),
      ),
    ).toEqual(['Environment', 'Repository']);
  });

  it('THREATS 11: a repository that admits everybody hands nothing of its organization to a stranger', () => {
    const world = aWorld().org().repo().children(trusting({})).env('prod', 'elsewhere').labels({});
    expect(levels(world)).toEqual(['Environment', 'Repository']);
  });
});

describe('THREATS 11: an untrusted child inherits nothing', () => {
  it.each<[string, World, string[]]>([
    ['an untrusted repository', aWorld().org().children({ namespaces: ACME }).repo(), ['Repository']],
    [
      'an environment of an untrusted repository',
      aWorld().org().children({ namespaces: ACME }).repo().env(),
      ['Environment', 'Repository'],
    ],
    [
      'an untrusted environment',
      aWorld().org().repo().children({ namespaces: ACME, visibility: 'Private' }).env(),
      ['Environment'],
    ],
    [
      'an environment that the organization trusts, of a repository that it does not',
      aWorld()
        .org()
        .children(trusting(named('team-web-prod')), { namespaces: named('team-web') })
        .repo()
        .env(),
      ['Environment', 'Repository'],
    ],
    [
      'an environment that the organization alone does not trust',
      aWorld()
        .org()
        .children(trusting(ACME), { namespaces: named('team-web-prod') })
        .repo()
        .env(),
      ['Environment', 'Repository'],
    ],
    [
      'a preview of a fork beside a rule that trusts everybody',
      aWorld().org().children(trusting({}), { namespaces: forks }).repo().labels({ fork: 'true' }),
      ['Repository'],
    ],
  ])('%s', (_case, world, expected) => {
    expect(levels(world)).toEqual(expected);
    expect(buildChain(world.facts())).toMatchObject({ uncertain: undefined, refused: undefined });
  });
});

describe('what the organization takes a repository for', () => {
  const visibility = (world: World) => buildChain(world.facts()).links.at(-1)?.visibility;
  const open = { ...trusting(ACME), visibility: 'Public' as const };

  it('is what its rule assigns', () => {
    expect(visibility(aWorld().org().children(open).repo())).toBe('Public');
  });

  it('is the lower of what it assigns to repository and environment', () => {
    const prod = { ...trusting(named('team-web-prod')), visibility: 'Internal' as const };
    expect(
      visibility(
        aWorld()
          .org()
          .children(trusting(named('team-web')), prod)
          .repo()
          .env(),
      ),
    ).toBe('Internal');
    const web = { ...trusting(named('team-web')), visibility: 'Public' as const };
    expect(visibility(aWorld().org().children(web, prod).repo().env())).toBe('Public');
  });

  it('is judged of the repository, also when an environment asks', () => {
    const chain = buildChain(aWorld().org().repo('web').env().facts());
    expect(chain.links.map(({ repository }) => repository.id.name)).toEqual(['web-prod', 'web-prod', 'web']);
  });
});

describe('THREATS 19: a level above that is not known', () => {
  it.each(['NotFound', 'Deleting', 'Invalid', 'NotSynced'] as const)(
    '%s: ends the chain and leaves it uncertain',
    (why) => {
      const chain = buildChain(aWorld().org().unknown(why).repo().env().facts());
      expect(chain.links.map(({ scope }) => scope.spec.level)).toEqual(['Environment', 'Repository']);
      expect(chain.uncertain).toBeDefined();
      expect(chain.refused).toBeUndefined();
    },
  );

  it('FAULTS 18: one whose rules about children cannot be understood is not known either', () => {
    const malformed = { matchExpressions: [{ key: 'fork', operator: 'NotIn' as const }] };
    const chain = buildChain(
      aWorld().org().children(trusting(ACME), { namespaces: malformed }).repo().facts(),
    );
    expect(chain.links).toHaveLength(1);
    expect(chain.uncertain?.reason).toBe('NotAvailable');
  });

  it('NotSynced says nothing of the other scope and may be told apart', () => {
    const told = (world: World) => buildChain(world.facts()).uncertain;
    const rest = 'are not known yet; inherited secrets stay as they are';
    expect(told(aWorld().org().unknown('NotSynced').repo())).toEqual({
      reason: 'ParentUnknown',
      message: `the levels above team-web/web ${rest}`,
    });
    expect(told(aWorld().org().unknown('NotSynced').repo('web').env())?.message).toBe(
      `the levels above team-web/web ${rest}`,
    );
  });
});

describe('THREATS 25: a parent that refuses, is not there, is going or is of another level reads the same', () => {
  const words = (world: World) => {
    const { uncertain, refused } = buildChain(world.facts());
    return uncertain ?? refused;
  };

  it.each<[string, (org: World) => World]>([
    ['to the child', (org) => org.repo()],
    ['to the child of the child', (org) => org.repo().env()],
  ])('%s', (_case, below) => {
    const refusing = words(
      below(
        aWorld()
          .org()
          .children(trusting(named('other'))),
      ),
    );
    expect(refusing?.reason).toBe('NotAvailable');
    for (const why of ['NotFound', 'Deleting', 'Invalid'] as const)
      expect(words(below(aWorld().org().unknown(why)))).toEqual(refusing);
    expect(words(below(aWorld().repo('acme', 'acme-org')))).toEqual(refusing);
  });

  it('the message names only what the scope wrote itself, and says what to do', () => {
    expect(words(aWorld().org('victim').children().repo())?.message).toBe(
      'parentRef victim-org/victim is not there, is not one level above, or does not admit namespace team-web; ask its owner to add the namespace to spec.children, or correct parentRef',
    );
    expect(words(aWorld().org('victim').children().repo().env())?.message).not.toContain('victim');
  });
});

describe('the name of a parent', () => {
  it.each<[string, World, string]>([
    ['with a namespace', aWorld().org().repo(), 'acme-org/acme'],
    [
      'without one: the scope’s own',
      aWorld()
        .repo()
        .spec({ parentRef: { name: 'acme' } }),
      'team-web/acme',
    ],
    ['without a parent', aWorld().repo(), '(none)'],
  ])('%s', (_case, world, name) => {
    expect(parentName(world.facts().scope)).toBe(name);
  });
});
