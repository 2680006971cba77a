/** Random worlds of three levels, for properties that hold whatever the specs say. */
import fc from 'fast-check';
import type { Grant } from '../model/kinds/secret-backend.ts';
import type { Access } from '../model/kinds/secret-scope.ts';
import { ACME, aSharedBackend, aWorld, named, onlyFor, trusting, type World } from './a-world.fixture.ts';

export interface AnyEntry {
  readonly name: string;
  readonly locked: boolean;
  readonly access: 'All' | 'Private' | 'web' | 'other';
  readonly key: string;
}

export interface AnyLevel {
  readonly entries: readonly AnyEntry[];
  readonly found: readonly string[];
  readonly listed: 'yes' | 'cut' | 'no';
  readonly children: readonly ('all' | 'web' | 'prod' | 'forked web' | 'forked prod' | 'public' | 'nobody')[];
  readonly backend: 'own' | 'shared' | 'gone';
}

export interface AnyWorld {
  readonly org: AnyLevel;
  readonly repo: AnyLevel;
  readonly env: AnyLevel;
}

const ACCESS: Record<AnyEntry['access'], Access> = {
  All: { visibility: 'All' },
  Private: {},
  web: onlyFor('team-web', 'web'),
  other: onlyFor('team-other', 'other'),
};

const CHILDREN = {
  all: trusting(ACME),
  web: trusting(named('team-web')),
  prod: trusting(named('team-web-prod')),
  'forked web': { namespaces: named('team-web'), visibility: 'Private' as const },
  'forked prod': { namespaces: named('team-web-prod'), visibility: 'Private' as const },
  public: { ...trusting(ACME), visibility: 'Public' as const },
  nobody: trusting(named('nobody')),
};

const GRANTS: Grant[] = [
  { namespaces: ACME, keys: [{ prefix: 'found/' }, { prefix: 'good/' }] },
  { namespaces: ACME, keys: [{ key: 'good/k1' }], protectedBy: { namespace: 'x', name: 'y' } },
];

const entry: fc.Arbitrary<AnyEntry> = fc.record({
  name: fc.constantFrom('A', 'A_B', 'B', 'C', 'D', 'PATH'),
  locked: fc.boolean(),
  access: fc.constantFrom('All', 'Private', 'web', 'other'),
  key: fc.constantFrom('good/k1', 'good/k2', 'denied/k', 'bad/%'),
});

const level = (children: AnyLevel['children'], backend: AnyLevel['backend']): fc.Arbitrary<AnyLevel> =>
  fc.record({
    entries: fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 5 }),
    found: fc.uniqueArray(fc.constantFrom('found/a-b', 'found/a.b', 'found/x/b', 'found/e', 'found/path'), {
      maxLength: 4,
    }),
    listed: fc.constantFrom('yes', 'yes', 'cut', 'no'),
    children: fc.oneof(
      { weight: 3, arbitrary: fc.constant(children) },
      fc.uniqueArray(fc.constantFrom('all', 'web', 'prod', 'forked web', 'forked prod', 'public', 'nobody'), {
        maxLength: 3,
      }),
    ),
    backend: fc.oneof(
      { weight: 3, arbitrary: fc.constant(backend) },
      fc.constantFrom('own', 'shared', 'gone'),
    ),
  });

export const anyWorld: fc.Arbitrary<AnyWorld> = fc.record({
  org: level(['all'], 'own'),
  repo: level(['all'], 'own'),
  env: level([], 'own'),
});

/** Worlds in which every level is known and admits the one below. */
export const openWorld: fc.Arbitrary<AnyWorld> = anyWorld.map(({ org, repo, env }) => {
  const open = (one: AnyLevel): AnyLevel => ({ ...one, listed: 'yes', children: ['all'], backend: 'own' });
  return { org: open(org), repo: open(repo), env: open(env) };
});

type Order = <T>(list: readonly T[]) => readonly T[];

/** The facts that specs like these make; `order` is how each list is written down. */
export function worldOf({ org, repo, env }: AnyWorld, order: Order = (list) => list): World {
  const world = aWorld();
  fill(world.org(), org, order, true);
  fill(world.repo(), repo, order, false);
  return fill(world.env().spec({ children: undefined }), { ...env, children: ['all'] }, order, false);
}

function fill(world: World, spec: AnyLevel, order: Order, judged: boolean): World {
  world.children(...order(spec.children).map((rule) => CHILDREN[rule]));
  for (const { name, locked, access, key } of order(spec.entries))
    world.secret(name, { key, locked, ...(judged && { access: ACCESS[access] }) });
  const listing =
    spec.listed === 'no'
      ? ({ kind: 'unknown' } as const)
      : ({ kind: 'listed', keys: order(spec.found), truncated: spec.listed === 'cut' } as const);
  const prefixes: [string, Access][] = [
    ['found/', { visibility: 'All' }],
    ['found/x/', { visibility: 'Selected', namespaces: ACME }],
  ];
  for (const [prefix, access] of order(prefixes))
    world.discover(prefix, listing, judged ? access : undefined);
  if (spec.backend === 'shared') world.backend(aSharedBackend(order(GRANTS)));
  if (spec.backend === 'gone') world.backend({ kind: 'none' });
  return world;
}

/** The same world with one level changed. */
export function changed(
  world: AnyWorld,
  at: keyof AnyWorld,
  change: (level: AnyLevel) => Partial<AnyLevel>,
): AnyWorld {
  return { ...world, [at]: { ...world[at], ...change(world[at]) } };
}

export const withEntry = (world: AnyWorld, at: keyof AnyWorld, one: AnyEntry): AnyWorld =>
  changed(world, at, ({ entries }) => ({
    entries: [...entries.filter(({ name }) => name !== one.name), one],
  }));

export const withoutEntry = (world: AnyWorld, at: keyof AnyWorld, gone: string): AnyWorld =>
  changed(world, at, ({ entries }) => ({ entries: entries.filter(({ name }) => name !== gone) }));

export const anyEntry = entry;
export const anyLevelName = fc.constantFrom<keyof AnyWorld>('org', 'repo', 'env');
