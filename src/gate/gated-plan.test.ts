import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyPlan, PlanLine, TargetPlan } from '../model/plan.ts';
import { subjectOf } from '../model/request-subject.ts';
import type { Told } from '../model/verdict.ts';
import {
  ACCESS,
  aBackend,
  aPlan,
  deliver,
  first,
  keep,
  line,
  offered,
  template,
  VERSION,
  type VersionOf,
  value,
  withdraw,
  written,
} from './a-plan.fixture.ts';
import { anyPlans } from './any-plan.fixture.ts';
import { covers } from './coverage.ts';
import { frozenPlan, gatedPlan, type WrittenPlan } from './gated-plan.ts';
import { type Requester, requestedPlan } from './requested-plan.ts';

const TOLD: Told = { reason: 'AwaitingApproval', message: 'waits for 1 of 1 approvals' };
const second: VersionOf = () => '2';

/** While `wanted` waits and `before` is released. */
const held = (wanted: TargetPlan, before: TargetPlan | undefined, requester = ACCESS, versionOf = first) =>
  gatedPlan(wanted, {
    kind: 'held',
    told: TOLD,
    wanted: written(wanted, requester, versionOf),
    released: before && written(before, requester),
  });

/** `A=a of vault`: a data key and where its value comes from; `A kept`, `A withdrawn`. */
function told({ keys }: TargetPlan): string[] {
  return keys.map((key) => {
    if (key.kind !== 'deliver') return `${key.dataKey} ${key.kind === 'keep' ? 'kept' : 'withdrawn'}`;
    const lines = key.lines.map(
      ({ name, key: at, version, backend }) =>
        `${name}=${at}${version === undefined ? '' : `@${version}`} of ${backend.id.name}`,
    );
    const empty = key.emptyNames.map((name) => `no ${name}`);
    return `${key.dataKey}: ${[...lines, ...empty].join(', ') || 'empty'}`;
  });
}

const delivered = (key: KeyPlan | undefined) => {
  if (key?.kind !== 'deliver') throw new Error(`not delivered: ${JSON.stringify(key)}`);
  return key;
};

describe('while a plan waits', () => {
  const before = aPlan([value('A'), value('B')]);

  it.each<[string, TargetPlan, string[]]>([
    ['an approved line goes on', aPlan([value('A')]), ['A: A=a of vault']],
    ['an added line is not delivered', aPlan([value('A'), value('C')]), ['A: A=a of vault', 'C kept']],
    ['a changed line goes on as it was released', aPlan([value('A=other')]), ['A: A=a of vault']],
    ['a removed line leaves at once', aPlan([value('B')]), ['B: B=b of vault']],
    [
      'what authority takes away is taken away',
      aPlan([withdraw('A'), value('C')]),
      ['A withdrawn', 'C kept'],
    ],
    ['what cannot be had stays as it is', aPlan([keep('A'), value('C')]), ['A kept', 'C kept']],
    [
      'another backend is a change',
      aPlan([value(line('A', { backend: aBackend('other') }))]),
      ['A: A=a of vault'],
    ],
    ['a version that is fixed only now is a change', aPlan([value('A@9')]), ['A: A=a of vault']],
    ['another secret in the same data key is a change', aPlan([value('C', 'A')]), ['A: A=a of vault']],
    [
      'a released secret in another data key is an addition',
      aPlan([value('A'), value('A', 'copy')]),
      ['A: A=a of vault', 'copy kept'],
    ],
    [
      'a released name that another level supplies now is a change',
      aPlan([value('org:A')]),
      ['A: A=a of vault'],
    ],
  ])('%s', (_, wanted, expected) => {
    expect(told(held(wanted, before))).toEqual(expected);
  });

  it('and nothing was released, everything stays as it is, and says what it waits for', () => {
    expect(held(aPlan([value('A')]), undefined).keys).toEqual([
      { kind: 'keep', dataKey: 'A', ...TOLD, uncertain: false },
    ]);
    expect(held(aPlan([value('A')]), undefined).frozen).toEqual(TOLD);
    expect(held(aPlan([value('A')]), before).frozen).toBeUndefined();
  });

  it('a changed line is read exactly as it was released: key, part, encoding, version, backend, supplier', () => {
    const old = line('org:A=old@3', {
      property: 'p',
      encoding: 'Base64URL',
      locked: true,
      backend: aBackend('shared', { account: '1', role: 'r' }),
    });
    const gated = held(aPlan([value('A=new')]), aPlan([value(old)]));
    expect(delivered(gated.keys[0]).lines).toEqual([old]);
  });

  it.each<[string, Partial<PlanLine>, boolean]>([
    ['found', { explicit: false }, false],
    ['named', { explicit: true }, true],
    ['of another level', { scope: line('org:A').scope, explicit: false }, true],
  ])('an entry that is %s now counts as that', (_, change, explicit) => {
    const gated = held(aPlan([value(line('A=new', change))]), aPlan([value('A')]));
    expect(delivered(gated.keys[0]).lines[0]?.explicit).toBe(explicit);
  });

  it('under pin: Access what was released follows its source', () => {
    const gated = held(aPlan([value('A=new'), value('B')]), before, ACCESS, second);
    expect(told(gated)).toEqual(['A: A=a of vault', 'B: B=b of vault']);
  });

  it('a backend whose identity was too long to write down is not read: the value stays as it is', () => {
    const long = line('A', { backend: aBackend('vault', { ca: 'x'.repeat(2_000) }) });
    expect(told(held(aPlan([value('A=new')]), aPlan([value(long)])))).toEqual(['A kept']);
    // unchanged, it is read with the identity that is known now
    expect(told(held(aPlan([value(long), value('B')]), aPlan([value(long)])))).toEqual([
      'A: A=a of vault',
      'B kept',
    ]);
  });

  it('a released line that does not say where its value is stays as it is', () => {
    const { plan } = written(before);
    const broken = plan.secrets.map((one) => ({ ...one, backend: { ...one.backend, identity: '{' } }));
    const odd: WrittenPlan = {
      plan: { ...plan, secrets: broken },
      subject: subjectOf({ ...plan, secrets: broken }),
    };
    const wanted = aPlan([value('A=new')]);
    expect(
      told(gatedPlan(wanted, { kind: 'held', told: TOLD, wanted: written(wanted), released: odd })),
    ).toEqual(['A kept']);
  });

  it('labels and annotations of the Secret are those that are wanted', () => {
    expect(held(aPlan([], { labels: { a: 'b' } }), before).labels).toEqual({ a: 'b' });
  });
});

describe('a data key of several names, while a plan waits', () => {
  const before = aPlan([template('t', '${A}:${B}', 'A', 'B')]);

  it.each<[string, KeyPlan, string[]]>([
    [
      'if one of them changed, all go on as released',
      template('t', '${A}:${B}', 'A=new', 'B'),
      ['t: A=a of vault, B=b of vault'],
    ],
    [
      'if the text changed, it goes on as released',
      template('t', '${B}', 'B'),
      ['t: A=a of vault, B=b of vault'],
    ],
    [
      'if a name is new in it, it goes on without',
      template('t', '${A}:${B}${C}', 'A', 'B', 'C'),
      ['t: A=a of vault, B=b of vault'],
    ],
    [
      'if a name went and counts as empty, it leaves at once',
      deliver('t', { kind: 'template', text: '${A}:${B}' }, ['B'], ['A']),
      ['t: B=b of vault, no A'],
    ],
  ])('%s', (_, key, expected) => {
    const gated = held(aPlan([key]), before);
    expect(told(gated)).toEqual(expected);
    expect(delivered(gated.keys[0]).recipe).toEqual({ kind: 'template', text: '${A}:${B}' });
  });

  it('if a name was empty when it was released, it stays empty until somebody approves it', () => {
    const empty = aPlan([deliver('t', { kind: 'template', text: '${A}:${B}' }, ['B'], ['A'])]);
    expect(told(held(aPlan([template('t', '${A}:${B}', 'A', 'B')]), empty))).toEqual([
      't: B=b of vault, no A',
    ]);
  });

  it('logins to registries go on as released', () => {
    const login = (server: string, name: string) =>
      deliver(
        '.dockerconfigjson',
        { kind: 'dockerConfig', registries: [{ server, username: 'bot', password: `\${${name}}` }] },
        [name],
      );
    const gated = held(aPlan([login('quay.io', 'B')]), aPlan([login('ghcr.io', 'A')]));
    expect(delivered(gated.keys[0])).toEqual(login('ghcr.io', 'A'));
  });
});

describe('what a release only lists as removed', () => {
  /** `before`, of which these were listed since they went. */
  const without = (before: WrittenPlan, ...gone: string[]): WrittenPlan => {
    const mark = <T extends { readonly change: string }>(line: T, id: string) =>
      gone.includes(id) ? { ...line, change: 'Removed' as const } : line;
    const plan = {
      ...before.plan,
      secrets: before.plan.secrets.map((one) => mark(one, `name ${one.name}`)),
      keys: before.plan.keys?.map((one) => mark(one, `key ${one.key}`)),
    };
    return { plan, subject: subjectOf(plan) };
  };
  const heldBy = (wanted: TargetPlan, released: WrittenPlan) =>
    told(gatedPlan(wanted, { kind: 'held', told: TOLD, wanted: written(wanted), released }));

  it('is added when it comes back: as it was, or changed', () => {
    const released = without(written(aPlan([value('A'), value('B')])), 'name B', 'key B');
    expect(heldBy(aPlan([value('A'), value('B')]), released)).toEqual(['A: A=a of vault', 'B kept']);
    expect(heldBy(aPlan([value('A'), value('B=new')]), released)).toEqual(['A: A=a of vault', 'B kept']);
  });

  it('stays out of a data key that went on without it', () => {
    const released = without(written(aPlan([template('t', '${A}${B}', 'A', 'B')])), 'name B');
    expect(heldBy(aPlan([template('t', '${A}${B}', 'A', 'B')]), released)).toEqual(['t: A=a of vault, no B']);
  });
});

describe('what is no longer offered', () => {
  it.each<[string, TargetPlan]>([
    [
      'if the environment gave a name up, the organization does not stand in for it',
      aPlan([value('org:A')], { offeredBy: offered('org:A') }),
    ],
    [
      'if access to the supplier was taken away, it is not brought back',
      aPlan([value('A')], { offeredBy: offered('A') }),
    ],
    ['if nobody offers it, it is not brought back', aPlan([value('C', 'A')], { offeredBy: offered('C') })],
  ])('%s', (title, wanted) => {
    const released = title.includes('access') ? aPlan([value('org:A')]) : aPlan([value('A')]);
    expect(told(held(wanted, released))).toEqual(['A kept']);
  });

  it('of several names in a data key, one is enough', () => {
    const before = aPlan([template('t', '${A}${B}', 'A', 'org:B')]);
    const wanted = aPlan([template('t', '${A}', 'A')], { offeredBy: offered('A', 'B') });
    expect(told(held(wanted, before))).toEqual(['t kept']);
  });
});

describe('a namespace', () => {
  const before = aPlan([value('A')]);

  it('that was not released gets nothing', () => {
    const plans = [aPlan([value('A')]), aPlan([value('A')], { namespace: 'prod-b' })];
    const passage = { kind: 'held', told: TOLD, wanted: written(plans), released: written(before) } as const;
    expect(plans.map((plan) => told(gatedPlan(plan, passage)))).toEqual([['A: A=a of vault'], ['A kept']]);
  });

  it('that was not released does not get what was released for others either', () => {
    const wanted = aPlan([value('A=new')], { namespace: 'prod-b' });
    expect(told(held(wanted, before))).toEqual(['A kept']);
  });

  it('that was only listed as removed was not released', () => {
    const { plan } = written(before);
    const gone = { ...plan, namespaces: [{ name: 'prod', change: 'Removed' as const }] };
    const released: WrittenPlan = { plan: gone, subject: subjectOf(gone) };
    const wanted = aPlan([value('A=new')]);
    expect(told(gatedPlan(wanted, { kind: 'held', told: TOLD, wanted: written(wanted), released }))).toEqual([
      'A kept',
    ]);
  });
});

describe('a Secret of another type', () => {
  const tls = { type: 'kubernetes.io/tls' } as const;

  it('waits as a whole: type and keys go on as released', () => {
    const gated = held(aPlan([value('A=new'), value('B')], tls), aPlan([value('A'), value('B')]));
    expect(gated.type).toBe('Opaque');
    expect(told(gated)).toEqual(['A: A=a of vault', 'B: B=b of vault']);
  });

  it('if nothing was released, keeps every key', () => {
    expect(told(held(aPlan([value('A')], tls), undefined))).toEqual(['A kept']);
  });
});

describe('versions', () => {
  const before = aPlan([value('A'), value('B')]);

  it.each<[string, TargetPlan, string[]]>([
    [
      'if nothing but the version is new, the released one goes on',
      before,
      ['A: A=a@1 of vault', 'B: B=b@1 of vault'],
    ],
    [
      'if a line changed, it goes on in the version that was released',
      aPlan([value('A=new')]),
      ['A: A=a@1 of vault'],
    ],
  ])('under pin: Version, %s', (_, wanted, expected) => {
    expect(told(held(wanted, before, VERSION, second))).toEqual(expected);
  });

  it('if versions were approved and access is wanted now, versions stay until that is approved', () => {
    const passage = { kind: 'held', told: TOLD, wanted: written(before, ACCESS, second) } as const;
    const gated = gatedPlan(before, { ...passage, released: written(before, VERSION) });
    expect(told(gated)).toEqual(['A: A=a@1 of vault', 'B: B=b@1 of vault']);
  });

  it('if access was approved and versions are wanted now, the source is followed until that is approved', () => {
    const passage = { kind: 'held', told: TOLD, wanted: written(before, VERSION, second) } as const;
    expect(gatedPlan(before, { ...passage, released: written(before, ACCESS) }).keys).toEqual(before.keys);
  });

  it('once released under pin: Version, exactly these are delivered', () => {
    const gated = gatedPlan(before, { kind: 'open', wanted: written(before, VERSION, second) });
    expect(told(gated)).toEqual(['A: A=a@2 of vault', 'B: B=b@2 of vault']);
  });

  it('once released under pin: Access, the source is followed, and nothing is touched', () => {
    expect(gatedPlan(before, { kind: 'open', wanted: written(before, ACCESS, second) })).toEqual(before);
  });
});

describe('a frozen plan', () => {
  it('writes nothing new, and takes away what authority takes away', () => {
    const frozen = frozenPlan(aPlan([value('A'), keep('B'), withdraw('C')]), TOLD);
    expect(told(frozen)).toEqual(['A kept', 'B kept', 'C withdrawn']);
    expect(frozen.keys[0]).toMatchObject(TOLD);
    expect(frozen.frozen).toEqual(TOLD);
  });
});

describe('whatever is wanted and whatever was released', () => {
  const anyRequester = fc.constantFrom<Requester>(ACCESS, VERSION);
  const always = (
    rule: (gated: TargetPlan, wanted: TargetPlan, released: WrittenPlan | undefined) => void,
  ): void => {
    const anyReleased = fc.option(fc.tuple(anyPlans, anyRequester), { nil: undefined });
    fc.assert(
      fc.property(anyPlans, anyRequester, anyReleased, (plans, requester, before) => {
        const released = before && written(before[0], before[1]);
        const { plan } = requestedPlan(requester, plans, second, released?.plan);
        const wanted = { plan, subject: subjectOf(plan) };
        for (const one of plans)
          rule(gatedPlan(one, { kind: 'held', told: TOLD, wanted, released }), one, released);
      }),
      { numRuns: 1_000 },
    );
  };

  it('nothing is delivered that was not released: no line, no recipe, no type, no namespace, no version', () => {
    always((gated, _, released) => {
      const keys = gated.keys.filter(({ kind }) => kind === 'deliver');
      if (keys.length === 0) return;
      if (!released) throw new Error('delivered without a release');
      const { pin } = released.plan;
      const shown = pin === 'Version' ? unfixed({ ...gated, keys }, released) : { ...gated, keys };
      const asked = requestedPlan({ ...ACCESS, pin }, [shown], (one) => versions(gated, one), undefined);
      expect(covers(released.subject, subjectOf(asked.plan))).toBe(true);
    });
  });

  it('what is withdrawn is withdrawn, what is kept is kept, and no key comes or goes', () => {
    always((gated, wanted) => {
      expect(gated.keys.map(({ dataKey }) => dataKey)).toEqual(wanted.keys.map(({ dataKey }) => dataKey));
      for (const [index, key] of wanted.keys.entries())
        if (key.kind !== 'deliver') expect(gated.keys[index]).toBe(key);
    });
  });

  it('a name comes from whom it was released for, or is wanted from: never from anybody who may not supply it', () => {
    always((gated, wanted) => {
      const wishes = new Set(
        wanted.keys.flatMap((key) => (key.kind === 'deliver' ? key.lines : [])).map(place),
      );
      for (const one of gated.keys.flatMap((key) => (key.kind === 'deliver' ? key.lines : [])))
        if (!wishes.has(place(one))) expect(wanted.offeredBy.get(one.name)?.has(one.scope.uid)).toBe(true);
    });
  });

  it('a plan that is open loses nothing', () => {
    fc.assert(
      fc.property(anyPlans, anyRequester, (plans, requester) => {
        const wanted = written(plans, requester);
        for (const plan of plans) {
          const open = gatedPlan(plan, { kind: 'open', wanted });
          const { subject } = written(
            plans.map((one) => (one === plan ? unfixed(open, wanted) : one)),
            requester,
          );
          expect(subject).toEqual(wanted.subject);
        }
      }),
    );
  });

  const place = ({ name, scope, key }: PlanLine) => `${name} ${scope.uid} ${key}`;
  const versions = ({ keys }: TargetPlan, { name }: PlanLine) =>
    keys.flatMap((key) => (key.kind === 'deliver' ? key.lines : [])).find((one) => one.name === name)
      ?.version;

  /** Without the versions that the pin fixed; those that entries name stay. */
  function unfixed(plan: TargetPlan, { plan: { secrets } }: WrittenPlan): TargetPlan {
    const named = new Set(secrets.flatMap(({ name, versionFixed }) => (versionFixed ? [name] : [])));
    const keys = plan.keys.map((key) => {
      if (key.kind !== 'deliver') return key;
      const lines = key.lines.map(({ version, ...rest }) =>
        named.has(rest.name) && version !== undefined ? { ...rest, version } : rest,
      );
      return { ...key, lines };
    });
    return { ...plan, keys };
  }
});
