import { describe, expect, it } from 'vitest';
import { ACME, aWorld, named, trusting, type World } from './a-world.fixture.ts';
import { answerOf } from './resolve.ts';

const unlisted = { kind: 'unknown' } as const;
const cut = { kind: 'listed', keys: [], truncated: true } as const;
const everybody = { visibility: 'All' } as const;
const closed = (world: World) => world.children(trusting(named('other')));
const known = (world: World) => Object.fromEntries(world.names().uncertain?.known ?? []);

const RESTARTED = {
  secretName: 'a',
  restart: { workloads: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Deployment' as const, name: 'a' }] },
};

describe('the whole story', () => {
  it('an environment gets what three levels give it, each name from one of them', () => {
    const world = aWorld().org().secret('NPM_TOKEN').secret('DATABASE_URL');
    const { names } = world.repo().secret('DATABASE_URL').secret('APP').env().secret('APP').names();
    const suppliers = [...names].map(([name, { answer }]) => [
      name,
      answer.kind === 'line' && answer.line.level,
    ]);
    expect(suppliers).toEqual([
      ['APP', 'Environment'],
      ['DATABASE_URL', 'Repository'],
      ['NPM_TOKEN', 'Organization'],
    ]);
  });

  it('G54, G55: names are in the order of names, and found ones are counted', () => {
    const names = aWorld().repo().secret('B').secret('_').discover('x/', ['x/a', 'x/1']).names();
    expect([...names.names.keys()]).toEqual(['A', 'B', '_']);
    expect(names.discovered).toBe(1);
    expect(names.excluded).toBe(0);
  });

  it('only one’s own level speaks in the notes', () => {
    const world = aWorld().org().discover('acme/', cut, everybody).repo();
    expect(world.names().notes).toEqual([]);
    expect(aWorld().repo().discover('acme/', cut).names().notes).toHaveLength(1);
  });

  it('the same facts give the same answer', () => {
    const world = () => aWorld().org().secrets(30).repo().secrets(20).env().secrets(10);
    expect(world().resolve()).toEqual(world().resolve());
  });

  it('a refused scope says why, and still who may supply what', () => {
    const refused = aWorld()
      .org()
      .secret('T')
      .repo()
      .env()
      .spec({ targets: [RESTARTED] })
      .resolve();
    expect(refused).toMatchObject({
      kind: 'refused',
      violations: [{ path: 'spec.targets[a].restart.workloads[].apiVersion' }],
    });
    expect(refused).not.toHaveProperty('names');
    expect([...(refused.offeredBy.get('T') ?? [])]).toEqual(['uid-acme-org-acme']);
  });
});

describe('broken never falls through: only removing the entry does that', () => {
  it.each<[string, World, string]>([
    ['a key that is no key', aWorld().org().secret('T').repo().secret('T', { key: 'a/../b' }), 'KeyInvalid'],
    [
      'a backend that is gone',
      aWorld().org().secret('T').repo().secret('T').backend({ kind: 'none' }),
      'BackendMissing',
    ],
    [
      'two found keys of one name',
      aWorld().org().secret('T').repo().discover('a/', ['a/t', 'a/b/t']),
      'NameCollision',
    ],
  ])('%s', (_case, world, reason) => {
    expect(world.answer('T')).toMatchObject({ kind: 'broken', reason });
    expect(world.env().answer('T')).toMatchObject({ kind: 'broken', reason: 'NotAvailable' });
  });

  it('a key found beyond a level’s limit is no entry, but nothing stands in for it', () => {
    const world = aWorld().org().secret('Z').repo().secrets(100).discover('a/', ['a/z']);
    expect(world.answer('Z')).toMatchObject({ kind: 'broken', reason: 'LimitExceeded' });
    expect(world.env().answer('Z')).toMatchObject({ kind: 'broken', reason: 'NotAvailable' });
  });

  it('if nobody else has the name, it is simply not there', () => {
    expect(aWorld().repo().secrets(100).discover('a/', ['a/z']).supplier('Z')).toBe('absent');
  });

  it('what is locked above is not touched by what is found below', () => {
    const world = aWorld().org().secret('Z', { locked: true }).repo().secrets(100).discover('a/', ['a/z']);
    expect(world.supplier('Z')).toBe('Organization');
  });
});

describe('while a prefix has not been listed', () => {
  it.each<[string, World, string]>([
    [
      'a name of the level itself stands',
      aWorld().org().repo().secret('T').discover('a/', unlisted),
      'Repository',
    ],
    [
      'a name from above might be shadowed',
      aWorld().org().secret('T').repo().discover('a/', unlisted),
      'unknown',
    ],
    [
      'a locked one cannot be',
      aWorld().org().secret('T', { locked: true }).repo().discover('a/', unlisted),
      'Organization',
    ],
    [
      'a more specific one is not',
      aWorld().org().discover('a/', unlisted, everybody).repo().secret('T'),
      'Repository',
    ],
    [
      'a written one of that level is not',
      aWorld().org().secret('T').discover('a/', unlisted, everybody).repo(),
      'Organization',
    ],
    [
      'it may be shadowed in between',
      aWorld().org().secret('T').repo().discover('a/', unlisted).env(),
      'unknown',
    ],
    ['a name that nobody has may turn up', aWorld().repo().discover('a/', unlisted), 'unknown'],
    [
      'it may not turn up where this repository may not use it',
      aWorld().org().discover('a/', unlisted).repo(),
      'absent',
    ],
    ['a cut listing counts like none', aWorld().org().secret('T').repo().discover('a/', cut), 'unknown'],
  ])('%s', (_case, world, supplier) => {
    expect(world.supplier('T')).toBe(supplier);
  });

  it('what is pending at another level is not told in detail', () => {
    const own = aWorld().repo().discover('a/', unlisted).answer('T');
    expect(own).toMatchObject({
      message: 'spec.discover has not been listed yet; delivered keys stay until it has',
    });
    const message =
      'a level above has not listed its discovered secrets yet; delivered keys stay until it has';
    const above = aWorld().org().discover('a/', cut, everybody).repo();
    expect(above.answer('T')).toEqual({ kind: 'unknown', reason: 'DiscoveryPending', message });
    const between = aWorld().org().secret('T').repo().discover('a/', unlisted).env();
    expect(between.answer('T')).toMatchObject({ message: `T: ${message}` });
  });

  it('it is said of which levels everything is known, and of which what is written', () => {
    const world = aWorld().org().repo().discover('a/', unlisted).env();
    expect(known(world)).toEqual({
      'uid-team-web-prod-web-prod': 'complete',
      'uid-team-web-web': 'explicitOnly',
      'uid-acme-org-acme': 'complete',
    });
    expect(world.names().uncertain?.levelsMissing).toBe(false);
  });
});

describe('THREATS 19: while a level above is not known', () => {
  it('one’s own names go on, others are unknown, never absent', () => {
    const world = aWorld().org().unknown().repo().secret('T');
    expect(world.supplier('T')).toBe('Repository');
    expect(world.supplier('U')).toBe('unknown');
  });

  it('a repository’s names reach its environment although the organization is not there', () => {
    expect(aWorld().org().unknown().repo().secret('T').env().supplier('T')).toBe('Repository');
  });

  it('it is said which levels are known, and that some are missing', () => {
    const world = aWorld().org().unknown().repo().env();
    expect(known(world)).toEqual({
      'uid-team-web-prod-web-prod': 'complete',
      'uid-team-web-web': 'complete',
    });
    expect(world.names().uncertain?.levelsMissing).toBe(true);
  });

  it('a denial of one’s own level stands', () => {
    const world = aWorld()
      .org()
      .unknown()
      .repo()
      .secret('T')
      .backend({
        kind: 'found',
        id: { namespace: '', name: 'shared', uid: 'u' },
        refKind: 'ClusterSecretBackend',
        provider: 'memory',
        identity: {},
        grants: [],
      });
    expect(world.supplier('T')).toBe('denied');
  });
});

describe('THREATS 25: to the child, a parent that refuses and one that is not there are the same', () => {
  const words = (world: World, name: string) => {
    const answer = world.answer(name);
    return answer.kind === 'line' ? answer : { reason: answer.reason, message: answer.message };
  };

  it.each<[string, (world: World) => World]>([
    ['to a repository', (world) => world.repo().secret('OWN')],
    ['to an environment', (world) => world.repo().env().secret('OWN')],
    ['to one with something to list', (world) => world.repo().secret('OWN').discover('a/', unlisted)],
    [
      'to one of a repository with something to list',
      (world) => world.repo().discover('a/', unlisted).env().secret('OWN'),
    ],
  ])('%s', (_case, below) => {
    const refusing = below(closed(aWorld().org().secret('T')));
    for (const why of ['NotFound', 'Deleting', 'Invalid'] as const) {
      const missing = below(aWorld().org().secret('T').unknown(why));
      for (const name of ['T', 'NOBODYS', 'OWN']) expect(words(missing, name)).toEqual(words(refusing, name));
      const told = ({ parentRefused, uncertain }: ReturnType<World['names']>) => {
        const { reason, message } = parentRefused ?? uncertain ?? {};
        return { reason, message };
      };
      expect(told(missing.names())).toEqual(told(refusing.names()));
    }
  });

  it('but a refusal is known: the name is absent, not unknown', () => {
    expect(closed(aWorld().org().secret('T')).repo().answer('T')).toMatchObject({
      kind: 'absent',
      reason: 'NotAvailable',
      message: expect.stringContaining('parentRef acme-org/acme') as string,
    });
  });

  it('an untrusted child is a child: nothing is refused, it only inherits nothing', () => {
    const world = aWorld().org().secret('T').children({ namespaces: ACME }).repo();
    expect(world.names()).toMatchObject({ parentRefused: undefined, uncertain: undefined });
    expect(world.answer('T')).toMatchObject({ kind: 'absent', reason: 'NotAvailable' });
  });
});

describe('a name that nobody has ever written', () => {
  it('is answered like one that is not granted', () => {
    const names = aWorld()
      .org()
      .secret('T', { access: { visibility: 'Selected' } })
      .repo()
      .names();
    const other = answerOf(names, 'U');
    expect(other).toMatchObject({ kind: 'absent' });
    expect(JSON.stringify(answerOf(names, 'T')).replaceAll('T ', 'U ')).toEqual(JSON.stringify(other));
  });
});
