import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TargetSpec } from '../model/kinds/target.ts';
import type { KeyPlan, NameAnswer, PlanLine, ResolvedNames } from '../model/plan.ts';
import { ACME, aNamespace, aWorld, trusting } from './a-world.fixture.ts';
import {
  type AnyEntry,
  type AnyWorld,
  anyEntry,
  anyLevelName,
  anyWorld,
  changed,
  openWorld,
  withEntry,
  withoutEntry,
  worldOf,
} from './any-world.fixture.ts';
import { mayStay } from './may-stay.ts';
import { resolve } from './resolve.ts';
import { planTarget } from './target-plan.ts';

const target: TargetSpec = {
  secretName: 'app',
  include: ['A', 'B', 'NOBODYS'],
  includeAll: true,
  keys: { B: 'b' },
  template: { t: '${A}${C}' },
};
const LEVELS = ['env', 'repo', 'org'] as const;
const UIDS = { org: 'uid-acme-org-acme', repo: 'uid-team-web-web', env: 'uid-team-web-prod-web-prod' };

const names = (world: AnyWorld): ResolvedNames => worldOf(world).names();
const plan = (world: AnyWorld) => planTarget(names(world), target, worldOf(world).facts().scope.namespace);
const lines = ({ names: all }: ResolvedNames): PlanLine[] =>
  [...all.values()].flatMap(({ answer }) => (answer.kind === 'line' ? [answer.line] : []));
const answers = ({ names: all }: ResolvedNames) =>
  new Map<string, NameAnswer>([...all].map(([name, { answer }]) => [name, answer]));
const without = (map: ReadonlyMap<string, NameAnswer>, name: string) =>
  [...map].filter(([other, { kind }]) => other !== name && kind !== 'absent');
/** How specific the level is that supplies a name, by what takes part: 0 is the environment, 9 nobody. */
const supplierDepth = (all: ResolvedNames, name: string): number => {
  const winner = all.names.get(name)?.candidates.findIndex(({ verdict }) => verdict === 'supplies') ?? -1;
  const uid = all.names.get(name)?.candidates[winner]?.scope.uid;
  const depth = LEVELS.findIndex((level) => UIDS[level] === uid);
  return depth < 0 ? 9 : depth;
};
/** Lists in an order of the test's choosing. */
const shuffles = fc.infiniteStream(fc.nat(1000)).map((stream) => <T>(list: readonly T[]): T[] => {
  const keyed = list.map((item) => ({ item, at: Number(stream.next().value) }));
  return keyed.sort((a, b) => a.at - b.at).map(({ item }) => item);
});
const granted = ({ access }: AnyEntry) => access !== 'other';

describe('for any three levels', () => {
  it('the order in which anything is written down does not matter', () => {
    fc.assert(
      fc.property(anyWorld, shuffles, (world, shuffled) => {
        const other = worldOf(world, shuffled);
        expect(other.resolve()).toEqual(worldOf(world).resolve());
        expect(other.plan(target)).toEqual(worldOf(world).plan(target));
      }),
    );
  });

  it('G16: of the levels that define and grant a name exactly one supplies it: the highest lock, else the lowest level', () => {
    fc.assert(
      fc.property(openWorld, (world) => {
        const written = LEVELS.reduce((rest, level) => changed(rest, level, () => ({ found: [] })), world);
        const all = names(written);
        for (const [name, { candidates }] of all.names) {
          const having = LEVELS.filter((level) =>
            written[level].entries.some((one) => one.name === name && (level !== 'org' || granted(one))),
          );
          const locking = having.filter((level) =>
            written[level].entries.some((one) => one.name === name && one.locked),
          );
          const expected = locking.at(-1) ?? having[0];
          const winners = candidates
            .filter(({ verdict }) => verdict === 'supplies')
            .map(({ scope }) => scope.uid);
          expect(winners).toEqual(expected === undefined ? [] : [UIDS[expected]]);
        }
      }),
    );
  });

  it('broken never falls through: an entry that cannot be read is replaced by none of another level', () => {
    fc.assert(
      fc.property(openWorld, anyLevelName, anyEntry, (world, at, one) => {
        const good = names(withEntry(world, at, { ...one, key: 'good/k2' }));
        const bad = names(withEntry(world, at, { ...one, key: 'bad/%' }));
        const answer = good.names.get(one.name)?.answer;
        const other = bad.names.get(one.name)?.answer;
        if (answer?.kind === 'line' && answer.line.scope.uid === UIDS[at]) expect(other?.kind).toBe('broken');
        else expect(other).toEqual(answer);
      }),
    );
  });

  it('locking an entry never makes a more specific level supply its name', () => {
    fc.assert(
      fc.property(openWorld, anyLevelName, anyEntry, (world, at, one) => {
        const free = supplierDepth(names(withEntry(world, at, { ...one, locked: false })), one.name);
        const locked = supplierDepth(names(withEntry(world, at, { ...one, locked: true })), one.name);
        expect(locked).toBeGreaterThanOrEqual(free);
      }),
    );
  });

  it('removing an organization’s entry that is not granted here changes nothing', () => {
    fc.assert(
      fc.property(anyWorld, anyEntry, (world, one) => {
        // a found key of that name would be uncovered, and is not the entry that was removed
        const written = changed(world, 'org', () => ({ found: [] }));
        const hidden = withEntry(written, 'org', { ...one, access: 'other' });
        const before = plan(hidden);
        expect(plan(withoutEntry(hidden, 'org', one.name))).toEqual(before);
      }),
    );
  });

  it('an entry of a more specific level changes no other name', () => {
    fc.assert(
      fc.property(anyWorld, fc.constantFrom('repo' as const, 'env' as const), anyEntry, (world, at, one) => {
        const before = answers(names(withoutEntry(world, at, one.name)));
        const after = answers(names(withEntry(world, at, one)));
        expect(without(after, one.name)).toEqual(without(before, one.name));
      }),
    );
  });

  it('a value that the plan wants now may stay once it is delivered', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const all = names(world);
        for (const { name, scope, explicit } of lines(all))
          expect(mayStay(all, { name, supplier: scope.uid, explicit })).toBe(true);
      }),
    );
  });

  it('THREATS 10: whatever else is wrong, a value whose written entry was removed may not stay', () => {
    fc.assert(
      fc.property(anyWorld, anyLevelName, anyEntry, (world, at, one) => {
        fc.pre(one.name === 'C' || one.name === 'D');
        const delivered = { name: one.name, supplier: UIDS[at], explicit: true };
        expect(mayStay(names(withoutEntry(world, at, one.name)), delivered)).toBe(false);
      }),
    );
  });
});

describe('THREATS 11: for any rules about children', () => {
  it('nothing is inherited from a level that does not admit and trust both the scope below and the one asked', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const trusts = (rules: AnyWorld['org']['children'], namespace: 'web' | 'prod') => {
          const hit = rules.filter((rule) =>
            [namespace, `forked ${namespace}`, 'all', 'public'].includes(rule),
          );
          return hit.length > 0 && !hit.some((rule) => rule.startsWith('forked'));
        };
        const repo = trusts(world.repo.children, 'prod');
        const org = repo && trusts(world.org.children, 'web') && trusts(world.org.children, 'prod');
        const suppliers = [...names(world).offeredBy.values()].flatMap((uids) => [...uids]);
        if (!repo) expect(suppliers).not.toContain(UIDS.repo);
        if (!org) expect(suppliers).not.toContain(UIDS.org);
      }),
    );
  });
});

describe('a scope with protection', () => {
  it('resolves to the same names as without: what waits is not for resolution to say', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const { env } = world;
        fc.pre(env === undefined || env.found.length === 0);
        const names = (scope: ReturnType<typeof worldOf>) => scope.resolve().offeredBy;
        expect(names(worldOf(world).spec({ protection: { minApprovals: 1 } }))).toEqual(
          names(worldOf(world)),
        );
      }),
    );
  });
});

describe('G55: for any number of organization secrets', () => {
  it('at most 100 are used, the first by name, the written before the found, and the rest are counted', () => {
    fc.assert(
      fc.property(fc.nat(130), fc.nat(130), fc.nat(20), (written, found, own) => {
        const keys = Array.from({ length: found }, (_, i) => `acme/f-${String(i).padStart(3, '0')}`);
        const org = aWorld()
          .org()
          .children(trusting(ACME))
          .secrets(written, 'W')
          .discover('acme/', keys, { visibility: 'All' });
        const all = org.repo().secrets(own, 'W').names();
        const used = [...all.names].filter(([, { candidates }]) =>
          candidates.some(({ level, verdict }) => level === 'Organization' && verdict !== 'beyondLimit'),
        );
        const expected = [
          ...Array.from({ length: written }, (_, i) => `W_${String(i + 1).padStart(3, '0')}`),
          ...keys.map((key) => key.slice(5).replace('-', '_').toUpperCase()),
        ];
        expect(used.map(([name]) => name)).toEqual(expected.slice(0, 100).sort());
        expect(all.excluded).toBe(Math.max(0, written + found - 100));
      }),
      { numRuns: 30 },
    );
  });
});

describe('the subject', () => {
  /** What decides which bytes are meant: who wrote an entry down does not. */
  const meaning = (keys: readonly KeyPlan[]) =>
    keys.flatMap((key) =>
      key.kind === 'deliver'
        ? [{ ...key, lines: key.lines.map((line) => ({ ...line, explicit: true })) }]
        : [],
    );

  it('changes exactly when a line, a recipe or the destination changes', () => {
    fc.assert(
      fc.property(
        anyWorld,
        anyLevelName,
        anyEntry,
        fc.constantFrom('app', 'other'),
        (world, at, one, secretName) => {
          const before = plan(world);
          const after = worldOf(withEntry(world, at, one)).plan({ ...target, secretName });
          const same = secretName === 'app' && isDeepStrictEqual(meaning(before.keys), meaning(after.keys));
          expect(before.subject === after.subject).toBe(same);
        },
      ),
    );
  });
});

describe('a fan-out namespace', () => {
  it('API-REVIEW 3: gets nothing from a scope that does not admit it', () => {
    fc.assert(
      fc.property(anyWorld, fc.subarray(['org', 'repo', 'env'] as const), (world, admitting) => {
        const facts = worldOf(world).facts();
        const ci = aNamespace('ci', {});
        const consumers = [{ namespaces: {} }];
        const scope = admitting.includes('env')
          ? { ...facts.scope, spec: { ...facts.scope.spec, consumers } }
          : facts.scope;
        const { offeredBy } = resolve({ ...facts, scope }, ci);
        const suppliers = [...offeredBy.values()].flatMap((uids) => [...uids]);
        expect(new Set(suppliers)).toEqual(
          new Set(admitting.includes('env') && suppliers.length > 0 ? [UIDS.env] : []),
        );
      }),
    );
  });
});
